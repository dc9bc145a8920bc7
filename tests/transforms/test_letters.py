"""Panel letters found and read in pictures."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from transforms.panels.letters import (
    CLASSES,
    CROP,
    MOST,
    SIDE,
    LetterReader,
    cut,
    decode,
    name_letters,
    reduce,
    to_gray,
)


def page(letters, size=(700, 500), panel=(200, 170), ground=255):
    """A white page of gray panels with a letter left above each; RGB."""
    image = Image.new("RGB", size, (ground,) * 3)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    noise = np.random.default_rng(0).integers(60, 190, (panel[1], panel[0], 3), dtype=np.uint8)
    places = [(x, y) for y in (50, 290) for x in (60, 380)]
    for text, (x, y) in zip(letters, places, strict=False):
        image.paste(Image.fromarray(noise), (x, y))
        pen.text((x - 26, y - 34), text, fill=(255 - ground,) * 3, font=font)
    return np.asarray(image)


@pytest.fixture(scope="module")
def reader():
    pytest.importorskip("onnxruntime")
    return LetterReader()


@pytest.mark.parametrize("names", ["ABCD", "abcd", "EFGH"])
@pytest.mark.parametrize("ground", [255, 0])
def test_it_reads_the_letters_of_a_page(reader, names, ground):
    [letters] = reader.read([page(names, ground=ground)])
    clear = [letter for letter in letters if letter.score > 0.6]
    clear.sort(key=lambda letter: (letter.y0 > 200, letter.x0))
    assert [letter.text for letter in clear] == list(names)
    assert abs(clear[0].x0 - 35) < 8
    assert abs(clear[0].y0 - 22) < 8


def test_gray_and_colour_and_batches_give_the_same(reader):
    figure = page("ABCD")
    small = np.ascontiguousarray(figure[:300, :350])
    images = [figure, small, to_gray(figure)]
    alone = [reader.read([image])[0] for image in images]
    assert reader.read(images) == alone
    assert alone[0] == alone[2]


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (2000, 40)])
def test_a_picture_of_any_shape_can_be_read(reader, size):
    assert reader.read([np.full((*size, 3), 255, np.uint8)]) == [[]]


def test_nothing_is_read_of_no_pictures(reader):
    assert reader.read([]) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (200, 150), (5, 2000), (1, 1)])
def test_the_reduced_figure_is_padded(width, height):
    small, factor = reduce(np.zeros((height, width), np.uint8))
    assert small.shape[0] % 32 == small.shape[1] % 32 == 0
    assert factor == min(2.0, SIDE / max(width, height))
    assert small[0, 0] == 0


def test_decoded_boxes_are_in_source_pixels():
    heat, maps = np.zeros((4, 6), np.float32), np.zeros((4, 4, 6), np.float32)
    heat[2, 3], heat[0, 0] = 0.9, 0.5
    maps[:, 2, 3] = 0.25, -0.5, np.log(2), np.log(3)
    boxes, found = decode(heat, maps, 0.5, 0.1)
    assert boxes[0].tolist() == pytest.approx([44, 8, 76, 56])
    assert found.tolist() == pytest.approx([0.9, 0.5])
    assert len(decode(np.full((20, 20), 0.5, np.float32), np.zeros((4, 20, 20), np.float32), 1, 0.1)[0]) == MOST


def test_crops_show_the_box_near_and_wide():
    gray = np.full((100, 100), 255, np.uint8)
    gray[40:60, 40:60] = 0
    near, wide = cut(gray, np.array([40, 40, 60, 60], float))
    assert near.shape == wide.shape == (CROP, CROP)
    assert near.mean() < wide.mean()
    assert near[16, 16] == wide[16, 16] == 0


def test_beyond_the_figure_its_edge_goes_on():
    gray = np.full((30, 30), 80, np.uint8)
    assert (cut(gray, np.array([-4, -4, 8, 8], float)) == 80).all()


def test_to_gray_leaves_gray():
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert to_gray(gray) is gray
    assert to_gray(np.repeat(gray[..., None], 3, 2)).tolist() == gray.tolist()


def read_as(*rows):
    """The texts of letters, left to right, whose classes have the given probabilities."""
    classes = np.full((len(rows), len(CLASSES)), 1e-4, np.float32)
    for number, row in enumerate(rows):
        for name, share in row.items():
            classes[number, CLASSES.index(name)] = share
    boxes = np.array([[10 * n, 0, 10 * n + 9, 9] for n in range(len(rows))], np.float32)
    letters = name_letters(boxes, np.full(len(rows), 0.9, np.float32), classes)
    return [letter.text for letter in sorted(letters, key=lambda letter: letter.x0)]


def test_the_case_is_that_of_the_figure():
    assert read_as({"a": 0.9}, {"C": 0.5, "c": 0.4}, {"b": 0.9}) == ["a", "c", "b"]
    assert read_as({"A": 0.9}, {"C": 0.4, "c": 0.5}, {"B": 0.9}) == ["A", "C", "B"]


def test_a_bar_is_an_i_or_an_l_by_the_case():
    assert read_as({"A": 0.9}, {"B": 0.9}, {"I": 0.3, "l": 0.6})[2] == "I"
    assert read_as({"a": 0.9}, {"b": 0.9}, {"I": 0.6, "l": 0.3})[2] == "l"


def test_a_name_is_read_once_and_the_sequence_filled():
    assert read_as({"A": 0.9}, {"B": 0.9}, {"D": 0.9}, {"D": 0.6, "C": 0.3}) == ["A", "B", "D", "C"]
    assert read_as({"a": 0.9}, {"h": 0.6, "b": 0.2}, {"c": 0.9}) == ["a", "b", "c"]


def test_roman_numerals_and_digits_are_alphabets_of_their_own():
    assert read_as({"i": 0.6, "l": 0.3}, {"ii": 0.9}, {"iii": 0.9}) == ["i", "ii", "iii"]
    assert read_as({"1": 0.5, "I": 0.4}, {"2": 0.9}, {"3": 0.9}) == ["1", "2", "3"]
