"""An article's place follows from its accession number alone."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.place import halvings, has_outgrown, hashes, split_numbers, split_of, units

SHARES = {"train": 0.9, "validation": 0.05, "test": 0.05}
PMCIDS = [f"PMC{n}" for n in range(4000)]


def test_the_hashes_are_the_first_bytes_of_sha_256():
    digest = hashlib.sha256(b"PMC13901").digest()
    first, second = hashes(["PMC13901"])
    assert abs(first[0] - int.from_bytes(digest[:8], "big") / 2**64) < 1e-15
    assert abs(second[0] - int.from_bytes(digest[8:16], "big") / 2**64) < 1e-15


def test_the_shares_are_met_about():
    numbers, inside = split_numbers(hashes(PMCIDS)[0], SHARES)
    assert np.allclose(np.bincount(numbers) / len(PMCIDS), list(SHARES.values()), atol=0.02)
    assert inside.min() >= 0
    assert inside.max() < 1


def test_one_article_is_placed_as_among_others():
    numbers, _ = split_numbers(hashes(PMCIDS)[0], SHARES)
    assert [split_of(pmcid, SHARES) for pmcid in PMCIDS[:50]] == [list(SHARES)[n] for n in numbers[:50]]


def test_a_split_without_a_share_is_empty():
    assert {split_of(pmcid, {"train": 1.0, "validation": 0.0, "test": 0.0}) for pmcid in PMCIDS} == {"train"}
    assert {split_of(pmcid, {"train": 0.0, "validation": 0.0, "test": 1.0}) for pmcid in PMCIDS} == {"test"}


@given(st.integers(0, 8))
def test_a_unit_that_is_halved_becomes_two_neighbours(times):
    first, _ = hashes(PMCIDS)
    _, coarse, _ = units(first, dict.fromkeys(SHARES, times), SHARES)
    _, fine, _ = units(first, dict.fromkeys(SHARES, times + 1), SHARES)
    assert (fine >> 1 == coarse).all()


def test_units_follow_each_other_in_the_order_of_places():
    first, _ = hashes(PMCIDS)
    splits, numbers, inside = units(first, {"train": 4, "validation": 0, "test": 1}, SHARES)
    order = np.lexsort((inside, splits))
    assert (np.diff(splits[order].astype(int) * 100 + numbers[order]) >= 0).all()
    assert numbers[splits == 1].max() == 0


def test_how_often_to_halve():
    assert [halvings(count, 256) for count in (0, 1, 256, 512, 1000, 8_000_000)] == [0, 0, 0, 1, 2, 15]


def test_outgrown_is_fourfold():
    assert [has_outgrown(3, now) for now in (1, 3, 4, 5, 6)] == [False, False, False, True, True]
