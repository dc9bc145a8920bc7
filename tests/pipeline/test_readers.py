"""The dataset as its users open it: datasets, webdataset and DuckDB, without any of our code."""

import json

import duckdb
import pyarrow.parquet as pq
import pytest


@pytest.fixture(scope="module")
def triplets(demo):
    files = sorted((demo / "dataset" / "data").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_there_are_several_shards_and_splits(demo, triplets):
    assert len(triplets) > 20
    assert len(list((demo / "dataset" / "data").glob("train-*.parquet"))) > 1


def test_duckdb(demo, triplets):
    query = f"""
        select concept.cui, count(*) from (
            select unnest(concepts) as concept from '{demo}/dataset/data/*.parquet' where provenance.license like 'CC%'
        ) group by 1 order by 2 desc, 1"""
    counted = dict(duckdb.sql(query).fetchall())
    assert sum(counted.values()) == sum(len(row["concepts"]) for row in triplets) > 0


def test_datasets_reads_the_parquet_files(demo, triplets):
    datasets = pytest.importorskip("datasets")
    data = {"train": str(demo / "dataset/data/*.parquet")}
    loaded = datasets.load_dataset("parquet", data_files=data, split="train", cache_dir=str(demo.parent / "hf"))
    pictures = loaded.cast_column("image", datasets.Image())
    assert [row["panel_id"] for row in loaded] == [row["panel_id"] for row in triplets]
    assert [picture["image"].size for picture in pictures] == [(row["width"], row["height"]) for row in triplets]


def test_datasets_reads_the_webdataset_shards(demo, triplets):
    datasets = pytest.importorskip("datasets")
    data = {"train": str(demo / "dataset/webdataset/*.tar")}
    loaded = datasets.load_dataset("webdataset", data_files=data, split="train", cache_dir=str(demo.parent / "hf"))
    assert sorted(row["__key__"] for row in loaded) == sorted(row["panel_id"] for row in triplets)
    assert {row["__key__"]: row["txt"] for row in loaded} == {row["panel_id"]: row["caption"] for row in triplets}


def test_webdataset(demo, triplets):
    webdataset = pytest.importorskip("webdataset")
    shards = sorted(map(str, (demo / "dataset" / "webdataset").glob("*.tar")))
    by_id = {row["panel_id"]: row for row in triplets}
    samples = list(webdataset.WebDataset(shards, shardshuffle=False))
    assert [sample["__key__"] for sample in samples] == [row["panel_id"] for row in triplets]
    for sample in samples:
        row = by_id[sample["__key__"]]
        assert sample["jpg"] == row["image"]
        assert json.loads(json.loads(sample["json"])["concepts"]) == row["concepts"]
