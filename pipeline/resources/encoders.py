"""The encoder of a run: a file that the user names, or ours, kept in the output under its version."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.fs as pafs

from pipeline.storage.cache import cache
from pipeline.storage.store import Store
from schemas.errors import UserError
from transforms.duplicates.encoder import OURS, Encoder

SUFFIXES = (".onnx", ".json")


def open_encoder(file: str | None) -> Encoder:
    """The encoder in a file, else ours, opened.

    Raises:
        UserError: it cannot be read, or does not run as it is declared.
    """
    encoder = Encoder(Path(file).expanduser() if file else OURS)
    encoder.open()
    return encoder


def keep_encoder(store: Store, encoder: Encoder) -> None:
    """Copy the run's encoder and its declaration into the output, if they are not there."""
    for suffix in SUFFIXES:
        if store.size(path := encoder_path(encoder.version, suffix)) is None:
            store.write(path, encoder.file.with_suffix(suffix).read_bytes())


def load_encoder(store: Store, version: str) -> Encoder:
    """The encoder of a run: ours, or one from the output, by a copy in the cache where that is no file system.

    Raises:
        UserError: the output holds no encoder of this version.
    """
    if (ours := Encoder()).version == version:
        return ours
    if isinstance(store.filesystem, pafs.LocalFileSystem):
        return Encoder(Path(store.root) / encoder_path(version, ".onnx"))
    kept = cache() / "encoders" / version
    if not kept.is_dir():
        kept.parent.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as folder:
            part = Path(folder) / version
            part.mkdir()
            for suffix in SUFFIXES:
                try:
                    (part / f"encoder{suffix}").write_bytes(store.read(encoder_path(version, suffix)))
                except FileNotFoundError as error:
                    raise UserError(f"{store.uri}: its encoder {version} is missing: {error}") from None
            try:
                part.rename(kept)
            except OSError:  # another worker was first
                if not kept.is_dir():
                    raise
    return Encoder(kept / "encoder.onnx")


def encoder_path(version: str, suffix: str) -> str:
    """Where a part of an encoder lies in an output."""
    return f"encoder/{version}/encoder{suffix}"
