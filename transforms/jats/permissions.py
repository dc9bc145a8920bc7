"""Permissions: what an element of JATS states about its rights, one text for each statement.

A statement that has yet to begin is none. "Yet" must not hang on the clock of a run: it is measured by the article's
newest date, or by `IN_FORCE` where that is later. What is said of text mining (`specific-use="tdm"`) is none either,
nor what is said of another version of the article: of the accepted manuscript ("am") unless the article is one, of
the version of record ("vor") if it is. `free_to_read` says who may read, which is no licence.
"""

from collections.abc import Iterator
from datetime import date

from transforms.jats.dates import newest_date, parse_date
from transforms.jats.text import Element, one_spaced
from transforms.rights.scope import IN_FORCE
from transforms.rights.wording import names_only_others

_HREF = "{http://www.w3.org/1999/xlink}href"
_ALI = "{http://www.niso.org/schemas/ali/1.0/}"
_LICENSE_REF = ("license_ref", f"{_ALI}license_ref", "license-ref")

#: Where a whole article states its rights; other elements are pictures, or hold some.
_FRONTS = frozenset({"article-meta", "front-stub"})

#: Where newer files of PMC hold its code.
_PMC_CODE = "custom-meta-group/custom-meta[meta-name='pmc-license-ref']/meta-value"

_GRAPHICS = frozenset({"graphic", "inline-graphic", "media", "inline-media"})


def statements(element: Element) -> list[str]:
    """What `element` (article-meta, front-stub, fig, graphic …) states of its own rights; empty where nothing.

    The words of a licence hold the links in their places; its attributes, each `license_ref` and each copyright line
    are texts of their own, as is PMC's code in `custom-meta`. What stands in elements within it (a figure's of an
    article) does not count.
    """
    of_picture = element.tag not in _FRONTS
    found: list[str] = []
    for holder in (*element.iterchildren("permissions"), element):  # NLM 2 has no permissions
        for child in holder.iterchildren("license", "copyright-statement", *_LICENSE_REF):
            if child.tag == "license":
                found += _license(child, of_picture)
            elif child.tag == "copyright-statement":
                found.append(_words(child))
            elif _counts(child):
                found += _reference(child)
        if holder is not element and holder.find("copyright-statement") is None:
            found.append(_holder(holder))
    found += map(_words, element.iterfind(_PMC_CODE))
    return list(dict.fromkeys(filter(None, map(one_spaced, found))))


def _license(element: Element, of_picture: bool) -> Iterator[str]:
    references = [reference for tag in _LICENSE_REF for reference in element.iter(tag)]
    counting = [reference for reference in references if _counts(reference)]
    if not _counts(element) or (references and not counting):  # all that dates it lies ahead
        return
    words = _words(element)
    yield words
    if not names_only_others(words, of_picture):  # else attributes speak of the same: of data, of next year
        yield from (element.get(name) or "" for name in ("license-type", "specific-use", _HREF))
        for reference in counting:
            yield from _reference(reference)


def _reference(element: Element) -> Iterator[str]:
    yield element.get("content-type") or ""
    yield element.get(_HREF) or ""
    yield element.text or ""


def _holder(permissions: Element) -> str:
    """The copyright line of permissions that have none: year and holder."""
    parts = [_words(part) for part in permissions.iterchildren("copyright-year", "copyright-holder")]
    return " ".join(("©", *parts)) if permissions.find("copyright-holder") is not None else ""


def _words(element: Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    """The text of an element, with the address of each link behind its words unless these are the address."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _LICENSE_REF:
            words = _words(child)
            target = "" if child.tag in _GRAPHICS else (child.get(_HREF) or "").strip()
            yield f"{words} ({target})" if target and target not in words else words
            if child.tag in ("p", "license-p", "title"):
                yield " "
        elif child.tag in _LICENSE_REF:
            yield " "
        yield child.tail or ""


def _counts(element: Element) -> bool:
    """True if a licence or a reference to one holds for this version of the article and has begun."""
    use = (element.get("specific-use") or "").strip().lower()
    if use == "tdm" or (use in ("am", "vor") and (use == "am") is not _is_manuscript(element)):
        return False
    start = parse_date(element.get("start_date"))
    return start is None or start <= IN_FORCE or start <= _newest(element)


def _is_manuscript(element: Element) -> bool:
    ids = element.getroottree().iterfind("front/article-meta/article-id")
    return any(each.get("pub-id-type") in ("manuscript", "manuscript-id") for each in ids)


def _newest(element: Element) -> date:
    """The newest date that the article around `element` states."""
    meta = element.getroottree().find("front/article-meta")
    return (None if meta is None else newest_date(meta)) or IN_FORCE
