"""Proofs compared by what is drawn: copies agree whatever was done to them, plots of one style do not."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from tests.pictures import brighter, drawing, gray, half, jpeg30, larger, scene
from transforms.duplicates.affine import unmoved
from transforms.duplicates.confirm import LIKENESS
from transforms.duplicates.drawn import likeness
from transforms.duplicates.proofs import PROOF, open_proofs, proof


def alike(ones, others, maps=None):
    a, b = (open_proofs([proof(picture) for picture in end]).astype(np.float32) for end in (ones, others))
    return likeness(a, b, unmoved(len(a)) if maps is None else maps)


def axes():
    """A white picture with two axes and their ticks."""
    picture = Image.new("L", (400, 300), "white")
    draw = ImageDraw.Draw(picture)
    draw.line([(50, 20), (50, 260), (380, 260)], "black", 2)
    for n in range(6):
        draw.text((20, 250 - 40 * n), str(20 * n), "black")
        draw.line([(44, 256 - 40 * n), (50, 256 - 40 * n)], "black", 2)
    return picture


def bars(*heights):
    picture = axes()
    draw = ImageDraw.Draw(picture)
    for n, height in enumerate(heights):
        x = 80 + 60 * n
        draw.rectangle((x, 258 - height, x + 36, 258), "gray", "black", 2)
        draw.line([(x + 18, 258 - height - 14), (x + 18, 258 - height + 14)], "black", 2)
        draw.text((x, 270), f"Group {n + 1}", "black")
    return picture


def curve(*heights):
    picture = axes()
    points = [(60 + 45 * n, 258 - height) for n, height in enumerate(heights)]
    draw = ImageDraw.Draw(picture)
    draw.line(points, "black", 2)
    for x, y in points:
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), "black")
    return picture


PLOTS = [bars(100, 180, 140, 60, 120), curve(20, 80, 120, 150, 170, 180, 190)]


def negative(picture):
    return picture.point(lambda level: 255 - level)


@pytest.mark.parametrize("copy", [half, larger, brighter, jpeg30, gray, negative])
def test_copies_are_alike(copy):
    pictures = [*PLOTS, *(make(seed) for make in (scene, drawing) for seed in range(3))]
    assert alike(pictures, [copy(picture) for picture in pictures]).min() >= LIKENESS


def with_an_arrow(picture):
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.line([(200, 60), (260, 90)], "black", 4)
    draw.polygon([(270, 95), (252, 92), (258, 80)], "black")
    return picture


def test_an_arrow_may_be_added():
    pictures = [*PLOTS, drawing(1), scene(1)]
    assert alike(pictures, [with_an_arrow(picture) for picture in pictures]).min() >= LIKENESS


STRANGERS = [
    (bars(100, 180, 140, 60, 120), bars(100, 180, 120, 80, 120)),
    (bars(100, 180, 140, 60, 120), bars(90, 170, 150, 70, 110)),
    (curve(20, 80, 120, 150, 170, 180, 190), curve(20, 90, 130, 150, 165, 180, 185)),
    (curve(20, 80, 120, 150, 170, 180, 190), curve(190, 150, 120, 90, 70, 60, 55)),
]


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_plots_of_one_style_are_not_alike(one, other):
    assert alike([one, other], [other, one]).max() < LIKENESS


def test_axes_and_ground_tell_nothing():
    frame = Image.new("L", (400, 300), "white")
    ImageDraw.Draw(frame).rectangle((40, 30, 370, 260), outline="black", width=2)
    assert alike([frame, Image.new("L", (9, 9), "white")], [frame, Image.new("L", (9, 9), "black")]).tolist() == [0, 0]


def test_what_a_thumbnail_cannot_tell_of_the_map_is_found():
    """A shift by 1.5 % moves a line of two pixels beside itself."""
    shifted = PLOTS[1].transform(PLOTS[1].size, Image.Transform.AFFINE, (1, 0, 6, 0, 1, 4), fillcolor="white")
    assert alike(PLOTS[1:], [shifted])[0] >= LIKENESS


def test_the_frame_of_a_copy_does_not_count():
    pictures = [*PLOTS, drawing(2)]
    framed = [picture.copy() for picture in pictures]
    for copy in framed:
        ImageDraw.Draw(copy).rectangle((0, 0, copy.width - 1, copy.height - 1), outline="gray", width=4)
    assert alike(pictures, framed).min() >= LIKENESS


def test_a_pair_does_not_depend_on_the_others():
    ones, others = [*PLOTS, drawing(1)], [PLOTS[0], PLOTS[0], jpeg30(drawing(1))]
    together = alike(ones, others)
    assert [alike([one], [other])[0] for one, other in zip(ones, others, strict=True)] == together.tolist()


LEVELS = st.sampled_from([0, 1, 12, 128, 254, 255])
PIXELS = st.one_of(
    arrays(np.uint8, (PROOF, PROOF), elements=LEVELS, fill=LEVELS),
    st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).integers(0, 256, (PROOF, PROOF), np.uint8)),
)
MAPS = arrays(np.float32, (2, 3), elements=st.floats(-1.75, 1.75, width=32))


@given(PIXELS, PIXELS, MAPS)
@settings(max_examples=15)
def test_any_proofs_and_maps_give_a_value_in_range(one, other, maps):
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        found = likeness(one[None].astype(np.float32), other[None].astype(np.float32), maps[None])
    assert found.shape == (1,)
    assert 0 <= found[0] <= 1


def faint(seed):
    """A picture of soft shades and little contrast, as angiographies are."""
    shades = np.random.default_rng(seed).uniform(120, 180, (7, 7)).astype(np.uint8)
    return Image.fromarray(shades).resize((420, 420), Image.Resampling.BICUBIC)


def test_faint_pictures_are_told_apart_and_their_copies_found():
    pictures = [faint(n) for n in range(4)]
    for change in (jpeg30, half):
        assert (alike(pictures, [change(picture) for picture in pictures]) >= LIKENESS).all()
    assert (alike(pictures, pictures[1:] + pictures[:1]) == 0).all()
    assert alike([Image.new("L", (300, 300), 128)], [Image.new("L", (300, 300), 131)]) == 0  # nothing is drawn
