"""The taxonomy, and which of its names a recipe admits."""

import pytest

from transforms.modality.names import NAMES, OTHER, TOPS, admits, known_modalities, top_of


def test_every_name_has_two_levels_but_other():
    assert len(NAMES) == len(set(NAMES)) == 31
    assert [name for name in NAMES if "/" not in name] == [OTHER]
    assert {top_of(name) for name in NAMES} == set(TOPS)


@pytest.mark.parametrize(
    ("names", "modality", "admitted"),
    [
        (("radiology",), "radiology/ct", True),
        (("radiology/ct",), "radiology/ct", True),
        (("radiology/ct",), "radiology/mr", False),
        (("radiology", "unknown"), None, True),
        (("radiology",), None, False),
        (("other",), "other", True),
        (("drawn",), "other", False),
    ],
)
def test_a_recipe_names_top_levels_names_and_unknown(names, modality, admitted):
    assert admits(names, modality) is admitted


def test_names_are_known_once_and_in_order():
    assert known_modalities(["unknown", "drawn", "drawn"]) == ("drawn", "unknown")


@pytest.mark.parametrize("names", [[], ["ct"], ["radiology/CT"], [""]])
def test_what_is_no_name_is_refused(names):
    with pytest.raises(ValueError, match="modality"):
        known_modalities(names)
