"""Evaluation images: a folder of pictures, or a Parquet file with a column of images, as datasets are published."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.duplicates import IMAGES
from schemas.errors import UserError
from transforms.duplicates.embed import describe
from transforms.duplicates.encoder import Encoder
from transforms.images.decode import ImageError, Limits, decode

#: What a column of images is called if it is no struct with `bytes`, and one that names them.
COLUMNS, NAMES = ("image", "jpg", "png", "bytes"), ("id", "image_id", "path")

#: Images decoded at once, and bytes read of a file: no picture within the limits has more.
BATCH, LARGEST = 8, 1 << 30

Named = Iterator[tuple[str, bytes]]


def read_images(path: Path) -> Named:
    """Each file below a folder by its relative path, or each image of a Parquet file by its name or row number.

    Raises:
        UserError: it is neither, or cannot be read.
    """
    if not path.exists():
        raise UserError(f"{path}: no such folder or file")
    return _files(path) if path.is_dir() else _rows(path)


def digest_images(path: Path) -> str:
    """A digest of the names and the bytes; raises UserError, also where there is no file."""
    total, count = hashlib.sha256(), 0
    for name, data in read_images(path):
        count += 1
        total.update(json.dumps([name, hashlib.sha256(data).hexdigest()]).encode())
    if not count:
        raise UserError(f"{path} holds no picture")
    return total.hexdigest()[:16]


def describe_images(path: Path, encoder: Encoder, tell: Callable[[str], None]) -> tuple[pa.Table, int]:
    """The table IMAGES, and how many files or rows are no picture: `tell` is given a line for each of these.

    Raises:
        UserError: there is no picture.
    """
    tables: list[pa.Table] = []
    seen: set[tuple[str, bytes]] = set()
    skipped = 0
    images = read_images(path)
    while batch := list(islice(images, BATCH)):
        names, pictures = [], []
        for name, data in batch:
            if (key := (name, hashlib.sha256(data).digest())) in seen:  # a set of questions repeats its images
                continue
            seen.add(key)
            try:
                pictures.append(decode(data, Limits(min_side=1)).image)  # evaluation sets have thumbnails of 28 pixels
                names.append(name)
            except ImageError as error:
                tell(f"{path}: {name}: {error}")
                skipped += 1
        if names:
            tables.append(pa.table({"image": names, **describe(pictures, encoder)}, schema=IMAGES))
    if not tables:
        raise UserError(f"{path} holds no picture")
    return pa.concat_tables(tables), skipped


def _files(folder: Path) -> Named:
    def refuse(error: OSError) -> None:
        raise error  # a folder that is passed over would be taken for one without images

    walk = os.walk(folder, onerror=refuse, followlinks=True)
    for file in sorted(Path(place, name) for place, _, names in walk for name in names):
        # A name that is not UTF-8 is escaped: it goes into tables and JSON.
        yield os.fsencode(file.relative_to(folder)).decode(errors="backslashreplace"), _read(file)


def _read(file: Path) -> bytes:
    """The bytes of a file, none where it is a link that leads nowhere: that is no picture."""
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST)
    except FileNotFoundError:
        return b""


def _rows(file: Path) -> Named:
    try:
        with pq.ParquetFile(file) as parquet:
            image, name = _columns(file, parquet.schema_arrow)
            row = 0
            for batch in parquet.iter_batches(BATCH, columns=[image] + ([name] if name else [])):
                names = batch.column(name).to_pylist() if name else [None] * len(batch)
                for given, value in zip(names, batch.column(image).to_pylist(), strict=True):
                    data = value["bytes"] if isinstance(value, dict) else value
                    yield str(row if given is None else given), data or b""
                    row += 1
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{file} is no folder, and cannot be read as Parquet: {error}") from error


def _columns(file: Path, schema: pa.Schema) -> tuple[str, str | None]:
    """The column of images, and that of their names if there is one."""
    images = [field.name for field in schema if _holds_images(field)]
    if not images:
        raise UserError(f'{file} has no column of images: bytes named {", ".join(COLUMNS)}, or a struct with "bytes"')
    return images[0], next((name for name in NAMES if name in schema.names), None)


def _holds_images(field: pa.Field) -> bool:
    def is_bytes(kind: pa.DataType) -> bool:
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    if pa.types.is_struct(field.type):
        place = field.type.get_field_index("bytes")
        return place >= 0 and is_bytes(field.type.field(place).type)
    return field.name in COLUMNS and is_bytes(field.type)
