import pytest

from transforms.jats.ranges import joins, may_state, stated


def ranges(text: str, series: str = "fig", roman: bool = False) -> list[tuple[int, int]]:
    return list(stated(text, series, roman)) if may_state(text) else []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Figs. 2-4", [(2, 4)]),
        ("2—4", [(2, 4)]),
        ("[Figures 2 to 4]", [(2, 4)]),
        ("Figs. 12–14", [(12, 14)]),
        ("Figures 1, 2, and 4-6", [(4, 6)]),
        ("Figs. 1a–c and 3b–5", [(3, 5)]),
        ("Figs. 1–3, 5–7", [(1, 3), (5, 7)]),
        ("Figs. 1–3 of the supplement", [(1, 3)]),
        ("Schemes 1–3", [(1, 3)]),
        ("de la Figura 1 a la 3", [(1, 3)]),
        ("Abb. 1 bis zur 3", [(1, 3)]),
        ("图1至3", [(1, 3)]),
        ("Рис. 1–3", [(1, 3)]),
        ("Figs. 1 A and 3", []),
        ("Figs 1 y 3", []),
        ("Fig. 2A–C", []),
        ("Fig. 2 (2001-2005)", []),
        ("1-4 mg", []),
        ("1–3, 5 mg, Figure 2", []),
        ("Figure 2–4 weeks", []),
        ("Figs. 2–45%", []),
        ("Figure 1" + "–2" * 200, []),
    ],
)
def test_the_ranges_that_a_text_states(text, found):
    assert ranges(text) == found


@pytest.mark.parametrize(
    ("text", "series", "found"),
    [
        ("S1 Fig–S3 Fig", "s", [(1, 3)]),
        ("Figs. S1–S3", "fig s", [(1, 3)]),
        ("Figs. S1–3", "fig s", [(1, 3)]),
        ("Figs. 1–3", "fig s", [(1, 3)]),
        ("Figs. 2, S1–S3", "fig", []),
        ("Figs. 2–4, S1–S3", "fig", [(2, 4)]),
        ("F1–F3", "fig", [(1, 3)]),
        ("Figs. A1–A3", "fig s", []),
        ("Figs. 1–S3", "fig", []),
    ],
)
def test_a_range_is_of_the_series_of_its_letter(text, series, found):
    assert ranges(text, series) == found


@pytest.mark.parametrize(("text", "found"), [("Figs. I–III, V", [(1, 3)]), ("II to IV", [(2, 4)]), ("I mix", [])])
def test_roman_ranges(text, found):
    assert ranges(text, roman=True) == found


@pytest.mark.parametrize(
    ("text", "words", "following", "joined"),
    [
        ("Fig. 1", "–", "3", True),
        ("Fig. 1–", "", "3", True),
        ("1", "", "–3", True),
        ("1", " to Fig. ", "3", True),
        ("1", "A – ", "3B", True),
        ("1", "", "3", False),
        ("1", ", ", "3", False),
        ("1", " and ", "3", False),
        ("1", " vs. ", "3", False),
        ("1–2", " ", "3", False),
    ],
)
def test_what_makes_a_range_of_two_references(text, words, following, joined):
    assert joins(text, words, following) is joined
