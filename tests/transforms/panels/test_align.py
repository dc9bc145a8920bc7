"""Which part of a caption each cell has."""

import pytest

from transforms.captions.parts import NO_SPLIT, Part, Split
from transforms.panels.align import align, by_letter, letters_apart
from transforms.panels.finder import UNSOUGHT, Found, Panel


def cells(labels, columns=9):
    """Cells of one size in rows; "-" has no letter."""
    return [
        Panel(
            (110 * (n % columns), 110 * (n // columns), 110 * (n % columns) + 100, 110 * (n // columns) + 100),
            0.9,
            label,
        )
        for n, label in enumerate(None if label == "-" else label for label in labels)
    ]


def split(labels, kind="letters"):
    return Split(kind, tuple(Part(label, ((n, n + 1),), (), 0.9) for n, label in enumerate(labels)))


def told(found):
    return [match and (match.part, match.method) for match in found]


@pytest.mark.parametrize(
    ("labels", "parts", "found"),
    [
        ("AB", "AB", [0, 1]),
        ("ab", "AB", [0, 1]),
        ("BA", "AB", [1, 0]),
        ("AAB", "AB", [0, 0, 1]),
        ("AZ", "ABC", [0, None]),
        ("--", "ABC", [None, None]),
    ],
)
def test_letters_come_first(labels, parts, found):
    matches = align(cells(labels), split(parts), alone=False)
    assert told(matches) == [part if part is None else (part, "label") for part in found]


@pytest.mark.parametrize(
    ("labels", "columns", "parts", "found"),
    [
        ("--", 9, "AB", [0, 1]),
        ("A-C", 9, "ABC", [0, 1, 2]),
        ("-B-", 9, "ABC", [0, 1, 2]),
        ("AB-", 9, "ABC", [0, 1, 2]),  # behind the last letter, too
        ("DB", 9, "AB", [0, 1]),  # D is none of the caption
        ("DE", 9, "AB", [0, 1]),
        ("AA", 9, "AB", [0, 1]),  # as many cells as letters: none has two
        ("AC-D", 2, "ABCD", [0, 2, 1, 3]),  # column by column
        ("hhab", 2, "abcd", [0, 1, 2, 3]),  # letters below their panels, taken for those of the row beneath
        ("BA-", 9, "ABC", [1, 0, 2]),  # one cell and one part are left
        ("A--C", 9, "ABC", [0, None, None, 2]),
        ("---", 9, "AB", [None, None, None]),
        ("----", 2, "AB", [None] * 4),  # rows or columns? Nobody knows
    ],
)
def test_what_is_left_goes_by_the_reading_order_where_the_counts_agree(labels, columns, parts, found):
    matches = align(cells(labels, columns), split(parts), alone=True)
    assert [match and match.part for match in matches] == found


def test_a_letter_with_a_prime_is_another():
    assert told(align(cells("A-B"), split(["A", "A'", "B"]), alone=True)) == [(0, "label"), (1, "count"), (2, "label")]


def test_rows_of_a_full_grid_are_parts_where_they_are_as_many():
    assert told(align(cells("------", 3), split("AB"), alone=True)) == [(0, "rows")] * 3 + [(1, "rows")] * 3
    assert told(align(cells("------", 3), split("ABC"), alone=True)) == [(n, "rows") for n in (0, 1, 2, 0, 1, 2)]
    assert told(align(cells("-----", 3), split("AB"), alone=True)) == [None] * 5
    assert told(align(cells("------", 3), split("AB"), alone=False)) == [None] * 6


def test_places_are_those_of_the_boxes():
    places = split(["left", "right"], "places")
    assert told(align(cells("--"), places, alone=True)) == [(0, "place"), (1, "place")]
    assert told(align(cells("---"), places, alone=True)) == [None] * 3
    assert by_letter(cells("AB"), places) == {}


def test_nothing_is_aligned_with_no_part():
    assert align(cells("AB"), NO_SPLIT, alone=True) == [None, None]


def test_letters_of_caption_and_picture_that_the_other_has_not():
    found = Found(cells("ABz"), "fake-1")
    told = {"letters_without_panel": ["C", "D"], "letters_without_text": ["z"]}
    assert letters_apart(found, split("ABCD"), alone=True) == told
    assert letters_apart(found, split("ABCD"), alone=False) == told | {"letters_without_panel": []}
    unsought = Found(cells("-"), UNSOUGHT)
    assert letters_apart(unsought, split("AB"), alone=True) == {name: [] for name in told}
    assert letters_apart(found, NO_SPLIT, alone=True)["letters_without_text"] == ["A", "B", "z"]
