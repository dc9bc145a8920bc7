"""Counts over a corpus of a few triplets, small enough to count by hand."""

import random
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.coverage import COVERAGE
from schemas.triplets import PROVENANCE, TRIPLETS, triplets
from tests.triplets import blank
from transforms.coverage import partials as module
from transforms.coverage.histograms import HISTOGRAMS
from transforms.coverage.names import semantic_types
from transforms.coverage.partials import COLUMNS, partial, total
from transforms.coverage.tables import coverage, headline

EMPTY_BINS = sum(len(each.bins) for each in HISTOGRAMS)
LUNG, MRI, UNTYPED = ("C0024109", "Lung", ["T023"]), ("C0024485", "MRI", ["T060", "T999"]), ("C9", "Thing", [])


def concept(concept, negated=False):
    cui, name, types = concept
    return {"cui": cui, "name": name, "semantic_types": types, "start": 0, "end": 4, "text": "text", "score": 1.0} | {
        "negated": negated,
        "uncertain": False,
    }


def triplet(pmcid, panel, concepts=(), modality=None, language=None, **provenance):
    figure = f"{pmcid}v1-f001"
    article = {"pmcid": pmcid, "license_article": provenance.get("license")}
    source = {**blank(PROVENANCE), **article, "figure_id": figure, "box": [0, 0, 1, 1], **provenance}
    return blank(TRIPLETS) | {
        "panel_id": f"{figure}-p{panel:02}",
        "image": b"picture" * 50,
        "mentions": [],
        "context": [],
        "embedding": [0.0, 1.0],
        "concepts": list(concepts),
        "modality": modality,
        "language": language,
        "provenance": source,
    }


CONTRADICTING = {"license_source": "CC BY", "license_jats": "CC BY-NC"}
APART = {"letters_without_panel": ["C"], "letters_without_text": []}  # of the figure: in each of its rows
CC_BY = {"license": "CC BY", "year": 2020, "journal": "A"}
OWN = {"license_article": "CC BY-SA"}
ROWS = [
    triplet("PMC1", 1, [concept(LUNG), concept(LUNG, negated=True)], license="CC BY", year=2020, journal="A", **APART),
    triplet("PMC1", 2, [concept(LUNG), concept(MRI)], "radiology/mr", "pt", **CC_BY, **OWN, **APART),
    triplet("PMC2", 1, [concept(UNTYPED)], license="CC BY", year=2021, journal="B", **CONTRADICTING),
    triplet("PMC3", 1),
]


@pytest.fixture
def table():
    return pa.Table.from_pylist(ROWS, schema=triplets(2))


def rows(table, *columns):
    return [tuple(row.values()) for row in table.select(columns).to_pylist()]


def test_concepts(table):
    concepts = coverage(partial(table, "train"))["concepts"]
    assert rows(concepts, "cui", "triplets", "articles", "mentions", "negated") == [
        ("C0024109", 2, 1, 3, 1),
        ("C0024485", 1, 1, 1, 0),
        ("C9", 1, 1, 1, 0),
    ]
    assert rows(concepts, "name", "semantic_types")[0] == ("Lung", ["T023"])


def test_a_concept_counts_for_each_of_its_semantic_types(table):
    types = coverage(partial(table, "train"))["semantic_types"]
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
        ("languages", [(None, 3, 3, 3), ("pt", 1, 1, 1)]),
        ("modalities", [(None, 3, 3, 3), ("radiology/mr", 1, 1, 1)]),
        ("modality_tops", [(None, 3, 3, 3), ("radiology", 1, 1, 1)]),
    ],
)
def test_counts_by_a_column(table, name, expected):
    counts = coverage(partial(table, "train"))[name]
    assert counts.column_names[1:] == ["triplets", "figures", "articles"]
    assert rows(counts, *counts.column_names) == expected


def test_headline(table):
    assert headline(partial(table, "train")) == {
        "triplets": 4,
        "figures": 3,
        "articles": 3,
        "letters_apart": 1,
        "concepts": 3,
        "mentions_per_triplet": 1.25,
        "with_concept": 0.75,
        "with_modality": 0.25,
        "license_clear": 0.5,  # PMC2 contradicts itself, PMC3 states nothing
        "license_own": 0.25,
    }


def test_a_corpus_without_triplets():
    empty = triplets(2).empty_table()
    assert set(headline(partial(empty, "train")).values()) == {0}
    assert [len(table) for table in coverage(partial(empty, "train")).values()] == [0] * 14 + [EMPTY_BINS]


def test_the_order_of_the_rows_does_not_matter(table):
    shuffled = ROWS * 1
    random.Random(1).shuffle(shuffled)
    other = pa.Table.from_pylist(shuffled, schema=triplets(2))
    assert coverage(partial(other, "train")) == coverage(partial(table, "train"))


def test_images_are_never_read(table, tmp_path):
    path = tmp_path / "train.parquet"
    pq.write_table(table, path, use_dictionary=False, compression="none")
    data = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(1)
    assert column.path_in_schema == "image"
    start, size = column.data_page_offset, column.total_compressed_size
    path.write_bytes(data[:start] + b"\xff" * size + data[start + size :])
    with pytest.raises(OSError):  # noqa: PT011
        pq.read_table(path, columns=["image"])
    assert partial(pq.read_table(path, columns=list(COLUMNS)), "train") == partial(table, "train")


def test_of_no_partials_the_sum_covers_nothing():
    nothing = total([])
    assert set(headline(nothing).values()) == {0}
    assert [len(table) for table in coverage(nothing).values()] == [0] * 14 + [EMPTY_BINS]


def test_a_partial_is_in_its_schema(table):
    assert partial(table, "train").schema.equals(COVERAGE, check_metadata=True)
    assert total([partial(table, "train")]).schema.equals(COVERAGE, check_metadata=True)


def random_triplet(draw, pmcid, panel):
    """Few values, so that rows share them; a concept may have another name and other types in each row."""
    tuis = st.lists(st.sampled_from(["T023", "T060", "T999"]), max_size=2, unique=True)
    concepts = st.builds(
        lambda cui, name, types, negated: concept((cui, name, types), negated),
        st.sampled_from(["C1", "C2", "C3"]),
        st.sampled_from("ab"),
        tuis,
        st.booleans(),
    )
    provenance = {
        "license": st.sampled_from([None, "CC BY", "CC0"]),
        "license_article": st.sampled_from([None, "CC BY"]),
        "license_source": st.sampled_from([None, "CC BY", "CC0"]),
        "license_jats": st.sampled_from([None, "CC BY"]),
        "year": st.sampled_from([None, 999, 2020, 2021]),
        "journal": st.sampled_from([None, "", "A", "é"]),
        "figure_id": st.sampled_from([f"{pmcid}v1-f001", f"{pmcid}v1-f002"]),
    }
    stated = draw(st.fixed_dictionaries(provenance))
    said = draw(st.lists(concepts, max_size=3)), draw(st.sampled_from([None, "CT", "MRI"]))
    return triplet(pmcid, panel, *said) | {
        "provenance": triplet(pmcid, panel, **stated)["provenance"],
        "panel_id": f"{pmcid}v1-p{panel}",
    }


@st.composite
def corpora(draw):
    """Articles, each with its triplets."""
    counts = draw(st.lists(st.integers(0, 4), max_size=6))
    return [[random_triplet(draw, f"PMC{n}", panel) for panel in range(count)] for n, count in enumerate(counts)]


def parts(articles, shards):
    """The triplets of each shard, an article's all in one."""
    found = {}
    for article, shard in zip(articles, shards, strict=False):
        found.setdefault(shard, []).extend(article)
    return [pa.Table.from_pylist(rows, schema=triplets(2)) for rows in found.values()]


@settings(max_examples=15)
@given(corpora(), st.lists(st.integers(0, 3), min_size=6, max_size=6), st.integers(1, 30))
def test_partials_of_any_cut_by_article_add_up_to_that_of_all_rows(articles, shards, held):
    whole = pa.Table.from_pylist([row for article in articles for row in article], schema=triplets(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", held)  # added up in one go, or some at a time
        assert total(partial(part, "train") for part in parts(articles, shards)) == partial(whole, "train")


@settings(max_examples=15)
@given(corpora())
def test_counts_are_those_of_a_plain_count(articles):
    found = [row for article in articles for row in article]
    sums = partial(pa.Table.from_pylist(found, schema=triplets(2)), "train")
    tables, totals = coverage(sums), headline(sums)
    mentions = [(row, each) for row in found for each in row["concepts"]]
    for name, key in [("licenses", "license"), ("years", "year"), ("journals", "journal")]:
        expected = Counter(row["provenance"][key] for row in found)
        assert dict(rows(tables[name], key, "triplets")) == expected
    seen = {(tui, each["cui"]) for _, each in mentions for tui in each["semantic_types"] or [None]}
    assert dict(rows(tables["semantic_types"], "tui", "concepts")) == Counter(tui for tui, _ in seen)
    shown = {(row["panel_id"], each["cui"]) for row, each in mentions}
    assert dict(rows(tables["concepts"], "cui", "triplets")) == Counter(cui for _, cui in shown)
    assert dict(rows(tables["concepts"], "cui", "mentions")) == Counter(each["cui"] for _, each in mentions)
    assert totals["triplets"] == len(found)
    assert totals["figures"] == len({row["provenance"]["figure_id"] for row in found})
    assert totals["articles"] == len({row["provenance"]["pmcid"] for row in found})
    assert totals["concepts"] == len({each["cui"] for _, each in mentions})


def test_the_semantic_types_of_the_umls():
    types = semantic_types()
    assert len(types) == 127
    assert len(set(types["tui"].to_pylist())) == len(set(types["name"].to_pylist())) == 127
    assert types["tui"].to_pylist() == sorted(types["tui"].to_pylist())
