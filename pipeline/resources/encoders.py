"""The encoder of a run: a file that the user names, or ours, kept in the output under its version."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pyarrow.fs as pafs

from pipeline.resources.kept import damaged, fetch, keep
from pipeline.storage.cache import cached
from pipeline.storage.store import Store
from schemas.errors import Damaged, UserError
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
    """Copy the run's encoder and its declaration into the output, if they are not there as they are here."""
    for suffix in SUFFIXES:
        with encoder.file.with_suffix(suffix).open("rb") as source:
            keep(store, encoder_path(encoder.version, suffix), source)


def load_encoder(store: Store, version: str) -> Encoder:
    """The encoder of a run: ours, or one from the output, by a copy in the cache where that is no file system.

    It is compared with the digest in its version each time that it is loaded.

    Raises:
        Damaged: that of the output is missing, or is not what was written.
    """
    if (ours := Encoder()).version == version:
        return ours
    if isinstance(store.filesystem, pafs.LocalFileSystem):
        return _load(Path(store.root) / encoder_path(version, ".onnx"), store, version)
    kept = cached(f"encoders/{version}", partial(_download, store, version), partial(_is_whole, version))
    return Encoder(kept / "encoder.onnx")


def recover_encoder(store: Store, version: str, file: str | None) -> Encoder:
    """The encoder of an output; where it is damaged, the same one from the file that the run named.

    Raises:
        Damaged: that is gone, or is another one by now.
    """
    try:
        return load_encoder(store, version)
    except Damaged:
        with suppress(UserError):
            if (named := open_encoder(file)).version == version:
                return named
        raise


def _load(file: Path, store: Store, version: str) -> Encoder:
    """The encoder in `file`, which is that of the output or a copy of it; raises Damaged."""
    part = ".json"
    try:
        encoder = Encoder(file)
        part = ".onnx"
        if (found := encoder.version) != version:
            raise UserError(f"with its declaration it is {found}")
    except UserError as error:
        fault = str(error).removeprefix(f"{file.with_suffix(part)}: ")
        raise damaged(store, encoder_path(version, part), fault) from None
    return encoder


def _is_whole(version: str, folder: Path) -> bool:
    try:
        return Encoder(folder / "encoder.onnx").version == version
    except UserError:
        return False


def _download(store: Store, version: str, folder: Path) -> None:
    folder.mkdir()
    for suffix in SUFFIXES:
        fetch(store, encoder_path(version, suffix), folder / f"encoder{suffix}")
    _load(folder / "encoder.onnx", store, version)


def encoder_path(version: str, suffix: str) -> str:
    """Where a part of an encoder lies in an output."""
    return f"encoder/{version}/encoder{suffix}"
