import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.concepts.pointers import pointers
from transforms.concepts.words import tokenise


def pointed(text):
    return [text[start:end] for _, start, end in pointers([text], tokenise([text]))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(A) Liver. (B-D) Spleen. (e, f) Lung. (G and H) Eye", ["(A)", "(B-D)", "(e, f)", "(G and H)"]),
        ("A) Liver; B) spleen", ["A)", "B)"]),
        ("(i) before, (iii) after", ["(i)", "(iii)"]),
        ("a mass (arrow), cysts (white arrowheads), clot (*)", ["arrow", "white arrowheads"]),
        ("edema (asterisk) and clot (curved arrow)", ["asterisk", "curved arrow"]),
        ("nuclei (blue) and actin (red); vein (left)", ["blue", "red", "left"]),
        ("H&E. Bar = 50 µm.", ["Bar = 50 µm"]),
        ("Scale bars: 10 μm; scale bar", ["Scale bars: 10 μm", "scale bar"]),
        ("Bars represent 2.5 mm", ["Bars represent 2.5 mm"]),
        ("H&E, ×40 and x 400, 100x", ["×40", "x 400", "100x"]),
        ("original magnification ×200", ["original magnification ×200"]),
        ("Left panel, upper right panels, inset", ["Left panel", "upper right panels", "inset"]),
        ("as in Fig. 2, Figs 3A-C, Figure 4b and Table 1", ["Fig. 2", "Figs 3A-C", "Figure 4b", "Table 1"]),
        ("panel B, lanes 1-3", ["panel B", "lanes 1-3"]),
        ("dashed line, survival", ["dashed line"]),
    ],
)
def test_pointers(text, expected):
    assert pointed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Vitamin A and hepatitis B",
        "The mass (M) and the carcinoma (HCC)",
        "Left kidney and right lung",
        "Bone bars, gold bar 7",
        "3 × 4 cm, 3x4 cm, x-ray",
        "Barr body, starfish, configuration",
        "(n = 12), P < 0.05",
        "",
    ],
)
def test_no_pointers(text):
    assert pointed(text) == []


@given(st.text())
def test_spans_are_ordered_and_within_the_text(text):
    ends = [position for _, *span in pointers([text], tokenise([text])) for position in span]
    assert ends == sorted(ends)
    assert all(0 <= end <= len(text) for end in ends)
