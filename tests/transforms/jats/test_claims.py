"""Claims in JATS: whose rights a figure or graphic is under, told by the elements at it and around it."""

import pyarrow as pa
import pytest

from schemas.articles import ARTICLES
from schemas.tables import Row
from transforms.jats.read import ReadFigures

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
BY = (
    "<copyright-statement>© 2020 Doe et al.</copyright-statement>"
    '<license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>An open-access article under CC BY '
    "4.0.</license-p></license>"
)
BY_NC = '<license xlink:href="http://creativecommons.org/licenses/by-nc/4.0/"><license-p>x</license-p></license>'
ELSEWHERE = (
    "<permissions><copyright-statement>© 2013, Some Press. All Rights Reserved.</copyright-statement></permissions>"
)
FIGURE = '<fig id="f1"><label>Figure 1</label><caption><p>Lung.</p></caption><graphic xlink:href="a.jpg"/>{}</fig>'


def read(body: str, licenses: str = "all", third_party: bool = True, stated: str = BY) -> list[Row]:
    xml = (
        f"<article {XLINK}><front><article-meta><title-group><article-title>T</article-title></title-group>"
        f"<permissions>{stated}</permissions></article-meta></front><body>{body}</body></article>"
    )
    media = [{"name": name, "uri": f"s3://b/{name}", "md5": ""} for name in ("a.jpg", "b.jpg")]
    row = {"article_id": "PMC1v1", "license": "CC BY", "xml": xml.encode(), "media": media}
    return ReadFigures(licenses, third_party)(pa.Table.from_pylist([row], schema=ARTICLES)).to_pylist()


def claims_of(body: str) -> list[tuple[str | None, list[str]]]:
    return [(claim["license"], claim["panels"]) for claim in read(body)[0]["claims"]]


@pytest.mark.parametrize(
    ("body", "claims"),
    [
        (FIGURE.format(ELSEWHERE), [(None, [])]),
        (FIGURE.format(f"<permissions>{BY_NC}</permissions>"), [("CC BY-NC", [])]),
        (FIGURE.format("<attrib>Reprinted with permission from Elsevier.</attrib>"), [(None, [])]),
        (FIGURE.format("<copyright-statement>© Some Press</copyright-statement>"), [(None, [])]),
        (f"<fig-group>{ELSEWHERE}{FIGURE.format('')}</fig-group>", [(None, [])]),
        (f"<boxed-text>{FIGURE.format('')}{ELSEWHERE}</boxed-text>", [(None, [])]),
        (
            f"<fig><caption><p>Lung.</p></caption><graphic xlink:href='a.jpg'><permissions>{BY_NC}</permissions>"
            "</graphic></fig>",
            [("CC BY-NC", [])],
        ),
        ("<fig><caption><p>Lung. © Elsevier.</p></caption><graphic xlink:href='a.jpg'/></fig>", [(None, [])]),
        (FIGURE.format("<fn><p>Reprinted with permission from Elsevier.</p></fn>"), [(None, [])]),
        (FIGURE.format("<p>Reprinted with permission from Elsevier.</p>"), [(None, [])]),
        (FIGURE.format("").replace("</p></c", "<fn><p>© Elsevier</p></fn></p></c"), [(None, [])]),
        (FIGURE.format("<caption xml:lang='es'><p>Con permiso de Elsevier.</p></caption>"), [(None, [])]),
        (
            FIGURE.format("").replace('"a.jpg"/>', '"a.jpg"><caption><p>Lung. © Elsevier</p></caption></graphic>'),
            [(None, [])],
        ),
        (
            f"{FIGURE.format('')}<fig xml:lang='es'><label>Figura 1</label><caption><p>Pulmón. © Elsevier</p></caption>"
            "<graphic xlink:href='a.jpg'/></fig>",
            [(None, [])],
        ),
        (FIGURE.format("<fn><p>Consent of the patient was obtained.</p></fn>"), []),
        (
            FIGURE.format(
                "<permissions><copyright-statement>© 2004, Society, All Rights Reserved</copyright-statement><license>"
                "<license-p>Panel B is reproduced from WHO, 2015 with permission. It is not covered by the CC-BY 4.0 "
                "licence and further reproduction of this panel would need permission.</license-p></license>"
                "</permissions>"
            ),
            [(None, ["B"])],
        ),
        (FIGURE.format("<p><attrib>© Some Press</attrib></p>"), [(None, [])]),
        (
            "<fig><caption><p>Lung. Image by T. Smith, CC BY 4.0.</p></caption><graphic xlink:href='a.jpg'/></fig>",
            [("CC BY", [])],
        ),
        ("<fig><caption><p>Lung. © The Authors.</p></caption><graphic xlink:href='a.jpg'/></fig>", []),
        (FIGURE.format("<attrib>Abbreviations: CT, computed tomography.</attrib>"), []),
        (FIGURE.format("<attrib>Source: FAOSTAT.</attrib>"), []),
    ],
)
def test_elements_at_a_figure_and_around_it_claim_rights(body: str, claims: list[tuple[str | None, list[str]]]) -> None:
    assert claims_of(body) == claims


@pytest.mark.parametrize("tag", ["sub-article", "response"])
def test_the_rights_of_a_part_are_those_of_its_figures(tag: str) -> None:
    figure = FIGURE.format("")
    part = f"<{tag}><front-stub><permissions>{BY_NC}</permissions></front-stub><body>{figure}</body></{tag}>"
    first, second = read(f"{figure}</body>{part}<body>")
    assert (first["claims"], second["claims"][0]["license"]) == ([], "CC BY-NC")


def test_what_repeats_the_article_is_no_claim() -> None:
    assert claims_of(FIGURE.format(f"<permissions>{BY}</permissions>")) == []
    assert claims_of(FIGURE.format("<copyright-statement>Copyright © 2020, Doe et al</copyright-statement>")) == []
    theirs = BY.replace("Doe et al.", "The Author(s)")
    assert claims_of(FIGURE.format(f"<permissions>{theirs}</permissions>")) == []
    assert claims_of(FIGURE.format(f"<permissions>{BY.replace('Doe et al.', 'Elsevier')}</permissions>")) == [
        ("CC BY", [])
    ]


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        ("Figure 1 is not covered by this licence.", [None]),
        ("With the exception of Fig. 1, reproduced with permission from Elsevier, all content is CC BY.", [None]),
        ("Figures 3 and 1 are excluded from the CC BY licence of this article.", [None]),
        ("Figures 1–3 © Elsevier.", [None]),
        ("Figure 1 is licensed under CC BY-NC 4.0.", ["CC BY-NC"]),
        ("Figures 2 and 11 © Elsevier.", []),
        ("Figure 1 shows a lung.", []),
    ],
)
def test_the_article_may_claim_rights_in_figures_by_their_numbers(words: str, claims: list[str | None]) -> None:
    stated = BY.replace("An open-access article", f"{words} An open-access article")
    assert stated != BY
    (row,) = read(FIGURE.format(""), stated=stated)
    assert (row["article"]["license"], [claim["license"] for claim in row["claims"]]) == ("CC BY", claims)


def test_a_claim_keeps_the_words_and_the_link_of_its_licence() -> None:
    link = "http://creativecommons.org/licenses/by-nc/3.0/"
    license = f'<license license-type="open-access" xlink:href="{link}"><license-p>Some words.</license-p></license>'
    (row,) = read(FIGURE.format(f"<permissions>{license}</permissions>"))
    assert sorted(row["claims"][0]["text"].split()) == ["Some", link, "words."]


def test_a_graphic_of_several_has_its_own_claims() -> None:
    rows = read(
        "<fig><caption><p>Lung.</p></caption><graphic xlink:href='a.jpg'/>"
        f"<graphic xlink:href='b.jpg'><permissions>{BY_NC}</permissions></graphic></fig>"
    )
    assert [[claim["license"] for claim in row["claims"]] for row in rows] == [[], ["CC BY-NC"]]


def test_a_figure_under_another_licence_than_the_recipes_is_a_reject() -> None:
    (row,) = read(FIGURE.format(ELSEWHERE), "commercial")
    assert row["reject"] == {
        "stage": "jats",
        "reason": "figure_license",
        "detail": "no licence: © 2013, Some Press. All Rights Reserved.",
    }
    (row,) = read(
        "<fig><caption><p>Two cells. Panel B © X.</p></caption><graphic xlink:href='a.jpg'/></fig>", "commercial"
    )
    assert row["reject"] is None  # judged where panels are known


def test_sources_are_kept_or_dropped_by_recipe() -> None:
    body = (
        "<fig><caption><p>A map. Adapted from [3].</p></caption><graphic xlink:href='a.jpg'/><attrib>WHO</attrib></fig>"
    )
    (row,) = read(body)
    assert (row["third_party"], row["claims"], row["reject"]) == ("WHO Adapted from [3].", [], None)
    (row,) = read(body, third_party=False)
    assert row["reject"]["reason"] == "third_party"
