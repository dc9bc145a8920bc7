import pytest

from transforms.jats.articles import read_article
from transforms.jats.secure_xml import parse_article

NOTHING = {"article_id": "PMC13901v2", "pmid": None, "doi": None, "license": None}
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def read(meta: str, journal: str = "", source: dict = NOTHING, attributes: str = "") -> dict:
    front = f"<front><journal-meta>{journal}</journal-meta><article-meta>{meta}</article-meta></front>"
    return read_article(parse_article(f"<article {XLINK} {attributes}>{front}</article>".encode()), source)


FULL = """
<article-id pub-id-type="pmcid">PMC13901</article-id><article-id pub-id-type="pmid">11250747</article-id>
<article-id pub-id-type="doi">10.1186/bcr270</article-id>
<title-group><article-title>Nitric oxide in <italic>E. coli</italic><xref ref-type="fn" rid="n">*</xref>
</article-title></title-group>
<contrib-group>
 <contrib contrib-type="author"><name><surname>Smith</surname><given-names>Jane A</given-names></name></contrib>
 <contrib contrib-type="author"><collab>The Consortium<contrib-group><contrib contrib-type="author"><name>
  <surname>Member</surname></name></contrib></contrib-group></collab></contrib>
 <contrib contrib-type="author"><name-alternatives><name><surname>Li</surname><given-names>Wei</given-names></name>
  <name><surname>李</surname></name></name-alternatives></contrib>
 <contrib contrib-type="editor"><name><surname>Editor</surname></name></contrib>
</contrib-group>
<pub-date pub-type="ppub"><year>2001</year></pub-date><pub-date pub-type="epub"><year>2000</year></pub-date>
<pub-date pub-type="pmc-release"><year>1999</year></pub-date>
<permissions><license><license-p>Open. <ext-link xlink:href="http://creativecommons.org/licenses/by/4.0/">Here</ext-link>
</license-p></license></permissions>
<kwd-group><kwd>breast <italic>cancer</italic></kwd><kwd>breast cancer</kwd><kwd>NO</kwd></kwd-group>
<kwd-group kwd-group-type="abbreviations"><kwd>NO, nitric oxide</kwd></kwd-group>
"""


def test_a_full_front():
    journal = (
        "<journal-id>bcr</journal-id><journal-title-group><journal-title>Breast</journal-title></journal-title-group>"
    )
    assert read(FULL, journal, attributes='article-type="research-article"') == {
        "pmcid": "PMC13901",
        "version": 2,
        "pmid": "11250747",
        "doi": "10.1186/bcr270",
        "title": "Nitric oxide in E. coli",
        "journal": "Breast",
        "year": 2000,
        "article_type": "research-article",
        "authors": ["Smith Jane A", "The Consortium", "Li Wei"],
        "keywords": ["breast cancer", "NO"],
        "license": "CC BY",
        "license_jats": "CC BY",
        "attribution": "Smith Jane A et al. Nitric oxide in E. coli. Breast (2000). "
        "https://doi.org/10.1186/bcr270 (CC BY)",
    }


def test_the_source_comes_first_and_a_contradiction_shows():
    row = read(FULL, source={**NOTHING, "pmid": "1", "doi": "10.1/x", "license": "CC BY-NC"})
    assert (row["pmid"], row["doi"]) == ("1", "10.1/x")
    assert (row["license"], row["license_jats"]) == ("CC BY-NC", "CC BY")


def test_an_empty_front():
    row = read("")
    assert row["attribution"] == "https://pmc.ncbi.nlm.nih.gov/articles/PMC13901/"
    assert [row[name] for name in ("title", "year", "license", "authors")] == [None, None, None, []]


def test_without_an_article_the_source_is_what_is_known():
    row = read_article(None, {**NOTHING, "license": "CC0"})
    assert (row["pmcid"], row["version"], row["license"]) == ("PMC13901", 2, "CC0")


def test_ids_and_authors_of_others_are_not_the_article_s():
    row = read('<related-article><article-id pub-id-type="doi">10.1/other</article-id></related-article>')
    assert row["doi"] is None


@pytest.mark.parametrize(
    ("meta", "year"),
    [
        ('<pub-date date-type="pub" iso-8601-date="2024-05-01"/>', 2024),
        ('<pub-date pub-type="pmc-release"><year>2011</year></pub-date>', 2011),
        ('<pub-date pub-type="epub"><year>n.d.</year></pub-date>', None),
        ("<history><date><year>2010</year></date></history>", None),
    ],
)
def test_year(meta, year):
    assert read(meta)["year"] == year


ALI = 'xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'


def test_licence_of_an_old_article_without_permissions():
    assert read("<copyright-statement>Creative Commons Attribution License</copyright-statement>")["license"] == "CC BY"


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (f"<ali:license_ref {ALI}>https://creativecommons.org/licenses/by-nd/4.0/</ali:license_ref>", "CC BY-ND"),
        ('<license xlink:href="http://creativecommons.org/publicdomain/zero/1.0/"/>', "CC0"),
        ("<license><p>the Creative Commons Attribution Non-Commercial License</p></license>", "CC BY-NC"),
        ("<license><p>All rights reserved.</p></license>", None),
    ],
)
def test_licence(permissions, code):
    assert read(f"<permissions>{permissions}</permissions>")["license_jats"] == code
