import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.articles import ARTICLES
from schemas.figures import FIGURES
from schemas.rejects import Reason
from transforms.captions.whole import full_caption, full_markup
from transforms.jats.figures import FIGURE_ELEMENTS, find_figures
from transforms.jats.forms import read_as_one
from transforms.jats.read import ReadFigures
from transforms.jats.secure_xml import parse_article

CC_BY = '<license xlink:href="http://creativecommons.org/licenses/by/4.0/"/>'
FRONT = f"<front><article-meta><permissions>{CC_BY}</permissions></article-meta></front>"
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def read(
    xml: str | bytes, media=("1.jpg", "2.jpg", "3.jpg"), licenses="commercial", languages="all", **source
) -> list[dict]:
    """The rows of an article whose media have the given names; `xml` is what follows its front, or all as bytes."""
    data = xml if isinstance(xml, bytes) else f"<article {XLINK}>{FRONT}{xml}</article>".encode()
    objects = [{"name": name, "uri": f"s3://pmc/{name}", "md5": f"md5 of {name}"} for name in media]
    row = {"article_id": "PMC1v1", "xml": data, "media": objects, **source}
    table = ReadFigures(licenses, languages=languages)(pa.Table.from_pylist([row], schema=ARTICLES))
    assert table.schema == FIGURES
    return table.to_pylist()


def graphic(name: str | int, **attributes: str) -> str:
    extra = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<graphic xlink:href="{name}"{extra}/>'


def caption(text: str) -> str:
    return f"<caption><p>{text}</p></caption>"


def brief(rows: list[dict]) -> list[tuple]:
    return [(row["figure_kind"], row["figure_label"], row["figure_caption"], row["graphic"]) for row in rows]


FIG = f"<fig id='f1'><label>Figure 1</label><caption><title>T.</title><p>P.</p></caption>{graphic(1)}</fig>"


def test_a_plain_figure():
    (row,) = read(f"<body><sec><p>See <xref ref-type='fig' rid='f1'>Figure 1</xref>.</p>{FIG}</sec></body>")
    article = row.pop("article")
    assert (article["pmcid"], article["version"], article["license"]) == ("PMC1", 1, "CC BY")
    assert row == {
        "article_id": "PMC1v1",
        "figure_id": "PMC1v1-f001",
        "graphic_id": "PMC1v1-f001",
        "graphic_count": 1,
        "figure_kind": "fig",
        "figure_xml_id": "f1",
        "figure_label": "Figure 1",
        "group_caption": None,
        "group_markup": [],
        "figure_caption": "T. P.",
        "caption_markup": [
            {"kind": "title", "start": 0, "end": 2},
            {"kind": "paragraph", "start": 3, "end": 5},
        ],
        "language": None,
        "claims": [],
        "third_party": None,
        "abbreviations": [],
        "mentions": ["See Figure 1."],
        "citations": [{"mention": 0, "start": 0, "end": 13, "panels": []}],
        "hrefs": ["1"],
        "graphic": "1.jpg",
        "source_uri": "s3://pmc/1.jpg",
        "source_md5": "md5 of 1.jpg",
        "reject": None,
    }


@pytest.mark.parametrize(
    "place",
    [
        "<body>{}</body>",
        "<body><sec><p>text {} text</p></sec></body>",
        "<body><boxed-text><p>{}</p></boxed-text></body>",
        "<body><list><list-item>{}</list-item></list></body>",
        "<body><table-wrap><table><tbody><tr><td>{}</td></tr></tbody></table></table-wrap></body>",
        "<body><supplementary-material id='s'>{}</supplementary-material></body>",
        "<back><app-group><app>{}</app></app-group></back>",
        "<floats-group>{}</floats-group>",
        "<floats-wrap>{}</floats-wrap>",
        "<sub-article><front-stub/><body>{}</body></sub-article>",
        "<response><body>{}</body></response>",
        "<?page 1?><!-- <fig/> --><body><alternatives>{}</alternatives></body>",
    ],
)
def test_a_figure_may_stand_anywhere(place):
    assert brief(read(place.format(FIG))) == [("fig", "Figure 1", "T. P.", "1.jpg")]


@pytest.mark.parametrize("tag", ["abstract", "trans-abstract"])
@pytest.mark.parametrize("inner", [graphic(1), f"<p>{graphic(1)}</p>", f"<p><boxed-text>{graphic(1)}</boxed-text></p>"])
def test_graphical_abstract_with_a_bare_graphic(tag, inner):
    xml = f"<article {XLINK}><front><article-meta><{tag}>{inner}</{tag}></article-meta></front></article>"
    (row,) = read(xml.encode(), licenses="all")
    assert (row["figure_kind"], row["graphic"], row["reject"]["reason"]) == (
        "graphical-abstract",
        "1.jpg",
        "no_caption",
    )


def test_graphical_abstract_with_a_figure():
    front = f"<front><article-meta><abstract abstract-type='graphical'><p>{FIG}</p></abstract></article-meta></front>"
    rows = read(f"<article {XLINK}>{front}</article>".encode(), licenses="all")
    assert brief(rows) == [("graphical-abstract", "Figure 1", "T. P.", "1.jpg")]


def test_members_of_a_group_have_their_own_or_its_label_and_caption():
    own = f"<fig><label>1A</label>{caption('Own.')}{graphic(1)}</fig>"
    rows = read(
        f"<body><fig-group><label>Figure 1</label>{caption('All.')}{own}<fig>{graphic(2)}</fig></fig-group></body>"
    )
    assert brief(rows) == [("fig", "1A", "Own.", "1.jpg"), ("fig", "Figure 1", "All.", "2.jpg")]
    assert [row["group_caption"] for row in rows] == ["All.", "All."]


def test_graphics_directly_in_a_group_are_figures():
    rows = read(f"<body><fig-group><label>Figure 1</label>{caption('All.')}{graphic(1)}{graphic(2)}</fig-group></body>")
    assert brief(rows) == [("fig-group", "Figure 1", "All.", "1.jpg"), ("fig-group", "Figure 1", "All.", "2.jpg")]
    assert [row["graphic_id"] for row in rows] == ["PMC1v1-f001", "PMC1v1-f002"]


def test_a_group_in_a_group():
    inner = f"<fig-group><fig>{graphic(1)}</fig></fig-group>"
    assert brief(read(f"<body><fig-group>{caption('Outer.')}{inner}</fig-group></body>")) == [
        ("fig", None, "Outer.", "1.jpg")
    ]


def test_alternatives_are_renderings_of_one_graphic_best_first():
    renderings = graphic("1.gif", content_type="thumb") + graphic("1.tif") + graphic("1.jpg")
    (row,) = read(f"<body><fig>{caption('C.')}<alternatives>{renderings}</alternatives></fig></body>")
    assert (row["hrefs"], row["graphic"], row["graphic_count"]) == (["1.jpg", "1.tif", "1.gif"], "1.jpg", 1)


def test_figures_within_alternatives_count_each():
    figs = f"<fig xml:lang='en'>{caption('A.')}{graphic(1)}</fig><fig xml:lang='pt'>{caption('Um.')}{graphic(2)}</fig>"
    rows = read(f"<body><alternatives>{figs}</alternatives></body>")
    assert brief(rows) == [("fig", None, "A.", "1.jpg"), ("fig", None, "Um.", "2.jpg")]


def test_several_graphics_in_one_figure():
    alternatives = f"<alternatives>{graphic('3.gif', specific_use='thumbnail')}{graphic('3.jpg')}</alternatives>"
    rows = read(f"<body><fig>{caption('C.')}{graphic(1)}<p>{graphic(2)}</p>{alternatives}</fig></body>")
    assert [row["graphic_id"] for row in rows] == ["PMC1v1-f001", "PMC1v1-f001g2", "PMC1v1-f001g3"]
    assert {(row["figure_id"], row["graphic_count"]) for row in rows} == {("PMC1v1-f001", 3)}
    assert rows[2]["hrefs"] == ["3.jpg", "3.gif"]


@pytest.mark.parametrize(
    "supplement",
    [
        f"<supplementary-material><label>S1</label>{caption('C.')}{graphic(1)}</supplementary-material>",
        f"<supplementary-material><label>S1</label>{caption('C.')}<media xlink:href='1.TIF'>"
        f"{caption('Click here for additional data file.')}</media></supplementary-material>",
        f"<supplementary-material><label>S1</label>{caption('C.')}<media xlink:href='1' mimetype='image'/>"
        "<media xlink:href='1.xlsx'/></supplementary-material>",
        f"<supplementary-material xlink:href='1.png'><label>S1</label>{caption('C.')}</supplementary-material>",
        f"<supplementary-material xlink:href='info:doi/1' mimetype='image/tiff'><label>S1</label>{caption('C.')}"
        "</supplementary-material>",
        f"<p><media xlink:href='1.png'><label>S1</label>{caption('C.')}</media></p>",
    ],
)
def test_supplement_that_is_an_image(supplement):
    assert brief(read(f"<body>{supplement}</body>")) == [("supplementary", "S1", "C.", "1.jpg")]


@pytest.mark.parametrize(
    "other",
    [
        f"<supplementary-material>{caption('C.')}<media xlink:href='1.pdf' mimetype='image'/></supplementary-material>",
        f"<supplementary-material xlink:href='1.xls'>{caption('C.')}</supplementary-material>",
        "<p><media xlink:href='1.mp4'/></p>",
        f"<table-wrap><alternatives>{graphic(1)}<table/></alternatives></table-wrap>",
        f"<p><disp-formula>{graphic(1)}</disp-formula><inline-formula>{graphic(1)}</inline-formula></p>",
        f"<p><chem-struct>{graphic(1)}</chem-struct><inline-graphic xlink:href='1'/></p>",
        f"<bio>{graphic(1)}<p>{graphic(1)}</p></bio>",
        "<p><graphic/></p>",
    ],
)
def test_what_is_no_figure(other):
    (row,) = read(f"<body>{other}</body>")
    assert (row["figure_id"], row["article"]["license"], row["reject"]["reason"]) == (None, "CC BY", "no_figures")


def test_logos_in_the_front_are_no_figures():
    front = f"<journal-meta>{graphic(1)}</journal-meta><article-meta><notes>{graphic(1)}</notes></article-meta>"
    (row,) = read(f"<article {XLINK}><front>{front}</front></article>".encode(), licenses="all")
    assert row["reject"]["reason"] == "no_figures"


def test_a_formula_within_a_caption_is_no_graphic_of_the_figure():
    formula = f"<disp-formula>{graphic(2)}</disp-formula>"
    assert brief(read(f"<body><fig>{caption('C' + formula)}{graphic(1)}</fig></body>")) == [
        ("fig", None, "C \ufffc", "1.jpg")
    ]


@pytest.mark.parametrize("place", ["<p>{}</p>", "{}", "<boxed-text>{}</boxed-text>", "<sec>{}</sec>"])
def test_a_loose_graphic_is_a_figure(place):
    loose = f"<alternatives>{graphic('1.gif', content_type='thumb')}{graphic('1.jpg', id='g1')}</alternatives>"
    bare = f"<graphic xlink:href='2' id='g2'>{caption('C.')}</graphic>"
    first, second = read(f"<body>{place.format(loose + bare)}</body>")
    assert (first["figure_kind"], first["hrefs"], first["reject"]["reason"]) == (
        "graphic",
        ["1.jpg", "1.gif"],
        "no_caption",
    )
    assert brief([second]) == [("graphic", None, "C.", "2.jpg")]
    assert second["figure_xml_id"] == "g2"


def test_nested_figures_count_once_each_with_their_own_captions():
    inner = f"<fig id='f2'>{caption('Inner.')}{graphic(2)}</fig>"
    rows = read(f"<body><fig id='f1'><caption><p>Outer. {inner}</p></caption>{graphic(1)}</fig></body>")
    assert brief(rows) == [("fig", None, "Outer.", "1.jpg"), ("fig", None, "Inner.", "2.jpg")]


def test_no_id_no_label_and_paragraphs_in_place_of_a_caption():
    (row,) = read(f"<body><fig>{graphic(1)}<p>Notes.</p></fig></body>")
    assert (row["figure_xml_id"], row["figure_label"], row["figure_caption"]) == (None, None, "Notes.")
    (row,) = read(f"<body><fig>{caption('C.')}{graphic(1)}<p>Notes.</p></fig></body>")
    assert row["figure_caption"] == "C."


def test_a_legend_beside_a_caption_is_part_of_it_and_markup_of_both_is_kept():
    group = "<label>Figure 1</label><caption><p><bold>All.</bold></p></caption>"
    own = f"<fig><caption><p>10<sup>5</sup></p></caption>{graphic(1)}<attrib>CT = tomography</attrib></fig>"
    (row,) = read(f"<body><fig-group>{group}{own}</fig-group></body>")
    assert (row["group_caption"], row["figure_caption"]) == ("All.", "10^5 CT = tomography")
    text = full_caption(row)
    assert [(span["kind"], text[span["start"] : span["end"]]) for span in full_markup(row)] == [
        ("paragraph", "All."),
        ("bold", "All."),
        ("paragraph", "10^5"),
        ("sup", "5"),
    ]


@pytest.mark.parametrize(
    ("inner", "reason", "detail"),
    [
        (caption("C."), Reason.NO_GRAPHIC, ""),
        (caption("C.") + "<graphic/>", Reason.NO_GRAPHIC, ""),
        ("", Reason.NO_GRAPHIC, ""),
        (caption("C.") + "<media xlink:href='v.mp4' mimetype='video'/>", Reason.NOT_AN_IMAGE, "v.mp4"),
        (caption("C.") + "<media xlink:href='f.pdf'/>", Reason.NOT_AN_IMAGE, "f.pdf"),
        (caption("C.") + graphic("f.pdf"), Reason.NOT_AN_IMAGE, "f.pdf"),
        (graphic(1), Reason.NO_CAPTION, ""),
        (caption(" ") + graphic(1), Reason.NO_CAPTION, ""),
        (caption(".") + graphic(1), Reason.NO_CAPTION, ""),
        ("<label>Figura 3</label>" + caption("Figura 3.") + graphic(1), Reason.NO_CAPTION, ""),
        (graphic("nowhere"), Reason.NO_CAPTION, ""),
        (caption("C.") + graphic("nowhere.f1"), Reason.IMAGE_MISSING, "nowhere.f1"),
    ],
)
def test_a_figure_that_cannot_become_a_panel_says_why(inner, reason, detail):
    (row,) = read(f"<body><fig id='f1'>{inner}</fig></body>", media=["1.jpg", "f.pdf"])
    assert row["figure_id"] == "PMC1v1-f001"
    assert row["reject"] == {"stage": "jats", "reason": reason.value, "detail": detail}


def test_a_video_beside_the_image_does_no_harm():
    (row,) = read(f"<body><fig>{caption('C.')}{graphic(1)}<media xlink:href='v.mp4'/></fig></body>")
    assert (row["reject"], row["graphic_count"]) == (None, 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.XML_EMPTY),
        (b"<article><body>", Reason.XML_MALFORMED),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><article/>", Reason.XML_ENTITIES),
        (b"<error/>", Reason.XML_NOT_ARTICLE),
    ],
)
def test_broken_xml_is_a_row_that_keeps_what_the_source_knows(data, reason):
    (row,) = read(data, license="CC BY", doi="10.1/x")
    assert row["reject"]["reason"] == reason.value
    assert (row["figure_id"], row["article"]["doi"], row["article"]["license"]) == (None, "10.1/x", "CC BY")


def test_licences_that_are_not_wanted():
    for group, license, rejected in [("commercial", "CC BY-NC", True), ("noncommercial", "CC BY-NC", False)]:
        (row,) = read(f"<body>{FIG}</body>", licenses=group, license=license)
        assert (row["reject"] is not None) is rejected
    (row,) = read(f"<article {XLINK}><body>{FIG}</body></article>".encode())
    assert row["reject"] == {"stage": "jats", "reason": "license_excluded", "detail": "no licence granted"}
    (row,) = read(f"<article {XLINK}><body>{FIG}</body></article>".encode(), licenses="all")
    assert row["reject"] is None


def test_an_article_without_media_at_all():
    row = {"article_id": "PMC1v1", "license": "CC0", "xml": f"<article {XLINK}><body>{FIG}</body></article>".encode()}
    (out,) = ReadFigures("commercial")(pa.Table.from_pylist([row], schema=ARTICLES)).to_pylist()
    assert out["reject"]["reason"] == "image_missing"


NAMES = [
    "fig",
    "fig-group",
    "alternatives",
    "supplementary-material",
    "caption",
    "label",
    "p",
    "table-wrap",
    "abstract",
]
NAMES += ["boxed-text", "sub-article", "front", "bio", "xref", "graphic", "media", "disp-formula", "list-item"]
ATTRIBUTES = [
    "",
    "id='a'",
    "id='b'",
    "rid='a'",
    "rid='a b'",
    "xlink:href='1'",
    "xlink:href='2.pdf'",
    "id='c' xlink:href='3.tif'",
]
trees = st.recursive(
    st.sampled_from(["", "1–3", "text ", "<!-- c -->", "<?pi?>"]),
    lambda inner: st.lists(
        st.builds("<{0} {1}>{2}</{0}>".format, st.sampled_from(NAMES), st.sampled_from(ATTRIBUTES), inner), max_size=4
    ).map("".join),
    max_leaves=30,
)


@given(trees)
def test_any_nesting_gives_rows_that_add_up(tree):
    rows = read(tree)
    figures = [row["figure_id"] for row in rows]
    article = parse_article(f"<article {XLINK}>{tree}</article>".encode())
    found = find_figures(article.iter(*FIGURE_ELEMENTS))
    named = {id(name) for one in read_as_one(found[:]) for name in (one.element, *one.names, *one.groups())}
    assert tree.count("<fig ") == sum(figure.element.tag == "fig" for figure in found)
    assert {id(figure.element) for figure in found} <= named
    if figures != [None]:
        assert list(dict.fromkeys(figures)) == [f"PMC1v1-f{n:03d}" for n in range(1, len(set(figures)) + 1)]
        graphics = [row["graphic_id"] for row in rows if row["graphic_id"]]
        assert len(graphics) == len(set(graphics)) == sum(bool(row["graphic_count"]) for row in rows)
    shown = {href for figure in found for hrefs in figure.hrefs() for href in hrefs}
    assert {href for row in rows if row["graphic_id"] for href in row["hrefs"]} == shown
    for row in rows:
        assert (row["reject"] is None) == bool(row["graphic"] and row["figure_caption"])


IN_FRENCH = "Scanner abdominal avec injection montrant une lésion hépatique."


def in_languages(languages) -> list[tuple[str | None, str | None]]:
    """The language of each figure, and why it is left out."""
    body = "".join(
        f"<fig>{caption(text)}{graphic(1)}</fig>" for text in (IN_FRENCH, "A CT scan of the chest.", "H&amp;E")
    )
    reply = f"<sub-article xml:lang='PT-br'><body><fig>{caption('H&amp;E')}{graphic(2)}</fig></body></sub-article>"
    rows = read(f"<body>{body}</body>{reply}", languages=languages)
    return [
        (row["language"], row["reject"] and f"{row['reject']['reason']}: {row['reject']['detail']}") for row in rows
    ]


def test_languages_by_words_and_by_what_the_article_states():
    assert in_languages("all") == [("fr", None), ("en", None), (None, None), ("pt", None)]


def test_figures_in_other_languages_are_left_out():
    assert in_languages(("en",)) == [
        ("fr", "language: fr"),
        ("en", None),
        (None, None),  # not known is kept
        ("pt", "language: pt"),
    ]


def test_a_caption_states_its_own_language():
    inner = f"<fig><caption xml:lang='es'><p>H&amp;E</p></caption>{graphic(1)}</fig>"
    (row,) = read(f"<sub-article xml:lang='pt'><body>{inner}</body></sub-article>")
    assert row["language"] == "es"
