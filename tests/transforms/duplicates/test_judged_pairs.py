"""Pairs of real pictures that an eye judged: which are confirmed, and planted copies of the same pictures."""

import numpy as np
import pytest

from benchmarks.judged import judged, planted, real

PAIRS = judged()


@pytest.fixture(scope="module")
def shared(pmc):
    return pmc.parent


def scores(shared, pairs):
    """Of the pairs that are confirmed, the share that an eye takes for the same, and of these the share confirmed."""
    found, _ = real(shared, pairs)
    same = np.array([pair.same for pair in pairs])
    return same[found.proofs].mean(), found.proofs[same].mean()


def test_the_list_has_copies_and_strangers_of_one_article_and_of_two():
    counts = np.unique([(pair.same, pair.within) for pair in PAIRS], axis=0)
    assert counts.tolist() == [[False, False], [False, True], [True, False], [True, True]]
    assert len({(pair.one, pair.other) for pair in PAIRS}) == len(PAIRS)


def test_strangers_of_two_articles_whose_thumbnails_are_alike_are_told_by_their_proofs(shared):
    strangers = [pair for pair in PAIRS if not pair.same and not pair.within]
    found, _ = real(shared, strangers)
    assert found.thumbnails.mean() > 0.9
    assert not found.proofs.any()


def test_a_part_of_the_list(shared):
    precision, recall = scores(shared, PAIRS[::25])
    assert precision >= 0.98
    assert recall >= 0.95


@pytest.mark.slow
def test_all_of_the_list(shared):
    precision, recall = scores(shared, PAIRS)
    assert precision >= 0.98
    assert recall >= 0.95


@pytest.mark.full
def test_planted_copies_of_these_pictures_are_found(shared):
    _, found = planted(shared, PAIRS, 20)
    assert found.proofs.mean() >= 0.95
