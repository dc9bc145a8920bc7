"""Thumbnails laid over each other: copies lie over their like, strangers do not."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.pictures import brighter, cropped, drawing, framed, gray, half, jpeg30, larger, scene
from transforms.duplicates import registration
from transforms.duplicates.affine import RIM
from transforms.duplicates.confirm import CORRELATION
from transforms.duplicates.registration import OVERLAP, SIDE, as_they_lie, compare, thumbnail


def pixels(pictures):
    return np.stack([np.frombuffer(thumbnail(picture), np.uint8).reshape(SIDE, SIDE) for picture in pictures])


def likeness(ones, others):
    return compare(pixels(ones).astype(np.float32), pixels(others).astype(np.float32))


def negative(picture):
    return picture.point(lambda level: 255 - level)


@pytest.fixture(scope="module", params=[scene, drawing])
def pictures(request):
    return [request.param(seed) for seed in range(8)]


def test_a_thumbnail_is_the_luma_row_by_row():
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("black", (0, 0, 100, 100))
    (found,) = pixels([picture])
    assert found[:, : SIDE // 2 - 2].max() == 0
    assert found[:, SIDE // 2 + 2 :].min() == 255


def test_a_picture_lies_over_itself(pictures):
    found = likeness(pictures, pictures)
    assert found.correlation.min() > 0.99
    assert found.overlap == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("copy", [cropped, framed, half, larger, brighter, jpeg30, gray, negative])
def test_copies_lie_over_their_originals(pictures, copy):
    copies = [copy(picture) for picture in pictures]
    for found in (likeness(pictures, copies), likeness(copies, pictures)):
        assert found.correlation.min() >= CORRELATION
        assert found.overlap.min() >= OVERLAP


def test_labels_of_more_contrast_than_the_picture_do_not_count(pictures):
    faint = [picture.convert("L").point(lambda level: 100 + level // 3) for picture in pictures]
    labelled = [picture.copy() for picture in faint]
    for copy in labelled:
        for x in (8, copy.width // 2):
            copy.paste(255, (x, 12, x + copy.width // 4, 12 + copy.height // 8))
    assert likeness(faint, labelled).correlation.min() >= CORRELATION


def test_other_pictures_do_not(pictures):
    pairs = [(one, other) for n, one in enumerate(pictures) for other in pictures[:n]]
    assert likeness(*zip(*pairs, strict=True)).correlation.max() < 0.6


def test_a_crop_overlaps_by_what_is_left(pictures):
    """The rim, which is not compared, is left out of either."""
    left = 0.85**2 / (1 - 2 * RIM) ** 2
    found = likeness(pictures, [cropped(picture) for picture in pictures])
    assert found.overlap == pytest.approx(left, abs=0.05)


def test_a_pair_does_not_depend_on_the_others(pictures):
    others = [cropped(picture) for picture in pictures[1:]] + pictures[:1]
    together = likeness(pictures[:2] + pictures, others[:2] + others)
    for n in range(8):
        alone = likeness(pictures[n : n + 1], others[n : n + 1])
        assert all(np.array_equal(part[n + 2], own[0]) for part, own in zip(together, alone, strict=True))


def test_what_is_alike_enough_is_not_laid_over_each_other(pictures, monkeypatch):
    ones, copies = pixels(pictures).astype(np.float32), pixels(map(jpeg30, pictures)).astype(np.float32)
    lying, best = as_they_lie(ones, copies), compare(ones, copies).correlation
    assert (lying >= CORRELATION).all()
    assert (lying <= best).all()
    monkeypatch.setattr(registration, "_overlay", None)
    assert compare(ones, copies, CORRELATION).correlation.tolist() == lying.tolist()


def test_each_pair_has_its_own_enough(pictures):
    ones, crops = pixels(pictures[:2]).astype(np.float32), pixels(map(cropped, pictures[:2])).astype(np.float32)
    found = compare(ones, crops, np.array([-1, 1]))
    assert found.correlation[0] == as_they_lie(ones, crops)[0] < CORRELATION
    assert found.correlation[1] == compare(ones, crops).correlation[1] >= CORRELATION


def test_what_shows_nothing_is_like_nothing():
    flat = [Image.new("L", (30, 40), level) for level in (0, 77, 255)]
    assert likeness(flat, flat).correlation.max() < 1e-3
    assert likeness(flat, [scene(n) for n in range(3)]).correlation.max() < 1e-3


LEVELS = st.sampled_from([0, 1, 12, 13, 128, 254, 255])
THUMBNAIL = st.one_of(
    arrays(np.uint8, (SIDE, SIDE), elements=LEVELS, fill=LEVELS),
    st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)),
    st.builds(lambda level, rows: np.where(np.arange(SIDE)[:, None] // rows % 2, level, 255 - level) * np.ones(SIDE),
              LEVELS, st.integers(1, SIDE)),
)  # fmt: skip


@given(st.lists(st.tuples(THUMBNAIL, THUMBNAIL), min_size=1, max_size=3))
@settings(max_examples=40)
def test_any_thumbnails_give_finite_values_in_range(pairs):
    ones, others = (np.stack(end).astype(np.float32) for end in zip(*pairs, strict=True))
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        found = compare(ones, others)
    for values, low in ((found.correlation, -1), (found.overlap, 0)):
        assert values.shape == (len(pairs),)
        assert (values >= low - 1e-4).all()
        assert (values <= 1 + 1e-4).all()
