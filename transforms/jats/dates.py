"""Dates: when an article was published, by whichever of its dates are to be believed."""

import re
from collections.abc import Iterator
from datetime import date

from transforms.jats.text import Element, text_of

#: Kinds of publication date; the others tell when PMC released, a journal corrected or a printer received an article.
_PUBLISHED = frozenset({"collection", "epub", "epub-original", "epub-ppub", "ppub", "pub", "publication"})

#: What some systems write where they know no year.
_PLACEHOLDER = 1900

_YEAR = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)(?:[01]\d[0-3]\d)?(?!\d)")


def year_of(meta: Element) -> int | None:
    """The earliest year of publication in an article-meta, of any other date where none is one.

    `pub-history` (JATS 1.3) counts where `pub-date` says nothing. The placeholder 1900 loses to whatever else is there.
    """
    ranked: list[list[int]] = [[], [], [], []]
    for rank, years in _dated(meta):
        ranked[rank].append(years)
    known = [[year for year in years if year != _PLACEHOLDER] for years in ranked]
    return next((min(years) for years in (*known, *ranked) if years), None)


def _dated(meta: Element) -> Iterator[tuple[int, int]]:
    """Each year of the article with the rank of its kind of date, the best first."""
    for rank, dates in ((0, meta.iterchildren("pub-date")), (2, meta.iterfind("pub-history/event/*"))):
        for element in dates:
            if element.tag in ("pub-date", "date") and (year := _year(element)):
                yield rank + (_kind(element) not in _PUBLISHED), year


def _kind(element: Element) -> str:
    parent = element.getparent()
    event = parent.get("event-type") if parent is not None else None
    return element.get("pub-type") or element.get("date-type") or event or "pub"


def _year(element: Element) -> int | None:
    """The year of a date: of its element, its attribute, or its words ("12 March 2018", "Spring 2018")."""
    year = element.find("year")
    texts = [] if year is None else [year.get("iso-8601-date") or "", text_of(year)]
    for text in (*texts, element.get("iso-8601-date") or "", text_of(element)):
        if found := _YEAR.search(text):
            return int(found[1])
    return None


def newest_date(meta: Element) -> date | None:
    """The newest date that an article-meta states, of whatever kind."""
    dates = (parse_date(each.get("iso-8601-date")) or _parts(each) for each in meta.iter("pub-date", "date"))
    return max(filter(None, dates), default=None)


def _parts(element: Element) -> date | None:
    return parse_date("-".join((element.findtext(name) or "").strip().zfill(2) for name in ("year", "month", "day")))


def parse_date(text: str | None) -> date | None:
    """A date as ISO 8601 writes it, with or without time; the first day of what is known of it."""
    digits = "".join(char for char in (text or "").partition("T")[0] if char.isascii() and char.isdigit())
    if len(digits) < 4:
        return None
    year, month, day = int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1)
    return date(max(year, 1), min(max(month, 1), 12), min(max(day, 1), 28))  # "2021-02-30" and "2021-00-00" occur
