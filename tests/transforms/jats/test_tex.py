import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.jats.tex import tex_text


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\tau_{1}", "τ_1"),
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{a+1}{b}", "(a+1)/b"),
        (r"$10^{-3}$", "10^−3"),
        (r"\mathrm{CO}_2", "CO_2"),
        (r"\text{mean}\,\mathrm {dose}", "mean dose"),
        (r"\hat{\beta }_{0}", "β̂_0"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\hbox {H}_2\hbox {O}", "H_2O"),
        (r"\sim 10\,\upmu\mathrm{M}", "∼10 μM"),
        (r"37\,^\circ\mathrm{C} \pm 5\%", "37 °C±5%"),
        (r"\sum_{i=1}^{n} x_i", "∑_(i=1)^n x_i"),
        (r"\log x", "log x"),
        (r"\mathop {\min }\limits _{x}", "min_x"),
        (r"\begin{pmatrix} 1 & 0 \\ 0 & 1\end{pmatrix}", "(1 0; 0 1)"),
        (r"\begin{align*} a &= b \nonumber \end{align*}", "a=b"),
        (r"\unknown{x}", "x"),
        (r"\label{a} {x} + \tag{1} {y}", "x+y"),
        (r"\newcommand{\a}[1]{b #1} \renewcommand\c{d} x", "x"),
    ],
)
def test_tex_reads_like_mathml(tex, expected):
    assert tex_text(tex) == expected


SETUP = r"\documentclass[12pt]{minimal} \usepackage{amsmath} \setlength{\oddsidemargin}{-69pt} "


@pytest.mark.parametrize(
    "tex",
    [
        rf"{SETUP}\begin{{document}} $$\beta$$ \end{{document}}",
        rf"{SETUP}$$\beta$$",
        rf"{SETUP}$$\beta$$ \end{{document}}",
        r"\begin{equation}\label{eq:1} \beta \end{equation}",
        r"\(\beta\)",
        r"\[\beta\]",
    ],
)
def test_what_surrounds_a_formula_is_no_text(tex):
    assert tex_text(tex) == "β"


@pytest.mark.parametrize(
    "tex", ["x^", r"\left(a", "x_{a}_{b}", r"\begin{xyz}a", "{" * 41 + "a" + "}" * 41, "a" * 5001, ""]
)
def test_broken_or_enormous_tex_stays_as_it_is(tex):
    assert tex_text(tex) == tex


PIECES = [r"\frac", "{", "}", "a", "1", "^", "_", "&", r"\\", r"\left(", r"\right)", r"\sqrt", "[", r"\begin{array}{c}"]
PIECES += [
    r"\end{array}",
    r"\text",
    "\\",
    "$",
    r"\hat",
    r"\sum",
    r"\limits",
    r"\over",
    r"\binom",
    r"\color",
    r"\,",
    "%",
]
PIECES += [
    r"\not",
    r"\skew",
    r"\genfrac",
    r"\substack",
    r"\tag",
    r"\cases",
    r"\hspace",
    r"\label",
    "'",
    "~",
    "β",
    r"\mod",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_tex_has_a_text(tex):
    assert isinstance(tex_text(tex), str)
