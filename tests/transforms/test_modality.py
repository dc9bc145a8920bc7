"""The modality that a caption names."""

import pytest

from transforms.concepts.modality import modality


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Axial CT of the chest.", "X-ray computed tomography"),
        ("Contrast-enhanced computed-tomography scan", "X-ray computed tomography"),
        ("Cone beam CT before MRI", "cone-beam computed tomography"),
        ("COMPUTED TOMOGRAPHY", "X-ray computed tomography"),
        ("No CT was done, but MRI.", "magnetic resonance imaging"),
        ("Let us see: a tree that CTs do not show", None),
        ("", None),
    ],
)
def test_the_first_name_that_is_not_negated(text, expected):
    assert modality(text) == expected
