"""`medconcept explain --draw`: what was found, on the graphic as the source of the run holds it."""

import shutil

import pyarrow.parquet as pq
import pytest
from corpora import mirror
from PIL import Image, ImageColor
from rich.console import Console
from test_update import Source, built

from pipeline.config.recipe import Config, Recipe
from pipeline.reports.explain import drawing
from pipeline.run import build
from schemas.errors import UserError


def line(number, box, cells=1):
    """A panel of an account, with so many cells side by side."""
    x0, y0, x1, y1 = box
    width = (x1 - x0) // cells
    boxes = [[x0 + n * width, y0, x0 + (n + 1) * width, y1] for n in range(cells)]
    parts = [{"box": each, "score": 0.9} for each in boxes]
    return {"panel_id": f"PMC1v1-f001-p{number:02d}", "box": list(box), "label": "a", "score": 0.9, "cells": parts}


def colours(picture, box):
    """The colours that a box of a picture holds."""
    return {colour for _, colour in picture.crop(box).getcolors(1 << 24)}


def test_each_panel_has_a_colour_of_its_own_and_the_one_asked_for_the_thickest_line():
    panels = [line(1, (100, 100, 600, 700)), line(2, (700, 100, 1200, 700))]
    page = drawing._drawn(Image.new("RGB", (1300, 800), "white"), panels, "PMC1v1-f001-p02")
    orange, blue = (ImageColor.getrgb(colour) for colour in drawing.COLOURS[:2])
    assert orange in colours(page, (100, 100, 110, 700))
    assert blue in colours(page, (700, 100, 710, 700))
    row = [page.getpixel((x, 400)) for x in range(1300)]
    assert row.count(blue) > row.count(orange) > 0


def test_cells_have_broken_lines_and_names():
    one, several = (
        drawing._drawn(Image.new("RGB", (1200, 600), "white"), [line(1, (100, 100, 1100, 500), cells)], None)
        for cells in (1, 2)
    )
    orange = ImageColor.getrgb(drawing.COLOURS[0])
    middle = (595, 150, 605, 450)
    assert orange not in colours(one, middle)
    assert {orange, (0, 0, 0)} <= colours(several, middle)


def test_a_small_picture_is_enlarged_so_that_names_can_be_read():
    page = drawing._drawn(Image.new("RGB", (300, 100), "white"), [line(1, (0, 0, 150, 100))], None)
    assert page.size == (1200, 400)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return mirror(tmp_path_factory.mktemp("source") / "mirror", [1, 2], [3])


@pytest.fixture
def out(source, tmp_path):
    """A corpus of a copy of the mirror, so that it may be changed."""
    copied = shutil.copytree(source, tmp_path / "mirror")
    recipe = Recipe(panels="whole", unit_articles=4, min_side=0)
    config = Config(source=str(copied), output=str(tmp_path / "out"), recipe=recipe, engine="inline")
    build(config, Console(quiet=True))
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["PMC1v1-f002", "PMC1v1-f002-p01", "PMC1v1-f002g1"])
def test_the_graphic_comes_from_the_source_of_the_run(out, run, tmp_path, name):
    status, text, errors = run("explain", out, name, "--draw", tmp_path / "drawn.png")
    assert status == 0
    assert text.startswith("PMC1v1-f002")
    assert "PMC1v1-f002 of 64 x 48 pixels, 1 panel" in errors
    assert "1 panels" not in errors
    assert Image.open(tmp_path / "drawn.png").size == (256, 192)


def test_neither_the_source_nor_an_output_is_drawn_on(out, run, tmp_path):
    picture = tmp_path / "mirror/PMC1.1/g1.png"
    before = picture.read_bytes()
    for place in (picture, out / "drawn.png"):
        status, _, errors = run("explain", out, "PMC1v1-f001", "--draw", place)
        assert (status, errors.count("\n")) == (1, 1)
        assert "name another" in errors
    assert picture.read_bytes() == before
    assert not (out / "drawn.png").exists()


def test_a_source_that_is_away_is_told_in_a_line_behind_the_account(out, run, tmp_path):
    shutil.rmtree(tmp_path / "mirror")
    status, text, errors = run("explain", out, "PMC1v1-f001", "--draw", tmp_path / "drawn.png")
    assert status == 1
    assert "MADE BY" in text
    assert "nothing is drawn, for the source" in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "drawn.png").exists()


def test_another_picture_at_the_source_is_not_drawn_on(out, run, tmp_path):
    (tmp_path / "mirror/PMC1.1/g1.png").write_bytes((tmp_path / "mirror/PMC1.1/g2.png").read_bytes())
    status, _, errors = run("explain", out, "PMC1v1-f001", "--draw", tmp_path / "drawn.png")
    assert status == 1
    assert "nothing is drawn" in errors
    assert "md5_mismatch" in errors


def test_a_figure_without_a_graphic_at_the_source_is_not_drawn(demo, run, tmp_path):
    row = next(
        row
        for path in sorted(demo.glob("units/*/rejects-*"))
        for row in pq.read_table(path).to_pylist()
        if row["reason"] == "image_missing"
    )
    status, _, errors = run("explain", demo, row["figure_id"], "--draw", tmp_path / "drawn.png")
    assert status == 1
    assert "nothing is drawn, for it has no graphic at the source" in errors


@pytest.mark.parametrize("arguments", [("PMC1", "drawn.png"), ("PMC1v1-f001", "drawn.jpg")])
def test_what_cannot_be_drawn_is_wrong_usage(tmp_path, run, arguments):
    name, file = arguments
    status, _, errors = run("explain", tmp_path, name, "--draw", tmp_path / file)
    assert status == 2
    assert "--draw" in errors


def test_a_rejected_picture_that_can_be_read_is_drawn_without_boxes(tmp_path, run):
    source, out = Source(tmp_path / "mirror", range(1, 3)), tmp_path / "out"
    built(source, out, recipe=Recipe(panels="whole", unit_articles=4, modalities=("signal",)))
    status, text, errors = run("explain", out, "PMC1v1-f001", "--draw", tmp_path / "drawn.png")
    assert (status, "modality" in text) == (0, True)
    assert "0 panels" in errors


def test_a_graphic_that_is_no_picture_is_not_drawn(out, tmp_path):
    told = {"id": "PMC1v1-f001", "graphics": None}
    with pytest.raises(UserError, match="no graphic"):
        drawing.draw_account(told, str(tmp_path), tmp_path / "drawn.png")
