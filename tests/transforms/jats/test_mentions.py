import pytest

from transforms.jats.figures import FIGURE_ELEMENTS, find_figures
from transforms.jats.mentions import CITATION_ELEMENTS, find_mentions
from transforms.jats.secure_xml import parse_article

LABELS = {f"f{n}": f"Fig. {n}." for n in range(1, 7)} | {f"s{n}": f"Figure S{n}" for n in range(1, 5)}
LABELS |= {f"f2s{n}": f"Figure 2—figure supplement {n}." for n in range(1, 4)} | {"f3b": "FIGURE 3B"}


def fig(xml_id: str, label: str, inner: str = "") -> str:
    return f'<fig id="{xml_id}"><label>{label}</label>{inner}</fig>'


FIGS = "".join(fig(xml_id, label) for xml_id, label in LABELS.items())


def mentions(body: str) -> dict[str, list[str]]:
    article = parse_article(f"<article><body>{body}</body></article>".encode())
    figures = find_figures(article.iter(*FIGURE_ELEMENTS))
    names = [figure.element.get("id") for figure in figures]
    found = find_mentions(article.iter(*CITATION_ELEMENTS), figures)
    return {name: each.texts for name, each in zip(names, found, strict=True) if each.texts}


def xref(rid: str, text: str = "here", kind: str = "fig") -> str:
    return f'<xref ref-type="{kind}" rid="{rid}">{text}</xref>'


def cited(inner: str) -> set[str]:
    return set(mentions(f"<p>{inner}</p>{FIGS}"))


def test_every_paragraph_once_in_document_order():
    first = f"<p>One {xref('f1')} and {xref('f1')}.<list><list-item><p>In {xref('f1')}</p></list-item></list></p>"
    later = f"<p>Outer <list><list-item><p>inner {xref('f2')}</p></list-item></list>{xref('f2')}</p>"
    assert mentions(first + later + FIGS) == {
        "f1": ["One here and here. In here", "In here"],
        "f2": ["Outer inner here here", "inner here"],
    }


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("<sec><title>On {}</title></sec>", "On here"),
        ("<table-wrap><table><tbody><tr><td>as {}</td></tr></tbody></table></table-wrap>", "as here"),
        ("<p>around <table-wrap><table><tbody><tr><th>as {}</th></tr></tbody></table></table-wrap></p>", "as here"),
        ("<list><list-item>item {}</list-item></list>", "item here"),
        ("<fig id='x'><caption><title>like {}</title></caption></fig>", "like here"),
        ("<p>a <italic>b <bold>{}</bold></italic><!-- c --><?d e?> f</p>", "a b here f"),
        (
            "<p>a {} b<fig id='y'><caption><p>not this</p></caption></fig><boxed-text><p>nor</p></boxed-text></p>",
            "a here b",
        ),
    ],
)
def test_the_paragraph_is_the_nearest_block_without_its_floats(place, text):
    assert mentions(place.format(xref("f1")) + FIGS) == {"f1": [text]}


def test_any_kind_of_reference_counts_and_may_name_several():
    assert cited(xref("f1", kind="other") + xref("f2 s1 nowhere") + xref("t1", kind="table") + "<xref/>") == {
        "f1",
        "f2",
        "s1",
    }


@pytest.mark.parametrize(
    "inner",
    [
        f"Figs. {xref('f2', '2')}–{xref('f4', '4')}",
        f"Figs. {xref('f2', '2')} - {xref('f4', '4C')}",
        f"{xref('f2', 'Fig. 2A')}<?pi?> to <!-- --> Fig. {xref('f4', '4')}",
        f"{xref('f2', 'Figure 2')} through {xref('f4', 'Figure 4')}",
        xref("f2", "Figs. 2-4"),
        xref("f2", "Figures 2 to 4"),
        xref("f2", "2—4"),
        xref("f4", "Figures 2A through 4B"),
        xref("f2 f4", "2–4"),
        f"<bold>{xref('f2', 'Fig. 2')}</bold>–<bold>{xref('f4', '4')}</bold>",
        f"<bold>{xref('f2', 'Fig. 2')}–{xref('f4', '4')}</bold>",
        f"<bold><italic>{xref('f2', 'Fig. 2')}</italic>–</bold><sup><bold>{xref('f4', '4')}</bold></sup>",
        f"{xref('f2', 'Fig. 2')}<bold>–</bold>{xref('f4', '4')}",
        xref("f2", "<bold>Figs. 2</bold>–<bold>4</bold>"),
        f"{xref('f2', 'Fig. 2–')}{xref('f4', '4')}",
        f"{xref('f2', '<bold>Fig. 2</bold>')}{xref('f4', '–4')}",
        f"{xref('f2', 'Fig. 2')}{xref('f4', '–')}{xref('f4', '4')}",
        f"{xref('f2', 'Fig. 2')}{xref('f2', ' to ')}{xref('f4', '4')}",
        f"{xref('f2', 'Fig. 2')}A–{xref('f4', '4')}C",
        *(f"{xref('f2', '2')}{dash}{xref('f4', '4')}" for dash in "-~‐‑‒–—―−∼〜～－"),
        f"{xref('f2', '2')} –&#x2060; {xref('f4', '4')}",
        f"de la {xref('f2', 'Figura 2')} a la {xref('f4', '4')}",
        f"Figuras {xref('f2', '2')} a {xref('f4', '4')}",
        f"{xref('f2', 'Figs. 2')} à {xref('f4', '4')}",
        f"{xref('f2', 'Abb. 2')} bis {xref('f4', 'Abb. 4')}",
        f"dalla {xref('f2', 'Fig. 2')} alla {xref('f4', 'Fig. 4')}",
        xref("f2", "Figs. 2~4"),
        xref("f2", "Figuras 2 a 4"),
        xref("f2", "2 à 4"),
        xref("f2", "Abbildungen 2 bis 4"),
        xref("f2", "Figs. 2–4, 17"),
        xref("f4", "(see Figures 17 and 2A–4C)"),
    ],
)
def test_a_range_names_the_figures_in_between(inner):
    assert cited(inner) == {"f2", "f3", "f3b", "f4"}


@pytest.mark.parametrize(
    ("inner", "figures"),
    [
        (f"{xref('s1', 'S1')}–{xref('s3', 'S3')}", {"s1", "s2", "s3"}),
        (xref("s1", "Figures S1–S3"), {"s1", "s2", "s3"}),
        (xref("f2s1", "Figure 2—figure supplements 1–3"), {"f2s1", "f2s2", "f2s3"}),
        (xref("f2s1", "Figure 2—figure supplement 1"), {"f2s1"}),
        (f"{xref('f1', '1')}–{xref('s3', 'S3')}", {"f1", "s3"}),
        (f"{xref('f1', '1')}, {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', '1')} and {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Fig. 1')}–<italic>x</italic> {xref('f3', '3')}", {"f1", "f3"}),
        (xref("f2", "Fig. 2A–C"), {"f2"}),
        (xref("f2", "Fig. 2 (2001-2005)"), {"f2"}),
        (xref("f1", "Figs. 2-4"), {"f1"}),
        (xref("f2", "1–3 mg, Figure 2"), {"f2"}),
        (xref("f2", "1-4 mg, Figure 2"), {"f2"}),
        (xref("f2", "Figure 2, 1–3 mg"), {"f2"}),
        (xref("f2", "Figure 2–4 weeks"), {"f2"}),
        (xref("f2", "Table 1–3, Figure 2"), {"f2"}),
        (xref("f2", "days 1–3 in Figure 2"), {"f2"}),
        (f"{xref('f1', 'Fig. 1')} e {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Fig. 1')} y {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Fig. 1')} et {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Fig. 1')} and –{xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Fig. 1')}–{xref('t1', 'Table 1')}, {xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('f1', 'Figs. 1')}</p><p>–{xref('f3', '3')}", {"f1", "f3"}),
        (f"{xref('s1', 'S1')}~{xref('s3', 'S3 Fig')}", {"s1", "s2", "s3"}),
        (xref("s1", "S1–S3 Figs"), {"s1", "s2", "s3"}),
        (xref("f1", "Fig. 1 and 2"), {"f1", "f2"}),
        (xref("f4", "Figures 1A, 2 &amp; 4B"), {"f1", "f2", "f4"}),
        (xref("s1", "S1, 3"), {"s1", "s3"}),
        (xref("s2", "Figs. 1 and S2"), {"s2"}),
        (xref("f1", "Figs. 1 and S2"), {"f1"}),
        (xref("f1", "Figs. 2 and 4"), {"f1"}),
        (xref("f1", "Fig. 1, 2 mg"), {"f1"}),
    ],
)
def test_a_range_stays_within_its_series(inner, figures):
    assert cited(inner) == figures


def test_a_range_stays_within_its_sub_article():
    reply = f"<sub-article><body>{fig('r2', 'Fig. 2')}</body></sub-article>"
    assert set(mentions(f"<p>{xref('f1', '1–3')}</p>{FIGS}{reply}")) == {"f1", "f2", "f3", "f3b"}


def test_a_caption_does_not_cite_its_own_figure():
    own = fig("f9", "Fig. 9", f"<caption><p>As {xref('f9')} and {xref('f1')}</p></caption>")
    assert mentions(own + FIGS) == {"f1": ["As here and here"]}


def test_a_group_is_cited_for_its_members_but_not_by_its_caption():
    caption = f"<caption><p>Group {xref('a')}</p></caption>"
    group = f"<fig-group id='g'>{caption}{fig('a', '1A')}{fig('b', '1B')}</fig-group>"
    assert mentions(f"{group}<p>See {xref('g')}</p>") == {"a": ["See here"], "b": ["See here"]}


ROMAN = fig("r1", "FIGURE I") + fig("r2", "FIGURE II") + fig("r3", "FIGURE III") + fig("r4", "FIGURE IV")


@pytest.mark.parametrize(
    "inner",
    [
        f"{xref('r1', 'Figures I')}–{xref('r3', 'III')}",
        f"{xref('r1', 'Figuras I')} a {xref('r3', 'III')}",
        xref("r1", "Figs. I-III"),
        xref("r3", "I–III"),
        xref("r1", "Figs. 1–3"),
    ],
)
def test_a_range_in_roman_numbers(inner):
    assert set(mentions(f"<p>{inner}</p>{ROMAN}")) == {"r1", "r2", "r3"}


def test_letters_are_roman_numbers_only_where_labels_are():
    panels = fig("a", "Figure A") + fig("i", "Figure 1") + fig("v", "Figure 5")
    assert set(mentions(f"<p>{xref('i', 'Fig. 1 I–V')}</p>{panels}")) == {"i"}
    assert set(mentions(f"<p>{xref('r1', 'Fig. I (A–C)')}</p>{ROMAN}")) == {"r1"}


@pytest.mark.parametrize(
    ("rid", "figures"),
    [
        ("F2", {"f2"}),
        (" f2 ", {"f2"}),
        ("f1&#9;&#10;F2", {"f1", "f2"}),
        ("f1,f2;s1", {"f1", "f2", "s1"}),
        ("#f2", {"f2"}),
        ("f2a", {"f2"}),
        ("F2-B", {"f2"}),
        ("f3b", {"f3b"}),
        ("f2s1", {"f2s1"}),
        ("f2s9", set()),
        ("fig2", {"f2"}),
        ("Fig-02", {"f2"}),
        ("figure_2a", {"f2"}),
        ("fig22", set()),
        ("sup2", set()),
        ("f22", set()),
        ("fa", set()),
    ],
)
def test_an_id_in_another_case_and_the_panel_of_a_figure(rid, figures):
    assert cited(xref(rid)) == figures


def test_only_a_reference_to_a_figure_may_name_it_almost():
    assert cited(xref("F2", kind="bibr") + xref("f1a", kind="table-fn") + xref("F3", kind="FIGURE")) == {"f3"}


def test_ids_that_differ_in_case_name_two_figures():
    figs = fig("f1", "Figure 1") + fig("F1", "Figure S1")
    assert set(mentions(f"<p>{xref('F1')}</p>{figs}")) == {"F1"}


def test_the_panels_of_a_figure_are_in_the_range_of_its_group():
    group = f"<fig-group><label>Figure 2</label>{fig('2a', 'A')}{fig('2b', 'B')}</fig-group>"
    body = f"<p>{xref('f1', '1')}–{xref('f3', '3')}</p>{fig('f1', 'Figure 1')}{group}{fig('f3', 'Figure 3')}"
    assert set(mentions(body)) == {"f1", "2a", "2b", "f3"}


def test_a_figure_is_cited_by_the_text_alone_never():
    assert mentions(f"<p>As Figure 2 and Figs. 1–3 show.</p>{FIGS}") == {}


def citations(body: str) -> dict[str, list[tuple[str, str]]]:
    """For each figure the sentences that cite it, and the letters that they name."""
    article = parse_article(f"<article><body>{body}{FIGS}</body></article>".encode())
    figures = find_figures(article.iter(*FIGURE_ELEMENTS))
    found = find_mentions(article.iter(*CITATION_ELEMENTS), figures)
    return {
        figure.element.get("id"): [
            (each.texts[mention][start:end], "".join(panels)) for mention, start, end, panels in each.citations
        ]
        for figure, each in zip(figures, found, strict=True)
        if each.citations
    }


def test_the_sentence_that_cites_and_the_panels_that_it_names():
    body = f"<p>First. It grew ({xref('f1', 'Fig. 1B')}). It fell, as {xref('f1', 'Fig. 1')} shows. Last.</p>"
    assert citations(body) == {"f1": [("It grew (Fig. 1B).", "B"), ("It fell, as Fig. 1 shows.", "")]}


def test_a_sentence_that_cites_twice_is_one_with_all_letters():
    body = f"<p>Up ({xref('f1', 'Fig. 1A')}) and down ({xref('f1', '1C')}, {xref('f2', '2b')}). No more.</p>"
    sentence = "Up (Fig. 1A) and down (1C, 2b)."
    assert citations(body) == {"f1": [(sentence, "AC")], "f2": [(sentence, "b")]}


@pytest.mark.parametrize(
    ("inner", "letters"),
    [
        (f"{xref('f2', '2A')} and {xref('f2', 'B')}", "AB"),
        (f"{xref('f2', '2A')}–{xref('f2', 'C')}", "ABC"),
        (f"{xref('f2', '<bold>Fig. 2</bold>')}<bold>A</bold>–<italic>C</italic>", "ABC"),
        (f"{xref('f2', 'Fig. 2')}<italic>B</italic>", "B"),
        (f"{xref('f2', 'Fig.&#160;2&#8203;B')}", "B"),
        (f"10<sup>-3</sup> in {xref('f2', '2<sup>B</sup>')}", "B"),
        (xref("f2", "<sup>2</sup>B"), "B"),
        ('<xref ref-type="fig" rid="f2"/> is empty', ""),
        (f'mark<xref ref-type="fn" rid="n1">a</xref> {xref("f2", "Fig. 2C")}', "C"),
    ],
)
def test_letters_over_markup(inner, letters):
    (cited,) = citations(f"<p>Before.  It is {inner}  here. Behind.</p>")["f2"]
    assert cited[1] == letters
    assert cited[0].startswith("It is ")
    assert cited[0].endswith(" here.")


def test_figures_in_between_are_cited_without_letters():
    sentence = "See Figs. 1A–3C."
    found = citations(f"<p>See Figs. {xref('f1', '1A')}–{xref('f3', '3C')}.</p>")
    assert found == {"f1": [(sentence, "A")], "f2": [(sentence, "")], "f3": [(sentence, "C")], "f3b": [(sentence, "")]}


def test_a_float_inside_a_paragraph_is_in_none_of_its_sentences():
    body = f"<p>One {xref('f1', 'Fig. 1A')}.<boxed-text><p>Two {xref('f1', 'Fig. 1B')}.</p></boxed-text> Three.</p>"
    assert citations(body) == {"f1": [("One Fig. 1A.", "A"), ("Two Fig. 1B.", "B")]}
