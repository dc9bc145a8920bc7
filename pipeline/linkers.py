"""The linkers by name, and the indexes that some of them need beside the vocabulary."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.store import Store
from pipeline.vocabularies import load_vocabulary
from schemas.errors import UserError
from transforms.concepts import quickumls, scispacy, trigram
from transforms.concepts.dictionary import DictionaryLinker
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Linker
from transforms.concepts.quickumls import QuickUmlsLinker
from transforms.concepts.scispacy import ScispacyLinker
from transforms.concepts.trigram import TrigramLinker


def open_linker(name: str, lexicon: Lexicon) -> Linker:
    """The linker of this name over a vocabulary; an index that it needs is built where there is none yet.

    Raises:
        UserError: the linker's packages are not installed.
    """
    kind, _, model = name.partition(":")
    if kind == "dictionary":
        return DictionaryLinker(lexicon)
    if kind == "trigram":
        return TrigramLinker(lexicon, _index(lexicon, TrigramLinker.name, trigram.build_index))
    if kind == "quickumls":
        return QuickUmlsLinker(lexicon, _index(lexicon, QuickUmlsLinker.name, quickumls.build_index))
    if kind == "scispacy":
        return ScispacyLinker(lexicon, _index(lexicon, ScispacyLinker.name, scispacy.build_index), model or None)
    raise UserError(f"no linker {name}: name one of dictionary, trigram, quickumls, scispacy and scispacy:MODEL")


def open_run_linker(name: str, store: Store, version: str) -> Linker:
    """The linker of a run whose vocabulary has this version."""
    return open_linker(name, load_vocabulary(store, version))


def _index(lexicon: Lexicon, linker: str, build: Callable[[Lexicon, Path], None]) -> Path:
    """The folder of a linker's index, beside the vocabulary; whole or not there. Of several workers one builds it."""
    folder = lexicon.file.with_name(f"{lexicon.version}-{linker}")
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
