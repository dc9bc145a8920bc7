"""Figures cut into panels, and the ones that are left whole."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from schemas.figures import IMAGES
from schemas.panels import SPLIT
from schemas.rejects import Reason
from transforms.images import ImageError
from transforms.panels import SplitPanels, split_image
from transforms.panels.xycut import xy_cut

SHARED = Path(__file__).parents[2].parent / "shared"


def texture(width, height, seed=0):
    """A picture without a uniform row or column."""
    return Image.fromarray(np.random.default_rng(seed).integers(40, 200, (height, width), dtype=np.uint8))


def grid(rows, columns, gutter, size=(120, 90), margin=0, color=255):
    width, height = size
    step_x, step_y = width + gutter, height + gutter
    page = Image.new("L", (columns * step_x - gutter + 2 * margin, rows * step_y - gutter + 2 * margin), color)
    corners = [(margin + x * step_x, margin + y * step_y) for y in range(rows) for x in range(columns)]
    for seed, corner in enumerate(corners):
        page.paste(texture(width, height, seed), corner)
    return page, [(x, y, x + width, y + height) for x, y in corners]


def plot(draw, x, y, width=200, height=150):
    """A line plot: frame, curve, ticks with numbers, axis titles at some distance, a legend to its right."""
    draw.rectangle((x + 50, y + 20, x + width, y + height - 45), outline=0)
    curve = [(x + 50 + t, y + 100 - 40 * np.sin(t / 20)) for t in range(width - 50)]
    draw.line(curve, fill=60, width=2)
    for tick in range(5):
        draw.text((x + 25, y + 15 + 20 * tick), str(tick), fill=0)
        draw.text((x + 60 + 30 * tick, y + height - 40), str(tick), fill=0)
    draw.text((x + width // 2, y + height - 18), "time (s)", fill=0)
    draw.text((x, y + height // 2), "mV", fill=0)


def boxes(image):
    return [tuple(box[:4]) for box in xy_cut(np.asarray(image.convert("L")))]


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("gutter", [3, 12, 40])
@pytest.mark.parametrize(("color", "margin"), [(255, 10), (240, 10), (255, 0), (0, 0), (128, 0)])
def test_a_grid_of_pictures_is_cut_in_reading_order(gutter, color, margin):
    page, expected = grid(2, 3, gutter, margin=margin, color=color)
    assert boxes(page) == expected


def test_pale_pictures_are_no_tinted_canvas():
    page, expected = grid(1, 3, 12, size=(300, 260))
    pale = np.asarray(page).astype(int)
    pale[pale < 255] = 170 + pale[pale < 255] // 6  # tissue between 176 and 203
    for seed, (x0, _, _, _) in enumerate(expected):
        nuclei = np.random.default_rng(seed).integers(5, 240, (60, 2))
        for y, x in nuclei:
            pale[y : y + 8, x0 + x : x0 + x + 8] = 70
    assert boxes(Image.fromarray(pale.astype(np.uint8))) == expected


def test_columns_of_unlike_height_are_read_by_row():
    page = Image.new("L", (640, 420), 255)
    page.paste(texture(300, 400), (10, 10))
    page.paste(texture(300, 190, 1), (330, 10))
    page.paste(texture(300, 190, 2), (330, 220))
    assert boxes(page) == [(10, 10, 310, 410), (330, 10, 630, 200), (330, 220, 630, 410)]


def test_plots_keep_their_labels_and_letters_make_no_panel():
    page = Image.new("L", (560, 420), 255)
    draw = ImageDraw.Draw(page)
    for n, (x, y) in enumerate([(20, 25), (300, 25), (20, 225), (300, 225)]):
        plot(draw, x, y)
        draw.text((x, y - 15), "ABCD"[n], fill=0)
    found = boxes(page)
    assert len(found) == 4
    for (x0, y0, x1, y1), (x, y) in zip(found, [(20, 25), (300, 25), (20, 225), (300, 225)], strict=True):
        assert x0 <= x + 2
        assert y0 <= y + 20
        assert x1 >= x + 200
        assert y1 >= y + 140  # under the axis title


def whole(draw_on):
    page = Image.new("L", (600, 400), 255)
    draw_on(ImageDraw.Draw(page))
    return page


def bars(draw):
    draw.line((40, 20, 40, 360), fill=0)
    draw.line((40, 360, 580, 360), fill=0)
    for x in range(70, 560, 90):
        draw.rectangle((x, 360 - x // 2, x + 50, 360), fill=90)
        draw.text((x + 10, 370), "bar", fill=0)


def text(draw):
    for y in range(20, 380, 20):
        for x in range(20, 560, 140):
            draw.text((x, y), "some words here", fill=0)


def table(draw):
    text(draw)
    for y in range(15, 390, 20):
        draw.line((10, y, 590, y), fill=0)


def flowchart(draw):
    for y in (20, 160, 300):
        draw.rectangle((200, y, 400, y + 70), outline=0)
        draw.text((230, y + 30), "a step of the study", fill=0)
    draw.line((300, 90, 300, 300), fill=0)


@pytest.mark.parametrize("kind", [bars, text, table, flowchart, lambda draw: plot(draw, 30, 30, 500, 340)])
def test_what_is_one_panel_stays_whole(kind):
    assert boxes(whole(kind)) == [(0, 0, 600, 400)]


def test_a_single_picture_stays_whole_to_its_edges():
    page = Image.new("L", (500, 300), 255)
    page.paste(texture(400, 200), (50, 50))
    assert [tuple(box) for box in xy_cut(np.asarray(page))] == [(0, 0, 500, 300, 1.0)]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_stays_whole(level):
    assert boxes(Image.new("L", (300, 200), level)) == [(0, 0, 300, 200)]


def test_large_figures_are_cut_in_their_own_pixels():
    page, expected = grid(2, 2, 90, size=(1500, 1200), margin=60)
    found = boxes(page)
    assert len(found) == 4
    assert np.abs(np.subtract(found, expected)).max() <= 3  # the reduction's factor


@given(st.integers(1, 4), st.integers(1, 4), st.integers(4, 30))
@settings(max_examples=25, deadline=None)
def test_jpeg_noise_does_not_matter(rows, columns, gutter):
    page, expected = grid(rows, columns, gutter)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=90)
    found = boxes(Image.open(buffer))
    assert len(found) == len(expected)
    assert np.abs(np.subtract(found, expected)).max() <= 2


@given(st.binary(min_size=64, max_size=64), st.integers(33, 90), st.integers(33, 90))
@settings(max_examples=50, deadline=None)
def test_boxes_lie_within_the_figure_and_apart(noise, width, height):
    blocks = np.frombuffer(noise, np.uint8).reshape(8, 8)
    gray = np.kron(np.where(blocks > 128, 255, blocks), np.ones((height, width), np.uint8)).astype(np.uint8)
    taken = np.zeros(gray.shape, int)
    for box in xy_cut(gray):
        assert 0 <= box.x0 < box.x1 <= gray.shape[1]
        assert 0 <= box.y0 < box.y1 <= gray.shape[0]
        assert 0 <= box.score <= 1
        taken[box.y0 : box.y1, box.x0 : box.x1] += 1
    assert taken.max() == 1


def graphics(*images):
    rows = [
        {"article_id": "PMC1v1", "figure_id": f"PMC1v1-f{n:03d}", "graphic_id": f"PMC1v1-f{n:03d}", "image": image}
        for n, image in enumerate(images, 1)
    ]
    return pa.Table.from_pylist(rows, schema=IMAGES)


def test_stage_names_crops_and_their_parent():
    page, expected = grid(1, 2, 20, margin=10)
    source = png(page)
    table = SplitPanels()(graphics(source))
    assert table.schema == SPLIT
    first, second = table.to_pylist()
    assert (first["panel_id"], second["panel_id"]) == ("PMC1v1-f001-p01", "PMC1v1-f001-p02")
    assert (first["panel_count"], first["panel_label"], first["detector"]) == (2, None, "xycut-1")
    assert tuple(second["box"]) == expected[1]
    assert (second["format"], second["width"], second["height"]) == ("png", 120, 90)
    assert second["sha256"] == hashlib.sha256(second["image"]).hexdigest()
    assert second["parent_sha256"] == hashlib.sha256(source).hexdigest()
    assert np.array_equal(Image.open(io.BytesIO(second["image"])), page.crop(expected[1]))


def test_stage_keeps_the_bytes_of_a_whole_graphic():
    source = png(texture(80, 60))
    (row,) = SplitPanels()(graphics(source)).to_pylist()
    assert row["image"] == source
    assert row["sha256"] == row["parent_sha256"]
    assert row["box"] == [0, 0, 80, 60]


def test_stage_rewrites_a_whole_graphic_that_readers_would_show_unlike():
    buffer = io.BytesIO()
    texture(80, 60).convert("CMYK").save(buffer, "JPEG")
    (row,) = SplitPanels()(graphics(buffer.getvalue())).to_pylist()
    assert row["format"] == "png"
    assert Image.open(io.BytesIO(row["image"])).mode == "RGB"


def test_stage_rejects_what_is_no_picture():
    good, bad = SplitPanels()(graphics(png(texture(80, 60)), b"<html>")).to_pylist()
    assert good["reject"] is None
    assert bad["reject"] == {
        "stage": "panels",
        "reason": Reason.IMAGE_CORRUPT.value,
        "detail": "an HTML page, not a raster image",
    }
    assert (bad["graphic_id"], bad["panel_id"], bad["image"]) == ("PMC1v1-f002", None, None)


def test_split_image_for_the_command_line():
    page, expected = grid(1, 2, 20)
    width, height, panels = split_image(png(page))
    assert (width, height) == page.size
    assert [tuple(panel["box"]) for panel in panels] == expected
    assert json.loads(json.dumps(panels[0]))["label"] is None
    with pytest.raises(ImageError):
        split_image(b"")


def test_most_real_figures_are_cut_as_a_person_would():
    folder = SHARED / "data/panels/dev"
    if not folder.exists():
        pytest.skip("the hand-drawn boxes of real figures are not here")
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()][::4]
    right = 0
    for figure in truth:
        _, _, panels = split_image((folder / "images" / figure["image"]).read_bytes())
        right += len(panels) == len(figure["panels"])
    assert right >= 0.6 * len(truth)
