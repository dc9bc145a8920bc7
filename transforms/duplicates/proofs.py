"""Proofs of pictures: what a thumbnail leaves open is told at their size, by curves, letters and edges.

They are kept as JPEG. What that loses is part of what is compared, and the same of equal pictures.
"""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Pixels of the square that a picture is squashed to, and the quality of the JPEG that it is kept as: 7.5 KB on average
#: of the 738 panels of SHARED/pmc; 75 takes 10.0 KB.
PROOF, QUALITY = 256, 60


def proof(gray: Image.Image) -> bytes:
    """The luma of a picture squashed to PROOF x PROOF, as a JPEG."""
    small = gray.convert("L").resize((PROOF, PROOF), Image.Resampling.HAMMING, reducing_gap=2.0)
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()


def open_proofs(encoded: Sequence[bytes]) -> NDArray[np.uint8]:
    """The pixels of proofs: (N, PROOF, PROOF).

    Raises:
        OSError, ValueError: one is no proof.
    """
    found = np.empty((len(encoded), PROOF, PROOF), np.uint8)
    for pixels, data in zip(found, encoded, strict=True):
        try:
            with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
                pixels[:] = _luma(picture)
        except Image.DecompressionBombError as error:
            raise ValueError(f"not a proof: {error}") from None
    return found


def is_proof(data: bytes) -> bool:
    """Whether this is a proof that can be opened."""
    try:
        open_proofs([data])
    except (OSError, ValueError):
        return False
    return True


def _luma(picture: Image.Image) -> NDArray[np.uint8]:
    if (picture.mode, picture.size) != ("L", (PROOF, PROOF)):
        raise ValueError(f"a picture of mode {picture.mode} and {picture.size}, not a proof")
    return np.asarray(picture)
