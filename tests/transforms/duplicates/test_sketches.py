"""Sketches: cheap to compare, and copies are alike by them."""

import numpy as np
import pytest

from transforms.duplicates.registration import SIDE, follow
from transforms.duplicates.sketches import alike_as_they_lie, place, sketch


def smooth(seed, side=2 * SIDE):
    """A picture of blots of some pixels."""
    noise = np.random.default_rng(seed).normal(size=(side, side))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)) * side
    values = np.fft.ifft2(np.fft.fft2(noise) * np.exp(-((frequency / 12) ** 2))).real
    return (128 + 40 * values / values.std()).clip(0, 255)


def thumbnail(picture, top=0.0, bottom=1.0):
    """The part of a picture between two shares of both of its sides."""
    places = ((top + (np.arange(SIDE) + 0.5) / SIDE * (bottom - top)) * len(picture)).astype(int)
    return picture[np.ix_(places, places)][None].astype(np.float32)


def test_a_copy_with_an_arrow_and_less_contrast_is_alike_as_it_lies():
    picture = thumbnail(smooth(1))
    copy = 0.5 * picture + 60
    copy[:, 10:16, 10:40] = 255
    one, other, stranger = sketch(picture), sketch(copy), sketch(thumbnail(smooth(2)))
    assert alike_as_they_lie(one, other)[0] > 0.8
    assert alike_as_they_lie(one, stranger)[0] < 0.3


def test_a_negative_is_alike_too():
    picture = thumbnail(smooth(1))
    assert alike_as_they_lie(sketch(picture), sketch(255 - picture))[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("top", "bottom"), [(0, 0.85), (0.05, 0.92), (0.15, 1), (0.07, 1)])
def test_a_part_is_placed_in_the_whole_whichever_comes_first(top, bottom):
    whole, part = thumbnail(smooth(3)), thumbnail(smooth(3), top, bottom)
    placed = place(sketch(part), sketch(whole))
    assert placed.correlation[0] > 0.6
    assert not placed.turned[0]
    maps = follow(part, whole, placed.maps, ((32, 4), (64, 2))).maps
    assert maps[0].ravel() == pytest.approx(
        [bottom - top, 0, top + bottom - 1, 0, bottom - top, top + bottom - 1], abs=0.02
    )
    swapped = place(sketch(whole), sketch(part))
    assert swapped.turned[0]
    assert swapped.correlation[0] == placed.correlation[0]
    assert (swapped.maps == placed.maps).all()


def test_a_sketch_does_not_depend_on_what_is_sketched_with_it():
    pictures = np.concatenate([thumbnail(smooth(seed)) for seed in range(5)])
    for made, alone in zip(sketch(pictures), sketch(pictures[3:4]), strict=True):
        assert (made[3] == alone[0]).all()


def test_a_picture_of_nothing_is_like_none():
    blank = np.full((1, SIDE, SIDE), 200, np.float32)
    for other in (blank, thumbnail(smooth(1))):
        assert alike_as_they_lie(sketch(blank), sketch(other))[0] < 0.1
        assert place(sketch(blank), sketch(other)).correlation[0] < 0.1
