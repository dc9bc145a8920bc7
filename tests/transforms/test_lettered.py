"""Letters given to panels by where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.letters import Letter, attach
from transforms.panels.sequence import ALPHABETS

SQUARE = 100


def box(row, column, width=1, height=1, pitch=130, x=30, y=30):
    """A cell of a page with margins and gutters."""
    x0, y0 = x + column * pitch, y + row * pitch
    return x0, y0, x0 + SQUARE + (width - 1) * pitch, y0 + SQUARE + (height - 1) * pitch


def letter(text, x, y, score=0.95):
    """A letter whose top-left lies at x, y."""
    return Letter(text, x, y, x + 12, y + 14, score)


def over(text, panel, score=0.95):
    """A letter left above a panel."""
    return letter(text, panel[0] - 20, panel[1] - 18, score)


PAIR = [box(0, 0), box(0, 1)]
FOUR = [box(0, 0), box(0, 1), box(1, 0), box(1, 1)]


def test_each_panel_gets_the_letter_at_its_corner():
    assert attach([over(name, panel) for name, panel in zip("ABCD", FOUR, strict=True)], FOUR) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("x", "y"),
    [(4, 4), (84, 4), (4, 82), (84, 82), (-16, 0), (0, -18), (44, -18), (44, 104)],
    ids=lambda value: str(value),
)
def test_every_habit_of_place(x, y):
    letters = [letter(name, panel[0] + x, panel[1] + y) for name, panel in zip("abcd", FOUR, strict=True)]
    assert attach(letters, FOUR) == ["a", "b", "c", "d"]


def test_a_letter_above_the_middle_of_a_wide_panel_is_not_that_of_the_one_over_it():
    panels = [(30, 30, 430, 130), (30, 150, 430, 250), (30, 270, 430, 370)]
    letters = [letter(name, 224, panel[1] - 16) for name, panel in zip("abc", panels, strict=True)]
    assert attach(letters, panels) == ["a", "b", "c"]


def test_panels_of_a_region_inherit_its_letter():
    panels = [box(0, 0), box(0, 1), box(1, 0), box(1, 1), box(1, 2)]
    assert attach([over("A", panels[0]), over("B", panels[2])], panels) == ["A", "A", "B", "B", "B"]


def test_a_region_ends_where_the_next_one_begins_beside_it():
    panels = [box(0, 0), box(1, 0), box(0, 1), box(1, 1)]
    assert attach([over("A", panels[0]), over("B", panels[2])], panels) == ["A", "A", "B", "B"]


def test_seams_bind_closer_than_gutters():
    panels = [(30, 30, 130, 130), (132, 30, 232, 130), (262, 30, 362, 130), (364, 30, 464, 130)]
    assert attach([over("A", panels[0]), over("B", panels[2])], panels) == ["A", "A", "B", "B"]


def test_what_comes_before_the_first_letter_has_none():
    panels = [box(0, 0), box(1, 0), box(1, 1)]
    assert attach([over("A", panels[1]), over("B", panels[2])], panels) == [None, "A", "B"]


def test_a_misfit_of_the_sequence_is_dropped():
    letters = [*(over(name, panel) for name, panel in zip("ABC", FOUR, strict=False)), letter("T", 250, 200)]
    assert "T" not in attach(letters, FOUR)


def test_of_a_double_the_surer_one_stays():
    letters = [over("A", PAIR[0]), over("B", PAIR[1]), letter("B", 70, 90, 0.7)]
    assert attach(letters, PAIR) == ["A", "B"]


def test_a_faint_letter_counts_where_the_sequence_wants_it():
    letters = [over("A", FOUR[0]), over("B", FOUR[1], 0.4), over("C", FOUR[2]), over("D", FOUR[3], 0.4)]
    assert attach(letters, FOUR) == ["A", "B", "C", "D"]
    assert attach([over("A", FOUR[0]), over("B", FOUR[1]), over("K", FOUR[2], 0.4)], FOUR)[2] != "K"


def test_a_faint_letter_next_but_one_to_several_counts_in_line_with_one_and_the_panel_between_has_the_letter_between():
    panels = [box(row, column) for row in range(3) for column in range(2)]
    clear = [over(name, panel) for name, panel in zip("abcd", panels, strict=False)]
    x, y = panels[5][0] - 20, panels[5][1] - 18

    assert attach([*clear, letter("f", x, y, 0.4)], panels) == list("abcdef")
    assert attach([*clear, letter("f", x + 90, y + 60, 0.4)], panels) != list("abcdef")
    assert attach([*clear[:1], letter("c", panels[2][0] - 20, panels[2][1] - 18, 0.4)], panels[:3])[1] != "b"


def test_faint_letters_count_together_where_they_begin_the_alphabet_in_line():
    faint = [over(name, panel, 0.4) for name, panel in zip("abcd", FOUR, strict=True)]
    assert attach(faint, FOUR) == ["a", "b", "c", "d"]
    assert attach(faint[:2], PAIR) == ["a", "b"]
    assert attach(faint[1:], FOUR) == [None] * 4
    assert attach([*faint, letter("b", 70, 90, 0.3)], FOUR) == [None] * 4  # a word's, perhaps, and so may be the others
    assert attach([faint[0], over("b", FOUR[3], 0.4)], FOUR) == [None] * 4
    assert attach([faint[0], Letter("b", 140, 12, 164, 40, 0.4)], PAIR) == [None, None]


@pytest.mark.parametrize("names", [["i", "ii", "iii", "iv"], ["1", "2", "3", "4"], ["I", "II", "III", "IV"]])
def test_other_alphabets(names):
    assert attach([over(name, panel) for name, panel in zip(names, FOUR, strict=True)], FOUR) == names


def test_one_letter_is_believed_only_where_it_is_a_clear_first():
    assert attach([over("A", PAIR[0])], PAIR[:1]) == ["A"]
    assert attach([over("A", PAIR[0], 0.4)], PAIR[:1]) == [None]
    assert attach([over("B", PAIR[0])], PAIR) == [None, None]


def test_nothing_of_nothing():
    assert attach([], PAIR) == [None, None]
    assert attach([over("A", PAIR[0])], []) == []


def test_a_letter_far_from_every_panel_is_no_panels():
    far = [(600, 600, 700, 700), (710, 600, 810, 700)]
    assert attach([letter("A", 0, 0), letter("B", 20, 0)], far) == [None, None]


@given(st.permutations(list(enumerate("ABCD"))), st.permutations(range(4)))
def test_the_order_of_letters_and_boxes_is_of_no_matter(named, order):
    letters = [over(name, FOUR[n], 0.9 + n / 100) for n, name in named]
    got = attach(letters, [FOUR[n] for n in order])
    assert [got[order.index(n)] for n in range(4)] == ["A", "B", "C", "D"]


def up_to(text):
    """A letter and those before it, which a panel may have though they were not found."""
    for names in (names for names in ALPHABETS if text.casefold() in names):
        for name in names[: names.index(text.casefold()) + 1]:
            yield from (name, name.upper())


@given(
    st.lists(
        st.builds(
            letter,
            st.sampled_from(["A", "b", "C", "ii", "7", "Z"]),
            st.integers(0, 400),
            st.integers(0, 400),
            st.sampled_from([0.4, 0.7, 0.9]),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_any_letters_in_any_order_give_the_same(letters, random):
    shuffled = random.sample(letters, len(letters))
    assert attach(letters, FOUR) == attach(shuffled, FOUR)
    assert set(attach(letters, FOUR)) <= {None, *(name for one in letters for name in up_to(one.text))}
