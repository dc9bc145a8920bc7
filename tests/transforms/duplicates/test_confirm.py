"""Pairs are confirmed step by step: what thumbnails tell to be strangers has no proof fetched."""

import numpy as np
import pyarrow as pa
import pytest

from tests.pictures import cropped, drawing, half, jpeg30, scene
from tests.shelf import Shelf
from transforms.duplicates import thumbnails
from transforms.duplicates.confirm import LIKENESS, confirm
from transforms.duplicates.proofs import PROOF
from transforms.duplicates.thumbnails import Thumbnails

A, B = drawing(1), drawing(2)
PICTURES = [A, half(A), jpeg30(A), cropped(A), B, scene(3)]


@pytest.fixture
def shelf():
    shelf = Shelf()
    for picture in PICTURES:
        shelf.put(picture)
    return shelf


@pytest.fixture
def held(shelf):
    return Thumbnails(pa.table({"row": range(len(PICTURES))}), shelf)


def confirmed(held, *pairs, within=False):
    one, other = np.array(pairs).T
    return confirm(held, one, held, other, np.full(len(one), within)) >= LIKENESS


def test_copies_are_confirmed_and_others_are_not(held):
    assert confirmed(held, (0, 1), (0, 2), (0, 3), (3, 1), (0, 4), (4, 5)).tolist() == [True] * 4 + [False] * 2


def test_proofs_are_fetched_once_and_of_pairs_alone_whose_thumbnails_are_alike(held, shelf):
    confirmed(held, (0, 1), (0, 2), (0, 4), (4, 5))
    confirmed(held, (1, 2))
    assert sorted(shelf.proved) == [0, 1, 2]


def test_in_an_article_exact_copies_are_confirmed(held):
    assert confirmed(held, (0, 1), (0, 2), within=True).all()


def test_no_pair_is_none(held):
    none = np.empty(0, np.int64)
    assert confirm(held, none, held, none, np.empty(0, bool)).tolist() == []


def test_few_proofs_are_held(held, shelf, monkeypatch):
    monkeypatch.setattr(thumbnails, "PROVED", 2)
    assert held.proofs(np.array([0, 1])).shape == (2, PROOF, PROOF)
    assert np.array_equal(held.proofs(np.array([2, 0, 2]))[1], held.proofs(np.array([0]))[0])
    assert held.proofs(np.array([], np.int64)).shape == (0, PROOF, PROOF)
    assert shelf.proved == [0, 1, 0, 2]
