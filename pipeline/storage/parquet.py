"""Parquet files of an output, which may be damaged: what is read of one is in its schema, or it is the file's fault."""

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.storage.store import Store
from schemas.errors import Damaged, Outage
from schemas.tables import batches, is_in

#: Rows of a batch, where the reader does not say.
ROWS = 256

#: Bytes of neighbouring row groups that are read together, as they are in memory. Arrow asks S3 for as much at once.
BLOCK = 32 << 20

#: How some rows of a file are read: a page with a flipped bit is found, and columns are asked for together.
_FILTERED = ds.ParquetFileFormat(
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True, page_checksum_verification=True)
)

#: How every file is written: a page has a checksum, so that whoever reads it finds a flipped bit.
WRITING: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}

#: Columns of a unit's tables that a row may lack. The schemas let it lack any: the stages fill them one by one.
_TEXTS = {
    "third_party",
    "language",
    "figure_xml_id",
    "figure_label",
    "group_caption",
    "figure_caption",
    "abbreviations",
}
_OPTIONAL = {
    b"medconcept.panels": _TEXTS | {"panel_label", "phash", "modality", "license", "license_url", "attribution"},
    b"medconcept.figures": _TEXTS
    | {"graphic_id", "mentions", "citations", "hrefs", "graphic", "source_uri", "source_md5"},
}

#: What pyarrow raises of a file that is missing, cut or garbled; UnicodeDecodeError where a name in it is no UTF-8.
BROKEN = (OSError, pa.ArrowException, UnicodeDecodeError)


#: What the system says of a disk or a mount that does not answer.
_FAILING = frozenset({errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, in one line that names it; its `path` is empty where that is told already."""

    line: str
    path: str = ""


def read_table(
    store: Store, path: str, schema: pa.Schema, columns: list[str] | None = None, filters: pc.Expression | None = None
) -> pa.Table | Fault:
    """A file as a table: `columns` of it (all if None), and the rows that `filters` lets through.

    Row groups in which by their statistics there is no such row are not read.
    """
    try:
        with store.open(path) as file:
            # Arrow's threads abort a process that ends soon after (https://github.com/apache/arrow/issues/34314).
            if filters is None:
                parquet = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
                if not _fits(parquet.schema_arrow, schema):
                    return _misfit(path, parquet.schema_arrow, schema)
                return _checked(path, parquet.read(columns, use_threads=False), schema)
            fragment = _FILTERED.make_fragment(file)
            if not _fits(fragment.physical_schema, schema):
                return _misfit(path, fragment.physical_schema, schema)
            table = fragment.to_table(columns=columns, filter=filters, use_threads=False)
            return _checked(path, table, schema)
    except BROKEN as error:
        return _broken(path, error)


def read_batches(
    store: Store, path: str, schema: pa.Schema, columns: list[str] | None = None, rows: int = ROWS
) -> Iterator[pa.Table | Fault]:
    """A file in tables of at most `rows` rows; a fault is the last thing that comes.

    Neighbouring row groups are read together, up to BLOCK bytes: from S3 in a request or two.
    """
    try:
        with store.open(path) as file:
            parquet = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
            if not _fits(parquet.schema_arrow, schema):
                yield _misfit(path, parquet.schema_arrow, schema)
                return
            for groups in _blocks(parquet.metadata, columns):
                block = parquet.read_row_groups(groups, columns, use_threads=False)
                for batch in batches(block, rows) if len(block) else ():
                    yield (table := _checked(path, batch, schema))
                    if isinstance(table, Fault):
                        return
    except BROKEN as error:
        yield _broken(path, error)


def _blocks(metadata: pq.FileMetaData, columns: list[str] | None) -> Iterator[list[int]]:
    """Neighbouring row groups whose `columns` hold at most BLOCK bytes together; one that holds more comes alone."""
    groups: list[int] = []
    size = 0
    for n in range(metadata.num_row_groups):
        group = metadata.row_group(n)
        chunks = map(group.column, range(group.num_columns))
        more = sum(each.total_uncompressed_size for each in chunks if _is_in(each.path_in_schema, columns))
        if groups and size + more > BLOCK:
            yield groups
            groups, size = [], 0
        groups.append(n)
        size += more
    if groups:
        yield groups


def _is_in(path: str, columns: list[str] | None) -> bool:
    """Whether a leaf of a schema, such as `article.license`, is in one of `columns`."""
    return columns is None or any(path == name or path.startswith(f"{name}.") for name in columns)


def read_schema(store: Store, path: str) -> pa.Schema | Fault:
    """The schema that a file is in."""
    try:
        with store.open(path) as file:
            return pq.read_schema(file)
    except BROKEN as error:
        return _broken(path, error)


def load_table(
    store: Store, path: str, schema: pa.Schema, columns: list[str] | None = None, filters: pc.Expression | None = None
) -> pa.Table:
    """`read_table` for who cannot go on without it; raises Damaged."""
    return _demand(store, read_table(store, path, schema, columns, filters))


def load_batches(
    store: Store, path: str, schema: pa.Schema, columns: list[str] | None = None, rows: int = ROWS
) -> Iterator[pa.Table]:
    """`read_batches` for who cannot go on without them; raises Damaged."""
    for table in read_batches(store, path, schema, columns, rows):
        yield _demand(store, table)


def load_rows(store: Store, path: str, schema: pa.Schema, rows: Sequence[int], columns: list[str]) -> pa.Table:
    """Rows of a file by their numbers, which ascend; row groups without one of them are not read. Raises Damaged."""
    return _demand(store, _read_rows(store, path, schema, rows, columns))


def _read_rows(store: Store, path: str, schema: pa.Schema, rows: Sequence[int], columns: list[str]) -> pa.Table | Fault:
    try:
        with store.open(path) as file:
            parquet = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
            if not _fits(parquet.schema_arrow, schema):
                return _misfit(path, parquet.schema_arrow, schema)
            found, start = [], 0
            for group in range(parquet.num_row_groups):
                end = start + parquet.metadata.row_group(group).num_rows
                if mine := [row - start for row in rows if start <= row < end]:
                    found.append(parquet.read_row_group(group, columns, use_threads=False).take(pa.array(mine)))
                start = end
            return _checked(path, pa.concat_tables(found), schema)
    except BROKEN as error:
        return _broken(path, error)


def _demand(store: Store, found: pa.Table | Fault) -> pa.Table:
    if isinstance(found, Fault):
        raise Damaged(f"{store.uri}/{found.line}", found.path)
    return found


def _fits(found: pa.Schema, schema: pa.Schema) -> bool:
    """Whether a file is in `schema`; of one without a version, the names and types alone count."""
    return is_in(found, schema) if schema.metadata else (found.names, found.types) == (schema.names, schema.types)


def _misfit(path: str, found: pa.Schema, schema: pa.Schema) -> Fault:
    """The fault of a file that is not in `schema`; it says so if another version wrote it."""
    (name, version), (its_name, its_version) = map(_stated, (schema, found))
    if its_name == name and its_version != version and its_version.isdecimal():
        return Fault(f"{path}: written by schema version {its_version} of {name}, not {version}", path)
    return Fault(f"{path}: not in its schema", path)


def _stated(schema: pa.Schema) -> tuple[str, ...]:
    """The name and the version that a schema states, "" for what it does not."""
    metadata = schema.metadata or {}
    return tuple(metadata.get(key, b"").decode(errors="replace")[:40] for key in (b"schema", b"schema_version"))


def _broken(path: str, error: Exception) -> Fault:
    """The fault of a file; raises OSError where the disk or the network fails, of which the file is not to blame."""
    if isinstance(error, FileNotFoundError):
        return Fault(f"{path}: missing", path)
    if (
        isinstance(error, Outage)
        or (isinstance(error, OSError) and error.errno in _FAILING)
        or "AWS Error" in str(error)
    ):
        raise error
    return Fault(f"{path}: cannot be read: {' '.join(str(error).split())[:200]}", path)


def _checked(path: str, table: pa.Table, schema: pa.Schema) -> pa.Table | Fault:
    """The table, unless a text in it is no UTF-8 or a value is missing that its schema or this module demands."""
    table.validate(full=True)
    optional = _OPTIONAL.get((schema.metadata or {}).get(b"schema", b""))
    for name, column in zip(table.column_names, table.columns, strict=True):
        may_lack = schema.field(name).nullable if optional is None else name in optional
        if column.null_count and not may_lack:
            return Fault(f"{path}: {name} is missing in {column.null_count} rows", path)
        if any(_has_gaps(chunk) for chunk in column.chunks):
            return Fault(f"{path}: {name} is missing a part", path)
    return table


def _has_gaps(array: pa.Array) -> bool:
    """Whether a list in it lacks an item, or a struct a part that its type demands."""
    kind = array.type
    if pa.types.is_struct(kind):
        parts = [(kind.field(n), array.field(n).filter(array.is_valid())) for n in range(kind.num_fields)]
        return any((part.null_count and not field.nullable) or _has_gaps(part) for field, part in parts)
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        items = array.flatten()
        return items.null_count > 0 or _has_gaps(items)
    return False
