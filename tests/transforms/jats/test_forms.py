"""What is several elements in the file and one figure to a reader."""

import pyarrow as pa
import pytest

from schemas.articles import ARTICLES
from transforms.captions.whole import full_caption
from transforms.jats.read import ReadFigures

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def read(body: str, language: str = "", front: str = "") -> list[dict]:
    """The rows of an article in `language`; its media are 1.jpg, 2.jpg …"""
    lang = f'xml:lang="{language}"' if language else ""
    xml = f"<article {XLINK} {lang}><front><article-meta>{front}</article-meta></front><body>{body}</body></article>"
    media = [{"name": f"{n}.jpg", "uri": f"s3://pmc/{n}.jpg", "md5": f"{n}"} for n in range(1, 7)]
    row = {"article_id": "PMC1v1", "xml": xml.encode(), "media": media, "license": "CC BY"}
    return ReadFigures("all")(pa.Table.from_pylist([row], schema=ARTICLES)).to_pylist()


def said(rows: list[dict]) -> list[tuple]:
    """What is shown and said of it, of rows none of which is rejected."""
    assert [row["reject"] for row in rows] == [None] * len(rows)
    return [(row["graphic"], row["figure_label"], full_caption(row)) for row in rows]


def graphic(name: str | int, attributes: str = "") -> str:
    return f'<graphic xlink:href="{name}" {attributes}/>'


def fig(label: str = "", caption: str = "", inner: str = "", attributes: str = "") -> str:
    label = label and f"<label>{label}</label>"
    caption = caption and f"<caption><p>{caption}</p></caption>"
    return f"<fig {attributes}>{label}{caption}{inner}</fig>"


THUMB = "content-type='thumbnail'"
LUNG = fig("Figure 1", "Normal lung.", attributes="xml:lang='en'")
PULMAO = fig("Figura 1", "Pulmão normal.", attributes="xml:lang='pt'")


# Figures in figures


def test_inner_figures_are_said_by_their_own_caption_behind_the_outer_one():
    inner = fig("A", "Kidney.", graphic(1)) + fig("B", "Liver.", graphic(2))
    rows = read(fig("Figure 1", "Organs.", inner, "id='o'") + "<p>See <xref rid='o'>Figure 1</xref>.</p>")
    assert said(rows) == [("1.jpg", "A", "Organs. Kidney."), ("2.jpg", "B", "Organs. Liver.")]
    assert [row["mentions"] for row in rows] == [["See Figure 1."]] * 2


def test_the_caption_of_an_outer_figure_with_a_graphic_of_its_own():
    rows = read(fig("Figure 1", "Organs.", graphic(1) + fig("A", "Kidney.", graphic(2))))
    assert said(rows) == [("1.jpg", "Figure 1", "Organs."), ("2.jpg", "A", "Organs. Kidney.")]


def test_the_captions_inside_a_figure_belong_to_its_one_graphic():
    inner = fig("(A)", "Kidney.") + fig("(B)", "Liver.")
    rows = read(fig("Figure 1", "Organs.", graphic(1) + inner, "id='o'") + "<p>See <xref rid='o'>Figure 1</xref>.</p>")
    assert said(rows) == [("1.jpg", "Figure 1", "Organs. (A) Kidney. (B) Liver.")]
    assert rows[0]["mentions"] == ["See Figure 1."]


def test_three_levels():
    inner = fig("", "Cortex.", fig("", "Cell.", graphic(1)))
    assert said(read(fig("Figure 1", "Kidney.", inner))) == [("1.jpg", "Figure 1", "Cortex. Cell.")]


def test_an_outer_figure_that_shows_nothing_is_no_reject_and_its_inner_ones_are():
    (row,) = read(fig("Figure 1", "Organs.", fig("A", "Kidney.")))
    assert (row["figure_label"], row["reject"]["reason"]) == ("A", "no_graphic")


# Graphics beside the captions of a group


@pytest.mark.parametrize(("language", "label", "text"), [
    ("pt", "Figura 1", "Pulmão normal."),
    ("pt-BR", "Figura 1", "Pulmão normal."),
    ("en", "Figure 1", "Normal lung."),
    ("", "Figure 1", "Normal lung."),
    ("de", "Figure 1", "Normal lung."),
])  # fmt: skip
@pytest.mark.parametrize("shown", [
    graphic(1),
    f"<alternatives>{graphic('1.gif', THUMB)}{graphic('1.tif')}</alternatives>",
    fig(inner=graphic(1)),
])  # fmt: skip
@pytest.mark.parametrize("order", ["{0}{1}{2}", "{2}{0}{1}", "{0}{2}{1}"])
def test_captions_of_a_group_in_two_languages(language, label, text, shown, order):
    group = f"<fig-group id='g'>{order.format(PULMAO, LUNG, shown)}</fig-group>"
    rows = read(f"{group}<p>See <xref rid='g'>1</xref>.</p>", language)
    assert said(rows) == [("1.jpg", label, text)]
    assert rows[0]["mentions"] == ["See 1."]


def test_captions_of_a_group_that_are_different_figures():
    group = f"<fig-group><caption><p>Organs.</p></caption>{graphic(1)}{fig('A', 'Kidney.')}{fig('B', 'Liver.')}"
    assert said(read(f"{group}</fig-group>")) == [("1.jpg", "A", "Organs. A Kidney. B Liver.")]


@pytest.mark.parametrize("order", ["{a}{1}{b}{2}", "{1}{a}{2}{b}", "{a}{b}{1}{2}", "{1}{2}{a}{b}"])
def test_as_many_graphics_as_captions_in_a_group(order):
    parts = {"a": fig("A", "Kidney."), "b": fig("B", "Liver.")}
    group = f"<fig-group>{order.format('', graphic(1), graphic(2), **parts)}</fig-group>"
    assert said(read(group)) == [("1.jpg", "A", "Kidney."), ("2.jpg", "B", "Liver.")]


def test_two_graphics_of_two_figures_in_two_languages():
    kidney, rim = fig("Figure 2", "Kidney.", attributes="xml:lang='en'"), fig("Figura 2", "Rim.", "", "xml:lang='pt'")
    rows = read(f"<fig-group>{PULMAO}{LUNG}{graphic(1)}{rim}{kidney}{graphic(2)}</fig-group>", "pt")
    assert said(rows) == [("1.jpg", "Figura 1", "Pulmão normal."), ("2.jpg", "Figura 2", "Rim.")]


def test_two_graphics_of_one_caption():
    rows = read(f"<fig-group>{graphic(1)}{fig('Figure 1', 'Kidneys.')}{graphic(2)}</fig-group>")
    assert said(rows) == [("1.jpg", "Figure 1", "Kidneys."), ("2.jpg", "Figure 1", "Kidneys.")]
    assert {(row["figure_id"], row["graphic_count"]) for row in rows} == {("PMC1v1-f001", 2)}


def test_the_languages_of_labels_tell_where_nothing_else_does():
    group = f"<fig-group>{fig('Abb. 1', 'Niere.')}{fig('Figure 1', 'Kidney.')}{graphic(1)}</fig-group>"
    assert said(read(group, "de")) == [("1.jpg", "Abb. 1", "Niere.")]


# Translated figures


@pytest.mark.parametrize("body", [
    PULMAO.replace("</fig>", f"{graphic(1)}</fig>") + LUNG,
    PULMAO + LUNG.replace("</fig>", f"{graphic(1)}</fig>"),
    (PULMAO + LUNG).replace("</fig>", f"{graphic(1)}</fig>"),
    f"<alternatives>{(PULMAO + LUNG).replace('</fig>', f'{graphic(1)}</fig>')}</alternatives>",
    f"<fig-group>{(PULMAO + LUNG).replace('</fig>', f'{graphic(1)}</fig>')}</fig-group>",
    f"<p>{PULMAO}</p><p>text</p><p>{LUNG.replace('</fig>', f'{graphic(1)}</fig>')}</p>",
    fig("Figura 1", "Pulmão normal.", graphic(1)) + fig("Figure 1", "Normal lung."),
    fig("Figura 1", "Pulmão normal.", graphic(1)) + fig("Figure 1", "Normal lung.", graphic(1)),
])  # fmt: skip
@pytest.mark.parametrize(("language", "text"), [("pt", "Pulmão normal."), ("en", "Normal lung.")])
def test_a_figure_that_is_there_once_in_each_language(body, language, text):
    ((name, _, caption),) = said(read(body, language))
    assert (name, caption) == ("1.jpg", text)


def test_a_translated_figure_is_cited_by_both_ids():
    figs = fig("Figura 1", "Rim.", graphic(1), "id='f1'") + fig("Figure 1", "Kidney.", graphic(1), "id='f1en'")
    (row,) = read(f"{figs}<p>Veja <xref rid='f1'>1</xref></p><p>See <xref rid='f1en'>1</xref></p>", "en")
    assert (row["figure_caption"], row["mentions"]) == ("Kidney.", ["Veja 1", "See 1"])


@pytest.mark.parametrize("inner", [
    "<caption xml:lang='pt'><p>Pulmão.</p></caption><caption xml:lang='en'><p>Lung.</p></caption>",
    "<caption><title xml:lang='pt'>Pulmão.</title></caption><caption><title xml:lang='en'>Lung.</title></caption>",
    "<caption><title xml:lang='pt'>Pulmão.</title><title xml:lang='en'>Lung.</title></caption>",
    "<caption><p xml:lang='pt-BR'>Pulmão.</p><p xml:lang='EN_us'>Lung.</p></caption>",
    "<caption><title xml:lang='pt'>Pulmão.</title><trans-title xml:lang='en'>Lung.</trans-title></caption>",
    "<caption><title xml:lang='en'>Lung.</title><trans-title xml:lang='pt'>Pulmão.</trans-title></caption>",
    "<p xml:lang='pt'>Pulmão.</p><p xml:lang='en'>Lung.</p>",
])  # fmt: skip
@pytest.mark.parametrize(("language", "text"), [("pt", "Pulmão."), ("en", "Lung.")])
def test_captions_and_parts_of_one_in_two_languages(inner, language, text):
    labels = "<label xml:lang='pt'>Figura 1</label><label xml:lang='en'>Figure 1</label>"
    ((_, label, caption),) = said(read(f"<fig>{labels}{inner}{graphic(1)}</fig>", language))
    assert (label, caption) == ("Figura 1" if language == "pt" else "Figure 1", text)


def test_what_is_no_translation_of_a_part_stays():
    caption = "<caption><title xml:lang='la'>Homo sapiens.</title><p>A skull.</p><p>Of an adult.</p></caption>"
    assert said(read(f"<fig>{caption}{graphic(1)}</fig>")) == [("1.jpg", None, "Homo sapiens. A skull. Of an adult.")]


def test_two_figures_that_are_no_translations():
    figs = fig("Figure 1", "Kidney.", graphic(1)) + fig("Figure 2", "The same kidney.", graphic(1))
    assert len(said(read(figs))) == 2
    figs = fig("Figura 1", "Rim.", graphic(1), "xml:lang='pt'") + fig("Figure 1", "Kidney.", graphic(2))
    assert len(said(read(figs))) == 2
    figs = fig("Figure 1A", "Kidney.", graphic(1)) + fig("Figure 1B", "Liver.")
    assert [row["reject"] and row["reject"]["reason"] for row in read(figs)] == [None, "no_graphic"]


def test_one_label_with_its_graphic_in_another_figure():
    assert said(read(fig("Figure 1", "Kidney.") + fig("Figure 1", "", graphic(1)))) == [
        ("1.jpg", "Figure 1", "Kidney.")
    ]


def test_translated_graphical_abstracts():
    abstract = "<{0} abstract-type='graphical' xml:lang='{1}'><p>{2}</p></{0}>"
    figs = fig("", "Kidney.", graphic(1)), fig("", "Riñón.", graphic(1))
    front = abstract.format("abstract", "en", figs[0]) + abstract.format("trans-abstract", "es", figs[1])
    (row,) = rows = read("", "en", front)
    assert (said(rows), row["figure_kind"]) == ([("1.jpg", None, "Kidney.")], "graphical-abstract")


def translation(inner: str) -> str:
    return f"</body><sub-article article-type='translation' xml:lang='en'><body>{inner}</body></sub-article><body>"


def test_a_translated_article_has_its_own_figures_but_for_those_that_show_nothing():
    figs = fig("Figura 1", "Rim.", graphic(1)) + fig("Figura 2", "Pulmão.", graphic(2))
    english = fig("Figure 1", "Kidney.", graphic(1)) + fig("Figure 2", "Lung.")
    assert said(read(figs + translation(english), "pt")) == [
        ("1.jpg", "Figura 1", "Rim."),
        ("2.jpg", "Figura 2", "Pulmão."),
        ("1.jpg", "Figure 1", "Kidney."),
    ]


# Graphics beside one caption, and in odd places


@pytest.mark.parametrize("body", [
    "{fig}<p>{graphic}</p>",
    "<p>{fig}</p> <p>{graphic}</p>",
    "<p>{graphic}</p>{fig}",
    "{fig}{graphic}",
    "<p>{fig}{graphic}</p>",
    "{fig}<disp-quote><p>{graphic}</p></disp-quote>",
    "<boxed-text>{fig}<p>{graphic}</p></boxed-text>",
    "</body><floats-group>{fig}{graphic}</floats-group><body>",
])  # fmt: skip
def test_a_graphic_next_to_a_caption_that_has_none(body):
    assert said(read(body.format(fig=fig("Figure 1", "Kidney."), graphic=graphic(1)))) == [
        ("1.jpg", "Figure 1", "Kidney.")
    ]


@pytest.mark.parametrize("order", ["{a}{1}{b}{2}{3}", "{1}{a}{2}{3}{b}"])
def test_captions_and_graphics_in_turn(order):
    shown = [f"<p>{graphic(n)}</p>" for n in (1, 2, 3)]
    rows = read(order.format("", *shown, a=fig("Figure 1", "Kidney."), b=fig("Figure 2", "Livers.")))
    assert said(rows) == [
        ("1.jpg", "Figure 1", "Kidney."),
        ("2.jpg", "Figure 2", "Livers."),
        ("3.jpg", "Figure 2", "Livers."),
    ]


@pytest.mark.parametrize("between", ["<p>Some text.</p>", "text", "<sec/>"])
def test_a_graphic_elsewhere_is_not_the_figure(between):
    rows = read(f"{fig('Figure 1', 'Kidney.')}{between}<p>{graphic(1)}</p>")
    assert [row["reject"]["reason"] for row in rows] == ["no_graphic", "no_caption"]


@pytest.mark.parametrize("inner", [
    f"<caption><p>Kidney.</p>{graphic(1)}</caption>",
    f"<caption><p>Kidney.{graphic(1)}</p></caption>",
    f"<caption><p>Kidney.</p></caption><p>{graphic(1)}</p>",
    "<caption><p>Kidney.</p></caption><p><inline-graphic xlink:href='1.jpg'/></p>",
    f"<caption><p>Kidney.</p></caption><p><media xlink:href='1.mp4'/>{graphic(1)}</p>",
    f"<caption><p>Kidney.</p></caption><chem-struct>{graphic(1)}</chem-struct>",
    f"<caption><p>Kidney.</p></caption><chem-struct-wrap><chem-struct>{graphic(1)}</chem-struct></chem-struct-wrap>",
    f"<caption><p>Kidney.</p></caption><disp-quote><p>{graphic(1)}</p></disp-quote>",
    f"<caption><p>Kidney.</p></caption><boxed-text><p>{graphic(1)}</p></boxed-text>",
    "<caption><p>Kidney.</p></caption><table-wrap><table><tbody><tr><td>"
    f"{graphic(1)}</td></tr></tbody></table></table-wrap>",
    "<caption><p>Kidney.</p></caption><media xlink:href='1.mp4' mimetype='video'>"
    f"{graphic(1, THUMB)}</media>",
    "<caption><p>Kidney.</p></caption><alternatives><media xlink:href='1.mp4' mimetype='video'/>"
    f"{graphic(1, THUMB)}</alternatives>",
    "<caption><p>Kidney.</p></caption><media xlink:href='1.tif' mimetype='image'/>"
    f"{graphic('2.gif', THUMB)}",
    f"<caption><p>Kidney.</p></caption>{graphic('2.gif', THUMB)}{graphic(1)}",
])  # fmt: skip
def test_where_the_graphic_of_a_figure_may_stand(inner):
    assert said(read(f"<fig>{inner}</fig>")) == [("1.jpg", None, "Kidney.")]


def test_a_symbol_in_a_caption_is_no_figure():
    symbol = "<inline-graphic xlink:href='1.jpg'/>"
    (row,) = read(f"<fig><caption><p>Kidney {symbol}.</p></caption></fig>")
    assert row["reject"]["reason"] == "no_graphic"


def test_each_thumbnail_is_a_rendering_of_its_graphic():
    inner = graphic("1.tif") + graphic("2.tif") + graphic("1.gif", THUMB) + graphic("2.gif", THUMB)
    rows = read(fig("Figure 1", "Kidneys.", inner))
    assert [row["hrefs"] for row in rows] == [["1.tif", "1.gif"], ["2.tif", "2.gif"]]


@pytest.mark.parametrize("place", [
    "<table-wrap><label>Table 1</label><caption><p>Not this.</p></caption>{}<table/></table-wrap>",
    "<table-wrap><table/><table-wrap-foot><p>Nor this.</p>{}</table-wrap-foot></table-wrap>",
    "<table-wrap-group><table-wrap><table-wrap-foot><fn><p>{}</p></fn></table-wrap-foot></table-wrap></table-wrap-group>",
    "<boxed-text><label>Box 1</label><caption><title>Not this.</title></caption><p>Text.</p>{}</boxed-text>",
    "<disp-quote><p>{}</p></disp-quote>",
    "<disp-formula-group><chem-struct-wrap>{}</chem-struct-wrap></disp-formula-group>",
    "</body><floats-group><fig-group>{}</fig-group></floats-group><body>",
])  # fmt: skip
def test_where_a_figure_may_stand(place):
    assert said(read(place.format(fig("Figure 1", "Kidney.", graphic(1))))) == [("1.jpg", "Figure 1", "Kidney.")]


def test_a_box_that_is_a_picture():
    box = f"<boxed-text><label>Box 1</label><caption><title>The kidney.</title></caption><p>{graphic(1)}</p>"
    assert said(read(f"{box}</boxed-text>")) == [("1.jpg", "Box 1", "The kidney.")]
    (row,) = read(f"{box}<p>Text.</p></boxed-text>")
    assert row["reject"]["reason"] == "no_caption"
