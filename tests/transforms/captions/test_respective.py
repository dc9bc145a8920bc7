"""Lists with an item for each panel, with "respectively" or without."""

import pytest

from transforms.captions.parts import part_text
from transforms.captions.split import split_caption


def texts(caption):
    """The text of each panel, as a trainer gets it."""
    return {part.label: part_text(caption, part) for part in split_caption(caption).parts}


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        # The words ahead of the list and behind it are of all.
        (
            "(a) Raw image. (b, c) Segmentation by the model applied to raw and processed data, respectively.",
            {
                "b": "(b, c) Segmentation by the model applied to raw respectively.",
                "c": "(b, c) Segmentation by the model applied to processed data respectively.",
            },
        ),
        # Numbers share their unit, and what leads to them.
        (
            "(A) Mice. (B and C) Cells after 31 and 39 weeks, respectively.",
            {
                "B": "(B and C) Cells after 31 weeks, respectively.",
                "C": "(B and C) Cells after 39 weeks, respectively.",
            },
        ),
        # Panels that others are compared with.
        (
            "A and C: 100×. B and D: a higher magnification of A and C, respectively.",
            {
                "B": "B and D: a higher magnification of A respectively.",
                "D": "B and D: a higher magnification of C respectively.",
            },
        ),
        # A remark with an item for each panel of the last group is of that group.
        (
            "(a) X-ray. (b) CT. (c)–(e) Histology of the jaw: cells (c); blood (d); bone (e). "
            "H&E, ×40, ×200, and ×400, respectively.",
            {
                "a": "(a) X-ray.",
                "c": "(c)–(e) Histology of the jaw: cells (c); H&E, ×40 respectively.",
                "e": "(c)–(e) Histology of the jaw: bone (e). H&E, ×400 respectively.",
            },
        ),
        # Views and times of one thing.
        (
            "(a and b) Axial and coronal CT images of the chest. (c) Bronchoscopy.",
            {"a": "(a and b) Axial CT images of the chest.", "b": "(a and b) coronal CT images of the chest."},
        ),
        (
            "(a, b) Radiographs before and after surgery. (c) Specimen.",
            {"a": "(a, b) Radiographs before surgery.", "b": "(a, b) Radiographs after surgery."},
        ),
    ],
)
def test_each_panel_has_its_item(caption, expected):
    assert expected.items() <= texts(caption).items()


@pytest.mark.parametrize(
    "statement",
    [
        "Red and green bars are means of mice and rats, respectively.",  # two lists are of each other
        "Sections of mice, rats and hares, respectively.",  # three items, two panels
        "Sections of mice and rats.",  # no word says that each is in one of them
        "CT shows an axial and a coronal cleft.",
        "CT before and after contrast of liver and spleen.",
    ],
)
def test_other_lists_stay_whole(statement):
    found = texts(f"(A, B) {statement} (C) A scheme.")
    assert found["A"] == found["B"] == f"(A, B) {statement}"


def test_two_lists_of_the_same_panels_are_both_read():
    found = texts("Stain of actin (A, C) and tubulin (B, D) in young (A, B) and old (C, D) mice. Bars, 1 mm.")
    assert found["A"] == "Stain of actin (A, C) in young (A, B) mice. Bars, 1 mm."
    assert found["D"] == "Stain of tubulin (B, D) in old (C, D) mice. Bars, 1 mm."


def test_the_phrases_of_a_group_share_what_leads_to_an_article():
    found = texts("(A, B) Overlap of all the 290 hits (A) and the 40 common hits (B) with a database. (C) Plot.")
    assert found["B"] == "(A, B) Overlap of the 40 common hits (B) with a database."
