"""Triplets that an older schema version wrote, brought into the newest: what is new is null, or what is stated here.

    table = newest(pq.read_table("data/train-00000.parquet"))

Two meanings changed on the way. Before `modality_evidence` came, `modality` named an imaging concept of the caption; it
is null here, and `concepts` still holds that concept. Before `truncated` came, `box` was in the pixels as they are
stored, which differ from the upright picture's where its EXIF turns it. `provenance.inventory` (versions 1 and 2) is
left out.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import UserError
from schemas.triplets import TRIPLETS, triplets

VERSION = int(TRIPLETS.metadata[b"schema_version"])


class New(NamedTuple):
    """A column, or a part of a struct, that came after version 1.

    `until`: the last version whose files may lack it; a row that does has `value`, or what its column `copied` has.
    """

    until: int
    value: Any = None
    copied: str = ""


#: In order. A version may have got columns without another number; so its files may have them or not.
NEW = {
    "concepts.uncertain": New(1, False),
    "provenance.truncated": New(3, False),
    "third_party": New(3),
    "provenance.license_article": New(3, copied="provenance.license"),  # a panel had its article's
    "provenance.license_source": New(3),
    "provenance.license_url": New(3),
    "markup": New(4, []),
    "cells": New(4, []),
    "caption_own": New(4, copied="caption"),  # captions were not divided into own and shared
    "caption_shared": New(4, ""),
    "text_spans": New(4, []),
    "provenance.caption_confidence": New(4, 0.0),
    "provenance.letters_without_panel": New(4, []),
    "provenance.letters_without_text": New(4, []),
    "language": New(5),
    "context": New(5, []),
    "modality_evidence": New(5, []),
}


def newest(table: pa.Table, columns: Sequence[str] = TRIPLETS.names) -> pa.Table:
    """`columns` of triplets in the newest schema, of a table in the schema of any version.

    Raises:
        UserError: the table holds no triplets, those of a newer version, or lacks what those of its version have.
    """
    version, schema = check_version(table.schema), _schema(table.schema)
    fields = [schema.field(name) for name in columns]
    made = [_column(table, field, version) for field in fields]
    return pa.table(made, schema=pa.schema(fields, metadata=schema.metadata))


def source_columns(found: pa.Schema, columns: Iterable[str]) -> list[str]:
    """The columns of a file in the schema `found` that `newest` asks for to give `columns`."""
    asked = {*columns} | {NEW[name].copied for name in columns if name in NEW}
    return [name for name in found.names if name in asked or (name == "modality_evidence" and "modality" in asked)]


def check_version(found: pa.Schema) -> int:
    """The schema version that a file of triplets states; raises UserError where it is none, or newer than this."""
    stated = found.metadata or {}
    if stated.get(b"schema") != TRIPLETS.metadata[b"schema"]:
        raise UserError("no triplets: the file states no schema medconcept.triplets")
    version = stated.get(b"schema_version", b"").decode(errors="replace")
    if not re.fullmatch(r"[1-9]\d{0,5}", version, re.ASCII):
        raise UserError(f"triplets of no known schema version: {version!r}")
    if int(version) > VERSION:
        raise UserError(f"triplets of schema version {version}, and this medconcept reads versions up to {VERSION}")
    return int(version)


def _schema(found: pa.Schema) -> pa.Schema:
    """The newest schema; embeddings have the size that they have in `found`, if it has any."""
    place = found.get_field_index("embedding")
    kind = found.field(place).type if place >= 0 else None
    return triplets(kind.list_size) if kind is not None and pa.types.is_fixed_size_list(kind) else TRIPLETS


def _column(table: pa.Table, field: pa.Field, version: int) -> pa.ChunkedArray | pa.Array:
    name = field.name
    if name == "modality" and "modality_evidence" not in table.column_names:
        return pa.nulls(len(table), field.type)
    if name not in table.column_names:
        copied = _new(name, version).copied
        return _column(table, TRIPLETS.field(copied), version) if copied else _filled(name, field.type, len(table))
    chunks = [_brought(chunk, field.type, name, version) for chunk in table[name].chunks]
    return pa.chunked_array(chunks, field.type)


def _brought(array: pa.Array, kind: pa.DataType, path: str, version: int) -> pa.Array:
    """`array` as one of `kind`: the parts of its structs that are new are filled."""
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        parts = [_part(array, field, f"{path}.{field.name}", version) for field in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind) and pa.types.is_list(array.type) and pa.types.is_struct(kind.value_type):
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        offsets = pa.array(np.concatenate([[0], lengths.cumsum()]), pa.int32())
        items = _brought(array.flatten(), kind.value_type, path, version)
        return pa.ListArray.from_arrays(offsets, items, type=kind, mask=array.is_null())
    try:
        return array if array.type.equals(kind) else array.cast(kind)
    except pa.ArrowException:
        raise UserError(f"triplets whose {path} is {array.type}, not {kind}") from None


def _part(struct: pa.StructArray, field: pa.Field, path: str, version: int) -> pa.Array:
    if struct.type.get_field_index(field.name) >= 0:
        return _brought(struct.field(field.name), field.type, path, version)
    copied = _new(path, version).copied
    return struct.field(copied.rpartition(".")[2]) if copied else _filled(path, field.type, len(struct))


def _new(path: str, version: int) -> New:
    """What is known of what a table lacks; raises UserError where those of its version do not lack it."""
    if path not in NEW or NEW[path].until < version:
        raise UserError(f"triplets without {path}, which those of schema version {version} have")
    return NEW[path]


def _filled(path: str, kind: pa.DataType, rows: int) -> pa.Array:
    return pa.array([NEW[path].value] * rows, kind)
