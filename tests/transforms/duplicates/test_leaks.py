"""Leaks: panels that show an image from elsewhere; the thumbnails of those alone are fetched that are near to one."""

import pyarrow as pa
from PIL import Image

from schemas.duplicates import DESCRIBED, IMAGES
from schemas.figures import PARENTS
from tests.described import SHELF, panel
from tests.pictures import drawing, half
from transforms.duplicates.appearance import appearance
from transforms.duplicates.leaks import FindLeaks
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import thumbnail
from transforms.duplicates.thumbnails import Held

THRESHOLD = 0.6
A, B = drawing(1), drawing(2)


def images(**pictures):
    rows = [
        panel("1a", picture) | {"image": name, "thumbnail": thumbnail(picture), "proof": proof(picture)}
        for name, picture in pictures.items()
    ]
    return pa.Table.from_pylist(rows, schema=IMAGES)


def parents(**pictures):
    """Whole graphics by the number of their article: a1 is that of figure 1 of article 1."""
    rows = [{"graphic_id": f"PMC{name[1:]}v1-f001", **appearance(picture)} for name, picture in pictures.items()]
    return pa.Table.from_pylist(rows, schema=PARENTS)


def found_in(given, panels, figures):
    """LEAKS as rows."""
    find = FindLeaks(given, THRESHOLD, SHELF, Held())
    return find(pa.Table.from_pylist(list(panels), schema=DESCRIBED), figures).to_pylist()


def leaks(given, *panels):
    rows = found_in(given, panels, PARENTS.empty_table())
    assert {row["of"] for row in rows} <= {"panel"}
    return [(row["panel_id"].split("v")[0], row["image"], row["kind"]) for row in rows]


def of_figures(given, panels, figures):
    rows = found_in(given, panels, figures)
    return [(row["panel_id"], row["image"], row["kind"]) for row in rows if row["of"] == "figure"]


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


def beside(left, right):
    """A figure of two panels."""
    figure = Image.new("RGB", (left.width + right.width + 20, max(left.height, right.height)), "white")
    figure.paste(left, (0, 0))
    figure.paste(right, (left.width + 20, 0))
    return figure


def test_an_image_of_a_whole_figure_leaks_all_its_panels():
    whole = beside(A, B)
    crops = panel("1a", A, 0), panel("1a p2", B, 30), panel("2a", B, 60)
    figures = parents(a1=whole, a2=beside(B, drawing(3)))
    for given, kind in ((whole, "exact"), (half(whole), "perceptual")):
        found = found_in(images(whole=given), crops, figures)
        assert [(row["panel_id"], row["of"], row["kind"]) for row in found] == [
            ("PMC1v1-f001-p01", "figure", kind),
            ("PMC1v1-f001-p02", "figure", kind),
        ]
        assert all(row["similarity"] is None and 0.9 < row["likeness"] <= 1 for row in found)


def test_a_figure_is_not_near_by_an_embedding_and_a_stranger_of_its_layout_is_none():
    strange = beside(drawing(4), drawing(5))
    assert of_figures(images(strange=strange), [panel("1a", A)], parents(a1=beside(A, B))) == []


def test_a_panel_and_its_figure_may_show_two_images():
    whole = beside(A, B)
    found = found_in(images(a=A, whole=whole), [panel("1a", A), panel("1a p2", B, 90)], parents(a1=whole))
    assert [(row["panel_id"][-3:], row["image"], row["of"]) for row in found] == [
        ("p01", "a", "panel"),
        ("p01", "whole", "figure"),
        ("p02", "whole", "figure"),
    ]


def test_cells_and_further_graphics_have_their_own_figure():
    """Panels of a second graphic do not leak with the first."""
    names = ["PMC1v1-f001-p01c02", "PMC1v1-f001g2-p01", "PMC1v1-f0010-p01"]
    crops = [panel("1a", drawing(6 + n), 90, panel_id=name) for n, name in enumerate(names)]
    whole = beside(A, B)
    assert of_figures(images(whole=whole), crops, parents(a1=whole)) == [(names[0], "whole", "exact")]
