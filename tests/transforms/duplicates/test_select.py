"""No picture stands in two splits, and of the members of a group one is published in each."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas.duplicates import CONFIRMED, DUPLICATES
from transforms.duplicates.select import left_out, with_their_groups

TRAIN, VALIDATION, TEST = range(3)


def groups(*members):
    """The table of groups, each given by its members in their rank."""
    rows = [
        {"panel_id": panel, "group_id": group[0], "canonical_id": group[0], "kind": "exact", "similarity": 1, "rank": n}
        for group in members
        for n, panel in enumerate(group)
    ]
    return pa.Table.from_pylist(rows, schema=DUPLICATES)


def edges(*pairs, kind="embedding"):
    rows = [{"one": one, "other": other, "kind": kind, "similarity": 1.0} for one, other in pairs]
    return pa.Table.from_pylist(rows, schema=CONFIRMED)


NONE = edges()


def test_the_first_of_a_group_in_a_split_is_published_for_the_others():
    assert left_out(groups("abc"), NONE, {"a": TRAIN, "b": TRAIN, "c": TRAIN}, "drop") == {
        "b": "duplicate",
        "c": "duplicate",
    }


def test_a_group_in_two_splits_stays_in_the_later():
    splits = {"a": TRAIN, "b": TEST, "c": TEST}
    assert left_out(groups("abc"), NONE, splits, "drop") == {"a": "duplicate_split", "c": "duplicate"}


def test_flagged_duplicates_stay_but_not_in_two_splits():
    splits = {"a": TRAIN, "b": TRAIN, "c": VALIDATION, "d": VALIDATION}
    for policy in ("flag", "keep"):
        assert left_out(groups("abcd"), NONE, splits, policy) == {"a": "duplicate_split", "b": "duplicate_split"}


def test_an_edge_outside_the_groups_counts_across_splits_alone():
    pair = edges("ab")
    assert left_out(groups(), pair, {"a": TRAIN, "b": TRAIN}, "drop") == {}
    assert left_out(groups(), pair, {"a": VALIDATION, "b": TEST}, "drop") == {"a": "duplicate_split"}


def test_an_edge_to_the_first_of_a_group_is_none_to_its_members():
    splits = {"a": TRAIN, "b": TEST, "x": TRAIN}
    assert left_out(groups("ab"), edges("ab", "ax"), splits, "keep") == {"a": "duplicate_split"}


def test_an_edge_holds_for_all_that_have_the_same_pixels():
    same, alike = edges("xy", kind="exact"), edges("xz")
    splits = {"x": TEST, "y": VALIDATION, "z": TRAIN}
    found = left_out(groups("xy"), pa.concat_tables([same, alike]), splits, "drop")
    assert found == {"y": "duplicate_split", "z": "duplicate_split"}


def test_what_is_withheld_takes_its_group_with_it():
    splits = {"a": TRAIN, "b": TRAIN, "c": TEST}
    assert left_out(groups("ab"), edges("bc"), splits, "drop", ["a"]) == {"a": "withheld", "b": "withheld"}
    assert with_their_groups(["a", "z"], groups("ab")).to_pylist() == ["a", "z", "b"]


PANELS = "abcdefgh"


@st.composite
def some_groups(draw):
    members, rest = [], "".join(draw(st.permutations(PANELS)))
    for size in draw(st.lists(st.integers(1, 4), max_size=4)):
        members, rest = [*members, rest[:size]], rest[size:]
    return [group for group in members if len(group) > 1]


EDGES = st.lists(st.tuples(st.sampled_from(PANELS), st.sampled_from(PANELS)), max_size=6)
SPLITS = st.lists(st.integers(0, 2), min_size=8, max_size=8)
POLICY = st.sampled_from(["drop", "flag", "keep"])


@given(some_groups(), EDGES, SPLITS, POLICY)
def test_no_group_and_no_edge_is_published_in_two_splits(members, pairs, splits, policy):
    of = dict(zip(PANELS, splits, strict=True))
    found = left_out(groups(*members), edges(*pairs), of, policy)
    for group in [*members, *pairs]:
        assert len({of[panel] for panel in group if panel not in found}) < 2
    for start in PANELS:  # and something of all that hangs together is
        together = {start}
        for _ in PANELS:
            together.update(panel for group in [*members, *pairs] if together & {*group} for panel in group)
        assert not together <= found.keys()


@given(st.tuples(some_groups(), some_groups()), st.tuples(EDGES, EDGES), st.tuples(SPLITS, SPLITS), POLICY,
       st.sets(st.sampled_from("abcABC")))  # fmt: skip
def test_parts_that_nothing_joins_are_selected_by_themselves(members, pairs, splits, policy, withheld):
    """Panels of the second part have capital letters."""
    of = [dict(zip(PANELS, splits[0], strict=True)), dict(zip(PANELS.upper(), splits[1], strict=True))]
    groups_of = [members[0], [group.upper() for group in members[1]]]
    edges_of = [pairs[0], [(one.upper(), other.upper()) for one, other in pairs[1]]]
    whole = left_out(
        groups(*groups_of[0], *groups_of[1]), edges(*edges_of[0], *edges_of[1]), of[0] | of[1], policy, withheld
    )
    parts = [
        left_out(groups(*groups_of[n]), edges(*edges_of[n]), of[n], policy, withheld & of[n].keys()) for n in (0, 1)
    ]
    assert whole == parts[0] | parts[1]


def test_many_panels():
    """Of 100,000 pairs, the one in train is left out."""
    pairs = [(f"a{n}", f"b{n}") for n in range(100_000)]
    splits = {name: TRAIN if name[0] == "a" else TEST for pair in pairs for name in pair}
    found = left_out(groups(*pairs), edges(*pairs), splits, "drop")
    assert found == {one: "duplicate_split" for one, _ in pairs}
