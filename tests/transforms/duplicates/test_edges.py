"""Edges between the panels of a cell: which pairs are looked at, and which show the same."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duplicates import DESCRIBED, EDGES
from tests.pictures import cropped, drawing, half, jpeg30
from transforms.duplicates import edges
from transforms.duplicates.edges import RADIUS, FindEdges, candidates
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.registration import thumbnail

THRESHOLD = 0.6


def at(angle):
    """The unit vector `angle` degrees away from the first axis."""
    return [np.cos(np.radians(angle)), np.sin(np.radians(angle))]


def panel(name, picture, angle=0.0, fresh=True, **fields):
    """A row of DESCRIBED; `name` 3a is panel 1 of figure 1 of article 3, b its second figure, "3a p2" its panel 2."""
    article, figure = name.split()[0][:-1], "ab".index(name.split()[0][-1]) + 1
    number = int(name.split("p")[1]) if "p" in name else 1
    found = {
        "panel_id": f"PMC{article}v1-f{figure:03d}-p{number:02d}",
        "pixel_sha256": pixel_digest(picture),
        "phash": perceptual_hash(picture),
        "embedding": np.array(at(angle), np.float16),
        "thumbnail": thumbnail(picture),
        "cell": 0,
        "fresh": fresh,
    }
    return found | fields


def found(*panels):
    stage = FindEdges(THRESHOLD)
    stage.setup()
    table = stage(pa.Table.from_pylist(list(panels), schema=DESCRIBED))
    assert table.schema.equals(EDGES)
    return table.to_pylist()


def pairs(*panels):
    return [(article(row["one"]), article(row["other"]), row["kind"]) for row in found(*panels)]


def article(panel_id):
    return panel_id.removeprefix("PMC").split("v")[0]


A, B = drawing(1), drawing(2)


def test_a_panel_alone():
    assert found(panel("1a", A)) == []


def test_equal_pixels():
    assert found(panel("1a", A), panel("2a", A)) == [
        {
            "one": "PMC1v1-f001-p01",
            "other": "PMC2v1-f001-p01",
            "one_pixels": pixel_digest(A),
            "other_pixels": pixel_digest(A),
            "kind": "exact",
            "similarity": 1.0,
            "likeness": 1.0,
        }
    ]


def test_a_smaller_copy_is_near_by_its_hash_and_a_crop_by_its_embedding():
    assert pairs(panel("1a", A), panel("2a", half(A), 20)) == [("1", "2", "perceptual")]
    assert pairs(panel("1a", A), panel("2a", cropped(A), 20)) == [("1", "2", "embedding")]


def test_similarity_is_the_cosine_and_likeness_the_correlation():
    (row,) = found(panel("1a", A), panel("2a", half(A), 20))
    assert row["similarity"] == pytest.approx(np.cos(np.radians(20)), abs=1e-3)
    assert edges.LIKENESS <= row["likeness"] <= 1


def test_near_by_hash_but_far_by_embedding_is_looked_at():
    assert pairs(panel("1a", A), panel("2a", half(A), 90)) == [("1", "2", "perceptual")]


def test_far_by_both_is_not_looked_at():
    assert pairs(panel("1a", A), panel("2a", cropped(A), 90)) == []


def test_what_is_near_but_shows_something_else_is_no_copy():
    assert pairs(panel("1a", A), panel("2a", B, phash=perceptual_hash(A))) == []


def test_a_panel_without_a_hash_is_found_by_its_embedding():
    assert pairs(panel("1a", A, phash=None), panel("2a", half(A))) == [("1", "2", "embedding")]
    assert pairs(panel("1a", A, phash=None), panel("2a", half(A), phash=None)) == [("1", "2", "embedding")]


def test_panels_of_one_article_must_be_more_alike(monkeypatch):
    monkeypatch.setattr(edges, "LIKENESS_WITHIN", 1.01)
    assert pairs(panel("1a", A), panel("1b", half(A))) == []
    assert pairs(panel("1a", A), panel("2b", half(A))) == [("1", "2", "perceptual")]


def test_panels_of_one_figure_are_alike_by_their_pixels_only():
    assert found(panel("1a", A), panel("1a p2", half(A))) == []
    assert [row["kind"] for row in found(panel("1a", A), panel("1a p2", A))] == ["exact"]
    assert [row["kind"] for row in found(panel("1a", A), panel("1b", half(A)))] == ["perceptual"]


def test_graphics_of_one_figure_are_one_figure():
    second = panel("1a", half(A), panel_id="PMC1v1-f001g2-p01")
    assert found(panel("1a", A), second) == []


@pytest.mark.parametrize("copy", [half(A), A])
def test_old_panels_were_compared_before(copy):
    kind = "exact" if copy is A else "perceptual"
    assert pairs(panel("1a", A, fresh=False), panel("2a", copy, fresh=False)) == []
    assert pairs(panel("1a", A, fresh=False), panel("2a", copy)) == [("1", "2", kind)]
    assert pairs(panel("1a", A), panel("2a", copy, fresh=False)) == [("1", "2", kind)]


def test_equal_pixels_lead_to_the_first_and_the_first_stands_for_them():
    copies = panel("1a", A), panel("2a", A), panel("3a", A), panel("4a", jpeg30(A))
    assert pairs(*copies) == [("1", "2", "exact"), ("1", "3", "exact"), ("1", "4", "perceptual")]


ROWS = [
    *(panel(f"{n}a", copy, 5 * n, fresh=n % 3 > 0) for n, copy in enumerate((A, half(A), cropped(A), jpeg30(A), A), 1)),
    *(panel(f"{n}b", copy, 90 + n, fresh=n % 2 > 0) for n, copy in enumerate((B, half(B), B), 1)),
]


@given(st.permutations(range(len(ROWS))))
@settings(max_examples=8)
def test_the_order_of_rows_does_not_matter(order):
    assert found(*(ROWS[n] for n in order)) == found(*ROWS)


def test_overlapping_cells_find_what_one_does():
    """Any two copies lie in one of the cells, and equal pixels in the same ones."""
    fresh = [row | {"fresh": True} for row in ROWS]
    cells = [0, 4, 1, 2], [0, 4, 3, 5, 7, 6], [1, 2, 3]
    union = {tuple(row.items()) for cell in cells for row in found(*(fresh[n] for n in cell))}
    assert union == {tuple(row.items()) for row in found(*fresh)}
    assert len(union) == 2 + 6 + 1


def test_the_candidates_are_all_pairs_within_the_radius():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**64, 300, dtype=np.uint64)
    masks = [sum(1 << int(bit) for bit in rng.choice(64, n, replace=False)) for n in rng.integers(1, 10, 300)]
    codes = np.concatenate([codes, codes ^ np.array(masks, np.uint64)])
    vectors = np.eye(600, dtype=np.float32)
    apart = np.unpackbits((codes[:, None] ^ codes).view(np.uint8).reshape(600, -1, 8), axis=2).sum(axis=2)
    expected = np.argwhere(np.triu(apart <= RADIUS, 1)).tolist()
    near = candidates(vectors, pa.chunked_array([pa.array(codes)]), np.full(600, True), THRESHOLD)
    assert np.stack(near[:2], 1).tolist() == expected
    assert 200 < len(expected) < 300
    assert not near.cosine.any()


def test_the_candidates_are_all_pairs_from_the_threshold_on():
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    near = candidates(vectors, pa.chunked_array([pa.nulls(40, pa.uint64())]), np.arange(40) < 10, THRESHOLD)
    expected = np.argwhere(np.triu(vectors @ vectors.T >= THRESHOLD, 1))
    assert np.stack(near[:2], 1).tolist() == [pair for pair in expected.tolist() if pair[0] < 10]
    assert near.cosine == pytest.approx((vectors @ vectors.T)[near.one, near.other], abs=1e-4)
