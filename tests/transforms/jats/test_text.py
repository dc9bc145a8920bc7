import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from transforms.jats.secure_xml import parse
from transforms.jats.text import text_of

MML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def text(inner: str, name: str = "caption", without=frozenset()) -> str:
    return text_of(parse(f"<{name} {MML}>{inner}</{name}>".encode()), without)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<p>10<sup>5</sup> cells</p>", "105 cells"),
        ("<p>of <italic>E. coli</italic>.</p>", "of E. coli."),
        ("<title>Growth.</title><p>Top.</p><p>Bottom.</p>", "Growth. Top. Bottom."),
        ("<p>one<break/>two</p>", "one two"),
        ("<p>A:<list><list-item><p>x</p></list-item><list-item><p>y</p></list-item></list>end</p>", "A: x y end"),
        ("<p>a<!-- no -->b<?pi no?>c</p>", "abc"),
        ("<!-- first --><p>a</p><!-- last -->", "a"),
        ("\n  <p>  two\n lines&#160;here </p>\n", "two lines here"),
        ("<p>p &lt; 0.05 &amp; <![CDATA[<q>]]></p>", "p < 0.05 & <q>"),
        ("<p>see<inline-graphic><alt-text>an icon</alt-text></inline-graphic> this</p>", "see this"),
        ("<p>a<index-term><term>hidden</term></index-term>b</p>", "ab"),
    ],
)
def test_markup_leaves_no_trace(inner, expected):
    assert text(inner) == expected


TEX = r"<tex-math>\documentclass{minimal} \begin{document} $$y^2$$ \end{document}</tex-math>"
MATH = "<mml:math><mml:mrow>\n <mml:mi>x</mml:mi>\n <mml:mo>=</mml:mo> <mml:mn>3</mml:mn>\n</mml:mrow></mml:math>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"for <inline-formula>{MATH}</inline-formula>, red", "for x=3, red"),
        ('<inline-formula><mml:math alttext="x squared"><mml:mi>x</mml:mi></mml:math></inline-formula>', "x squared"),
        (f"<inline-formula>{TEX}</inline-formula>.", "y^2."),
        (f"<inline-formula><alternatives>{TEX}{MATH}</alternatives></inline-formula>", "x=3"),
        (f"<inline-formula><alternatives>{TEX}<graphic/></alternatives></inline-formula>", "y^2"),
        ("a<inline-formula><tex-math>$x$</tex-math></inline-formula>b", "axb"),
        (f"is<disp-formula>{MATH}</disp-formula>so", "is x=3 so"),
        (
            "<mml:math><mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\x</mml:annotation></mml:semantics></mml:math>",
            "x",
        ),
    ],
)
def test_a_formula_is_read_once(inner, expected):
    assert text(f"<p>{inner}</p>") == expected


def test_descendants_can_be_left_out_and_their_tails_stay():
    inner = "before <fig><caption><p>not this</p></caption></fig>after"
    assert text(inner, "p", frozenset({"fig"})) == "before after"


# Trees of inline and block markup against a reference that only knows regular expressions.
INLINE = ("italic", "bold", "sup", "sub", "xref", "ext-link", "sc", "named-content", "styled-content", "underline")
BLOCK = ("p", "title", "list", "list-item", "disp-quote", "break", "def-list", "fn")


def reference(source: str) -> str:
    source = re.sub(r"<!--.*?-->|<\?.*?\?>", "", source, flags=re.DOTALL)
    source = re.sub(rf"</?(?:{'|'.join(INLINE)})(?:\s[^>]*)?>", "", source)
    source = re.sub(r"<[^>]*>", " ", source)
    return " ".join(html.unescape(source).split())


words = st.text("aB5 .,\n\u00a0\u03b1\u2009<>&'\"", max_size=8).map(html.escape)
asides = st.sampled_from(["<!-- <p>no</p> -->", "<?page 3?>", "<?a <b>?>", ""])


def element(names, content):
    return st.builds(lambda name, inner: f"<{name}>{inner}</{name}>", st.sampled_from(names), content)


trees = st.recursive(
    st.builds(str.__add__, words, asides),
    lambda inner: st.lists(inner | element(INLINE, inner) | element(BLOCK, inner), max_size=5).map("".join),
    max_leaves=25,
)


@given(trees)
def test_any_tree_reads_like_the_reference(inner):
    assert text(inner) == reference(inner)


@given(trees)
def test_comments_and_instructions_are_skipped_in_any_tree(inner):
    without = re.sub(r"<!--.*?-->|<\?.*?\?>", "", inner, flags=re.DOTALL)
    assert text(inner) == text_of(etree.fromstring(f"<caption>{without}</caption>"))
