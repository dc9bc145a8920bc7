"""Articles: what the JATS front matter says about one, and the line that credits it."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from transforms.jats.dates import year_of
from transforms.jats.permissions import statements
from transforms.jats.text import Element, text_of
from transforms.rights.licenses import TDM
from transforms.rights.wording import known_code, licence_link, licence_of

Row: TypeAlias = dict[str, Any]

#: How many authors a credit line names.
CREDITED = 3

_NOTES = frozenset({"fn", "xref"})
#: What hangs on a name and is none of it: marks of affiliations, addresses, the members of a collaboration.
_BESIDE_NAMES = _NOTES | {"address", "aff", "contrib-group", "email", "role", "sup"}
_NAMES = ("name", "string-name", "collab", "collab-wrap", "anonymous")
_NAME_PARTS = ("surname", "given-names", "suffix")
_AUTHOR = re.compile(r"(?:co-?|corresp(?:onding)?[\s-]+|first[\s-]+)?authors?", re.IGNORECASE)
_OTHER_ROLES = re.compile(r"edit|review|translat|referee", re.IGNORECASE)
_MARKS = re.compile(r"[\s\d¹²³⁰⁴-⁹,;*†‡§¶#]+$")
#: What a DOI may hold that needs no escape in a link.
_SAFE = "/:;().,_-~@!$&'*+="
_DOI = re.compile(r"10\.\d+(?:\.\d+)*/\S+")


def read_article(article: Element | None, source: Row) -> Row:
    """The ARTICLE struct of an article: what the source states, else what the JATS says.

    `source` is a row of ARTICLES. Where its XML is broken there is no article: the struct holds what the source states.
    The licence is the narrowest that source and JATS state. A licence of the source that is not known is not unstated:
    the article has none then, whatever the JATS says.
    """
    pmcid, _, version = source["article_id"].rpartition("v")
    meta = article.find("front/article-meta") if article is not None else None
    front = _read_front(article, meta) if article is not None else {}
    row = {"pmcid": pmcid, "version": int(version), **front}
    row["pmid"] = source["pmid"] or front.get("pmid")
    row["doi"] = _doi(source["doi"]) or front.get("doi")
    row |= _licences(source["license"], statements(meta) if meta is not None else [])
    row["attribution"] = _attribution(row)
    return row


def _licences(stated: str | None, texts: list[str]) -> Row:
    """The licence by all evidence, what each side states, and the licence's address."""
    code = known_code(stated)
    decided = code == TDM or (stated and code is None)
    license = code if decided else licence_of([code, *texts] if code else texts)
    return {
        "license": license,
        "license_source": code or stated,
        "license_jats": licence_of(texts),
        "license_url": license and licence_link(license, [*texts, stated or ""]),
    }


def _read_front(article: Element, meta: Element | None) -> Row:
    journal = article.find("front/journal-meta")
    front: Row = {"article_type": article.get("article-type"), "authors": [], "keywords": []}
    if journal is not None:
        names = (journal.iter(tag) for tag in ("journal-title", "abbrev-journal-title", "journal-id"))
        front["journal"] = next((name for element in chain(*names) if (name := text_of(element))), None)
    if meta is not None:
        titles = meta.iterfind("title-group/article-title")
        front["title"] = next((text for title in titles if (text := text_of(title, _NOTES))), None)
        ids: dict[str | None, str] = {}
        for element in meta.iterchildren("article-id"):  # a second DOI is that of a version
            if text := text_of(element):
                ids.setdefault(element.get("pub-id-type"), text)
        front["pmid"], front["doi"] = ids.get("pmid"), _doi(ids.get("doi"))
        front["year"] = year_of(meta)
        front["authors"] = list(_authors(meta))
        front["keywords"] = list(dict.fromkeys(_keywords(meta)))
    return front


def _doi(text: str | None) -> str | None:
    """The DOI in what is stated as one: bare, as a link, behind "doi:"; None where none is in it.

    >>> _doi("https://doi.org/10.1186/bcr270"), _doi("doi: 10.1186/bcr270."), _doi("n/a")
    ('10.1186/bcr270', '10.1186/bcr270', None)
    """
    found = _DOI.search(unquote(text)) if text else None
    return found[0].rstrip(".,;") if found else None


def _authors(meta: Element) -> Iterator[str]:
    """Authors as "Surname Given Suffix", or the name of a collaboration without those of its members."""
    for group in meta.iterchildren("contrib-group"):
        unnamed = "other" if _OTHER_ROLES.search(group.get("content-type") or "") else "author"
        for contrib in group.iterchildren("contrib"):
            if _AUTHOR.fullmatch((contrib.get("contrib-type") or unnamed).strip()):
                name = next(contrib.iter(*_NAMES), None)
                if name is not None and (author := _author(name)):
                    yield author


def _author(name: Element) -> str:
    """A name in one line, without the marks of notes and affiliations."""
    if name.tag == "anonymous":
        return "Anonymous"
    parts = {part.tag: _unmarked(text_of(part, _BESIDE_NAMES)) for part in name.iterchildren(*_NAME_PARTS)}
    if "surname" in parts:
        return " ".join(filter(None, map(parts.get, _NAME_PARTS)))
    words = text_of(name, _BESIDE_NAMES)
    return words if name.tag.startswith("collab") else _unmarked(words)


def _unmarked(name: str) -> str:
    return name if name[-1:].isalpha() else _MARKS.sub("", name)


def _keywords(meta: Element) -> Iterator[str]:
    for group in meta.iterchildren("kwd-group"):
        if not (group.get("kwd-group-type") or "").startswith("abbr"):
            yield from filter(None, map(text_of, group.iter("kwd", "compound-kwd")))


def _attribution(row: Row) -> str:
    """The credit line: authors, title, journal and year, the article's address, the licence with its address.

    What is not known is left out. That is what Creative Commons asks for: title, author, source, licence.
    """
    authors = row.get("authors") or []
    credited = ", ".join(authors[:CREDITED]) + (" et al" if len(authors) > CREDITED else "")
    journal = " ".join(filter(None, (row.get("journal"), f"({row['year']})" if row.get("year") else None)))
    sentences = [
        part if part.endswith((".", "?", "!")) else f"{part}." for part in (credited, row.get("title"), journal) if part
    ]
    address = (
        f"https://doi.org/{quote(row['doi'], safe=_SAFE)}"
        if row["doi"]
        else f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/"
    )
    licence = ", ".join(filter(None, (row["license"], row["license_url"])))
    return " ".join(filter(None, (*sentences, address, licence and f"({licence})")))
