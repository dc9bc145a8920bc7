import pytest

from transforms.jats.labels import languages, numbered


@pytest.mark.parametrize(
    ("label", "series", "number", "part"),
    [
        ("Figure 3", "fig", 3, ""),
        ("FIG. 3B.", "fig", 3, "b"),
        ("Figura 3 (b)", "fig", 3, "b"),
        ("Abb. 3", "fig", 3, ""),
        ("Abbildung 3:", "fig", 3, ""),
        ("Рис. 3.", "fig", 3, ""),
        ("Рисунок 3", "fig", 3, ""),
        ("图3", "fig", 3, ""),
        ("Figure S3", "fig s", 3, ""),
        ("S3 Fig", "s", 3, "fig"),
        ("Figure 2—figure supplement 3.", "fig 2 fig supplement", 3, ""),
        ("Scheme 3", "scheme", 3, ""),
        ("Figurine 3", "figurine", 3, ""),
        ("FIGURE III", "fig", 3, ""),
        ("Plate iv.", "plate", 4, ""),
    ],
)
def test_a_label_is_a_number_of_a_series(label, series, number, part):
    assert numbered(label)[:3] == (series, number, part)


@pytest.mark.parametrize("label", ["", "A", "I", "Graphical abstract", "Figure A", "Figure VX", "(iii)"])
def test_a_label_without_a_number(label):
    assert numbered(label) is None


def test_digits_and_roman_numbers_are_told_apart():
    assert [numbered(label).roman for label in ("Figure 1", "Figure I")] == [False, True]


def test_the_languages_of_a_label():
    assert languages(" Figura 1") >= {"es", "it", "pt"}
    assert languages("FIGURE 1") == {"en", "fr"}
    assert languages("Fig. 1") == languages("1") == set()
