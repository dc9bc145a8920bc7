"""Article versions as numbers and bytes, and back."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.article_ids import to_etags, to_ids, to_md5, to_numbers
from schemas.locks import LOCK

MD5S = st.binary(min_size=16, max_size=16).map(bytes.hex)
ETAGS = st.one_of(MD5S, st.sampled_from(["", "0123-2", "0" * 31, "0" * 33, "A" * 32]))
IDS = st.builds("PMC{}v{}".format, st.integers(0, 10**12), st.integers(1, 10**6))


@given(st.lists(st.tuples(IDS, ETAGS), min_size=1), st.integers(0, 3))
def test_nothing_is_lost(pairs, start):
    """Of a slice as well, whose buffers begin elsewhere."""
    ids, etags = (pa.array(column, pa.string()) for column in zip(*pairs, strict=True))
    numbers, versions = to_numbers(ids)
    md5 = to_md5(etags)
    others = pa.array(
        [etag if known is None else None for known, etag in zip(md5.to_pylist(), etags.to_pylist(), strict=True)]
    )
    columns = [numbers, versions, md5, others.cast(pa.string()), pa.nulls(len(ids), pa.int32()).fill_null(0)]
    table = pa.table(columns, schema=LOCK).slice(start)
    if len(table):
        assert to_ids(table).to_pylist() == ids.to_pylist()[start:]
        assert to_etags(table).to_pylist() == etags.to_pylist()[start:]


def test_an_md5_takes_sixteen_bytes_and_other_etags_stay_texts():
    etags = pa.array(["0f" * 16, "0f" * 16 + "-2"])
    assert to_md5(etags).to_pylist() == [bytes.fromhex("0f" * 16), None]
