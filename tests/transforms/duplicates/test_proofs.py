"""Proofs: small JPEGs of one size, which show what a thumbnail does not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.pictures import drawing, encoded
from transforms.duplicates.proofs import PROOF, is_proof, open_proofs, proof
from transforms.duplicates.registration import thumbnail


def lined(row):
    """A white page with a fine dotted line across it."""
    page = Image.new("L", (600, 400), 255)
    ImageDraw.Draw(page).line((20, row, 580, row), 0, 2)
    return page


@pytest.mark.parametrize("size", [(900, 300), (5, 400), (1, 1)])
def test_a_proof_is_the_luma_in_one_size(size):
    picture = drawing(1, size)
    (found,) = open_proofs([proof(picture)])
    meant = np.asarray(picture.convert("L").resize((PROOF, PROOF), Image.Resampling.HAMMING, reducing_gap=2.0))
    assert abs(found - meant.astype(float)).mean() < 4
    assert proof(picture) == proof(picture.convert("L"))


def test_many_are_opened_in_their_order_and_none_is_no_error():
    pictures = [drawing(seed) for seed in range(3)]
    found = open_proofs([proof(picture) for picture in pictures])
    assert found.shape == (3, PROOF, PROOF)
    assert all((one == open_proofs([proof(picture)])).all() for one, picture in zip(found, pictures, strict=True))
    assert open_proofs([]).shape == (0, PROOF, PROOF)


def test_a_shift_of_two_pixels_shows_that_a_thumbnail_hides():
    ones, others = lined(200), lined(203)
    small = [np.frombuffer(thumbnail(picture), np.uint8).astype(int) for picture in (ones, others)]
    large = open_proofs([proof(picture) for picture in (ones, others)]).astype(int)
    assert abs(small[0] - small[1]).max() < abs(large[0] - large[1]).max() / 2


def of_size(side):
    """A proof whose header states another size."""
    data, frame = proof(drawing(1)), b"\xff\xc0"
    start = data.index(frame) + 5
    return data[:start] + side.to_bytes(2, "big") * 2 + data[start + 4 :]


@pytest.mark.parametrize(
    "data",
    [b"", proof(drawing(1))[:-400], encoded(drawing(1), "JPEG"), encoded(drawing(1, (PROOF, PROOF))), of_size(65535)],
)
def test_what_is_no_proof(data):
    assert not is_proof(data)
    with pytest.raises((OSError, ValueError)):
        open_proofs([data])
