"""Triplets for tests: rows of the published schema with pictures that decode."""

from io import BytesIO

import pyarrow as pa
from PIL import Image

from schemas.triplets import PROVENANCE, TRIPLETS, triplets

SCHEMA = triplets(2)
CONCEPT = {
    "cui": "C0024109",
    "name": "Lung",
    "semantic_types": ["T023"],
    "start": 0,
    "end": 4,
    "text": "Lung",
    "score": 0.5,
    "negated": False,
    "uncertain": False,
}
_ZEROS = {pa.string(): "", pa.int32(): 0, pa.float32(): 0.0, pa.large_binary(): b"", pa.bool_(): False}


def blank(fields):
    """The fields that may not be null, empty."""
    return {field.name: _ZEROS.get(field.type) for field in fields if not field.nullable}


def picture(format, size=(4, 3)):
    """A small picture's bytes."""
    buffer = BytesIO()
    Image.new("RGB", size, "red").save(buffer, "JPEG" if format == "jpg" else "PNG")
    return buffer.getvalue()


def triplet(number, format="jpg", provenance=None, **values):
    """A row of SCHEMA in which whatever may be null or empty is, but for what is given."""
    return {
        **dict.fromkeys(TRIPLETS.names),
        **blank(TRIPLETS),
        "panel_id": f"PMC1v1-f{number:03}-p01",
        "image": picture(format),
        "format": format,
        "width": 4,
        "height": 3,
        "caption": "Lung",
        "markup": [],
        "mentions": [],
        "context": [],
        "concepts": [],
        "embedding": [0.0, 1.0],
        "provenance": {
            **dict.fromkeys(field.name for field in PROVENANCE),
            **blank(PROVENANCE),
            "box": [0, 0, 4, 3],
            "truncated": False,
            **(provenance or {}),
        },
        **values,
    }
