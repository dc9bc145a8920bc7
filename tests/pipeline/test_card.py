"""The dataset card and the Croissant description of a corpus of two splits."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import load_dataset

from pipeline.card import croissant, dataset_card, descriptions
from schemas.triplets import TRIPLETS, triplets

FILES = [
    {"name": "data/train-00000-of-00001.parquet", "bytes": 900, "sha256": "a" * 64, "rows": 30, "split": "train"},
    {"name": "data/test-00000-of-00001.parquet", "bytes": 100, "sha256": "b" * 64, "rows": 10, "split": "test"},
    {"name": "webdataset/train-000000.tar", "bytes": 800, "sha256": "c" * 64, "rows": 30, "split": "train"},
]
FACTS = {
    "name": "Demo: pictures",
    "version": "0.1.0",
    "inventory": "2026-10-01T01-00Z",
    "config": "9f3c2a7d",
    "splits": {"train": 30, "test": 10},
    "licenses": {"CC BY": 38, None: 2},
    "schema": triplets(128),
    "files": FILES,
}


def paths(fields, prefix=""):
    """The path of every column and of every part of a struct."""
    for field in fields:
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        yield prefix + field.name
        if pa.types.is_struct(kind):
            yield from paths(kind, f"{prefix}{field.name}.")


@pytest.fixture
def document():
    return json.loads(croissant(FACTS))


def front_matter(card):
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def test_every_column_is_described_and_nothing_else():
    assert list(descriptions()) == list(paths(TRIPLETS))


def test_front_matter_names_the_files_of_each_split():
    front, body = front_matter(dataset_card(FACTS))
    assert front["pretty_name"] == "Demo: pictures"
    assert (front["license"], front["size_categories"]) == ("other", ["n<1K"])
    assert front["configs"][0]["data_files"] == [
        {"split": "train", "path": "data/train-*.parquet"},
        {"split": "test", "path": "data/test-*.parquet"},
    ]
    assert body.startswith("\n# Demo: pictures\n")


def test_the_card_states_counts_licences_and_currency():
    card = dataset_card(FACTS)
    for line in ("| Triplets | 40 |", "| in `train` | 30 |", "| Files | 3, 1,800 bytes |", "| CC BY | 38 |"):
        assert line in card
    assert "| not stated | 2 |" in card
    assert "published on 2026-10-01" in card
    assert "must carry its `provenance.attribution`" in card
    assert "| `embedding` | list of 128 halffloat |" in card
    for path in paths(TRIPLETS):
        assert f"| `{path}` |" in card


@pytest.mark.parametrize(("rows", "words"), [(999, "n<1K"), (1000, "1K<n<10K"), (23_000_000, "10M<n<100M")])
def test_size_in_the_words_of_the_hub(rows, words):
    front, _ = front_matter(dataset_card(FACTS | {"splits": {"train": rows}}))
    assert front["size_categories"] == [words]


def test_tar_files_are_explained_where_there_are_any():
    assert "webdataset.WebDataset" in dataset_card(FACTS)
    assert "webdataset" not in dataset_card(FACTS | {"files": FILES[:2]})


def test_text_cannot_break_a_table():
    card = dataset_card(FACTS | {"licenses": {"CC | BY\n": 1}})
    assert "| CC \\| BY | 1 |" in card


def test_croissant_lists_the_parquet_files_with_their_checksums(document):
    *objects, together = document["distribution"]
    assert [(item["contentUrl"], item["sha256"]) for item in objects] == [
        (file["name"], file["sha256"]) for file in FILES[:2]
    ]
    assert together["includes"] == "data/*.parquet"
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert document["datePublished"] == "2026-10-01"


def test_croissant_describes_every_column(document):
    (records,) = document["recordSet"]
    fields = {field["name"]: field for field in records["field"]}
    assert list(fields) == ["split", *TRIPLETS.names]
    assert (fields["image"]["dataType"], fields["width"]["dataType"]) == ("sc:ImageObject", "sc:Integer")
    assert fields["mentions"]["repeated"]
    parts = {part["name"]: part for part in fields["provenance"]["subField"]}
    assert parts["year"]["source"]["extract"] == {"column": "provenance"}
    assert parts["year"]["source"]["transform"] == {"jsonPath": "year"}
    assert parts["box"]["repeated"]
    assert fields["concepts"]["repeated"]
    kinds = [part["dataType"] for part in fields["concepts"]["subField"]]
    assert kinds[-3:] == ["sc:Float", "sc:Boolean", "sc:Boolean"]  # score, negated, uncertain


def test_every_id_of_croissant_is_used_once(document):
    ids = []

    def collect(node):
        if isinstance(node, dict):
            if "@type" in node:
                ids.append(node.get("@id"))
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect([document["distribution"], document["recordSet"]])
    assert None not in ids
    assert len(ids) == len(set(ids))


def test_a_source_without_an_inventory_has_no_date():
    facts = FACTS | {"inventory": "listing"}
    assert "datePublished" not in json.loads(croissant(facts))
    assert "it has no dated inventory" in dataset_card(facts)


def test_the_same_facts_give_the_same_bytes():
    assert (dataset_card(FACTS), croissant(FACTS)) == (dataset_card(FACTS), croissant(FACTS))


def test_the_folder_loads_by_its_card(tmp_path):
    row = {"panel_id": "PMC1v1-f001-p01", "caption": "CT"}
    schema = pa.schema([("panel_id", pa.string()), ("caption", pa.string())])
    (tmp_path / "data").mkdir()
    for split in FACTS["splits"]:
        pq.write_table(pa.Table.from_pylist([row], schema), tmp_path / f"data/{split}-00000-of-00001.parquet")
    (tmp_path / "README.md").write_text(dataset_card(FACTS), encoding="utf-8")
    dataset = load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert {split: rows[0] for split, rows in dataset.items()} == {"train": row, "test": row}
