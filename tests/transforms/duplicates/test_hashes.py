"""Digest and perceptual hash of pictures and their copies."""

import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.pictures import brighter, drawing, gray, half, jpeg30, larger, scene
from transforms.duplicates.hashes import FLAT, perceptual_hash, pixel_digest


def bits_apart(one, other):
    return (perceptual_hash(one) ^ perceptual_hash(other)).bit_count()


def test_the_digest_is_of_size_and_rgb_bytes():
    content = b"\x02\0\0\0\x01\0\0\0" + bytes([1, 2, 3] * 2)
    assert pixel_digest(Image.new("RGB", (2, 1), (1, 2, 3))) == hashlib.sha256(content).hexdigest()


def test_size_belongs_to_the_digest():
    assert pixel_digest(Image.new("L", (40, 60))) != pixel_digest(Image.new("L", (60, 40)))


def test_gray_is_the_same_in_both_modes():
    picture = gray(scene())
    assert pixel_digest(picture) == pixel_digest(picture.convert("RGB"))
    assert perceptual_hash(picture) == perceptual_hash(picture.convert("RGB"))


@pytest.mark.parametrize("copy", [half, larger, jpeg30, gray, brighter])
@pytest.mark.parametrize("make", [scene, drawing])
def test_copies_are_near_and_have_another_digest(make, copy):
    assert pixel_digest(copy(make())) != pixel_digest(make())
    assert max(bits_apart(make(seed), copy(make(seed))) for seed in range(4)) <= 6


@pytest.mark.parametrize("make", [scene, drawing])
def test_other_pictures_are_far(make):
    assert min(bits_apart(one, other) for one, other in combinations(map(make, range(12)), 2)) > 12


def test_bits_are_luma_frequencies_above_their_median():
    """One cosine of the second frequency in each direction: the bit of row 2, column 2."""
    wave = np.cos(np.pi * 2 * (2 * np.arange(32) + 1) / 64)
    light, dark = (np.rint(128 + sign * 100 * np.outer(wave, wave)).astype(np.uint8) for sign in (1, -1))
    assert perceptual_hash(Image.fromarray(light)) >> (63 - (8 * 1 + 1)) & 1
    assert not perceptual_hash(Image.fromarray(dark)) >> (63 - (8 * 1 + 1)) & 1


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_flat_picture_has_no_hash(level):
    assert perceptual_hash(Image.new("L", (50, 40), level)) is None


def test_flat_is_what_deviates_less_than_two_levels():
    left = np.logical_xor(*np.mgrid[:64, :64] < 32)
    assert FLAT == 2
    assert perceptual_hash(Image.fromarray(np.where(left, 101, 104).astype(np.uint8))) is None
    assert perceptual_hash(Image.fromarray(np.where(left, 100, 105).astype(np.uint8))) is not None


@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 1000))
@settings(max_examples=40)
def test_every_picture_has_a_hash_of_64_bits_or_none(width, height, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = perceptual_hash(Image.fromarray(noise))
    assert found is None or 0 <= found < 2**64
    assert found is not None or min(width, height) < 4


def test_stripes_have_no_hash_which_all_of_them_would_share():
    stripes = np.tile(np.array([0, 255], np.uint8).repeat(8), (64, 4))
    assert perceptual_hash(Image.fromarray(stripes)) is None
