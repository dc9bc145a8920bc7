"""A dataset's Croissant description, as `mlcroissant` validates it and loads records by it."""

from io import BytesIO

import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from test_card import FACTS

from pipeline.reports.croissant import croissant
from tests.triplets import CONCEPT, SCHEMA, triplet


def plain(value):
    """A value of a record: names without the path before them, texts decoded."""
    if isinstance(value, dict):
        return {name.rpartition("/")[2]: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.decode() if isinstance(value, bytes) else value


def said(dataset):
    """What mlcroissant finds fault with, its recommendations too."""
    issues = dataset.metadata.issues
    return issues.errors | issues.warnings


def assert_loads(folder):
    """Every published row is a record, with its split and its picture decoded; nothing is found fault with."""
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert said(dataset) == set()
    expected = {}
    for path in folder.glob("data/*.parquet"):
        for row in pq.read_table(path).to_pylist():
            expected[row["panel_id"]] = row | {"split": path.name.split("-")[0]}
    for record in map(plain, dataset.records("triplets")):
        row = expected.pop(record["panel_id"])
        picture, known = record.pop("image"), Image.open(BytesIO(row.pop("image")))
        assert (picture.format, picture.convert("RGB").tobytes()) == (known.format, known.convert("RGB").tobytes())
        assert record == row
    assert not expected
    return dataset


@pytest.mark.parametrize("name", ["default", "whole-figures"])
def test_every_row_of_a_corpus_is_a_record(outputs, name):
    dataset = assert_loads(outputs[name] / "dataset")
    splits = {each["splits/name"]: each["splits/url"] for each in dataset.records("splits")}
    files = {path.name.split("-")[0] for path in outputs[name].glob("dataset/data/*.parquet")}
    assert set(splits) == files
    assert splits["train"] == "cr:TrainingSplit"
    tests = dataset.records("triplets", filters={"triplets/split": "test"})
    assert {record["triplets/split"] for record in tests} == {b"test"}


@pytest.mark.slow
@pytest.mark.full
def test_every_row_of_the_real_mirror_is_a_record(whole):
    assert_loads(whole / "dataset")


FULL = {
    "concepts": [CONCEPT, CONCEPT | {"start": 5, "semantic_types": []}],
    "context": [{"mention": 0, "start": 0, "end": 13, "text": "See Figure 1.", "panels": ["A", "B"], "panel": True}],
    "mentions": ["See Figure 1.", "… and Figure 2"],
    "phash": "0123456789abcdef",
    "language": "en",
    "modality": "radiology/ct",
    "modality_evidence": [
        {"source": "text", "name": "radiology", "score": 0.5, "detail": "tomography"},
        {"source": "picture", "name": "radiology/ct", "score": 0.25, "detail": None},
    ],
    "cells": [{"box": [0, 0, 2, 3], "score": 0.5}, {"box": [2, 0, 4, 3], "score": 0.25}],
    "provenance": {"year": 2024, "keywords": ["lung", "CT, chest"], "title": "Über [1.0] “Lungs”", "truncated": True},
}


@pytest.mark.parametrize(
    "rows", [[{}, FULL], [FULL, {}], [{}], [FULL]], ids=["empty first", "full first", "empty", "full"]
)
def test_what_is_missing_or_empty_is_as_in_the_row(tmp_path, rows):
    (tmp_path / "data").mkdir()
    table = pa.Table.from_pylist([triplet(n, **row) for n, row in enumerate(rows)], schema=SCHEMA)
    pq.write_table(table, tmp_path / "data/train-00000.parquet")
    files = [{"name": "data/train-00000.parquet", "bytes": 1, "sha256": "a" * 64, "rows": len(rows), "split": "train"}]
    facts = FACTS | {"schema": SCHEMA, "files": files, "splits": {"train": len(rows)}}
    (tmp_path / "croissant.json").write_text(croissant(facts), encoding="utf-8")
    assert_loads(tmp_path)


@pytest.mark.parametrize(
    ("facts", "warnings"),
    [
        ({"splits": {}, "files": []}, set()),
        ({"inventory": "listing"}, {"date"}),  # of a source without a dated inventory
    ],
)
def test_what_mlcroissant_says_of_a_corpus_that_lacks_something(tmp_path, facts, warnings):
    (tmp_path / "croissant.json").write_text(croissant(FACTS | facts), encoding="utf-8")
    found = said(mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json")))
    assert len(found) == len(warnings)
    assert all(any(word in line for line in found) for word in warnings)
