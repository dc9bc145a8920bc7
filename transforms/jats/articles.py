"""Articles: what the JATS front matter says about one, and the line that credits it."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeAlias

from transforms.jats.figures import href
from transforms.jats.text import Element, text_of
from transforms.rights.licenses import normalise

Row: TypeAlias = dict[str, Any]

#: Kinds of publication date; the others tell when PMC released, a journal corrected or a printer received an article.
_PUBLISHED = frozenset({"collection", "epub", "epub-original", "epub-ppub", "ppub", "pub", "publication"})

_NOTES = frozenset({"fn", "xref"})
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d\d\b")


def read_article(article: Element | None, source: Row) -> Row:
    """The ARTICLE struct of an article: what the source states, else what the JATS says.

    `source` is a row of ARTICLES. Where its XML is broken there is no article: the struct holds what the source states.
    """
    pmcid, _, version = source["article_id"].rpartition("v")
    front = _read_front(article) if article is not None else {}
    row = {"pmcid": pmcid, "version": int(version), **front}
    row["pmid"] = source["pmid"] or front.get("pmid")
    row["doi"] = source["doi"] or front.get("doi")
    row["license"] = normalise(source["license"]) or front.get("license_jats")
    row["attribution"] = _attribution(row)
    return row


def _read_front(article: Element) -> Row:
    journal = article.find("front/journal-meta")
    meta = article.find("front/article-meta")
    front: Row = {"article_type": article.get("article-type"), "authors": [], "keywords": []}
    if journal is not None:
        names = (journal.iter(tag) for tag in ("journal-title", "abbrev-journal-title", "journal-id"))
        front["journal"] = next((name for element in chain(*names) if (name := text_of(element))), None)
    if meta is not None:
        titles = meta.iterfind("title-group/article-title")
        front["title"] = next((text for title in titles if (text := text_of(title, _NOTES))), None)
        ids = {element.get("pub-id-type"): text_of(element) or None for element in meta.iterchildren("article-id")}
        front["pmid"], front["doi"] = ids.get("pmid"), ids.get("doi")
        front["year"] = _year(meta)
        front["authors"] = list(_authors(meta))
        front["keywords"] = list(dict.fromkeys(_keywords(meta)))
        front["license_jats"] = next((code for words in _licenses(meta) if (code := normalise(words))), None)
    return front


def _year(meta: Element) -> int | None:
    """The earliest year of publication, of any other date where none is one."""
    years: dict[bool, list[int]] = {True: [], False: []}
    for date in meta.iterchildren("pub-date"):
        kind = date.get("pub-type") or date.get("date-type") or "pub"
        if year := _YEAR.search(date.findtext("year") or date.get("iso-8601-date") or ""):
            years[kind in _PUBLISHED].append(int(year[0]))
    return min(years[True] or years[False], default=None)


def _authors(meta: Element) -> Iterator[str]:
    """Authors as "Surname Given", or the name of a collaboration without those of its members."""
    for group in meta.iterchildren("contrib-group"):
        for contrib in group.iterchildren("contrib"):
            if (contrib.get("contrib-type") or "author") == "author":
                name = next(contrib.iter("name", "string-name", "collab"), None)
                if name is not None and (author := _author(name)):
                    yield author


def _author(name: Element) -> str:
    surname = name.find("surname")
    if surname is None:
        return text_of(name, _NOTES | {"contrib-group"})
    given = name.find("given-names")
    return " ".join(text_of(part) for part in (surname, given) if part is not None)


def _keywords(meta: Element) -> Iterator[str]:
    for group in meta.iterchildren("kwd-group"):
        if not (group.get("kwd-group-type") or "").startswith("abbr"):
            yield from filter(None, map(text_of, group.iter("kwd", "compound-kwd")))


def _licenses(meta: Element) -> Iterator[str]:
    """All that may name the licence, the most explicit first: an address of the article's, a link's, the wording."""
    for holder in (*meta.iterchildren("permissions"), meta):  # NLM 2 has no permissions
        yield from (element.text or "" for element in holder.iter("{*}license_ref"))
        for licence in holder.iterchildren("license"):
            yield href(licence)
            yield from map(href, licence.iter("ext-link", "uri"))
            yield text_of(licence)
        yield from map(text_of, holder.iterchildren("copyright-statement"))


def _attribution(row: Row) -> str:
    """The credit line: first author, title, journal, year, address, licence; what is not known is left out."""
    authors = row.get("authors") or []
    author = f"{authors[0]} et al" if len(authors) > 1 else "".join(authors)
    journal = " ".join(filter(None, (row.get("journal"), f"({row['year']})" if row.get("year") else None)))
    sentences = [
        part if part.endswith((".", "?", "!")) else f"{part}." for part in (author, row.get("title"), journal) if part
    ]
    address = (
        f"https://doi.org/{row['doi']}" if row["doi"] else f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/"
    )
    return " ".join(filter(None, (*sentences, address, row["license"] and f"({row['license']})")))
