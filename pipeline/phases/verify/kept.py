"""What an output keeps of its surroundings: the vocabulary and the encoder that it was made with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.fs as pafs

from pipeline.config.run_record import PATH, RunRecord
from pipeline.resources.encoders import SUFFIXES, encoder_path
from pipeline.resources.vocabularies import imaging_fault, vocabulary_path
from pipeline.storage.store import Store
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder


def kept_faults(store: Store, run: RunRecord) -> Iterator[str]:
    """Faults of the vocabulary and of the encoder that a run names."""
    yield from _faults(store, [vocabulary_path(run.vocabulary)], partial(_vocabulary_fault, run))
    yield from _faults(store, [encoder_path(run.encoder, suffix) for suffix in SUFFIXES], partial(_encoder_fault, run))


def _faults(store: Store, paths: list[str], check: Callable[[Path], str | None]) -> Iterator[str]:
    """What `check` says of the first of `paths`, beside which the others lie."""
    try:
        with _on_disk(store, paths) as folder:
            try:
                fault = check(folder / paths[0])
            except UserError as error:
                fault = str(error).replace(f"{folder}/", "")
    except OSError as error:
        fault = str(error)
    if fault:
        yield fault if any(path in fault for path in paths) else f"{paths[0]}: {fault}"


def _vocabulary_fault(run: RunRecord, file: Path) -> str | None:
    lexicon = Lexicon.open(file)
    lexicon.verify()
    if lexicon.version != run.vocabulary:
        return f"it is {lexicon.version}, not what {PATH} names"
    return imaging_fault(lexicon, run.config.recipe.imaging_terms)


def _encoder_fault(run: RunRecord, file: Path) -> str | None:
    encoder = Encoder(file)
    if encoder.version != run.encoder:
        return f"with its declaration it is {encoder.version}, not what {PATH} names"
    if encoder.declaration.dimension != run.dimension:
        return f"it gives {encoder.declaration.dimension} components, not {run.dimension} as {PATH} says"
    return None


@contextmanager
def _on_disk(store: Store, paths: list[str]) -> Iterator[Path]:
    """The folder below which files of the output lie: its own, or one with copies where that is no file system."""
    if isinstance(store.filesystem, pafs.LocalFileSystem):
        yield Path(store.root)
        return
    with TemporaryDirectory() as folder:
        for path in paths:
            copy = Path(folder) / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(store.read(path))
        yield Path(folder)
