"""How panel letters are printed in synthetic figures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.detector.draw.panel_letters import PLACES, choose_habit, find_fonts, stamp

BOX = (150, 150, 330, 300)


def habit(seed=0, **fields):
    return replace(choose_habit(np.random.default_rng(seed), 600), **fields)


def page(ground=255):
    return np.full((450, 480, 3), ground, np.uint8)


@pytest.mark.parametrize(
    ("style", "frame", "labels"),
    [
        ("A", ("", ""), ["A", "B", "Z", "AA"]),
        ("a", ("(", ")"), ["(a)", "(b)", "(z)", "(aa)"]),
        ("1", ("", "."), ["1.", "2.", "26.", "27."]),
    ],
)
def test_labels_go_on_in_their_style(style, frame, labels):
    assert [habit(style=style, frame=frame).label(n) for n in (0, 1, 25, 26)] == labels


def test_roman_numerals():
    assert [habit(style="i", frame=("", ")")).label(n) for n in (0, 3, 8)] == ["i)", "iv)", "ix)"]
    assert habit(style="I", frame=("", "")).label(5) == "VI"


def test_a_habit_hangs_on_its_seed_alone():
    assert habit(7) == habit(7)
    assert len({habit(seed).place for seed in range(200)}) == len(PLACES)


def test_the_typefaces_shares_sum_to_one():
    assert sum(share for _, share in find_fonts()) == pytest.approx(1)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 15))
def test_the_box_is_that_of_the_ink_and_inside_the_image(seed, index):
    chosen = habit(seed, chip=None, outline=False, frame=("", ""), colour=(0, 0, 0))
    image = page()
    text = chosen.label(index)
    x0, y0, x1, y1 = stamp(image, chosen, text, *chosen.room(BOX, text))
    rows, columns = np.nonzero((image < 160).any(axis=2))
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx((x0, y0, x1, y1), abs=1)
    assert 0 <= x0 < x1 <= 480
    assert 0 <= y0 < y1 <= 450


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("frame", [("", ""), ("(", ")"), ("", ".")])
def test_letters_stand_at_their_place(place, frame):
    chosen = habit(place=place, frame=frame, chip=None, gap=2, size=24)
    text = chosen.label(0)
    x0, y0, x1, y1 = stamp(page(), chosen, text, *chosen.room(BOX, text))
    inside = BOX[0] <= x0 and x1 <= BOX[2] and BOX[1] <= y0 and y1 <= BOX[3]
    assert inside == chosen.inside
    left, top, right, bottom = chosen.reserve(text)
    assert BOX[0] - left <= x0
    assert x1 <= BOX[2] + right
    assert BOX[1] - top <= y0
    assert y1 <= BOX[3] + bottom


def test_the_name_is_boxed_without_its_brackets():
    plain, framed = habit(frame=("", ""), chip=None), habit(frame=("(", ")"), chip=None)
    bare = stamp(page(), plain, "m", 100, 100)
    name = stamp(page(), framed, "(m)", 100, 100)
    assert name[2] - name[0] == pytest.approx(bare[2] - bare[0], abs=1)
    assert name[3] - name[1] == bare[3] - bare[1]
    assert name[0] > 100


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (120, 120, 120)])
def test_letters_can_be_seen_on_any_ground(ground, colour):
    image = page(ground)
    stamp(image, habit(colour=colour, chip=None, outline=False, size=30), "A", 50, 50)
    assert np.abs(image.astype(int) - ground).max() > 70


@pytest.mark.parametrize("chip", ["square", "circle"])
def test_a_chip_covers_the_ground_behind_a_letter(chip):
    image = page(90)
    x0, y0, _, _ = stamp(image, habit(chip=chip, chip_colour=(255, 255, 255), size=30), "E", 50, 50)
    assert tuple(image[y0 - 2, x0 + 5]) == (255, 255, 255)


def test_a_letter_beyond_the_edge_is_moved_inside():
    image = page()
    box = stamp(image, habit(size=30), "A", -40, 1000)
    assert box[0] == 0
    assert box[3] == 450
