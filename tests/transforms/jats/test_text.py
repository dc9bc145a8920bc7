import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from transforms.jats.formulas import HOLE
from transforms.jats.secure_xml import parse
from transforms.jats.text import text_of

MML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def text(inner: str, name: str = "caption", without=frozenset()) -> str:
    return text_of(parse(f"<{name} {MML}>{inner}</{name}>".encode()), without)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<p>10<sup>5</sup> cells</p>", "10^5 cells"),
        ("<p>of <italic>E. coli</italic>.</p>", "of E. coli."),
        ("<title>Growth.</title><p>Top.</p><p>Bottom.</p>", "Growth. Top. Bottom."),
        ("<p>one<break/>two</p>", "one two"),
        ("<p>A:<list><list-item><p>x</p></list-item><list-item><p>y</p></list-item></list>end</p>", "A: x y end"),
        ("<p>a<!-- no -->b<?pi no?>c</p>", "abc"),
        ("<!-- first --><p>a</p><!-- last -->", "a"),
        ("\n  <p>  two\n lines&#160;here </p>\n", "two lines here"),
        ("<p>p &lt; 0.05 &amp; <![CDATA[<q>]]></p>", "p < 0.05 & <q>"),
        ("<p>see<inline-graphic><alt-text>an icon</alt-text></inline-graphic> this</p>", f"see{HOLE} this"),
        ("<p>a<index-term><term>hidden</term></index-term>b</p>", "ab"),
        ("<p>The <abbrev>CT<def><p>computed tomography</p></def></abbrev>s.</p>", "The CTs."),
        ("<p><object-id pub-id-type='doi'>10.1/x</object-id>Lung.</p>", "Lung."),
        ("<p>a<private-char name='ɸ'><glyph-data>0101</glyph-data></private-char>b</p>", "aɸb"),
        ("<p>a<private-char description='long s'/>b</p>", "along sb"),
        ("<p>a<private-char><inline-graphic/></private-char>b</p>", f"a{HOLE}b"),
    ],
)
def test_markup_leaves_no_trace(inner, expected):
    assert text(inner) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("10<sup>5</sup>", "10^5"),
        ("10<sup>-3</sup>, 10<sup>−3</sup>", "10^-3, 10^−3"),
        ("10<sup><italic>5</italic></sup> 10<italic><sup>5</sup></italic>", "10^5 10^5"),
        ("1<sub>8</sub>", "1_8"),
        ("x<sub>1</sub><sup>2</sup>", "x1^2"),
        ("CD206<sup>38</sup>", "CD206^38"),
        ("mc<sup>2</sup>155", "mc2 155"),
        ("<bold>mc<sup>2</sup></bold>155", "mc2 155"),
        ("CO<sub>2</sub>, CD4<sup>+</sup>, Ca<sup>2+</sup>, cm<sup>2</sup>", "CO2, CD4+, Ca2+, cm2"),
        ("IC<sub>50</sub>, 1<sup>st</sup>, <sup>14</sup>C, PCB 80 <sup>13</sup>C", "IC50, 1st, 14C, PCB 80 13C"),
        ("37<sup>,</sup><sup>38</sup>, 37<sup>–</sup><sup>39</sup>", "37,38, 37–39"),
        ("1<sup></sup>2", "12"),
        ("10\u200b<sup>\u20605</sup>", "10^5"),
        ("10<sup>.5</sup> 10<sup>½</sup> 10<sup>-·5</sup> 10½ 10<sup>a</sup>", "10^.5 10^½ 10^-·5 10½ 10a"),
    ],
)
def test_a_script_is_marked_where_it_would_run_into_a_number(inner, expected):
    assert text(f"<p>{inner}</p>") == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("Adeno\u00adcarci\u00adnoma", "Adenocarcinoma"),
        ("\ufeff(A) a\u200bb\u2060c \u00ad d", "(A) abc d"),
        ("a\u200e\u202ab\u202c", "ab"),
        ("kap\u200clan \u200dx", "kaplan x"),
        ("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"),
        ("3\u2062x", "3x"),
    ],
)
def test_what_nobody_sees_is_left_out(inner, expected):
    assert text(f"<p>{inner}</p>") == expected


TEX = r"<tex-math>\documentclass{minimal} \begin{document} $$y^2$$ \end{document}</tex-math>"
MATH = "<mml:math><mml:mrow>\n <mml:mi>x</mml:mi>\n <mml:mo>=</mml:mo> <mml:mn>3</mml:mn>\n</mml:mrow></mml:math>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"for <inline-formula>{MATH}</inline-formula>, red", "for x=3, red"),
        ('<inline-formula><mml:math alttext="x squared"><mml:mi>x</mml:mi></mml:math></inline-formula>', "x"),
        ('<inline-formula><mml:math alttext="x squared"/></inline-formula>', "x squared"),
        ('<inline-formula><mml:math alttext="x"><mml:mspace width="1em"/></mml:math></inline-formula>', "x"),
        (r'<inline-formula><mml:math alttext="$\tau_{1}$"><mml:mrow/></mml:math></inline-formula>', "τ_1"),
        (f"<inline-formula>{TEX}</inline-formula>.", "y^2."),
        (f"<inline-formula><alternatives>{TEX}{MATH}</alternatives></inline-formula>", "x=3"),
        (f"<inline-formula><alternatives>{TEX}<graphic/></alternatives></inline-formula>", "y^2"),
        ("a<inline-formula><tex-math>$x$</tex-math></inline-formula>b", "axb"),
        (f"is<disp-formula>{MATH}</disp-formula>so", "is x=3 so"),
        (f"<inline-formula><inline-graphic/>{TEX}{MATH}</inline-formula>", "x=3"),
        (f"<inline-formula>{MATH} and {MATH}</inline-formula>", "x=3 and x=3"),
        (f"<alternatives><textual-form>three</textual-form>{MATH}</alternatives>", "x=3"),
        (f"<alternatives>{TEX}<textual-form>y squared</textual-form></alternatives>", "y squared"),
        (f"<alternatives><mml:math/>{TEX}</alternatives>", "y^2"),
        (
            "<alternatives><graphic/><table><tr><td>1</td></tr></table><table><tr><td>2</td></tr></table></alternatives>",
            "1",
        ),
        (f"<disp-formula><label>(1)</label><alternatives><graphic/>{MATH}</alternatives></disp-formula>", "(1) x=3"),
        ("of <inline-formula><inline-graphic/></inline-formula>.", f"of {HOLE}."),
        ("of <disp-formula><graphic/></disp-formula> so", f"of {HOLE} so"),
        ("<chem-struct><alternatives><inline-graphic/><graphic/></alternatives></chem-struct>", HOLE),
        ("10<mml:math><mml:msup><mml:mrow/><mml:mn>5</mml:mn></mml:msup></mml:math>", "10^5"),
        ("10<math><msup><mrow/><mn>5</mn></msup></math>", "10^5"),  # without a namespace
        ("<inline-formula><math><msup><mn>10</mn><mn>5</mn></msup></math></inline-formula>", "10^5"),
        ("CO<mml:math><mml:msub><mml:mrow/><mml:mn>2</mml:mn></mml:msub></mml:math>", "CO2"),
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
    """Scripts are letters of their own until all other markup is gone: then what stands beside them decides."""
    source = re.sub(r"<!--.*?-->|<\?.*?\?>", "", source, flags=re.DOTALL)
    source = re.sub(r"<(sup|sub)>", lambda opened: "⟪" if opened[1] == "sup" else "⟨", re.sub("</su[pb]>", "⟫", source))
    source = re.sub(rf"</?(?:{'|'.join(INLINE)})(?:\s[^>]*)?>", "", source)
    source = html.unescape(re.sub(r"<[^>]*>", " ", source))
    while source != (bare := re.sub("[⟪⟨]⟫", "", source)):
        source = bare
    source = re.sub(r"(?<=\d)⟫*([⟪⟨])(?=[⟪⟨]*\s*\d)", lambda script: "^" if script[1] == "⟪" else "_", source)
    return " ".join(re.sub("[⟪⟨⟫]", "", re.sub(r"(?<=\d)⟫[⟪⟨⟫]*(?=\d)", " ", source)).split())


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
