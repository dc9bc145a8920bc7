"""A shard's two files, from tables of any size."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_verify import restamp

from dags.graph import Item
from pipeline.phases.curate import ROW_GROUP
from pipeline.phases.publish import Dataset, choose_shards, shards_of
from pipeline.phases.verify import faults
from pipeline.storage.store import open_store
from schemas.selection import SELECTION
from tests.triplets import SCHEMA, triplet

SHARD = "train-00000"


def commit(folder, *counts):
    """The Parquet file of a shard that arrives in tables of so many rows."""
    rows = iter(range(sum(counts)))
    tables = [pa.Table.from_pylist([triplet(next(rows)) for _ in range(count)], schema=SCHEMA) for count in counts]
    Dataset(open_store(str(folder)), SCHEMA).commit(Item(f"publish/{SHARD}", "key", []), tables)
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


def test_tables_of_any_size_give_the_same_bytes(tmp_path):
    files = []
    for counts in ([300], [1] * 300, [7, 293]):
        commit(tmp_path, *counts)
        files.append((tmp_path / f"dataset/data/{SHARD}.parquet").read_bytes())
    assert files[0] == files[1] == files[2]


def test_a_shard_that_is_written_again_withdraws_its_receipt_first(tmp_path, monkeypatch):
    commit(tmp_path, 3)
    (receipt,) = (tmp_path / "publish" / SHARD).iterdir()
    monkeypatch.setattr("pipeline.phases.publish._add_samples", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        commit(tmp_path, 4)
    assert not receipt.exists()
    assert pq.read_metadata(tmp_path / f"dataset/data/{SHARD}.parquet").num_rows == 3


def unit(panels):
    stamp = {"path": f"p{panels}", "sha256": str(panels)}
    return {"files": {"panels": stamp}, "counts": {"panels": panels}}


UNITS = {f"train-{n:05d}": unit(n) for n in range(5)} | {"test-00000": unit(9)}


def selection(**left_out):
    rows = [{"unit": f"train-0000{name[1]}", "panel_id": name, "left_out": why} for name, why in left_out.items()]
    return pa.Table.from_pylist(rows, schema=SELECTION)


def test_a_shard_is_neighbouring_units_and_one_without_rows_is_none():
    shards = shards_of(UNITS, selection(u1="duplicate", u3=None), {"train": 1, "test": 0})
    assert [(shard.name, list(shard.units), shard.rows) for shard in shards] == [
        ("train-00001", ["train-00002", "train-00003"], 5),
        ("train-00002", ["train-00004"], 4),
        ("test-00000", ["test-00000"], 9),
    ]


def test_shards_have_about_the_rows_that_are_wanted():
    units = {f"train-{n:05d}": unit(100) for n in range(16)}
    assert choose_shards(units, {"train": 4}, 400) == {"train": 2}
    assert choose_shards(units, {"train": 4}, 4096) == {"train": 4}
    assert choose_shards(units, {"train": 4}, 10) == {"train": 0}


def items(dataset, selected):
    shards = shards_of(UNITS, selected, {"train": 1, "test": 0})
    return {item.folder: item.key for item in dataset.items(shards, selected, "selection.parquet", {"stages": {}})}


def test_a_key_changes_with_its_own_units_selection_and_layout_alone(tmp_path, monkeypatch):
    dataset = Dataset(open_store(str(tmp_path)), SCHEMA)
    before, after = items(dataset, selection(u3=None)), items(dataset, selection(u3="duplicate"))
    assert [name for name in before if before[name] != after[name]] == ["publish/train-00001"]
    monkeypatch.setattr("pipeline.phases.publish.FORMAT", "another")
    assert all(before[name] != key for name, key in items(dataset, selection(u3=None)).items())


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
    restamp(out, path)
    found = list(faults(open_store(str(out))))
    assert found
    assert all("differs from its Parquet row" in line for line in found)
