"""Abbreviations that an article defines, from its JATS to the concepts of its captions."""

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.articles import ARTICLES
from schemas.panels import CAPTIONED
from tests.lexicons import compiled
from transforms.captions.parts import part_text
from transforms.captions.split import split_caption
from transforms.captions.whole import full_caption, full_markup
from transforms.concepts import DictionaryLinker, LinkConcepts
from transforms.concepts.abbreviations import find_abbreviations, in_use
from transforms.concepts.canonical import canonical
from transforms.jats.definitions import DEFINITION_ELEMENTS, find_definitions
from transforms.jats.read import ReadFigures
from transforms.jats.text import text_of

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
TITLE = "<front><article-meta><title-group><article-title>{}</article-title></title-group></article-meta></front>"
HCC = {"HCC": "hepatocellular carcinoma"}


def definitions(xml, caption="An HCC, an AML and a tumor (T)"):
    article = etree.fromstring(f"<article>{xml}</article>")
    return find_definitions(article, list(article.iter(*DEFINITION_ELEMENTS)), [caption])


@pytest.mark.parametrize(
    "xml",
    [
        TITLE.format("Of <italic>hepatocellular</italic> carcinoma (HCC)"),
        "<front><article-meta><abstract><p>A hepatocellular carcinoma (HCC).</p></abstract></article-meta></front>",
        "<body><sec><title>On hepatocellular carcinoma (HCC)</title></sec></body>",
        "<back><glossary><def-list><def-item><term>HCC</term><def><p>hepatocellular carcinoma</p></def></def-item>"
        "</def-list></glossary></back>",
        "<back><sec><title>Abbreviations</title><p>HCC, hepatocellular carcinoma</p></sec></back>",
        "<back><p><bold>Abbreviations:</bold> HCC: hepatocellular carcinoma</p></back>",
        "<front><kwd-group><kwd>HCC, hepatocellular carcinoma</kwd></kwd-group></front>",
        "<table-wrap><table-wrap-foot><fn><p>HCC, hepatocellular carcinoma.</p></fn></table-wrap-foot></table-wrap>",
        "<body><fig><caption><p>HCC = hepatocellular carcinoma</p></caption></fig></body>",
        "<body><p>A hepato\u200bcellular\u00a0carcinoma ( HCC\u00ad ).</p></body>",
        "<body><p>A hepatocellular\n carcinoma (<i>H</i>CC\n ; arrow)</p></body>",
        "<body><p>HCC\n (hepatocellular carcinoma)</p></body>",
        "<back><sec><title>Abb<i>reviations</i></title><sec><p>HCC, hepatocellular carcinoma</p></sec></sec></back>",
    ],
)
def test_an_article_defines_a_short_form(xml):
    assert definitions(xml) == HCC


@pytest.mark.parametrize(
    "xml",
    [
        "<body><p>HCC, hepatocellular carcinoma in words, is a phrase</p></body>",
        "<body><p>the tumor (T)</p></body>",
        "<back><ref-list><ref><article-title>A hepatocellular carcinoma (HCC)</article-title></ref></ref-list></back>",
        "<body><p>hepatocellular carcinoma</p><p>(HCC)</p></body>",
        "<body><p>HCC, hepatocellular carcinoma <boxed-text><p>Abbreviations: none</p></boxed-text></p></body>",
        "<body><p>A <graphic><alt-text>hepatocellular carcinoma (HCC)</alt-text></graphic> hepatocyte (HCC)</p></body>",
        "",
    ],
)
def test_no_definition(xml):
    assert definitions(xml) == {}


def test_the_first_definition_wins():
    xml = "<body><p>acute myeloid leukemia (AML)</p><p>angiomyolipoma (AML)</p></body>"
    assert definitions(xml) == {"AML": "acute myeloid leukemia"}


def test_a_section_with_many_titles_is_read_once():
    xml = f"<back><sec>{5_000 * '<title>Abbreviations</title><p>HCC, hepatocellular carcinoma</p>'}</sec></back>"
    start = time.process_time()
    assert definitions(xml) == HCC
    assert time.process_time() - start < 3


def test_only_what_some_caption_uses():
    xml = "<body><p>hepatocellular carcinoma (HCC), acute myeloid leukemia (AML)</p></body>"
    assert definitions(xml, "Three H\u00adCCs") == HCC
    assert definitions(xml, "HCCX") == {}


PARTS = [
    "HCC",
    "CC",
    "(",
    ")",
    " ",
    "</p><p>",
    "<b>h</b> cell c",
    "H\u00adCC",
    "\u00a0",
    ", ",
    " = ",
    "Abbreviations: ",
    "x ",
]


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_each_paragraph_is_read(inner):
    xml = f"<body><p>{inner}</p></body>"
    known = {}
    for paragraph in etree.fromstring(xml).iter("p"):
        text = canonical(text_of(paragraph))
        for found in find_abbreviations(text, lists="bbreviation" in text):
            known.setdefault(found.short, found.long)
    caption = "HCCs of CC"
    assert in_use(caption, definitions(xml, caption)) == in_use(caption, known)


def article(number, text, *captions):
    figures = "".join(
        f"<fig><caption><p>{caption}</p></caption><graphic xlink:href='{caption}'/></fig>" for caption in captions
    )
    xml = f"<article {XLINK}><body><p>{text}</p>{figures}</body></article>"
    media = [{"name": f"{caption}.jpg", "uri": "", "md5": ""} for caption in captions]
    return {"article_id": f"PMC{number}v1", "xml": xml.encode(), "media": media}


def figures(*articles):
    return ReadFigures("all")(pa.Table.from_pylist(articles, schema=ARTICLES))


def test_a_figure_knows_what_its_caption_uses():
    text = "hepatocellular carcinoma (HCC) on magnetic resonance imaging (MRI)"
    table = figures(article(1, text, "HCC", "MRI of a highly curious cat (HCC)", "A liver"), article(2, "", "HCC"))
    known = [[tuple(each.values()) for each in row] for row in table["abbreviations"].to_pylist()]
    assert known == [
        [("HCC", "hepatocellular carcinoma")],
        [("HCC", "highly curious cat"), ("MRI", "magnetic resonance imaging")],
        [],
        [],
    ]


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    names = ("C2239176", "Hepatocellular carcinoma"), ("C0023884", "Liver"), ("C0007634", "Healthy control cell")
    lexicon = compiled(tmp_path_factory.mktemp("lexicon"), *names)
    stage = LinkConcepts(lambda: DictionaryLinker(lexicon))
    stage.setup()

    def text(row, label):
        caption = full_caption(row)
        own = {part.label: part_text(caption, part) for part in split_caption(caption, full_markup(row)).parts}
        return own.get(label, caption)

    def link(table, *labels):
        rows = [
            row | {"panel_id": f"PMC1v1-f001-p{number:02d}", "caption": text(row, label)}
            for row in table.to_pylist()
            for number, label in enumerate(labels or [None], 1)
        ]
        return stage(pa.Table.from_pylist(rows, schema=CAPTIONED))

    return link


def concepts(table):
    return [[(concept["text"], concept["cui"]) for concept in row] for row in table["concepts"].to_pylist()]


def test_captions_are_linked_by_what_their_own_article_defines(link):
    text = "Patients with hepatocellular carcinoma (HCC) were examined."
    table = link(figures(article(1, text, "An HCC of the liver"), article(2, "None.", "An HCC of the liver")))
    assert concepts(table) == [[("HCC", "C2239176"), ("liver", "C0023884")], [("liver", "C0023884")]]
    assert [row[0]["start"] for row in table["concepts"].to_pylist()] == [3, 14]


def test_a_captions_own_definition_wins(link):
    text = "Patients with hepatocellular carcinoma (HCC) were examined."
    table = link(figures(article(1, text, "A healthy control cell (HCC) and an HCC of the liver")))
    assert concepts(table)[0][-2:] == [("HCC", "C0007634"), ("liver", "C0023884")]


def test_a_panel_knows_what_another_panels_text_defines(link):
    caption = "(A) A hepatocellular carcinoma (HCC). (B) An HCC of the liver."
    table = link(figures(article(1, "None.", caption)), "A", "B")
    assert concepts(table)[1] == [("HCC", "C2239176"), ("liver", "C0023884")]


def test_the_batch_does_not_matter(link):
    texts = "hepatocellular carcinoma (HCC)", "healthy control cell (HCC)", "None."
    articles = [article(number, text, "An HCC of the liver") for number, text in enumerate(texts, 1)]
    whole = link(figures(*articles))
    assert whole.equals(pa.concat_tables([link(figures(each)) for each in articles]))
