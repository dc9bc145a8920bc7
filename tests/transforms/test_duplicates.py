"""Groups of duplicates among a few panels made by hand, and among many made by rule."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duplicates import DUPLICATES
from transforms.duplicates import RADIUS, _within_radius, find_duplicates

SCHEMA = pa.schema(
    {
        "panel_id": pa.string(),
        "pixel_sha256": pa.string(),
        "phash": pa.uint64(),
        "embedding": pa.list_(pa.float16()),
        "width": pa.int32(),
        "height": pa.int32(),
        "license": pa.string(),
        "year": pa.int32(),
        "order": pa.int64(),
    }
)


def panel(panel_id, sha256, phash, angle=0.0, **fields):
    """A panel whose embedding points `angle` radians away from the first axis."""
    usual = {"width": 400, "height": 300, "license": "CC BY", "year": 2020, "order": ord(panel_id[0])}
    embedding = np.array([np.cos(angle), np.sin(angle)], np.float16)
    return {"panel_id": panel_id, "pixel_sha256": sha256, "phash": phash, "embedding": embedding, **usual, **fields}


def groups(*panels):
    found = find_duplicates(pa.Table.from_pylist(list(panels), schema=SCHEMA))
    assert found.schema == DUPLICATES
    return [(row["group_id"], row["panel_id"], row["kind"]) for row in found.to_pylist()]


def test_no_panels():
    assert groups() == []


def test_unlike_panels_are_in_no_group():
    assert groups(panel("A", "a", 0), panel("B", "b", 0xFFFF)) == []


def test_equal_pixels():
    found = find_duplicates(pa.Table.from_pylist([panel("A", "a", 0), panel("B", "a", 0)], schema=SCHEMA))
    assert found.to_pylist() == [
        {"panel_id": "A", "group_id": "A", "canonical_id": "A", "kind": "canonical", "similarity": 1.0},
        {"panel_id": "B", "group_id": "A", "canonical_id": "A", "kind": "exact", "similarity": 1.0},
    ]


def test_panels_of_one_figure_that_look_alike_are_two():
    figure = "PMC1v1-f001"
    first, second = f"{figure}-p01", f"{figure}g2-p01"
    assert groups(panel(first, "a", 0, order=1), panel(second, "b", 0, order=2)) == []
    assert groups(panel(first, "a", 0, order=1), panel(second, "a", 0, order=2)) == [
        (first, first, "canonical"),
        (first, second, "exact"),
    ]


def test_flat_panels_are_duplicates_by_their_pixels_only():
    assert groups(panel("A", "a", None), panel("B", "a", None), panel("C", "c", None)) == [
        ("A", "A", "canonical"),
        ("A", "B", "exact"),
    ]


def test_a_rescaled_copy():
    copy = panel("B", "b", 0b111111, angle=0.02, width=200, height=150)
    assert groups(panel("A", "a", 0), copy) == [("A", "A", "canonical"), ("A", "B", "perceptual")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(panel("B", "b", 0b1111111), id="a bit too far"),
        pytest.param(panel("B", "b", 0, angle=0.1), id="embedding unlike"),
        pytest.param(panel("B", "b", 0, width=430), id="aspect ratio"),
        pytest.param(panel("B", "b", None), id="flat"),
    ],
)
def test_what_is_no_perceptual_copy(other):
    assert groups(panel("A", "a", 0), other) == []


def test_likeness_does_not_chain():
    """A like B like C, A unlike C: B goes to A, C stays alone; with a copy of its own it heads a second group."""
    a, b, c = panel("A", "a", 0), panel("B", "b", 0b1111), panel("C", "c", 0b11111111)
    assert groups(a, b, c) == [("A", "A", "canonical"), ("A", "B", "perceptual")]
    assert groups(a, b, c, panel("D", "d", 0b111111111)) == [
        ("A", "A", "canonical"),
        ("A", "B", "perceptual"),
        ("C", "C", "canonical"),
        ("C", "D", "perceptual"),
    ]


def test_copies_of_a_member_are_members():
    a, b, c = panel("A", "a", 0), panel("B", "b", 1), panel("C", "b", 1)
    assert groups(a, b, c) == [("A", "A", "canonical"), ("A", "B", "perceptual"), ("A", "C", "perceptual")]


@pytest.mark.parametrize(
    "better",
    [{"license": "CC0"}, {"width": 401}, {"year": 2019}, {"order": 0}],
)
def test_canonical_panel(better):
    worse = [panel("A", "x", 0), panel("B", "x", 0, license=None, year=None)]
    assert groups(*worse, panel("C", "x", 0, **better))[0] == ("C", "C", "canonical")


def test_licence_goes_before_size_before_year():
    free = panel("A", "a", 0, license="CC BY", width=40, height=30, year=2024)
    large = panel("B", "a", 0, license="CC BY-NC", width=800, height=600, year=2001)
    early = panel("C", "a", 0, license="CC BY-NC", year=1999)
    assert [row[1] for row in groups(early, large, free)] == ["A", "B", "C"]


@given(st.permutations(range(12)))
@settings(max_examples=25, deadline=None)
def test_groups_do_not_depend_on_the_order_of_rows(order):
    panels = [
        panel(letter, letter if n % 4 else "same", 0b11 * n % 32, width=400 + n % 3, height=300)
        for n, letter in enumerate("ABCDEFGHIJKL")
    ]
    assert groups(*(panels[n] for n in order)) == groups(*panels)


def test_the_search_misses_nothing_within_the_radius():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**64, 300, dtype=np.uint64)
    masks = [sum(1 << int(bit) for bit in rng.choice(64, n, replace=False)) for n in rng.integers(1, 10, 300)]
    codes = np.unique(np.concatenate([codes, codes ^ np.array(masks, np.uint64)]))
    distance = np.unpackbits((codes[:, None] ^ codes).view(np.uint8).reshape(len(codes), -1, 8), axis=2).sum(axis=2)
    for row, found in enumerate(_within_radius(codes)):
        assert sorted(found) == np.flatnonzero(distance[row] <= RADIUS).tolist()
