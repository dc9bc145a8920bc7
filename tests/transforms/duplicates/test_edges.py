"""Edges between the panels of a cell: which pairs are looked at, and which show the same."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duplicates import DESCRIBED, EDGES
from tests.described import COPIES, SHELF, copies_of, many, panel
from tests.pictures import cropped, drawing, half, jpeg30
from transforms.duplicates import edges as edges_module
from transforms.duplicates import heads, near, search
from transforms.duplicates.confirm import LIKENESS
from transforms.duplicates.edges import FindEdges, divided
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.heads import figures

THRESHOLD = 0.6


def found(*panels):
    return edges_of(pa.Table.from_pylist(list(panels), schema=DESCRIBED)).to_pylist()


def edges_of(table):
    stage = FindEdges(THRESHOLD, SHELF)
    stage.setup()
    made = stage(table)
    assert made.schema.equals(EDGES)
    assert all(row["one_pixels"] <= row["other_pixels"] for row in made.to_pylist())
    return made


def pairs(*panels):
    """The edges between pictures, each named after the article that shows it first."""
    names = {row["pixel_sha256"]: article(row["panel_id"]) for row in reversed(panels)}
    edges = [(*sorted((names[row["one_pixels"]], names[row["other_pixels"]])), row["kind"]) for row in found(*panels)]
    return sorted(edges)


def article(panel_id):
    return panel_id.removeprefix("PMC").split("v")[0]


A, B = drawing(1), drawing(2)


def test_a_panel_alone():
    assert found(panel("1a", A)) == []


def test_equal_pixels():
    assert found(panel("1a", A), panel("2a", A)) == [
        {
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
    assert LIKENESS <= row["likeness"] <= 1


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
    monkeypatch.setattr(heads, "LIKENESS_WITHIN", 1.01)
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
    edge = ("1", "1", "exact") if copy is A else ("1", "2", "perceptual")
    assert pairs(panel("1a", A, fresh=False), panel("2a", copy, fresh=False)) == []
    assert pairs(panel("1a", A, fresh=False), panel("2a", copy)) == [edge]
    assert pairs(panel("1a", A), panel("2a", copy, fresh=False)) == [edge]


def test_equal_pixels_are_one_picture_that_has_an_edge_to_itself():
    copies = panel("1a", A), panel("2a", A), panel("3a", A), panel("4a", jpeg30(A))
    assert pairs(*copies) == [("1", "1", "exact"), ("1", "4", "perceptual")]


def test_the_most_canonical_stands_for_equal_pixels():
    """Panel 2 of figure 1 is of the figure of the copy, whose pixels must be equal then."""
    near = panel("1a p2", half(A))
    free = {"license": "CC0"}
    assert pairs(panel("1a", A), panel("2a", A, **free), near) == [("1", "1", "exact"), ("1", "1", "perceptual")]
    assert pairs(panel("1a", A, **free), panel("2a", A), near) == [("1", "1", "exact")]


def test_only_the_thumbnails_of_candidates_are_fetched():
    near = [panel("1a", A), panel("2a", half(A)), panel("3a", B), panel("4a", half(B), fresh=False)]
    far = [panel("5a", drawing(3), 90), panel("6a", drawing(4), 180)]
    same_figure, equal = panel("7a", drawing(5), 270), panel("8a", drawing(6), 0)
    rows = [
        *near,
        *far,
        same_figure,
        panel("7a p2", drawing(7), 270),
        panel("9a", A),
        equal,
    ]
    SHELF.asked.clear()
    assert len(found(*rows)) == 3
    assert sorted(SHELF.asked) == sorted(row["row"] for row in [*near, equal])


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
    whole = {tuple(row.items()) for row in found(*fresh)}
    assert whole <= union
    assert joined(union) == joined(whole)
    assert len(whole) == 2 + 3 + 1


def joined(rows):
    """The sets of pictures that hang together."""
    sets = {frozenset(row[:2]) for row in rows}
    sets = {frozenset(name for _, name in pair) for pair in sets}
    while pair := next(((a, b) for a in sets for b in sets if a != b and a & b), None):
        sets = sets - {*pair} | {pair[0] | pair[1]}
    return sets


def test_near_copies_are_a_star(compared):
    table = pa.Table.from_pylist(copies_of(A, 90), schema=DESCRIBED)
    edges = edges_of(table)
    assert len(edges) == 89
    assert len(joined({(("one", row["one_pixels"]), ("other", row["other_pixels"])) for row in edges.to_pylist()})) == 1
    assert compared["as_they_lie"] == 89
    assert compared["compare"] < 45


def test_as_many_pairs_are_compared_as_there_are_near_copies(compared):
    edges = edges_of(many(COPIES))
    assert len(edges) == COPIES - 1
    assert compared["as_they_lie"] == COPIES - 1
    assert compared["compare"] < COPIES / 2


def test_thirty_thousand_equal_pictures_are_one(compared):
    row = panel("1a", A)
    table = pa.Table.from_pylist([row | {"panel_id": f"PMC{n}v1-f001-p01"} for n in range(1, 30_001)], schema=DESCRIBED)
    (edge,) = edges_of(table).to_pylist()
    assert (edge["one_pixels"], edge["other_pixels"], edge["kind"]) == (row["pixel_sha256"],) * 2 + ("exact",)
    assert compared == {"as_they_lie": 0, "compare": 0}


def test_what_is_alike_but_no_copy_is_looked_at_no_more_than_at_first(compared, monkeypatch):
    """30 pictures that the encoder takes for alike: each looks at its nearest, not at all of them."""
    monkeypatch.setattr(search, "NEIGHBOURS", 4)
    rows = [panel(f"{n + 1}a", drawing(n), n / 100) for n in range(30)]
    assert found(*rows) == []
    assert 30 * 2 <= compared["as_they_lie"] <= 30 * 4


def test_a_pair_of_copies_among_what_is_alike_is_found(monkeypatch):
    """Each looks at 4 of 20, by nearness."""
    monkeypatch.setattr(search, "NEIGHBOURS", 4)
    rows = [panel(f"{n + 1}a", drawing(n), 2 * n) for n in range(18)]
    assert pairs(*rows, panel("19a", half(drawing(9)), 17.5)) == [("10", "19", "perceptual")]


MIXED = [*copies_of(A, 5), *(row | {"panel_id": f"PMC{n}v1-f001-p01"} for n, row in enumerate(ROWS, 101))]


@given(st.permutations(range(len(MIXED))), st.sampled_from([1, 3, 512]), st.sampled_from([1, 60, 1 << 23]))
@settings(max_examples=8)
def test_neither_order_nor_what_is_done_at_once_matters(order, asked, entries):
    expected = found(*MIXED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "ASKED", asked)
        patch.setattr(near, "ENTRIES", entries)
        assert found(*(MIXED[n] for n in order)) == expected


@pytest.mark.parametrize(("queries", "parts"), [(1, 2), (3, 2), (3, 30), (7, 5)])
def test_the_parts_of_a_cell_find_what_all_of_it_does(queries, parts, monkeypatch):
    monkeypatch.setattr(edges_module, "QUERIES", queries)
    table = pa.Table.from_pylist(MIXED, schema=DESCRIBED)
    whole = edges_of(table).to_pylist()
    found = [row for part in range(parts) for row in edges_of(divided(table, part, parts)).to_pylist()]
    assert {tuple(row.items()) for row in found} == {tuple(row.items()) for row in whole}


def test_parts_hang_together_as_the_whole(monkeypatch):
    """Parts know less of each other: they find more edges, not other components."""
    table = pa.Table.from_pylist([row | {"fresh": True} for row in MIXED], schema=DESCRIBED)
    whole = {tuple(row.items()) for row in edges_of(table).to_pylist()}
    monkeypatch.setattr(edges_module, "QUERIES", 5)
    assert joined({tuple(row.items()) for row in edges_of(table).to_pylist()}) == joined(whole)


def test_panels_graphics_and_cells_are_of_one_figure():
    ids = ["PMC1v1-f001-p01", "PMC1v1-f001g2-p02", "PMC1v1-f001-p02c03"]
    assert figures(pa.chunked_array([ids])).to_pylist() == ["PMC1v1-f001"] * 3
