"""A shard's two files, from tables of any size."""

import random
import shutil
import threading
from collections import Counter
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from servers import Relay, make_bucket
from test_verify import restamp

from dags.graph import Item
from pipeline.phases.curate import PANELS_FILE, ROW_GROUP
from pipeline.phases.dedup.selection import count_selection
from pipeline.phases.publish import Dataset, choose_shards, shards_of
from pipeline.phases.verify import faults
from pipeline.storage.parquet import WRITING
from pipeline.storage.store import open_store
from schemas.selection import SELECTION
from schemas.tables import regroup
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
    (receipt,) = (tmp_path / "publish" / SHARD).glob("*.json")
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


def counts(**left_out):
    return count_selection(selection(**left_out))


def test_a_shard_is_neighbouring_units_and_one_without_rows_is_none():
    shards = shards_of(UNITS, counts(u1="duplicate", u3=None), {"train": 1, "test": 0})
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
    before, after = items(dataset, counts(u3=None)), items(dataset, counts(u3="duplicate"))
    assert [name for name in before if before[name] != after[name]] == ["publish/train-00001"]
    monkeypatch.setattr("pipeline.phases.publish.FORMAT", "another")
    assert all(before[name] != key for name, key in items(dataset, counts(u3=None)).items())


@pytest.fixture
def requests(moto, monkeypatch):
    """Requests by method to moto's server, in which there is a bucket."""
    make_bucket("bucket")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.target, server.fault, server.count = ("127.0.0.1", urlsplit(moto).port), lambda method, path: None, Counter()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield server.count
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("picture", [1_000, 60_000])
def test_a_shard_reads_its_units_once_in_few_requests(demo, requests, picture, tmp_path):
    store = open_store(f"s3://bucket/{tmp_path.name}")
    (panel,) = pq.read_table(min(demo.glob("units/*/panels-*.parquet"))).slice(0, 1).to_pylist()
    units, sizes = {}, []
    for unit in ("train-00000", "train-00001"):
        rows = [panel | {"panel_id": f"{unit}-{n}", "image": random.Random(n).randbytes(picture)} for n in range(600)]
        path = f"units/{unit}/panels.parquet"
        with store.create(path) as sink, pq.ParquetWriter(sink, PANELS_FILE, **WRITING) as writer:
            for table in regroup([pa.Table.from_pylist(rows, schema=PANELS_FILE)], ROW_GROUP):
                writer.write_table(table)
            sizes.append(sink.tell())
        units[unit] = {"files": {"panels": {"path": path, "sha256": unit}}, "counts": {"panels": 600}}
    out = [{"unit": "train-00001", "panel_id": "train-00001-7", "left_out": "duplicate"}]
    selected = pa.Table.from_pylist(out, schema=SELECTION)
    with store.create("selection.parquet") as sink:
        pq.write_table(selected, sink, **WRITING)
    dataset, chosen = Dataset(store, SCHEMA), count_selection(selected)
    (item,) = dataset.items(shards_of(units, chosen, {"train": 1}), chosen, "selection.parquet", {})
    requests.clear()
    panels = [name for table in dataset.read(item) for name in table["panel_id"].to_pylist()]
    assert panels == [f"{unit}-{n}" for unit in units for n in range(600) if (unit, n) != ("train-00001", 7)]
    assert requests["GET"] <= 3 + sum(3 + size // (16 << 20) for size in sizes)
    assert requests["HEAD"] <= 3


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


def test_a_build_with_nothing_to_do_reads_no_rows_and_one_shard_writes_its_own_partial_alone(
    demo, small_units, tmp_path, run, monkeypatch
):
    out = shutil.copytree(demo, tmp_path / "out")
    command = ("build", "demo", out, "--recipe", small_units, "--engine", "inline")
    written = {path: path.stat().st_mtime_ns for path in out.glob("publish/*/*")}
    with monkeypatch.context() as patch:
        for name in ("publish.load_batches", "publish.load_table", "documents.load_table", "documents.find_members"):
            patch.setattr(f"pipeline.phases.{name}", None)
        assert run(*command)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in out.glob("publish/*/*")} == written
    (lost,) = (out / "publish/train-00001").glob("*.json")
    lost.unlink()
    assert run(*command)[0] == 0
    again = {path: path.stat().st_mtime_ns for path in out.glob("publish/*/*")}
    assert {path.parent.name for path in again if again[path] != written[path]} == {"train-00001"}
