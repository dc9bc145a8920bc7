"""The picture of what was found."""

import numpy as np
import pytest
from PIL import Image

from transforms.panels.draw import draw_panels
from transforms.panels.finder import Panel


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_each_box_is_drawn_and_the_figure_stays_as_it_is(mode):
    figure = Image.new(mode, (400, 200), "white")
    drawn = draw_panels(figure, [Panel((10, 10, 190, 190), 0.9, "A"), Panel((200, 0, 400, 200), 0.5, None)])
    assert (drawn.mode, drawn.size) == ("RGB", (400, 200))
    pixels = np.asarray(drawn).astype(int)
    for x, y in [(10, 100), (189, 100), (100, 189), (200, 100), (399, 100), (300, 199)]:
        assert np.ptp(pixels[y, x]) > 50  # coloured
    assert pixels[100, 100].tolist() == [255] * 3
    assert figure.getextrema() == Image.new(mode, (1, 1), "white").getextrema()


def test_a_box_smaller_than_its_text():
    draw_panels(Image.new("L", (32, 32)), [Panel((0, 0, 4, 4), 0.1, "xii")])
