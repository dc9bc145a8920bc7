"""A shard's two files, from tables of any size."""

import hashlib
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dags.graph import Item
from pipeline.phases.curate import ROW_GROUP
from pipeline.phases.publish import Dataset
from pipeline.phases.verify import faults
from pipeline.storage.store import open_store
from schemas.shards import SHARDS
from tests.triplets import SCHEMA, triplet

SHARD = "train-00000-of-00001"


def commit(folder, *counts):
    """The Parquet file of a shard that arrives in tables of so many rows."""
    rows = iter(range(sum(counts)))
    tables = [pa.Table.from_pylist([triplet(next(rows)) for _ in range(count)], schema=SCHEMA) for count in counts]
    Dataset(open_store(str(folder)), SCHEMA).commit(Item(f"emit/{SHARD}", "key", []), tables)
    return pq.ParquetFile(folder / f"dataset/data/{SHARD}.parquet")


@pytest.mark.parametrize(
    ("counts", "groups"),
    [([0, 3, 0, 2], [5]), ([14] * 40, [256, 256, 48]), ([300, 0, 300], [256, 256, 88]), ([256], [256])],
)
def test_row_groups_are_of_one_size_and_none_is_empty(tmp_path, counts, groups):
    file = commit(tmp_path, *counts)
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == groups
    assert file.read()["panel_id"].to_pylist() == [triplet(n)["panel_id"] for n in range(sum(counts))]


def test_the_size_of_row_groups_is_one_that_readers_like():
    assert 256 <= ROW_GROUP <= 1024


def test_another_layout_is_another_key(tmp_path, monkeypatch):
    row = {"panel_id": "PMC1v1-f001-p01", "unit": "u", "split": "train", "shard": SHARD, "duplicate_group": None}
    shards, dataset = pa.Table.from_pylist([row], schema=SHARDS), Dataset(open_store(str(tmp_path)), SCHEMA)
    (before,) = dataset.items(shards, {"u": {"files": {}}}, {"stages": {}})
    monkeypatch.setattr("pipeline.phases.publish.FORMAT", "another")
    (after,) = dataset.items(shards, {"u": {"files": {}}}, {"stages": {}})
    assert before.key != after.key
    assert after.made_by == {"stages": {}, "format": "another"}


@pytest.mark.parametrize(
    ("text", "another"),
    [('"negated\\": false', '"negated\\": true '), ('"year": 20', '"year": 19'), ('"license": "CC', '"license": "cc')],
)
def test_a_sample_whose_json_tells_another_story_is_a_fault(demo, tmp_path, text, another):
    out = shutil.copytree(demo, tmp_path / "out")
    path = min(out.glob("dataset/webdataset/*.tar"))
    old = path.read_bytes()
    path.write_bytes(new := old.replace(text.encode(), another.encode()))
    assert len(new) == len(old)
    assert new != old
    for marker in out.glob("emit/*/_SUCCESS.json"):
        stamp = hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest()
        marker.write_text(marker.read_text().replace(*stamp))
    found = list(faults(open_store(str(out))))
    assert found
    assert all("differs from its Parquet row" in line for line in found)
