"""Spans of markup: from the walk that reads the text, exact in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.jats.markup import KINDS, marked_text
from transforms.jats.secure_xml import parse
from transforms.jats.text import text_of


def marked(inner: str, without=frozenset()):
    return marked_text([parse(f"<caption>{inner}</caption>".encode())], without)


def spans(inner: str) -> list[tuple[str, str]]:
    found = marked(inner)
    return [(span.kind, found.text[span.start : span.end]) for span in found.markup]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<title>Lung.</title><p>CT.</p>", [("title", "Lung."), ("paragraph", "CT.")]),
        (
            "<title>(<bold>A</bold>) <italic>E. coli</italic></title>",
            [("title", "(A) E. coli"), ("bold", "A"), ("italic", "E. coli")],
        ),
        ("<title>10<sup>5</sup> CO<sub>2</sub></title>", [("title", "10^5 CO2"), ("sup", "5"), ("sub", "2")]),
        ("<title>10<bold><sup>5</sup></bold></title>", [("title", "10^5"), ("bold", "5"), ("sup", "5")]),
        ("<p>x<bold> a  \n b </bold>y</p>", [("paragraph", "x a b y"), ("bold", "a b")]),
        (
            "<list><list-item><p>a</p></list-item><list-item><p>b</p></list-item></list>",
            [("list-item", "a"), ("paragraph", "a"), ("list-item", "b"), ("paragraph", "b")],
        ),
        ("<p>a<bold/><italic> </italic></p>", [("paragraph", "a")]),
        ("<p><bold>Ade\u00adno</bold>ma <italic>\u00ad</italic></p>", [("paragraph", "Adenoma"), ("bold", "Adeno")]),
    ],
)
def test_markup_is_kept_as_spans(inner, expected):
    assert spans(inner) == expected


def test_marks_of_footnotes_and_what_is_left_out_are_no_text():
    inner = "<p>Cells<sup><xref ref-type='table-fn'>a</xref></sup> (<xref ref-type='bibr'>7</xref>)<fn>b</fn>.</p>"
    assert marked(inner, frozenset({"fn"})).text == "Cells (7) ."


def test_several_elements_are_parted_by_a_blank():
    first, second = parse(b"<caption><p>a</p></caption>"), parse(b"<attrib>b<bold>c</bold></attrib>")
    found = marked_text([first, second])
    assert (found.text, found.markup) == ("a bc", (("paragraph", 0, 1), ("bold", 3, 4)))


NAMES = [*KINDS, "list", "sc", "xref", "named-content", "disp-quote", "inline-formula"]
words = st.sampled_from(["a", "B5", "12", " ", "  ", "\n", "\u00a0", "\u00ad", "\u200b", "-3", "é", ".", ""])


def element(inner):
    drawn = st.tuples(st.sampled_from(NAMES), inner)
    return drawn.map(lambda drawn: f"<{drawn[0]}>{drawn[1]}</{drawn[0]}>")


trees = st.recursive(words, lambda inner: st.lists(inner | element(inner), max_size=4).map("".join), max_leaves=20)


@given(trees)
def test_text_and_spans_are_those_of_the_elements_in_any_tree(inner):
    caption = parse(f"<caption>{inner}</caption>".encode())
    found = marked_text([caption])
    assert found.text == text_of(caption)
    expected = [(KINDS[child.tag], text_of(child)) for child in caption.iterdescendants(*KINDS)]
    assert [(span.kind, found.text[span.start : span.end]) for span in found.markup] == [
        (kind, text) for kind, text in expected if text
    ]
    assert list(found.markup) == sorted(found.markup, key=lambda span: (span.start, -span.end))


@pytest.mark.parametrize("name", ["p", "bold", "sup", "inline-formula", "alternatives", "list-item"])
def test_files_may_nest_as_deeply_as_the_parser_lets_them(name):
    inner = f"<{name}>" * 250 + "x" + f"</{name}>" * 250
    assert marked(inner).text == "x"


@pytest.mark.parametrize(
    "name", ["mrow", "msqrt", "mfrac", "msup", "mfenced", "menclose", "mtable", "mover", "mmultiscripts"]
)
def test_formulas_too(name):
    math = f'<math xmlns="http://www.w3.org/1998/Math/MathML">{f"<{name}>" * 245}<mi>x</mi>{f"</{name}>" * 245}</math>'
    assert "x" in marked(f"<p>{math}</p>").text
