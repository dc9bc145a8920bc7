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
        "license_source": None,
        "license_jats": "CC BY",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "attribution": "Smith Jane A, The Consortium, Li Wei. Nitric oxide in E. coli. Breast (2000). "
        "https://doi.org/10.1186/bcr270 (CC BY, https://creativecommons.org/licenses/by/4.0/)",
    }


def test_the_source_s_ids_come_first():
    row = read(FULL, source={**NOTHING, "pmid": "1", "doi": "10.1/x"})
    assert (row["pmid"], row["doi"]) == ("1", "10.1/x")


def licences(stated: str | None, *words: str) -> tuple:
    """The code by all evidence, the source's and the JATS's, of an article with a licence of these words each."""
    licenses = "".join(f"<license><license-p>{each}</license-p></license>" for each in words)
    row = read(f"<permissions>{licenses}</permissions>", source={**NOTHING, "license": stated})
    return row["license"], row["license_source"], row["license_jats"]


@pytest.mark.parametrize(
    ("stated", "words", "license", "source", "jats"),
    [
        (None, ["CC BY"], "CC BY", None, "CC BY"),
        ("CC BY", [], "CC BY", "CC BY", None),
        ("CC BY", ["CC BY-NC"], "CC BY-NC", "CC BY", "CC BY-NC"),
        ("CC BY-NC", ["CC BY"], "CC BY-NC", "CC BY-NC", "CC BY"),
        ("CC BY-SA", ["CC BY-NC"], "CC BY-NC-SA", "CC BY-SA", "CC BY-NC"),
        ("CC BY", ["For non-commercial use."], "CC BY-NC", "CC BY", None),
        ("CC BY", ["No Creative Commons Attribution licence applies to this article."], None, "CC BY", None),
        ("CC BY", ["http://creativecommons.org/licenses/by-n/4.0/"], None, "CC BY", None),
        ("CC BY-XX", ["CC BY"], None, "CC BY-XX", "CC BY"),
        ("NO-CC CODE", ["CC BY"], None, "NO-CC CODE", "CC BY"),
        ("https://creativecommons.org/licenses/by-nd/4.0/", ["CC BY"], "CC BY-ND", "CC BY-ND", "CC BY"),
        ("TDM", ["CC BY"], "TDM", "TDM", "CC BY"),
        (None, ["CC BY", "Data: CC0."], "CC BY", None, "CC BY"),
    ],
)
def test_the_narrowest_of_source_and_jats_is_the_licence_and_both_are_kept(stated, words, license, source, jats):
    assert licences(stated, *words) == (license, source, jats)


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


def credit(meta: str, **source: str) -> str:
    return read(meta, source=NOTHING | source)["attribution"]


@pytest.mark.parametrize(
    ("contribs", "names"),
    [
        ('<contrib contrib-type="Author"><name><surname>A</surname></name></contrib>', ["A"]),
        ('<contrib contrib-type="AUTHOR"><name><surname>A</surname></name></contrib>', ["A"]),
        ("<contrib><name><surname>A</surname></name></contrib>", ["A"]),
        ('<contrib contrib-type="corresponding author"><name><surname>A</surname></name></contrib>', ["A"]),
        ('<contrib contrib-type="Editor"><name><surname>A</surname></name></contrib>', []),
        ("<contrib><name><surname>A<xref rid='a'>1</xref></surname></name></contrib>", ["A"]),
        ("<contrib><name><surname>A<sup>1,2</sup></surname><given-names>J *</given-names></name></contrib>", ["A J"]),
        (
            "<contrib><name><surname>A</surname><given-names>Jane B</given-names><suffix>Jr</suffix></name></contrib>",
            ["A Jane B Jr"],
        ),
        ("<contrib><name><given-names>Sukarno</given-names></name></contrib>", ["Sukarno"]),
        ("<contrib><string-name>Jane B. A<xref>1</xref>, <sup>2</sup></string-name></contrib>", ["Jane B. A"]),
        (
            "<contrib><string-name><given-names>Jane</given-names> <surname>A</surname>, <suffix>III</suffix>"
            "</string-name></contrib>",
            ["A Jane III"],
        ),
        ("<contrib><collab>The COVID-19<email>a@b</email></collab></contrib>", ["The COVID-19"]),
        (
            "<contrib><collab><institution>The Group</institution><contrib-group><contrib><name><surname>B</surname>"
            "</name></contrib></contrib-group></collab></contrib>",
            ["The Group"],
        ),
        (
            "<contrib><collab-alternatives><collab>The Group</collab><collab>El Grupo</collab></collab-alternatives>"
            "</contrib>",
            ["The Group"],
        ),
        ("<contrib><anonymous/></contrib>", ["Anonymous"]),
    ],
)
def test_authors(contribs, names):
    assert read(f"<contrib-group>{contribs}</contrib-group>")["authors"] == names


def test_editors_of_a_group_are_no_authors():
    group = '<contrib-group content-type="editors"><contrib><name><surname>E</surname></name></contrib></contrib-group>'
    assert read(group)["authors"] == []


def test_a_credit_line_names_three_authors():
    def contribs(*surnames: str) -> str:
        names = "".join(f"<contrib><name><surname>{each}</surname></name></contrib>" for each in surnames)
        return f"<contrib-group>{names}</contrib-group>"

    assert credit(contribs("A", "B", "C")).startswith("A, B, C. https")
    assert credit(contribs("A", "B", "C", "D", "E")).startswith("A, B, C et al. https")


@pytest.mark.parametrize(
    "stated",
    [
        "10.1186/bcr270",
        "https://doi.org/10.1186/bcr270",
        "http://dx.doi.org/10.1186/bcr270",
        "doi:10.1186/bcr270",
        "DOI: 10.1186/bcr270.",
        "https://doi.org/10.1186%2Fbcr270",
        " info:doi/10.1186/bcr270\n",
    ],
)
def test_a_doi_is_written_once_as_a_link(stated):
    meta = f'<article-id pub-id-type="doi">{stated}</article-id>'
    assert read(meta)["doi"] == read("", source={**NOTHING, "doi": stated})["doi"] == "10.1186/bcr270"
    assert credit(meta) == credit("", doi=stated) == "https://doi.org/10.1186/bcr270"


def test_what_is_no_doi_is_none():
    assert credit("", doi="n/a") == "https://pmc.ncbi.nlm.nih.gov/articles/PMC13901/"


def test_the_link_of_an_old_doi_can_be_followed():
    old = "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2"
    assert credit("", doi=old) == (
        "https://doi.org/10.1002/(SICI)1097-0258(19980815)17:15%3C1661::AID-SIM968%3E3.0.CO;2-2"
    )


def test_of_several_dois_the_first_is_the_article_s():
    ids = "".join(f'<article-id pub-id-type="doi">10.7554/eLife.1{end}</article-id>' for end in ("", ".2"))
    assert read(ids)["doi"] == "10.7554/eLife.1"


def test_the_licence_s_link_has_the_version_that_the_article_states():
    meta = "<permissions><license><license-p>Creative Commons Attribution 2.5</license-p></license></permissions>"
    assert credit(meta).endswith("(CC BY, https://creativecommons.org/licenses/by/2.5/)")
    assert credit("", license="TDM").endswith("(TDM)")
