"""Synthetic figures: layouts, composition, real figures varied."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")

from training.detector.compose import figures
from training.detector.compose.assemblies import arrange, assembly
from training.detector.compose.contents import Bank, RealFigure
from training.detector.compose.figures import compose
from training.detector.compose.layouts import Layout, Rect, Region, drawn_layouts, grid, make_layout, shape
from training.detector.compose.placing import Vignette, fade, look
from training.detector.data.augment import vary
from training.detector.data.degrade import degrade

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def bank():
    """A few textures as photographs, frames with a line in them as plots."""
    rng = np.random.default_rng(0)
    bank = Bank()
    for n in range(6):
        bank.add("photo", "texture", rng.integers(0, 200, (90 + 10 * n, 120, 3), dtype=np.uint8))
        plot = np.full((100, 90 + 20 * n, 3), 255, np.uint8)
        plot[[0, -1]] = plot[:, [0, -1]] = plot[50] = 0
        bank.add("drawn", "frame", plot)
    return bank


def overlaps(boxes):
    for n, (x0, y0, x1, y1) in enumerate(boxes):
        for a0, b0, a1, b1 in boxes[n + 1 :]:
            yield max(0, min(x1, a1) - max(x0, a0)) * max(0, min(y1, b1) - max(y0, b0))


@given(SEEDS)
@settings(max_examples=40)
def test_layouts_lie_on_the_page_and_their_slots_apart(seed):
    layout = make_layout(np.random.default_rng(seed))
    slots = [slot for region in layout.regions for slot in region.slots]

    assert all(0 <= s.x0 < s.x1 <= 1 and 0 <= s.y0 < s.y1 <= 1 for s in slots)
    assert max(overlaps([(s.x0, s.y0, s.x1, s.y1) for s in slots]), default=0) < 1e-9


def test_a_grid_is_row_major():
    parts = grid(np.random.default_rng(0), Rect(0, 0, 1, 1), 2, 2, 0.0, 0.125)

    top, bottom = (0, 0.4375), (0.5625, 1)
    assert [(part.y0, part.y1) for part in parts] == [top, top, bottom, bottom]
    assert [(part.x0, part.x1) for part in parts] == [(0, 0.5), (0.5, 1), (0, 0.5), (0.5, 1)]


@pytest.mark.parametrize("aspect", [0.01, 0.06, 16.5, 30.0])
def test_a_grid_is_found_for_strips_that_are_too_long_for_square_cells(aspect):
    rows, columns = shape(np.random.default_rng(0), aspect, 4)

    assert (rows > columns) == (aspect < 1)


@given(SEEDS)
@settings(max_examples=25)
def test_a_figure_has_its_panels_apart_and_its_letters_beside_them(bank, seed):
    figure = compose(np.random.default_rng(seed), bank, [make_layout(np.random.default_rng(1))], 320)
    height, width = figure.image.shape[:2]

    assert max(height, width) == 320
    assert len(figure.boxes) == len(figure.labels) > 0
    assert (figure.boxes[:, :2] >= 0).all()
    assert (figure.boxes[:, 2:] <= [width, height]).all()
    assert max(overlaps(figure.boxes.tolist()), default=0) == 0
    assert {text for text, _ in figure.letters} >= set(figure.labels) - {""}


def test_pictures_that_cover_a_page_reach_its_edges_and_hold_their_letters(bank, monkeypatch):
    halves = (Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 1.0, 1.0))
    layout = Layout(1.0, (Region(Rect(0.0, 0.0, 1.0, 1.0), halves, tight=True),), bleeds=True)
    monkeypatch.setattr(figures, "make_layout", lambda rng: layout)
    monkeypatch.setattr(figures, "ALONE", 0.0)
    monkeypatch.setattr(figures, "CROWDED", 0.0)
    letters = []
    for seed in range(20):
        figure = compose(np.random.default_rng(seed), bank, [layout], 320)
        height, width = figure.image.shape[:2]
        middle = width // 2

        assert np.abs(figure.boxes - [[0, 0, middle, height], [middle, 0, width, height]]).max() <= 1
        letters += [(box, width, height) for _, box in figure.letters]

    assert letters
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for (x0, y0, x1, y1), width, height in letters)


def test_figures_depend_on_the_seed_alone(bank):
    first, second = (
        compose(np.random.default_rng(7), bank, [make_layout(np.random.default_rng(1))], 320) for _ in "ab"
    )

    assert (first.image == second.image).all()
    assert first.boxes.tolist() == second.boxes.tolist()


@given(SEEDS)
@settings(max_examples=25)
def test_real_figures_vary_with_their_panels_inside(seed):
    image = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    figure = RealFigure(
        image, np.array([[10, 10, 140, 90], [160, 10, 290, 90], [10, 110, 290, 190.0]]), ["A", "B", "C"]
    )
    image, boxes = vary(np.random.default_rng(seed), [figure], 240)
    height, width = image.shape[:2]

    assert len(boxes) > 0
    assert (boxes[:, :2] >= -1).all()
    assert (boxes[:, 2:] <= [width + 1, height + 1]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_another_look_at_a_thing_shows_the_same_thing_a_little_moved():
    image = np.full((60, 90, 3), 250, np.uint8)
    image[20:40, 30:60] = 10
    for seed in range(30):
        other = look(np.random.default_rng(seed), image)
        dark = np.argwhere(other[..., 0] < 128)

        assert other.shape == image.shape
        assert not np.array_equal(other, image)
        assert np.abs(dark.mean(0) - [30, 45]).max() < 10
        assert 600 < len(dark) < 1400


def test_a_picture_fades_to_its_ground_before_its_edges():
    image = np.full((50, 90, 3), 200, np.uint8)
    fade(np.random.default_rng(0), image, (10, 0, 90, 50), Vignette(0.8, 0.1, (0, 0, 0)))

    assert (image[:, :10] == 200).all()
    assert image[25, 50].tolist() == [200, 200, 200]
    assert not image[[0, -1], 10:].any()
    assert not image[:, [10, -1]].any()


def test_assemblies_of_a_region_show_the_same_pieces_on_a_ground_that_is_not_the_page():
    rng = np.random.default_rng(0)
    how = arrange(rng, (255, 255, 255))._replace(rows=(1, 2), room=0.9, worded=False)
    red, green, blue = (np.full((40, 40, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 200, 0), (0, 0, 200)))
    image = assembly(rng, [red, green, blue], how, 80, 120)

    assert image.shape == (120, 80, 3)
    assert max(how.ground) < 30
    assert [int(image[y, x].argmax()) for y, x in ((30, 40), (90, 20), (90, 60))] == [0, 1, 2]
    assert (image[0, 0] == how.ground).all()


def test_drawn_panels_that_touch_are_pictures_and_cover_the_page_where_all_do(tmp_path):
    touching = [[0, 0, 100, 100], [100, 0, 200, 100], [0, 101, 100, 200]]
    apart = [[0, 0, 100, 100], [100, 0, 200, 100], [0, 130, 200, 200]]
    with gzip.open(tmp_path / "layouts.jsonl.gz", "wt") as file:
        for boxes in (touching, apart):
            file.write(json.dumps({"panels": [{"panel": box} for box in boxes]}) + "\n")
    first, second = drawn_layouts(tmp_path / "layouts.jsonl.gz")

    assert first.bleeds
    assert not second.bleeds
    assert [region.tight for region in first.regions] == [True, True, True]
    assert [region.tight for region in second.regions] == [True, True, False]


def test_degrading_keeps_the_size():
    image = np.random.default_rng(1).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    for seed in range(30):
        assert degrade(np.random.default_rng(seed), image).shape == image.shape
