"""What shapes a row beside its stage's code: the weights and lists that the package ships, and the libraries.

A stage's own version counts changes of its output; tests/test_golden.py holds it to that. Behind it stands the digest
of the data that the stage reads. The versions of the libraries stand beside, so that a receipt says what was installed.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Protocol

FOLDER = Path(__file__).parent

#: The data that several stages read: English function words; imaging modalities and anatomy; concepts that are general.
STOP_WORDS, IMAGING = "concepts/stop_words.tsv", "concepts/imaging.tsv"
GENERAL, SENSES = "concepts/general.tsv", "concepts/senses.tsv"
#: The model that splits captions.
CAPTIONS = "captions/model/captions.npz"

#: The modules of others that shape the rows of each stage, by its name; tests/transforms/test_versions.py compares
#: them with what is imported.
LIBRARIES = {
    "jats": ("latex2mathml", "lxml", "numpy", "py3langid"),
    "panels": ("numpy", "onnxruntime", "PIL"),
    "concepts": ("numpy",),
    "embed": ("numpy", "onnxruntime", "PIL"),
    "modality": ("numpy", "onnxruntime", "PIL"),
    "cells": ("faiss", "numpy"),
    "edges": ("faiss", "numpy", "PIL"),
}

#: The distributions that a module may come from where they are called otherwise, the likelier one first.
_DISTRIBUTIONS = {
    "PIL": ("pillow",),
    "faiss": ("faiss-cuda", "faiss-gpu", "faiss-cpu"),
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime"),
    "nmslib": ("nmslib", "nmslib-metabrainz"),
    "sklearn": ("scikit-learn",),
}


class Versioned(Protocol):
    """A stage, as far as its version goes."""

    name: str
    version: str


def made_by(stages: Iterable[Versioned]) -> dict[str, Any]:
    """What a receipt states of the stages that made its rows."""
    versions = {stage.name: stage.version for stage in stages}
    modules = {module for name in versions for module in LIBRARIES.get(name, ())}
    return {"stages": versions, "libraries": library_versions(modules)}


def library_versions(modules: Iterable[str]) -> dict[str, str]:
    """The distributions that these modules come from, with their versions."""
    return dict(_distribution(module) for module in sorted(modules, key=str.lower))


@cache
def _distribution(module: str) -> tuple[str, str]:
    names = _DISTRIBUTIONS.get(module, (module,))
    for name in names:
        try:
            return name, installed(name)
        except PackageNotFoundError:
            pass
    return names[-1], "not installed"


@cache
def data_digest(*files: str) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of what these files hold, named from this folder on."""
    digest = hashlib.sha256()
    for file in files:
        digest.update((FOLDER / file).read_bytes())
    return digest.hexdigest()[:12]
