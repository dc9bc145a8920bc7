"""Identifiers name their parents and sort by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import article_id, figure_id, graphic_id, graphic_number, panel_id, panel_order, parse_article_id


@given(st.integers(1, 10**9), st.integers(1, 99))
def test_an_article_id_and_back(number, version):
    assert parse_article_id(article_id(f"PMC{number}", version)) == (f"PMC{number}", version)


@pytest.mark.parametrize("text", ["", "PMC1", "PMC1.1", "PMC1v1 ", "pmc1v1", "PMC1v1-f001", "PMC١v1"])
def test_what_is_no_article_id(text):
    with pytest.raises(ValueError, match="no article id"):
        parse_article_id(text)


def test_each_id_names_its_parent():
    figure = figure_id("PMC13901v1", 3)
    assert figure == "PMC13901v1-f003"
    assert [graphic_id(figure, n) for n in (1, 2)] == ["PMC13901v1-f003", "PMC13901v1-f003g2"]
    assert panel_id(graphic_id(figure, 2), 1) == "PMC13901v1-f003g2-p01"
    assert (figure_id("PMC1v1", 1234), panel_id("PMC1v1-f001", 123)) == ("PMC1v1-f1234", "PMC1v1-f001-p123")
    assert panel_id(figure, 1, 2) == "PMC13901v1-f003-p01c02"
    assert [graphic_number(graphic_id(figure, n)) for n in (1, 2, 12)] == [1, 2, 12]


def test_panels_sort_by_their_numbers_and_their_cells_by_theirs():
    ids = ["PMC1v1-f001-p01", "PMC1v1-f001-p02c01", "PMC1v1-f001-p02c10", "PMC1v1-f001-p10", "PMC1v1-f001g2-p01"]
    assert sorted(sorted(ids), key=panel_order) == ids
    assert panel_order("PMC1v1-f001g2-p02c10") == (1, 1, 1, 2, 2, 10)
    for wrong in ("PMC1v1-f001-p01c", "PMC1v1-f001-c01", "PMC1v1-f001"):
        with pytest.raises(ValueError, match="no panel id"):
            panel_order(wrong)
