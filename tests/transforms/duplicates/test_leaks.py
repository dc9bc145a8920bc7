"""Leaks: panels that show an image from elsewhere; the thumbnails of those alone are fetched that are near to one."""

import pyarrow as pa

from schemas.duplicates import DESCRIBED, IMAGES
from tests.described import SHELF, panel
from tests.pictures import drawing, half
from transforms.duplicates.leaks import FindLeaks
from transforms.duplicates.registration import thumbnail

THRESHOLD = 0.6
A, B = drawing(1), drawing(2)


def images(**pictures):
    rows = [
        panel("1a", picture) | {"image": name, "thumbnail": thumbnail(picture)} for name, picture in pictures.items()
    ]
    return pa.Table.from_pylist(rows, schema=IMAGES)


def leaks(found, *panels):
    rows = FindLeaks(found, THRESHOLD, SHELF)(pa.Table.from_pylist(list(panels), schema=DESCRIBED)).to_pylist()
    return [(row["panel_id"].split("v")[0], row["image"], row["kind"]) for row in rows]


def test_a_copy_and_the_image_itself_are_found():
    assert leaks(images(a=A), panel("1a", A), panel("2a", half(A), 20), panel("3a", B, 20)) == [
        ("PMC1", "a", "exact"),
        ("PMC2", "a", "perceptual"),
    ]


def test_images_of_equal_pixels_are_all_named():
    assert leaks(images(b=A, a=A), panel("1a", half(A))) == [("PMC1", "a", "perceptual"), ("PMC1", "b", "perceptual")]


def test_only_the_thumbnails_of_candidates_are_fetched():
    near, far, equal = panel("1a", half(A), 20), panel("2a", B, 90), panel("3a", A)
    SHELF.asked.clear()
    assert leaks(images(a=A), near, far, equal) == [("PMC1", "a", "perceptual"), ("PMC3", "a", "exact")]
    assert SHELF.asked == [near["row"]]
