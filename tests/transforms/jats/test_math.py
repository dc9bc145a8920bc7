import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.jats.math import math_text
from transforms.jats.secure_xml import parse

MATHML = "http://www.w3.org/1998/Math/MathML"


def text(inner: str) -> str:
    return math_text(parse(f'<math xmlns="{MATHML}">{inner}</math>'.encode()))


def row(*tokens: str) -> str:
    """A row of numbers, operators and letters."""
    return f"<mrow>{''.join(map(token, tokens))}</mrow>"


def token(text: str) -> str:
    if text.startswith("<"):
        return text
    name = "mn" if text[0].isdigit() else "mi" if text[0].isalpha() else "mo"
    return f"<{name}>{text}</{name}>"


def tag(name: str, *parts: str, **attributes: str) -> str:
    extra = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{extra}>{''.join(map(token, parts))}</{name}>"


X1 = row("x", "+", "1")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (tag("mfrac", "1", "2"), "1/2"),
        (row("sin", "x") + row("<mo>·</mo>", "log", "p"), "sin x·log p"),
        (row("Na", "Cl"), "NaCl"),
        (tag("msub", "a", row("1", "<mo>\u2063</mo>", "2")), "a_(1 2)"),
        (tag("mfrac", X1, "y"), "(x+1)/y"),
        (tag("mfrac", "y", X1), "y/(x+1)"),
        (tag("mfrac", row("d", "V"), row("d", "t")), "dV/dt"),
        (tag("mfrac", row("−", "1"), "2"), "−1/2"),
        (tag("mfrac", row("f", "(", "x", "+", "1", ")"), "2"), "f(x+1)/2"),
        (tag("mfrac", row("|", "a", "−", "b", "|"), "c"), "|a−b|/c"),
        (tag("mfrac", tag("mfrac", "a", "b"), "c"), "(a/b)/c"),
        (tag("mfrac", "<mtext>mean dose</mtext>", "<mtext>time</mtext>"), "(mean dose)/time"),
        (tag("mfrac", row("2", "\u2062", "x"), "3"), "2x/3"),
        (row("2", tag("mfrac", "1", "2")), "2 1/2"),
        (row(tag("mfrac", "1", "2"), "x"), "1/2 x"),
        (row(tag("mfrac", "1", "2"), "(", "a", "+", "b", ")"), "1/2 (a+b)"),
        (row("(", tag("mfrac", "n", "k", linethickness="0"), ")"), "(n; k)"),
    ],
)
def test_a_fraction_is_a_slash_between_operands(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (tag("msqrt", "x"), "√x"),
        (tag("msqrt", "x", "+", "1"), "√(x+1)"),
        (row(tag("msqrt", "x"), "y"), "√x y"),
        (tag("mroot", "x", "3"), "√[3]x"),
        (tag("mroot", X1, "n"), "√[n](x+1)"),
        (tag("menclose", "x", notation="radical"), "√x"),
    ],
)
def test_roots(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (tag("msub", "τ", "1"), "τ_1"),
        (tag("msup", "10", row("−", "3")), "10^−3"),
        (tag("msup", "x", row("n", "+", "1")), "x^(n+1)"),
        (tag("msubsup", "x", "i", "2"), "x_i^2"),
        (tag("msup", row("(", "a", "+", "b", ")"), "2"), "(a+b)^2"),
        (tag("msup", X1, "2"), "(x+1)^2"),
        (tag("msup", tag("msup", "x", "2"), "3"), "(x^2)^3"),
        (tag("msup", tag("mfrac", "a", "b"), "2"), "(a/b)^2"),
        (tag("msup", tag("msqrt", "x"), "2"), "(√x)^2"),
        (row(tag("msub", "x", "max"), "y"), "x_max y"),
        (row(tag("msub", "x", "1"), "y"), "x_1y"),
        (row(tag("msub", "x", "1"), "2"), "x_1 2"),
        (row(tag("msub", "C", "12"), tag("msub", "H", "22")), "C_12H_22"),
        (row(tag("msup", "37", "∘"), "C"), "37°C"),
        (tag("msup", "x", "′"), "x′"),
        (tag("msup", "Ca", row("2", "+")), "Ca^2+"),
        (tag("msup", "x", "<mrow/>"), "x"),
        (row(tag("munderover", "∑", row("i", "=", "1"), "n"), tag("msub", "x", "i")), "∑_(i=1)^n x_i"),
        (row(tag("munder", "<mo>lim</mo>", row("x", "→", "0")), "f"), "lim_(x→0)f"),
        (tag("mmultiscripts", "C", "<none/>", "<none/>", "<mprescripts/>", "<none/>", "14"), "^14C"),
        (tag("mmultiscripts", "x", "i", "2"), "x_i^2"),
        (tag("mover", "x", "¯"), "x̄"),
        (tag("mover", "β", "^"), "β̂"),
        (tag("mover", row("A", "B"), "¯"), "AB¯"),
        (tag("mover", "=", "<mtext>def</mtext>"), "=^def"),
        (tag("munder", tag("munder", X1, "⏟"), "<mtext>sum</mtext>"), "(x+1)_sum"),
    ],
)
def test_scripts_limits_and_accents(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (tag("mfenced", "a", "b"), "(a,b)"),
        (tag("mfenced", "a", "b", "c", open="[", close="]", separators=";|"), "[a;b|c]"),
        (tag("mfenced", "a", "b", separators=""), "(ab)"),
        (
            row("[", tag("mtable", tag("mtr", tag("mtd", "1"), tag("mtd", "0")), tag("mtr", tag("mtd", "0"))), "]"),
            "[1 0; 0]",
        ),
    ],
)
def test_fences_and_tables(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<mtext>mean</mtext><mspace width='4pt'/><mtext>dose</mtext>", "mean dose"),
        ("<mtext>mean</mtext><mspace width='thinmathspace'/><mtext>dose</mtext>", "mean dose"),
        ("<mtext>a</mtext><mspace width='0em'/><mtext>b</mtext>", "ab"),
        ("<mtext>a</mtext><mspace width='-0.2em'/><mtext>b</mtext>", "ab"),
        ("<mtext>a</mtext><mspace width='negativethinmathspace'/><mtext>b</mtext>", "ab"),
        ("<mtext>a</mtext><mspace/><mtext>b</mtext>", "ab"),
        ("<mi>x</mi><mtext> if </mtext><mi>y</mi>", "x if y"),
        ("<mi>x</mi><mtext>\n  if\n  </mtext><mi>y</mi>", "xify"),
        ("<mi> x </mi>\n <mo> = </mo> <mn> 1 </mn>", "x=1"),
        (row("3", "\u2062", "x"), "3x"),
        (row("2", "\u2062", "3"), "2 3"),
        (row("2", "3"), "2 3"),
        (row("16", ",", "147"), "16,147"),
        (row("sin", "\u2061", "x"), "sin x"),
        (row("f", "\u2061", "(", "x", ")"), "f(x)"),
        (row("a", "<mo>mod</mo>", "b"), "a mod b"),
        (tag("msub", "a", row("i", "\u2063", "j")), "a_ij"),
    ],
)
def test_blanks_and_invisible_operators(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (tag("mphantom", "x") + "<mi>y</mi>", "y"),
        ("<semantics><mi>x</mi><annotation encoding='TeX'>\\x</annotation></semantics>", "x"),
        ("<semantics><mi>x</mi><annotation-xml><ci>x</ci></annotation-xml></semantics>", "x"),
        (tag("maction", "x", "y", actiontype="toggle", selection="2"), "y"),
        (tag("maction", "x", "y", actiontype="tooltip"), "x"),
        ("<ms>a</ms>", '"a"'),
        ("<mi>𝐯</mi><mi>ℝ</mi>", "vℝ"),
        ("<mi>x<!-- no --></mi><!-- no -->", "x"),
        ("<mi><mglyph alt='ħ' src='a.png'/></mi>", "ħ"),
        (tag("mstyle", tag("mpadded", "x"), tag("merror", "y")), "xy"),
        ("", ""),
    ],
)
def test_what_is_printed(inner, expected):
    assert text(inner) == expected


# Trees of MathML: letters stand for what must be there once, in the order of the file.
NARY = ("mrow", "mstyle", "mpadded", "msqrt", "mfenced", "menclose", "mtd", "mtr", "mtable", "math")
BINARY = ("mfrac", "msub", "msup", "munder")
TERNARY = ("msubsup", "munderover")
tokens = st.one_of(
    st.text("abcxyzαβ", min_size=1, max_size=4).map("<mi>{}</mi>".format),
    st.text("0123456789", min_size=1, max_size=4).map("<mn>{}</mn>".format),
    st.sampled_from(["+", "−", "=", "\u2061", "\u2062", "(", ")", "|", "⟨", "log", "∑", "/", ","]).map(
        "<mo>{}</mo>".format
    ),
    st.sampled_from(
        ["<mspace width='1em'/>", "<mrow/>", "<!-- c -->", "<mtext> ab cd </mtext>", "<mtext>\u00a0</mtext>"]
    ),
)


def nested(inner):
    def element(names, least, most):
        return st.tuples(st.sampled_from(names), st.lists(inner, min_size=least, max_size=most)).map(
            lambda drawn: f"<{drawn[0]}>{''.join(drawn[1])}</{drawn[0]}>"
        )

    return element(NARY, 0, 3) | element(BINARY, 2, 2) | element(TERNARY, 3, 3)


trees = st.recursive(tokens, nested, max_leaves=12)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@given(st.lists(trees, max_size=4).map("".join))
def test_no_token_is_lost_or_doubled_in_any_tree(tree):
    assert letters(text(tree)) == letters(re.sub(r"<!--.*?-->|<[^>]*>", "", tree))


@given(st.lists(trees, max_size=4).map("".join))
def test_numbers_of_two_tokens_do_not_run_together_in_any_tree(tree):
    numbers = re.findall(r"<mn>(\d+)</mn>", tree)
    assert re.findall(r"\d+", text(tree)) == numbers


odd = st.recursive(
    tokens,
    lambda inner: st.tuples(
        st.sampled_from(
            (*NARY, *BINARY, *TERNARY, "mroot", "mover", "mmultiscripts", "mprescripts", "maction", "mtext")
        ),
        st.lists(inner, max_size=4),
    ).map(lambda drawn: f"<{drawn[0]}>{''.join(drawn[1])}</{drawn[0]}>"),
    max_leaves=8,
)


@given(odd)
def test_any_tree_has_a_text_however_many_children_an_element_has(tree):
    assert isinstance(text(tree), str)
