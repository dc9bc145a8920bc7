"""Article versions as numbers and bytes, which a column holds in a tenth of the room, and as the ids that rows bear."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ID = r"^PMC(?P<pmc>\d+)v(?P<version>\d+)$"
_MD5, _HEX = "^[0-9a-f]{32}$", 32


def to_numbers(ids: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The accession number and the version of each article id: 13901 and 1 of PMC13901v1."""
    parts = pc.extract_regex(ids, _ID)
    return pc.struct_field(parts, "pmc").cast(pa.int64()), pc.struct_field(parts, "version").cast(pa.int32())


def to_ids(articles: pa.Table) -> pa.Array:
    """The article ids of a table with the columns `pmc` and `version`."""
    numbers, versions = (articles[name].combine_chunks().cast(pa.string()) for name in ("pmc", "version"))
    return pc.binary_join_element_wise(pc.binary_join_element_wise("PMC", numbers, ""), versions, "v")


def to_md5(etags: pa.Array) -> pa.Array:
    """The bytes of each ETag that is an MD5; null for others, such as those of multipart uploads."""
    is_md5 = pc.match_substring_regex(etags, _MD5)
    digits = pc.if_else(is_md5, etags, "0" * _HEX).to_pylist()
    data = pa.py_buffer(bytes.fromhex("".join(digits)))
    return pc.if_else(is_md5, pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(etags), [None, data]), None)


def to_etags(articles: pa.Table) -> pa.Array:
    """The ETags of a table with the columns `md5` and `etag`."""
    md5 = pc.fill_null(articles["md5"].combine_chunks(), bytes(16))
    raw = md5.buffers()[1].slice(16 * md5.offset, 16 * len(md5))
    offsets = pa.py_buffer(np.arange(len(md5) + 1, dtype=np.int64) * _HEX)
    hexadecimal = pa.LargeStringArray.from_buffers(len(md5), offsets, pa.py_buffer(raw.to_pybytes().hex().encode()))
    return pc.coalesce(articles["etag"].combine_chunks().cast(pa.large_string()), hexadecimal)
