"""The stage on real articles, against a reference that reads captions with regular expressions only."""

import html
import json
import re
import unicodedata
from collections import Counter

import pyarrow as pa
import pytest
from lxml import etree

from schemas.articles import ARTICLES
from transforms.jats.read import ReadFigures

INLINE = r"bold|italic|sc|underline|xref|ext-link|uri|named-content|styled-content|inline-formula|mml:\w+"
#: What nobody sees, what is no part of a caption that stands in it, and pictures in the line.
HIDDEN = r"<!--.*?-->|<\?.*?\?>|<(supplementary-material|object-id)\b.*</\1>|\u00ad|[\u200b\u2060-\u2064\ufeff]"
PICTURE = r"<(?:inline-graphic)\b[^>]*/>"


def reference(element) -> str | None:
    """Text of a caption or label: inline tags are nothing, all others a space; scripts are parted from numbers."""
    if element is None:
        return None
    source = etree.tostring(element, encoding="unicode", with_tail=False)
    source = re.sub(PICTURE, "\ufffc", re.sub(HIDDEN, "", source, flags=re.DOTALL))
    source = re.sub(rf"</?(?:{INLINE})(?:\s[^>]*)?/?>", "", source)
    source = re.sub(r"(?<=\d)<su([pb])\b[^>]*>(?=[-\u2212]?\d)", lambda tag: "^" if tag[1] == "p" else "_", source)
    source = re.sub(r"(?<=\d)</su[pb]>(?=\d)", " ", source)
    source = re.sub(r"</?su[pb]\b[^>]*>", "", source)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source)).split())


def letters(text: str | None) -> str:
    """The letters and digits of a text: what a formula's structure leaves as it is."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text or "")))


@pytest.fixture(scope="module")
def trees(pmc):
    return {path.parent.name.replace(".", "v"): etree.parse(path) for path in sorted(pmc.glob("PMC*/*.xml"))}


@pytest.fixture(scope="module")
def media(pmc):
    return {
        path.name: [url.partition("?md5=")[::2] for url in json.loads(path.read_text())["media_urls"]]
        for path in sorted(pmc.glob("metadata/*.json"))
    }


@pytest.fixture(scope="module")
def rows(pmc, media):
    articles = [
        {
            "article_id": path.parent.name.replace(".", "v"),
            "xml": path.read_bytes(),
            "media": [
                {"name": uri.rpartition("/")[2], "uri": uri, "md5": md5} for uri, md5 in media[f"{path.stem}.json"]
            ],
        }
        for path in sorted(pmc.glob("PMC*/*.xml"))
    ]
    return ReadFigures("all")(pa.Table.from_pylist(articles, schema=ARTICLES)).to_pylist()


def test_every_article_has_rows(rows, trees):
    assert {row["article_id"] for row in rows} == set(trees)
    reasons = Counter(row["reject"]["reason"] for row in rows if row["reject"])
    assert set(reasons) == {"image_missing", "no_figures", "no_caption"}


def test_captions_and_labels_equal_the_xml(rows, trees):
    read = {
        (row["article_id"], row["figure_xml_id"]): (row["figure_label"], row["figure_caption"])
        for row in rows
        if row["figure_kind"] in ("fig", "graphical-abstract")
    }
    for article_id, tree in trees.items():
        for fig in tree.iter("fig"):
            expected = reference(fig.find("label")), reference(fig.find("caption"))
            found = read[article_id, fig.get("id")]
            if fig.find("caption//{*}math") is None:
                assert found == expected
            assert letters(found[1]) == letters(expected[1])


def test_every_figure_of_the_xml_has_a_row_for_each_graphic(rows, trees):
    for article_id, tree in trees.items():
        own = [row for row in rows if row["article_id"] == article_id and row["figure_id"]]
        ids = [row["figure_id"] for row in own]
        assert list(dict.fromkeys(ids)) == [f"{article_id}-f{n:03d}" for n in range(1, len(set(ids)) + 1)]
        graphics = Counter(row["figure_xml_id"] for row in own)
        for fig in tree.iter("fig"):
            assert graphics[fig.get("id")] == len(fig.findall("graphic")) + len(fig.findall("alternatives"))


def test_every_image_of_the_mirror_is_reached(rows, media):
    reached = Counter((row["source_uri"], row["source_md5"]) for row in rows if row["source_uri"])
    assert reached == Counter(entry for entries in media.values() for entry in entries)
    assert all(row["reject"] is None for row in rows if row["source_uri"])


def test_every_citation_is_a_mention(rows, trees):
    mentions = {
        (row["article_id"], row["figure_xml_id"]): " ".join(row["mentions"]) for row in rows if row["figure_xml_id"]
    }
    for article_id, tree in trees.items():
        for xref in tree.iterfind(".//p//xref[@ref-type='fig']"):
            own = next(xref.iterancestors("fig", "fig-group"), None)
            for rid in xref.get("rid").split():
                if own is None or own.get("id") != rid:
                    assert reference(xref) in mentions[article_id, rid]


def test_licences_agree_with_the_metadata(rows, pmc):
    stated = {
        path.stem.replace(".", "v"): json.loads(path.read_text())["license_code"]
        for path in pmc.glob("metadata/*.json")
    }
    read = {row["article_id"]: row["article"]["license_jats"] for row in rows}
    assert {article_id: code for article_id, code in read.items() if code != stated[article_id]} == {
        "PMC3810876v1": "CC BY-NC"  # "Attribution 2.5, which does not permit commercial exploitation"
    }
    assert all(row["article"]["title"] and row["article"]["journal"] and row["article"]["year"] for row in rows)


def test_captions_in_another_language_are_told(rows):
    others = [row for row in rows if row["figure_caption"] and row["language"] not in ("en", None)]
    assert {(row["article_id"], row["language"]) for row in others} == {("PMC13183359v1", "pt")}
    assert all("curvas" in row["figure_caption"].lower() for row in others)
    assert sum(row["language"] is None for row in rows if row["figure_caption"]) < 40


def test_every_mention_has_a_sentence_that_cites_and_its_span_holds(rows, trees):
    """A span is one of whole words, holds the words of a reference, and stands in the mention that it names."""
    cited = [row for row in rows if row["citations"]]
    assert len(cited) > 900
    for row in cited:
        spans = [(each["mention"], each["start"], each["end"]) for each in row["citations"]]
        assert spans == sorted(set(spans))
        assert {mention for mention, _, _ in spans} == set(range(len(row["mentions"])))
        xrefs = [reference(xref) for xref in trees[row["article_id"]].iter("xref") if xref.get("rid")]
        for mention, start, end in spans:
            text = row["mentions"][mention]
            assert 0 <= start < end <= len(text)
            sentence = text[start:end]
            assert sentence == sentence.strip()
            assert start == 0 or text[start - 1] == " "
            assert any(words in sentence for words in xrefs)
