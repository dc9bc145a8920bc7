"""Cited panels: the letters that a reference to a figure names, in its own words or right behind them.

"Fig. 2B", "Figures 2A–C", "Fig. 2 (b, d)", "2A, left", "Figure 2, panel B": what a range leaves out is named too, and a
part of a panel ("2Bi") names the panel. Letters behind the reference count where no word can be meant.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from transforms.jats.labels import roman_value

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_SHORT_ROMAN = "viii|vii|iii|vi|iv|ix|ii"

#: How letters may begin behind the number of a figure, the surest first: at once, in brackets, behind a word for them …
_AT_ONCE = re.compile(r"[-.–_]?(?=[A-Za-z])")
_BRACKETED = re.compile(r"\s?(?=[(\[])")
_PANELS = r"(?:sub)?(?:panels?|parts?|panneaux?|pain[eé](?:l|is)|paneles|pannell[oi]|teile?)\s+"
_NAMED = re.compile(rf",?\s?[(\[]?{_PANELS}", re.IGNORECASE)
#: … or behind a blank or a comma, where words begin as well.
_APART = re.compile(r",?\s?(?=[A-Za-z])")

#: One item: a Roman number, letters that follow each other ("AB") or a letter, with the part of the panel behind it.
_ITEM = re.compile(
    rf"(?P<open>[(\[]\s?(?:{_PANELS})?)?(?:(?P<roman>{_SHORT_ROMAN})|(?P<run>[A-Z]{{2,6}}|[a-h]{{2,5}})"
    r"|(?P<letter>[A-Za-z])(?:[ivx]{1,4}|[a-h]|(?P<digits>\d{1,2})|[′″'’]{1,2})?)(?![^\W_])(?P<close>\s?[)\]])?"
)
#: Behind a letter these say that it is no panel: "n = 5", "T cells", "E. coli", "A-kinase".
_NO_PANEL = re.compile(r"\s?[=<>≤≥±≈]|[’']s\b|\s(?:cells?|lymphocytes?)\b|\.\s?[a-z]|-[a-z]{2}|\s?\d")
#: A letter apart that is a word: "(a patient". Words that go on with a list are none behind it.
_WORD = re.compile(r"(?<=[\s(\[])[aeoy]\s(?!(?:and|or|und|et|to|through)\b)[^\W\d_]{2}")
_TO = re.compile(r"\s?(?:[-\u2010-\u2015\u2212~]|\b(?:to|through|bis|a)\b)\s?(?P<number>\d*)(?=[A-Za-z(\[])")
_AND = re.compile(
    r"\s?(?:[,;&+/]\s?(?:(?:and|or)\s|&\s?)?|\b(?:and|or|und|et|y|e)\s)(?P<number>\d*)(?=[A-Za-z(\[])",
)
#: What may follow letters that stand apart.
_END = re.compile(r"\s?(?:[)\],;:]|\.(?!\w)|$)")
_NUMBER = re.compile(r"\d+")
_JOINTS = (",", "-", "–")


class _List(NamedTuple):
    """Letters, how many items of the text name them, and where the last one ends."""

    letters: list[str]
    items: int
    end: int


def cited_panels(text: str, start: int, end: int, number: str | None) -> list[str]:
    """The letters that the reference `text[start:end]` to the figure of this `number` names, in order, each once.

    A figure whose number is not among those of the reference lies in a range: it is cited as a whole. Of one without
    a number, None, the first of the reference counts.
    """
    found: list[str] = []
    places = list(_NUMBER.finditer(text, start, end))
    for place in [each for each in places if each[0] == number] if number else places[:1]:
        found += _behind(text, place.end(), end, place[0])
    if start < end and not places and str(roman_value(text[start:end])) != number:  # the I of "Figures I–III" is none
        found += _alone(text, start, end)
    return list(dict.fromkeys(found))


def _behind(text: str, place: int, end: int, number: str) -> list[str]:
    """The letters behind the number of a figure; `end` is that of the reference."""
    for opening in (_AT_ONCE, _BRACKETED, _NAMED):
        if (begins := opening.match(text, place)) and (named := _list(text, begins.end(), number)):
            return named.letters
    if (begins := _APART.match(text, place)) and (named := _list(text, begins.end(), number)):
        is_letter = len(named.letters) == 1 and _END.match(text, named.end)  # "Figure 2, A total", "de novo" are words
        if named.items > 1 or named.end <= end or is_letter:
            return named.letters
    return []


def _alone(text: str, start: int, end: int) -> list[str]:
    """The letters of a reference that is nothing else: the B of "2A and B"."""
    begins = _NAMED.match(text, start, end)
    named = _list(text, begins.end() if begins else start, "")
    return named.letters if named and named.end >= end else []


def _list(text: str, place: int, number: str) -> _List | None:
    """The letters from `place` on, as far as they ascend in one case; None where there are none."""
    letters: list[str] = []
    items, end, is_range = 0, place, False
    parts = text[max(0, place - 2) : place].strip()[-1:] not in _JOINTS
    while item := _ITEM.match(text, place):
        names = _names(item)
        if not names or (letters and not _follows(letters[-1], names[0])):
            break
        if item["digits"] and not parts:
            break  # "S1–S3" and "2, S1" are figures, "2D1–D3" parts of a panel
        parts = bool(item["digits"])
        if not item["close"] and (_NO_PANEL.match(text, item.end()) or _WORD.match(text, item.start("letter"))):
            break
        letters += [*_between(letters[-1], names[0]), *names] if is_range else names
        items, end = items + 1, item.end()
        if item["close"] and not item["open"]:
            break
        joint = _TO.match(text, end) or _AND.match(text, end)
        if joint is None or joint["number"] not in ("", number):
            break
        place, is_range = joint.end(), joint.re is _TO
    return _List(letters, items, end) if letters else None


def _names(item: re.Match[str]) -> list[str]:
    """The letters of an item; [] where a run of letters is a word: it ascends, and stands at once behind the number."""
    run = item["run"]
    if not run:
        return [item["roman"] or item["letter"]]
    before = item.string[max(0, item.start("run") - 1) : item.start("run")]
    steps = {ord(b) - ord(a) for a, b in pairwise(run)}
    panels = min(steps) > 0 and (before.isdecimal() or before in ("(", "-", "–")) and (run.isupper() or steps == {1})
    return list(run) if panels else []


def _follows(letter: str, other: str) -> bool:
    """Whether `other` may stand behind `letter` in a list."""
    if len(letter) > 1 or len(other) > 1:
        return letter in _ROMAN and other in _ROMAN and _ROMAN.index(letter) < _ROMAN.index(other)
    return letter.isupper() == other.isupper() and letter <= other


def _between(first: str, last: str) -> Iterator[str]:
    if len(first) > 1 or len(last) > 1:
        yield from _ROMAN[_ROMAN.index(first) + 1 : _ROMAN.index(last)]
    else:
        yield from map(chr, range(ord(first) + 1, ord(last)))
