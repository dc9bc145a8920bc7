"""What tells copies of a picture without a network."""

from PIL import Image

from schemas.tables import Row
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import thumbnail


def appearance(picture: Image.Image) -> Row:
    """What a picture in mode L or RGB is compared by: the columns APPEARANCE."""
    gray = picture.convert("L")
    return {
        "pixel_sha256": pixel_digest(picture),
        "phash": perceptual_hash(gray),
        "thumbnail": thumbnail(gray),
        "proof": proof(gray),
    }
