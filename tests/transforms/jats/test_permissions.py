import pytest

from transforms.jats.permissions import statements
from transforms.jats.secure_xml import parse_article
from transforms.rights.wording import licence_of

NAMES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
BY, NC = "http://creativecommons.org/licenses/by/4.0/", "http://creativecommons.org/licenses/by-nc/4.0/"


def stated(meta: str, others: str = "") -> list[str]:
    """What an article-meta with these elements states."""
    article = parse_article(
        f"<article {NAMES}><front><article-meta>{meta}{others}</article-meta></front></article>".encode()
    )
    return statements(article.find("front/article-meta"))


def code(license: str, others: str = "") -> str | None:
    return licence_of(stated(f"<permissions>{license}</permissions>", others))


def words(text: str) -> str:
    return f"<license-p>{text}</license-p>"


def test_words_attributes_and_links_in_their_places():
    here, there = f'<ext-link xlink:href="{NC}">here</ext-link>', f'<uri xlink:href="{BY}">{BY}</uri>'
    paragraphs = words(f"See {here} or {there}.") + words("Twice.")
    assert stated(
        "<permissions><copyright-statement>© 2020 A</copyright-statement><copyright-year>2020</copyright-year>"
        f'<license license-type="open-access" xlink:href="{BY}">{paragraphs}</license></permissions>'
    ) == ["© 2020 A", f"See here ({NC}) or {BY}. Twice.", "open-access", BY]


def test_nothing_is_stated():
    assert stated("<title-group><article-title>CC BY</article-title></title-group>") == []


def test_a_copyright_holder_stands_for_a_statement_that_is_not_there():
    assert stated(
        "<permissions><copyright-year>2013</copyright-year><copyright-holder>Elsevier</copyright-holder></permissions>"
    ) == ["© 2013 Elsevier"]


def test_permissions_of_a_figure_are_the_figure_s():
    assert stated(f"<abstract><fig><permissions><license xlink:href='{NC}'/></permissions></fig></abstract>") == []


def linked(href: str, text: str = "") -> str:
    return f'<license xlink:href="{href}">{words(text) if text else ""}</license>'


@pytest.mark.parametrize(
    ("license", "narrowest"),
    [
        (
            f'<license license-type="creativeCommonsBy-nc"><p><uri xlink:href="{BY}">licence</uri></p></license>',
            "CC BY-NC",
        ),
        (linked(BY, "Attribution-NonCommercial-NoDerivatives"), "CC BY-NC-ND"),
        (f"<license><ali:license_ref>{BY}</ali:license_ref>{words('under CC BY-NC-ND 4.0')}</license>", "CC BY-NC-ND"),
        ('<license specific-use="CC BY 3.0"/>', "CC BY"),
        (f"<license><ali:license_ref content-type='ccbynclicense'>{BY}</ali:license_ref></license>", "CC BY-NC"),
        (f"<ali:license_ref>{BY}</ali:license_ref>", "CC BY"),
        (f"<ali:free_to_read/>{linked(BY)}", "CC BY"),
        ("<ali:free_to_read start_date='2020-01-01'/>", None),
        (linked(BY) + linked(NC), "CC BY-NC"),
        (f"<license>{words('CC BY')}</license><license>{words('sem fins comerciais')}</license>", "CC BY-NC"),
        (linked(BY, "The data of this article are under this licence."), None),
        (linked(BY, "Data are CC0. The article is free."), None),
        (linked(BY, "The images in this article are included in its Creative Commons licence."), None),
        (
            linked(BY, "Images are included in the article's licence. Material that the licence lacks needs leave."),
            "CC BY",
        ),
    ],
)
def test_every_statement_counts(license, narrowest):
    assert code(license) == narrowest


def test_a_reference_outside_permissions_and_pmc_s_own_code_count():
    assert licence_of(stated(f"<ali:license_ref>{BY}</ali:license_ref>")) == "CC BY"
    pmc = "<custom-meta><meta-name>pmc-license-ref</meta-name><meta-value>CC BY-NC</meta-value></custom-meta>"
    assert code(f"<license xlink:href='{BY}'/>", f"<custom-meta-group>{pmc}</custom-meta-group>") == "CC BY-NC"


@pytest.mark.parametrize(
    ("start", "published", "begun"),
    [
        ("2020-01-01", "2018", True),
        ("2026-10-31", "2018", True),
        ("2031-01-01", "2018", False),
        ("2031-01-01", "2031-01-02", True),
        ("2031-01-01", "2030-12-31", False),
        ("in spring", "2018", True),
    ],
)
def test_a_licence_that_has_yet_to_begin_is_none(start, published, begun):
    date = f"<pub-date iso-8601-date='{published}'/>"
    reference = f"<ali:license_ref start_date='{start}'>{BY}</ali:license_ref>"
    assert code(reference, date) == ("CC BY" if begun else None)
    assert code(f"<license>{reference}{words('This is open access under CC BY.')}</license>", date) == (
        "CC BY" if begun else None
    )


MANUSCRIPT = '<article-id pub-id-type="manuscript">NIHMS1</article-id>'


@pytest.mark.parametrize(
    ("use", "others", "counts"),
    [
        ("tdm", "", False),
        ("textmining", "", True),
        ("pmc", "", True),
        ("vor", "", True),
        ("am", "", False),
        ("am", MANUSCRIPT, True),
        ("vor", MANUSCRIPT, False),
    ],
)
def test_licences_of_another_use_or_version_do_not_count(use, others, counts):
    license = f'<ali:license_ref specific-use="{use}">{BY}</ali:license_ref>'
    assert code(license, others) == ("CC BY" if counts else None)
    assert code(f'<license specific-use="{use}" xlink:href="{BY}"/>', others) == ("CC BY" if counts else None)
