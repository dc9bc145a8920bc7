"""Groups that follow from edges between a few panels made by hand, and from any edges."""

from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duplicates import CANDIDATES, CONFIRMED, DESCRIBED, DUPLICATES, EDGES
from tests.described import COPIES, SHELF, copies_of, many
from tests.pictures import drawing, half, jpeg30
from tests.shelf import Blank, Shelf
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.groups import group
from transforms.duplicates.select import left_out

THRESHOLD, UNLIKE = 0.6, 0.3
#: No pair that nobody named is a copy.
BLANK = Blank()


def named(name):
    """A is PMC1v1-f001-p01, B is of article 2, …; longer names are ids."""
    return f"PMC{ord(name) - ord('A') + 1}v1-f001-p01" if len(name) == 1 else name


def panel(name, angle=0.0, **fields):
    """A panel whose embedding points `angle` degrees away from the first axis."""
    embedding = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], np.float16)
    usual = {"width": 400, "height": 300, "license": "CC BY", "year": 2020}
    place = {"unit": "train-00000", "row": 0, "thumbnail_crc": 0, "caption": "", "component": 0, "bucket": 0}
    return {"panel_id": named(name), "pixel_sha256": named(name), "embedding": embedding} | usual | place | fields


def edge(one, other, kind="perceptual", similarity=0.9):
    """Exact where the kind says so; the ends in the order of their ids."""
    ends = sorted([named(one), named(other)])
    similarity = 1.0 if kind == "exact" else similarity
    return {"one": ends[0], "other": ends[1], "kind": kind, "similarity": similarity}


def table(panels, edges, fetch=BLANK, threshold=THRESHOLD):
    return made(panels, edges, fetch, threshold)[0].to_pylist()


def made(panels, edges, fetch=BLANK, threshold=THRESHOLD):
    """Both tables; edges of kind exact say which panels have the same pixels."""
    equal = equal_pixels(panels, edges)
    panels = [row | {"pixel_sha256": equal[row["panel_id"]]} for row in panels]
    lines = []
    for line in edges:
        ends = sorted(equal.get(line[end], line[end]) for end in ("one", "other"))
        usual = {"one_pixels": ends[0], "other_pixels": ends[1], "likeness": 0.95}
        lines.append(usual | {name: value for name, value in line.items() if name in EDGES.names})
    tables = pa.Table.from_pylist(panels, schema=CANDIDATES), pa.Table.from_pylist(lines, schema=EDGES)
    duplicates, confirmed = group(*tables, threshold, UNLIKE, fetch)
    assert duplicates.schema.equals(DUPLICATES)
    assert confirmed.schema.equals(CONFIRMED)
    return duplicates, confirmed


def equal_pixels(panels, lines):
    """A name for the pixels of each panel."""
    pixels = {row["panel_id"]: row["pixel_sha256"] for row in panels}
    for line in lines * len(panels):
        if line["kind"] == "exact":
            pixels[line["one"]] = pixels[line["other"]] = min(pixels[line["one"]], pixels[line["other"]])
    return pixels


def groups(panels, edges):
    """The members of each group and how they equal its first."""
    found = {}
    for row in table(panels, edges):
        assert row["group_id"] == row["canonical_id"]
        found.setdefault(row["canonical_id"], []).append((row["panel_id"], row["kind"]))
    assert all(members[0] == (canonical, "canonical") for canonical, members in found.items())
    return [[(short(name), kind) for name, kind in members] for members in found.values()]


def short(name):
    return chr(int(name[3:].split("v")[0]) + ord("A") - 1) if name.endswith("v1-f001-p01") else name


def members(panels, edges):
    return [[name for name, _ in found] for found in groups(panels, edges)]


def test_no_panels():
    assert table([], []) == []


def test_equal_pixels():
    assert table([panel("A"), panel("B")], [edge("A", "B", "exact")]) == [
        {
            "panel_id": name,
            "group_id": "PMC1v1-f001-p01",
            "canonical_id": "PMC1v1-f001-p01",
            "kind": kind,
            "similarity": 1.0,
            "rank": n,
        }
        for n, (name, kind) in enumerate((("PMC1v1-f001-p01", "canonical"), ("PMC2v1-f001-p01", "exact")))
    ]


def test_a_panel_without_an_edge_is_in_no_group():
    assert groups([panel("A"), panel("B"), panel("C")], [edge("A", "C")]) == [[("A", "canonical"), ("C", "perceptual")]]


@pytest.mark.parametrize(
    ("canonical", "other"),
    [
        pytest.param({"license": "CC0"}, {"width": 4000, "year": 1990}, id="licence before size and year"),
        pytest.param({"license": "CC BY"}, {"license": "CC BY-SA"}, id="licence"),
        pytest.param({"license": "CC BY-NC-ND"}, {"license": None}, id="no licence comes last"),
        pytest.param({"license": "CC BY-NC-ND"}, {"license": "NO-CC CODE"}, id="so does any other"),
        pytest.param({"width": 401}, {"year": 1990}, id="size before year"),
        pytest.param({"width": 500, "height": 250}, {"width": 400, "height": 310}, id="size is an area"),
        pytest.param({"width": 50_000, "height": 50_000}, {}, id="of more than 32 bits"),
        pytest.param({"year": 2019}, {"year": 2020}, id="year"),
        pytest.param({"year": 2030}, {"year": None}, id="no year comes last"),
    ],
)
def test_canonical(canonical, other):
    """B is it, though its id is the later one."""
    assert members([panel("A", **other), panel("B", **canonical)], [edge("A", "B")]) == [["B", "A"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PMC9v1-f001-p01", "PMC10v1-f001-p01"),
        ("PMC9v2-f001-p01", "PMC9v10-f001-p01"),
        ("PMC9v1-f999-p01", "PMC9v1-f1000-p01"),
        ("PMC9v1-f001-p99", "PMC9v1-f001-p100"),
        ("PMC9v1-f001-p02", "PMC9v1-f001g2-p01"),
        ("PMC9v1-f001g2-p01", "PMC9v1-f001g10-p01"),
    ],
)
def test_canonical_by_the_smaller_id(first, second):
    assert members([panel(second), panel(first)], [edge(first, second, "exact")])[0][0] == short(first)


FREE = {"license": "CC0"}


def fan(degrees, canonical):
    """A, B and C, `degrees` from one to the next; one of them is free."""
    return [panel(name, n * degrees, **(FREE if name == canonical else {})) for n, name in enumerate("ABC")]


@pytest.mark.parametrize(
    ("canonical", "groups"),
    [("A", [["A", "B"]]), ("B", [["B", "A"]]), ("C", [["C", "B"]])],
)
def test_a_chain_of_three_is_no_group_where_its_ends_are_unlike(canonical, groups):
    """A like B like C, but A and C at 80 degrees: one of the two stays alone."""
    chain = fan(40, canonical)
    assert members(chain, [edge("A", "B"), edge("B", "C")]) == groups


def test_what_a_chain_leaves_over_heads_a_group_of_its_own():
    panels = [panel("A", 0), panel("B", 40), panel("C", 80), panel("D", 80)]
    assert members(panels, [edge("A", "B"), edge("B", "C"), edge("C", "D")]) == [["A", "B"], ["C", "D"]]


@pytest.mark.parametrize("canonical", "ABC")
def test_three_that_are_alike_are_one_group(canonical):
    (found,) = members(fan(20, canonical), [edge("A", "B"), edge("B", "C"), edge("A", "C")])
    assert found[0] == canonical
    assert sorted(found) == ["A", "B", "C"]


def test_a_member_is_like_the_canonical_itself():
    """A and C might be alike by their embeddings, but no pixels say so."""
    panels = [panel("A"), panel("B"), panel("C")]
    assert members(panels, [edge("A", "B"), edge("B", "C")]) == [["A", "B"]]


def test_copies_of_a_member_are_members():
    lines = [edge("A", "B", similarity=0.8), edge("B", "C", "exact"), edge("C", "D", "exact")]
    rows = table([panel(name) for name in "ABCD"], lines)
    assert [(short(row["panel_id"]), row["kind"], round(row["similarity"], 3)) for row in rows] == [
        ("A", "canonical", 1.0),
        ("B", "perceptual", 0.8),
        ("C", "perceptual", 0.8),
        ("D", "perceptual", 0.8),
    ]


def test_copies_of_the_canonical_are_exact_whichever_bears_the_edge():
    """Edges lead between the first of equal pixels; canonical is another of them."""
    panels = [panel("A"), panel("B", **FREE), panel("C")]
    assert groups(panels, [edge("A", "B", "exact"), edge("A", "C", "embedding")]) == [
        [("B", "canonical"), ("A", "exact"), ("C", "embedding")]
    ]


def test_the_best_of_several_edges_counts():
    """The same pair, found in two cells and between copies."""
    lines = [edge("A", "C", "perceptual", 0.7), edge("B", "C", "embedding", 0.9), edge("A", "B", "exact")]
    for order in permutations(lines):
        *_, last = table([panel("A"), panel("B"), panel("C")], list(order))
        assert (last["kind"], last["similarity"]) == ("embedding", pytest.approx(0.9))


NAMES = "ABCDEFGH"
ANYTHING = st.tuples(
    st.lists(st.sampled_from([0, 20, 40, 80]), min_size=8, max_size=8),
    st.lists(st.sampled_from(["CC0", "CC BY", None]), min_size=8, max_size=8),
    st.lists(
        st.builds(
            lambda pair, kind, similarity: edge(*pair, kind, similarity),
            st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True),
            st.sampled_from(["exact", "perceptual", "embedding"]),
            st.sampled_from([0.7, 0.8, 0.9]),
        ),
        max_size=12,
    ),
)


@given(ANYTHING, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_any_edges(anything, random):
    """The order does not matter; a panel is in one group at most, and like its canonical by itself or its pixels."""
    angles, licenses, lines = anything
    panels = [panel(*row[:2], license=row[2]) for row in zip(NAMES, angles, licenses, strict=True)]
    rows = table(panels, lines, threshold=2)  # none is near, so that no thumbnails take time
    mixed = random.sample(panels, len(panels)), random.sample(lines, len(lines))
    assert table(*mixed, threshold=2) == rows
    assert len({row["panel_id"] for row in rows}) == len(rows)
    equal = equal_pixels(panels, lines)
    near = {(equal[a], equal[b]) for line in lines for a, b in permutations((line["one"], line["other"]))}
    for row in rows:
        one, other = equal[row["panel_id"]], equal[row["canonical_id"]]
        assert one == other or (one, other) in near
        assert (row["kind"] in ("canonical", "exact")) == (one == other)
        assert (row["kind"] == "canonical") == (row["panel_id"] == row["canonical_id"])
    exact = {end for line in lines if line["kind"] == "exact" for end in (line["one"], line["other"])}
    assert exact <= {row["panel_id"] for row in rows}


def test_a_head_is_compared_with_all_of_its_component():
    """A, B and C show the same, and nobody compared A and C."""
    pictures = [drawing(1), jpeg30(drawing(1)), half(drawing(1))]
    shelf = Shelf()
    panels = [panel(name, row=shelf.put(picture)) for name, picture in zip("ABC", pictures, strict=True)]
    chain = [edge("A", "B"), edge("B", "C")]
    duplicates, confirmed = made(panels, chain, shelf)
    assert [short(name) for name in duplicates["panel_id"].to_pylist()] == ["A", "B", "C"]
    assert [(short(row["one"]), short(row["other"])) for row in confirmed.to_pylist()] == [
        ("A", "B"),
        ("A", "C"),
        ("B", "C"),
    ]
    assert sorted(shelf.asked) == [0, 2]


def test_what_is_near_by_neither_way_is_not_compared():
    shelf = Shelf()
    panels = [panel(name, angle, row=shelf.put(drawing(1))) for name, angle in zip("ABC", (0, 30, 60), strict=True)]
    assert members(panels, [edge("A", "B"), edge("B", "C")]) == [["A", "B"]]
    assert shelf.asked == []


def test_other_components_are_not_compared():
    shelf = Shelf()
    panels = [panel(name, row=shelf.put(drawing(1)), component=n // 2) for n, name in enumerate("ABCD")]
    rows = table(panels, [edge("A", "B"), edge("C", "D")], shelf)
    assert [short(row["canonical_id"]) for row in rows] == ["A", "A", "C", "C"]
    assert shelf.asked == []


def test_copies_of_a_picture_that_is_gone_find_each_other():
    """B and C were compared with A alone."""
    shelf = Shelf()
    panels = [panel("B", row=shelf.put(drawing(1))), panel("C", row=shelf.put(half(drawing(1))))]
    star = [edge("A", "B"), edge("A", "C")]
    assert [short(row["panel_id"]) for row in table(panels, star, shelf)] == ["B", "C"]
    other = [panel("B"), panel("C", row=0)]
    duplicates, confirmed = made(other, star)
    assert (len(duplicates), len(confirmed)) == (0, 0)


def test_what_came_into_one_figure_or_article_since_must_be_more_alike():
    """The first of equal pixels says of which figure a picture is."""
    free = {"license": "CC0"}
    inside = panel("PMC1v1-f001-p02", pixel_sha256="x"), panel("PMC1v1-f002-p01", pixel_sha256="y")
    one = panel("A")
    for other in inside:
        line = edge("A", other["panel_id"]) | {"other": other["pixel_sha256"]}
        elsewhere = panel("B", pixel_sha256=other["pixel_sha256"])
        assert [row["kind"] for row in table([one, other], [line])] == []
        assert [row["kind"] for row in table([one, other, elsewhere], [line])] == ["canonical", "exact"]
        assert len(table([one, other, elsewhere | free], [line])) == 3
    copied = edge("A", inside[1]["panel_id"]) | {"other": "y", "likeness": 0.99}
    assert len(table([one, inside[1]], [copied])) == 2


def test_edges_join_the_panels_that_stand():
    """Equal pixels have edges to the first of them, and it has those of its picture."""
    _, confirmed = made([panel(name) for name in "ABCD"], [edge("A", "B", "exact"), edge("B", "C"), edge("D", "E")])
    assert [(short(row["one"]), short(row["other"]), row["kind"]) for row in confirmed.to_pylist()] == [
        ("A", "B", "exact"),
        ("A", "C", "perceptual"),
    ]


def candidates(described, component=0):
    """Rows of DESCRIBED as those of CANDIDATES, all in one component."""
    places = {"caption": "", "component": component, "bucket": 0}
    rows = [row | places for row in described.to_pylist()]
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


def test_three_hundred_near_copies_are_one_group_and_one_of_them_is_published():
    described = pa.Table.from_pylist(copies_of(drawing(1), 300), schema=DESCRIBED)
    edges = FindEdges(THRESHOLD, SHELF)(described)
    duplicates, confirmed = group(candidates(described), edges, THRESHOLD, UNLIKE, SHELF)
    assert len(duplicates) == 300
    assert len(duplicates["group_id"].unique()) == 1
    splits = {panel_id: n % 3 for n, panel_id in enumerate(described["panel_id"].to_pylist())}
    (published,) = splits.keys() - left_out(duplicates, confirmed, splits, "drop").keys()
    assert splits[published] == 2


def test_a_component_that_hangs_together_by_few_edges_is_compared_with_its_head(compared):
    """Of many near copies each tenth has an edge to the first of the next ten."""
    described = many(COPIES)
    ends = sorted(described["pixel_sha256"].to_pylist())
    few = {"kind": "embedding", "similarity": 1.0, "likeness": 0.95}
    lines = [{"one_pixels": one, "other_pixels": other} | few for one, other in zip(ends, ends[10::10], strict=False)]
    edges = pa.Table.from_pylist(lines, schema=EDGES)
    duplicates, confirmed = group(candidates(described), edges, THRESHOLD, UNLIKE, SHELF)
    assert len(duplicates) == COPIES
    assert len(duplicates["group_id"].unique()) == 1
    assert compared["as_they_lie"] < COPIES
    assert len(confirmed) == len(lines) + compared["as_they_lie"]


MIXED = copies_of(drawing(1), 4) + copies_of(drawing(2), 3, 20)


@given(st.permutations(range(len(MIXED))), st.lists(st.booleans(), min_size=7, max_size=7))
@settings(max_examples=10)
def test_what_was_known_before_does_not_matter(order, kept):
    """Whatever edges were found of a component, its groups are the same, and so is the order of its rows."""
    described = [row | {"panel_id": f"PMC{n}v1-f001-p01", "pixel_sha256": str(n)} for n, row in enumerate(MIXED, 1)]
    table = pa.Table.from_pylist(described, schema=DESCRIBED)
    edges = FindEdges(THRESHOLD, SHELF)(table)
    whole, _ = group(candidates(table), edges, THRESHOLD, UNLIKE, SHELF)
    assert sorted(whole["group_id"].value_counts().field("counts").to_pylist()) == [3, 4]
    some = edges.filter(pa.array(kept[: len(edges)]))
    mixed = candidates(table.take(pa.array(order)))
    assert group(mixed, some, THRESHOLD, UNLIKE, SHELF)[0].equals(whole)
