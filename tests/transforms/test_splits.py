"""Splits: no article and no group of duplicates in two of them."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas.duplicates import DUPLICATES
from transforms.splits import article_splits, assign

SHARES = {"train": 0.5, "validation": 0.25, "test": 0.25}
ARTICLES = [f"PMC{n}" for n in range(12)]


@given(st.lists(st.lists(st.sampled_from(ARTICLES), min_size=1, max_size=4), max_size=6))
def test_linked_articles_share_a_split(linked):
    splits = article_splits(ARTICLES, linked, SHARES)
    assert splits.keys() == set(ARTICLES)
    assert all(len({splits[article] for article in group}) == 1 for group in linked)


def test_an_unlinked_article_keeps_its_split_whatever_else_comes():
    alone = article_splits(["PMC1"], [], SHARES)
    assert article_splits(ARTICLES, [["PMC2", "PMC3"]], SHARES)["PMC1"] == alone["PMC1"]


def test_the_shares_are_met_about():
    splits = list(article_splits((f"PMC{n}" for n in range(4000)), [], SHARES).values())
    assert all(abs(splits.count(name) / 4000 - share) < 0.05 for name, share in SHARES.items())


PANELS = pa.table(
    {
        "panel_id": ["PMC1v1-f001-p01", "PMC1v1-f001-p02", "PMC2v1-f001-p01", "PMC3v1-f001-p01"],
        "pmcid": ["PMC1", "PMC1", "PMC2", "PMC3"],
        "unit": ["u1", "u1", "u1", "u2"],
    }
)


def group(canonical, *copies):
    rows = [(canonical, "canonical"), *((copy, "exact") for copy in copies)]
    common = {"group_id": canonical, "canonical_id": canonical, "similarity": 1.0}
    return pa.Table.from_pylist([{"panel_id": p, "kind": k} | common for p, k in rows], schema=DUPLICATES)


def shards(duplicates, policy="drop", rows=2):
    found = assign(PANELS, duplicates, {"train": 1.0, "test": 0.0}, rows, policy).to_pylist()
    return {row["panel_id"].removeprefix("PMC"): row["shard"] and row["shard"][6:] for row in found}


def test_shards_are_filled_in_the_order_of_the_corpus():
    assert shards(DUPLICATES.empty_table()) == {
        "1v1-f001-p01": "00000-of-00002",
        "1v1-f001-p02": "00000-of-00002",
        "2v1-f001-p01": "00001-of-00002",
        "3v1-f001-p01": "00001-of-00002",
    }


def test_a_dropped_duplicate_has_no_shard_but_its_group():
    duplicates = group("PMC3v1-f001-p01", "PMC1v1-f001-p01")
    dropped = assign(PANELS, duplicates, {"train": 1.0}, 10, "drop").to_pylist()[0]
    assert (dropped["shard"], dropped["duplicate_group"]) == (None, "PMC3v1-f001-p01")
    assert shards(duplicates, rows=10)["1v1-f001-p01"] is None


def test_duplicates_that_are_not_dropped_have_shards_and_their_group_is_named_or_not():
    duplicates = group("PMC3v1-f001-p01", "PMC1v1-f001-p01")
    flagged, kept = (assign(PANELS, duplicates, SHARES, 10, policy) for policy in ("flag", "keep"))
    assert flagged["shard"].null_count == kept["shard"].null_count == 0
    assert flagged["duplicate_group"].to_pylist() == ["PMC3v1-f001-p01", None, None, "PMC3v1-f001-p01"]
    assert kept["duplicate_group"].null_count == 4
    assert kept["split"].equals(flagged["split"])
    assert flagged["split"][0] == flagged["split"][3]
