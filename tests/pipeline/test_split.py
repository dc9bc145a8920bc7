"""`medconcept split`: lines, pictures of what was found, bad files; and what it finds in the demo's figures."""

import json

import pytest
from PIL import Image

from pipeline.sources.demo import write_mirror
from pipeline.sources.demo.articles import read_articles
from pipeline.sources.demo.drawings import GUTTER
from pipeline.sources.demo.scans import HEIGHT, WIDTH


def lines(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture
def picture(tmp_path):
    file = tmp_path / "one.png"
    Image.new("RGB", (200, 100), "gray").save(file)
    return file


def test_a_line_for_each_picture(run, picture, tmp_path):
    status, _, error = run("split", picture, picture, "-o", tmp_path / "out.jsonl")
    assert (status, error) == (0, "")
    first, second = lines(tmp_path / "out.jsonl")
    assert first == second
    assert list(first) == ["image", "width", "height", "panels"]
    assert (first["image"], first["width"], first["height"]) == (str(picture), 200, 100)
    (panel,) = first["panels"]
    assert list(panel) == ["box", "score", "label", "modality"]
    assert (panel["box"], panel["label"]) == ([0, 0, 200, 100], None)
    assert 0 <= panel["score"] <= 1


def test_what_is_no_picture_is_told_in_a_line_and_the_others_go_on(run, picture, tmp_path):
    page, text = tmp_path / "page.jpg", tmp_path / "text.jpg"
    page.write_bytes(b"<html>")
    text.write_bytes(b"no picture")
    status, _, error = run("split", page, picture, text, "-o", tmp_path / "out.jsonl")
    assert status == 0
    assert error.splitlines() == [
        f"medconcept: {page}: an HTML page, not a raster image",
        f"medconcept: {text}: not an image that can be read; it begins with 6e6f207069637475",
    ]
    first, good, last = lines(tmp_path / "out.jsonl")
    assert first == {"image": str(page), "reject": "image_corrupt", "detail": "an HTML page, not a raster image"}
    assert len(good["panels"]) == 1
    assert last["reject"] == "image_corrupt"


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    status, _, error = run("split", tmp_path / "none.png", "-o", tmp_path / "out.jsonl")
    assert status == 1
    assert len(error.splitlines()) == 1
    assert "none.png" in error


def test_pictures_of_what_was_found_and_none_is_written_over(run, picture, tmp_path):
    other = tmp_path / "other" / "one.jpg"
    other.parent.mkdir()
    Image.new("L", (90, 80)).save(other)
    before = picture.read_bytes()
    (tmp_path / "bad.png").write_bytes(b"")
    run("split", picture, other, tmp_path / "bad.png", "-o", tmp_path / "out.jsonl", "--draw", tmp_path)
    assert picture.read_bytes() == before
    drawn = {path.name: Image.open(path).size for path in tmp_path.glob("*.panels*.png")}
    assert drawn == {"one.panels.png": (200, 100), "one.panels.2.png": (90, 80)}


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """The demo's drawings: each file with its grid."""
    folder = tmp_path_factory.mktemp("demo")
    write_mirror(folder)
    graphics = [(article, graphic) for article in read_articles() for graphic in article.graphics if graphic.draw]
    return [(folder / article.name / graphic.name, graphic) for article, graphic in graphics]


def test_the_figures_of_the_demo_are_cut_as_they_were_composed(run, composed, tmp_path):
    run("split", *(file for file, _ in composed), "-o", tmp_path / "out.jsonl")
    right = [
        len(row["panels"]) == len(cells(graphic))
        and all(max(overlap(panel["box"], cell) for panel in row["panels"]) > 0.5 for cell in cells(graphic))
        for row, (_, graphic) in zip(lines(tmp_path / "out.jsonl"), composed, strict=True)
    ]
    assert sum(right) >= 0.9 * len(right)


def test_the_letters_of_the_demo_are_read(run, composed, tmp_path):
    lettered = [(file, graphic) for file, graphic in composed if graphic.letters]
    run("split", *(file for file, _ in lettered), "-o", tmp_path / "out.jsonl")
    found = [[panel["label"] for panel in row["panels"]] for row in lines(tmp_path / "out.jsonl")]
    right = [labels == list(graphic.letters) for labels, (_, graphic) in zip(found, lettered, strict=True)]
    assert sum(right) >= 0.7 * len(right)


def cells(graphic):
    """The boxes of the panels of a drawing."""
    return [
        [round(graphic.scale * side) for side in (x, y, x + WIDTH, y + HEIGHT)]
        for row, panels in enumerate(graphic.draw)
        for column in range(len(panels))
        for x, y in [(column * (WIDTH + GUTTER), row * (HEIGHT + GUTTER))]
    ]


def overlap(panel, cell):
    """The IoU of two boxes."""
    x0, y0, x1, y1 = (f(pair) for f, pair in zip((max, max, min, min), zip(panel, cell, strict=True), strict=True))
    inner = max(0, x1 - x0) * max(0, y1 - y0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (panel, cell))
    return inner / (areas - inner)
