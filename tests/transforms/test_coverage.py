"""Counts over a corpus of a few triplets, small enough to count by hand."""

import random

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from schemas.rejects import REJECTS
from schemas.triplets import PROVENANCE, TRIPLETS, triplets
from transforms.coverage import coverage, headline, license_counts, reject_counts, semantic_types

LUNG, MRI, UNTYPED = ("C0024109", "Lung", ["T023"]), ("C0024485", "MRI", ["T060", "T999"]), ("C9", "Thing", [])


def concept(concept, negated=False):
    cui, name, types = concept
    return {"cui": cui, "name": name, "semantic_types": types, "start": 0, "end": 4, "text": "text", "score": 1.0} | {
        "negated": negated,
        "uncertain": False,
    }


def blank(fields):
    """The least row: what may be null is, the rest is empty or zero."""
    zeros = {pa.string(): "", pa.int32(): 0, pa.float32(): 0.0, pa.large_binary(): b""}
    return {field.name: zeros.get(field.type) for field in fields if not field.nullable}


def triplet(pmcid, panel, concepts=(), modality=None, **provenance):
    figure = f"{pmcid}v1-f001"
    source = {**blank(PROVENANCE), "pmcid": pmcid, "figure_id": figure, "box": [0, 0, 1, 1], **provenance}
    return blank(TRIPLETS) | {
        "panel_id": f"{figure}-p{panel:02}",
        "image": b"picture" * 50,
        "mentions": [],
        "embedding": [0.0, 1.0],
        "concepts": list(concepts),
        "modality": modality,
        "provenance": source,
    }


ROWS = [
    triplet("PMC1", 1, [concept(LUNG), concept(LUNG, negated=True)], license="CC BY", year=2020, journal="A"),
    triplet("PMC1", 2, [concept(LUNG), concept(MRI)], "MRI", license="CC BY", year=2020, journal="A"),
    triplet("PMC2", 1, [concept(UNTYPED)], license="CC BY", license_jats="CC BY-NC", year=2021, journal="B"),
    triplet("PMC3", 1),
]


@pytest.fixture
def table():
    return pa.Table.from_pylist(ROWS, schema=triplets(2))


def rows(table, *columns):
    return [tuple(row.values()) for row in table.select(columns).to_pylist()]


def test_concepts(table):
    concepts = coverage(table)["concepts"]
    assert rows(concepts, "cui", "triplets", "articles", "mentions", "negated") == [
        ("C0024109", 2, 1, 3, 1),
        ("C0024485", 1, 1, 1, 0),
        ("C9", 1, 1, 1, 0),
    ]
    assert rows(concepts, "name", "semantic_types")[0] == ("Lung", ["T023"])


def test_a_concept_counts_for_each_of_its_semantic_types(table):
    types = coverage(table)["semantic_types"]
    assert rows(types, "tui", "name", "concepts", "triplets", "articles", "mentions") == [
        ("T023", "Body Part, Organ, or Organ Component", 1, 2, 1, 3),
        ("T060", "Diagnostic Procedure", 1, 1, 1, 1),
        ("T999", "T999", 1, 1, 1, 1),
        (None, "not stated", 1, 1, 1, 1),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("licenses", [("CC BY", 3, 2, 2), (None, 1, 1, 1)]),
        ("years", [(2020, 2, 1, 1), (2021, 1, 1, 1), (None, 1, 1, 1)]),
        ("journals", [("A", 2, 1, 1), ("B", 1, 1, 1), (None, 1, 1, 1)]),
        ("modalities", [(None, 3, 3, 3), ("MRI", 1, 1, 1)]),
    ],
)
def test_counts_by_a_column(table, name, expected):
    counts = coverage(table)[name]
    assert counts.column_names[1:] == ["triplets", "figures", "articles"]
    assert rows(counts, *counts.column_names) == expected


def test_licences_alone(table):
    assert license_counts(table) == coverage(table)["licenses"]


def test_headline(table):
    assert headline(table) == {
        "triplets": 4,
        "figures": 3,
        "articles": 3,
        "concepts": 3,
        "concepts_per_triplet": 1.25,
        "with_concept": 0.75,
        "with_modality": 0.25,
        "license_clear": 0.5,  # PMC2 contradicts itself, PMC3 states nothing
    }


def test_a_corpus_without_triplets():
    empty = triplets(2).empty_table()
    assert set(headline(empty).values()) == {0}
    assert [len(table) for table in coverage(empty).values()] == [0] * 6


def test_the_order_of_the_rows_does_not_matter(table):
    shuffled = ROWS * 1
    random.Random(1).shuffle(shuffled)
    other = pa.Table.from_pylist(shuffled, schema=triplets(2))
    assert coverage(other) == coverage(table)


def test_images_are_never_read(table, tmp_path):
    path = tmp_path / "train.parquet"
    pq.write_table(table, path, use_dictionary=False, compression="none")
    data = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(1)
    assert column.path_in_schema == "image"
    start, size = column.data_page_offset, column.total_compressed_size
    path.write_bytes(data[:start] + b"\xff" * size + data[start + size :])
    dataset = ds.dataset(tmp_path)
    with pytest.raises(OSError):  # noqa: PT011
        dataset.to_table(columns=["image"])
    assert coverage(dataset) == coverage(table)
    assert headline(dataset) == headline(table)


def test_rejects_by_stage_and_reason():
    cases = [("PMC1", "gate", "retracted"), ("PMC2", "fetch", "image_missing"), ("PMC2", "fetch", "image_missing")]
    rejects = [{"article_id": a, "stage": stage, "reason": reason, "detail": ""} for a, stage, reason in cases]
    counts = reject_counts(pa.Table.from_pylist(rejects, schema=REJECTS))
    assert rows(counts, *counts.column_names) == [("fetch", "image_missing", 2, 1), ("gate", "retracted", 1, 1)]


def test_the_semantic_types_of_the_umls():
    types = semantic_types()
    assert len(types) == 127
    assert len(set(types["tui"].to_pylist())) == len(set(types["name"].to_pylist())) == 127
    assert types["tui"].to_pylist() == sorted(types["tui"].to_pylist())
