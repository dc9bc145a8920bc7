"""Digest, perceptual hash and embedding of pictures and their copies."""

import hashlib
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from schemas.panels import LINKED, PANELS
from transforms.hashes import DIMENSION, HashPanels, hash_picture


def scene(seed=0, size=(320, 240)):
    """A smooth random picture in color."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def as_jpeg(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def bits_apart(a, b):
    return (a.phash ^ b.phash).bit_count()


def cosine(a, b):
    return float(a.embedding.astype(float) @ b.embedding.astype(float))


def test_pixel_digest_is_of_size_and_rgb_bytes():
    assert (
        hash_picture(Image.new("RGB", (2, 1), (1, 2, 3))).pixel_sha256
        == hashlib.sha256(b"\x02\0\0\0\x01\0\0\0" + bytes([1, 2, 3] * 2)).hexdigest()
    )


def test_gray_hashes_alike_in_both_modes():
    gray = scene().convert("L")
    one, other = hash_picture(gray), hash_picture(gray.convert("RGB"))
    assert one[:2] == other[:2]
    assert np.array_equal(one.embedding, other.embedding)


def test_size_belongs_to_the_digest():
    assert hash_picture(Image.new("L", (40, 60))).pixel_sha256 != hash_picture(Image.new("L", (60, 40))).pixel_sha256


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(lambda image: image.resize((160, 120), Image.Resampling.BICUBIC), id="half"),
        pytest.param(lambda image: image.resize((500, 375), Image.Resampling.BILINEAR), id="larger"),
        pytest.param(lambda image: as_jpeg(image, 30), id="JPEG 30"),
        pytest.param(lambda image: image.convert("L"), id="gray"),
    ],
)
def test_copies_are_near(copy):
    original, other = hash_picture(scene()), hash_picture(copy(scene()))
    assert bits_apart(original, other) <= 6
    assert cosine(original, other) > 0.97


def test_other_pictures_are_far():
    hashes = [hash_picture(scene(seed)) for seed in range(12)]
    pairs = [(a, b) for n, a in enumerate(hashes) for b in hashes[:n]]
    assert min(bits_apart(a, b) for a, b in pairs) > 12
    assert max(cosine(a, b) for a, b in pairs) < 0.7


def test_phash_bits_are_luma_frequencies_above_their_median():
    """One cosine of the second frequency in each direction: the bit of row 2, column 2, and no other."""
    wave = np.cos(np.pi * 2 * (2 * np.arange(32) + 1) / 64)
    gray = np.rint(128 + 100 * np.outer(wave, wave)).astype(np.uint8)
    phash = hash_picture(Image.fromarray(gray)).phash
    assert phash >> (63 - (8 * 1 + 1)) & 1


@pytest.mark.parametrize("level", [0, 77, 255])
def test_flat_pictures_have_no_hash_and_one_embedding(level):
    hashes = hash_picture(Image.new("L", (50, 40), level))
    assert hashes.phash is None
    assert hashes.embedding.tolist() == [1.0] + [0.0] * (DIMENSION - 1)


def test_a_picture_of_nothing_but_fine_stripes_has_an_embedding():
    stripes = np.tile(np.array([100, 150, 150, 100], np.uint8), (32, 8))
    assert np.linalg.norm(hash_picture(Image.fromarray(stripes)).embedding.astype(float)) == pytest.approx(1, abs=2e-3)


@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_every_picture_has_a_unit_embedding(width, height, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    vector = hash_picture(Image.fromarray(noise)).embedding
    assert vector.shape == (DIMENSION,)
    assert np.linalg.norm(vector.astype(float)) == pytest.approx(1, abs=2e-3)


def test_stage_adds_its_columns():
    buffer = io.BytesIO()
    scene().save(buffer, "PNG")
    rows = [{"article_id": "PMC1v1", "panel_id": f"PMC1v1-f001-p0{n}", "image": buffer.getvalue()} for n in (1, 2)]
    table = HashPanels()(pa.Table.from_pylist(rows, schema=LINKED))
    assert table.schema == PANELS
    expected = hash_picture(scene())
    for row in table.to_pylist():
        assert row["pixel_sha256"] == expected.pixel_sha256
        assert row["phash"] == expected.phash
        assert row["embedding"] == expected.embedding.tolist()
        assert row["encoder"] == "dct-1"
