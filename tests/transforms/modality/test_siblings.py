"""Panels of a figure as evidence for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.modality.siblings import together

CT, MR, PLOT = "radiology/ct", "radiology/mr", "drawn/plot"


def panel(ct, mr, plot):
    return {CT: ct, MR: mr, PLOT: plot}


def best(chances):
    return max(chances, key=chances.__getitem__)


def test_a_panel_that_may_be_either_is_what_the_others_are():
    found = together([panel(0.45, 0.5, 0.05), panel(0.9, 0.05, 0.05), panel(0.8, 0.1, 0.1)])
    assert [best(each) for each in found] == [CT, CT, CT]


def test_a_panel_that_is_sure_stays_what_it_is():
    found = together([panel(0.01, 0.01, 0.98), *[panel(0.9, 0.08, 0.02)] * 5])
    assert best(found[0]) == PLOT


def test_others_that_are_unsure_say_nothing():
    unsure = panel(1 / 3, 1 / 3, 1 / 3)
    assert together([panel(0.5, 0.3, 0.2), unsure])[0] == pytest.approx(panel(0.5, 0.3, 0.2))


def test_a_single_panel_stays_as_it_is():
    assert together([panel(0.5, 0.3, 0.2)]) == [panel(0.5, 0.3, 0.2)]
    assert together([]) == []


PANELS = st.lists(
    st.lists(st.floats(0.001, 1), min_size=3, max_size=3).map(lambda parts: panel(*(p / sum(parts) for p in parts))),
    max_size=6,
)


@given(PANELS)
def test_chances_sum_to_one_and_do_not_depend_on_the_order(panels):
    found = together(panels)
    assert [sum(each.values()) for each in found] == [pytest.approx(1)] * len(panels)
    for one, other in zip(found, reversed(together(panels[::-1])), strict=True):
        assert one == pytest.approx(other)


@given(PANELS)
def test_no_chance_turns_from_none_to_some_or_back(panels):
    for before, after in zip(panels, together(panels), strict=True):
        assert {name for name, chance in after.items() if chance > 0} == {
            name for name, chance in before.items() if chance > 0
        }
