"""What an output keeps of its surroundings: the vocabulary and the encoder that it was made with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.fs as pafs

from pipeline.encoders import SUFFIXES, encoder_path
from pipeline.run_file import PATH, RunRecord
from pipeline.store import Store
from pipeline.vocabularies import vocabulary_path
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder


def kept_faults(store: Store, run: RunRecord) -> Iterator[str]:
    """Faults of the vocabulary and of the encoder that a run names."""
    vocabulary = vocabulary_path(run.vocabulary)
    try:
        with _on_disk(store, [vocabulary]) as folder:
            lexicon = Lexicon.open(folder / vocabulary)
            lexicon.verify()
            if lexicon.version != run.vocabulary:
                yield f"{vocabulary}: it is {lexicon.version}, not what {PATH} names"
    except (UserError, OSError) as error:
        yield f"{vocabulary}: {error}"
    network, declaration = (encoder_path(run.encoder, suffix) for suffix in SUFFIXES)
    try:
        with _on_disk(store, [network, declaration]) as folder:
            encoder = Encoder(folder / network)
            if (encoder.version, encoder.declaration.dimension) != (run.encoder, run.dimension):
                stated = f"{run.encoder} with {run.dimension} components"
                yield f"{network}: it is {encoder.version} with {encoder.declaration.dimension}, not {stated}"
    except (UserError, OSError) as error:
        yield f"{network}: {error}"


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
