"""Views of a picture that the modality classifier learns from."""

from random import Random

import pytest
from PIL import Image

from training.modality.views import view

TINY, WIDE, LARGE = (40, 40), (700, 90), (1500, 900)


@pytest.mark.parametrize("size", [TINY, WIDE, LARGE])
def test_a_view_is_a_picture_of_some_size(size):
    views = [view(Image.new("RGB", size, "teal"), "visible/surgery", Random(seed)) for seed in range(40)]
    assert {each.mode for each in views} == {"RGB"}
    assert min(min(each.size) for each in views) >= 4
    assert max(max(each.size) for each in views) <= 600


def test_the_same_chance_gives_the_same_view():
    picture = Image.linear_gradient("L").convert("RGB")
    one, other = (view(picture, "drawn/plot", Random(7)) for _ in range(2))
    assert one.tobytes() == other.tobytes()
    assert one.tobytes() != view(picture, "drawn/plot", Random(8)).tobytes()


def test_a_stain_keeps_its_colour():
    pink = Image.new("RGB", (60, 60), (220, 120, 170))
    views = [view(pink, "microscopy/histology", Random(seed)) for seed in range(60)]
    assert all(r != g for r, g, _ in (each.getpixel((each.width // 2, each.height // 2)) for each in views))


def test_the_picture_stays_as_it_was():
    picture = Image.new("RGB", (50, 50), "white")
    view(picture, "drawn/plot", Random(1))
    assert picture.tobytes() == Image.new("RGB", (50, 50), "white").tobytes()
