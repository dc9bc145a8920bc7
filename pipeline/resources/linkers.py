"""The linkers by name, and the indexes that some of them need beside the vocabulary.

An index lies in the user's cache and nowhere else: QuickUMLS unpickles what it finds in its own.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.config.recipe import Recipe, digest
from pipeline.resources.vocabularies import load_vocabulary
from pipeline.storage.cache import cached_folder
from pipeline.storage.store import Store
from schemas.errors import UserError
from transforms.concepts import quickumls, scispacy, trigram
from transforms.concepts.canonical import CanonicalLinker
from transforms.concepts.dictionary import LEAST, DictionaryLinker
from transforms.concepts.extras import require
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Linker
from transforms.concepts.quickumls import QuickUmlsLinker
from transforms.concepts.scispacy import ScispacyLinker
from transforms.concepts.selection import Groups, Wanted, wanted_concepts
from transforms.concepts.trigram import TrigramLinker
from transforms.versions import GENERAL, IMAGING, SENSES, STOP_WORDS, data_digest, library_versions

#: The data that each kind of linker reads beside the vocabulary, and the modules of others that it runs.
_DATA = {
    "dictionary": (STOP_WORDS, GENERAL, SENSES, IMAGING, "concepts/model/linking.npz"),
    "trigram": (STOP_WORDS, GENERAL, SENSES, IMAGING),
    "quickumls": (STOP_WORDS, GENERAL, SENSES, IMAGING),
    "scispacy": (STOP_WORDS, GENERAL, SENSES, IMAGING),
}
_LIBRARIES = {
    "dictionary": ("numpy",),
    "trigram": ("numpy",),
    "quickumls": ("nltk", "numpy", "quickumls", "quickumls_simstring", "spacy", "unqlite"),
    "scispacy": ("nmslib", "numpy", "scipy", "scispacy", "sklearn", "spacy"),
}
_METHODS = {
    "dictionary": DictionaryLinker.name,
    "trigram": TrigramLinker.name,
    "quickumls": QuickUmlsLinker.name,
    "scispacy": ScispacyLinker.name,
}


def linker_version(name: str) -> dict[str, Any]:
    """All that the linker of this name depends on beside its vocabulary, as a receipt states it.

    A spaCy model is one of its libraries.

    Raises:
        UserError: there is no such linker.
    """
    kind, _, model = name.partition(":")
    if kind not in _METHODS:
        raise _no_linker(name)
    modules = (*_LIBRARIES[kind], *filter(None, [model]))
    return {"method": _METHODS[kind], "data": data_digest(*_DATA[kind]), "libraries": library_versions(modules)}


def require_linker(name: str) -> None:
    """Raise UserError where the packages of the linker, or the spaCy model that it names, are not installed."""
    kind, _, model = name.partition(":")
    for module in _LIBRARIES[kind]:
        require(module, kind)
    if model:
        scispacy.require_model(model)


def open_linker(name: str, lexicon: Lexicon, groups: Groups = "all", score: float | None = None) -> Linker:
    """The linker of this name over a vocabulary; an index that it needs is built where there is none yet.

    It links the concepts of the semantic `groups` (selection.py), where it is as sure as `score` asks; None asks for
    what is the linker's own.

    Raises:
        UserError: there is no such linker, or its packages are not installed.
    """
    kind = name.partition(":")[0]
    if kind not in _METHODS:
        raise _no_linker(name)
    linker = _open(name, lexicon, wanted_concepts(lexicon, groups), score)
    return CanonicalLinker(linker, score or 0.0, homographs=groups == "all")


def _open(name: str, lexicon: Lexicon, wanted: Wanted, score: float | None) -> Linker:
    kind, _, model = name.partition(":")
    if kind == "trigram":
        return TrigramLinker(lexicon, _index(lexicon, kind, trigram.build_index), wanted=wanted)
    if kind == "quickumls":
        return QuickUmlsLinker(lexicon, _index(lexicon, kind, quickumls.build_index), wanted=wanted)
    if kind == "scispacy":
        return ScispacyLinker(lexicon, _index(lexicon, kind, scispacy.build_index), model or None, wanted=wanted)
    return DictionaryLinker(lexicon, wanted=wanted, least=LEAST if score is None else score)


def _no_linker(name: str) -> UserError:
    return UserError(f"no linker {name}: name one of dictionary, trigram, quickumls, scispacy and scispacy:MODEL")


def open_run_linker(recipe: Recipe, store: Store, version: str) -> Linker:
    """The linker of a run with this recipe whose vocabulary has this version."""
    return open_linker(recipe.linker, load_vocabulary(store, version), recipe.concept_groups, recipe.concept_score)


def _index(lexicon: Lexicon, kind: str, build: Callable[[Lexicon, Path], None]) -> Path:
    """The folder of a linker's index, named by all that it depends on. Of several workers one builds it."""
    name = f"{lexicon.version}-{_METHODS[kind]}-{digest([lexicon.digest, linker_version(kind)])}"
    return cached_folder(f"linkers/{name}", partial(build, lexicon))
