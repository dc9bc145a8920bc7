"""The linkers by name, and the indexes that some of them need beside the vocabulary."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.config import digest
from pipeline.store import Store
from pipeline.vocabularies import load_vocabulary
from schemas.errors import UserError
from transforms.concepts import quickumls, scispacy, trigram
from transforms.concepts.dictionary import DictionaryLinker
from transforms.concepts.extras import require
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Linker
from transforms.concepts.quickumls import QuickUmlsLinker
from transforms.concepts.scispacy import ScispacyLinker
from transforms.concepts.trigram import TrigramLinker
from transforms.versions import STOP_WORDS, data_digest, library_versions

#: The data that each kind of linker reads beside the vocabulary, and the modules of others that it runs.
_DATA = {
    "dictionary": (STOP_WORDS, "concepts/model/linking.npz"),
    "trigram": (STOP_WORDS,),
    "quickumls": (STOP_WORDS,),
    "scispacy": (STOP_WORDS,),
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
    """Raise UserError where the packages of the linker are not installed."""
    kind, _, model = name.partition(":")
    for module in _LIBRARIES[kind]:
        require(module, kind)
    if model:
        require(model, kind)


def open_linker(name: str, lexicon: Lexicon) -> Linker:
    """The linker of this name over a vocabulary; an index that it needs is built where there is none yet.

    Raises:
        UserError: the linker's packages are not installed.
    """
    kind, _, model = name.partition(":")
    if kind == "dictionary":
        return DictionaryLinker(lexicon)
    if kind == "trigram":
        return TrigramLinker(lexicon, _index(lexicon, kind, trigram.build_index))
    if kind == "quickumls":
        return QuickUmlsLinker(lexicon, _index(lexicon, kind, quickumls.build_index))
    if kind == "scispacy":
        return ScispacyLinker(lexicon, _index(lexicon, kind, scispacy.build_index), model or None)
    raise _no_linker(name)


def _no_linker(name: str) -> UserError:
    return UserError(f"no linker {name}: name one of dictionary, trigram, quickumls, scispacy and scispacy:MODEL")


def open_run_linker(name: str, store: Store, version: str) -> Linker:
    """The linker of a run whose vocabulary has this version."""
    return open_linker(name, load_vocabulary(store, version))


def _index(lexicon: Lexicon, kind: str, build: Callable[[Lexicon, Path], None]) -> Path:
    """The folder of a linker's index, beside the vocabulary; whole or not there. Of several workers one builds it."""
    folder = lexicon.file.with_name(f"{lexicon.version}-{_METHODS[kind]}-{digest(linker_version(kind))}")
    if not folder.is_dir():
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                with TemporaryDirectory(dir=folder.parent, prefix=folder.name) as part:
                    built = Path(part) / "index"
                    built.mkdir()
                    build(lexicon, built)
                    built.rename(folder)
    return folder
