"""Candidates without brackets: "A) …", "A: …", "A. …", "A, …", "A - …", "A …", "Panel A", "Fig. 1A"."""

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from transforms.captions.candidates import Candidate, weight_of
from transforms.captions.context import CLAUSE, PHRASE, Context, context_of, doubt
from transforms.captions.labels import LABELS, read_labels

_CLOSED = r"\)\s?(?:,|&|and)\s?"
#: A label behind a blank or a mark, and what separates it from its text.
_LABELS = re.compile(
    r"[ (.;:,)\]](?=\w(?:[\W\d]|$)|[A-H]{2}|[IVXivx]{2}|\d[A-HiIvVxX]|Fi)"
    r"(?P<figure>(?:Fig(?:ure|s)?\.?\s?)?\d{1,2}(?=[A-Wa-w]))?"
    rf"(?P<labels>[A-Z](?:{_CLOSED}[A-Z])+(?=\))|[a-z](?:{_CLOSED}[a-z])+(?=\))|{LABELS})"
    r"(?P<mark>\s?\)(?:\s?[.:,](?=\s))?|\s?:(?=\s)|\s\([A-Za-z ]{2,20}\):|\.(?=\s|$|[A-Z][a-z])"
    r"|\s?[,=](?=\s)|\s?-(?=\s)|(?=\s))"
)
_STYLES = {")": "A)", ":": "A:", "(": "A:", ".": "A.", ",": "A,", "-": "A -", "=": "A =", "": "A"}
#: A number or an A that lost the blank before it: "incision2. Cyst", "of miceA, Cells".
_GLUED = re.compile(r"([A\d])(?:(?<=\d)\.|(?<=A)[.,:)](?= ))(?=\s?[A-Z])")
#: What follows a letter that is no marker: "B cells", "p < .05", "D for day".
_NO_MARKER = re.compile(
    r"\s*(?:[<>\u2264\u2265\u00b1\u2248~%+*]"
    r"|(?:cells?|lymphocytes?|waves?|ax[ie]s|terminus|termini|terminal|values?|and|or|for|mode|lines?)\b)"
)
_AGED = re.compile(r"\s\d+[- ][a-z]")

#: How the words end behind which a number, an article or the like may be a label: and, for, or, panel, image, graph.
_LAST = frozenset("dehlrs")

#: What an article takes, the name of a genus ("B. subtilis"), and a list of which only an end is a label.
_ARTICLE, _GENUS, _END = 0.3, 0.3, 0.2


class _Found(NamedTuple):
    """A label without brackets, or several, with what follows it."""

    start: int
    end: int
    labels: str
    style: str
    place: int
    follows: str


def unbracketed(text: str, taken: Container[int] = ()) -> Iterator[Candidate]:
    """The candidates without brackets; one that is a list may be there again as its first and its last label.

    `taken`: the places of those in brackets, where none of these may end.
    """
    explained = text.find("bbreviation")  # "Abbreviations: A, artery; V, vein."
    for match in _LABELS.finditer(f" {text}"):
        start = match.start()  # the blank before the text is one character
        if "," not in match["labels"] and (match.end() - 2 in taken or _is_word(text, start, match)):
            continue
        context = context_of(text, start)
        if _belongs(match, context) or (context.place and 0 <= explained < start):
            continue
        style = "1A" if match["figure"] else _STYLES[match["mark"].strip()[:1]]
        if context.is_noun:
            style, start = "Panel A", len(text[:start].rstrip(" (")) - len(context.word)
            context = context_of(text, start)
        for found in _ways(text, match, start, style, context):
            weight = _weight(text, found, context, found.labels == match["labels"])
            if weight > 0 and found.end - 1 not in taken and (readings := read_labels(found.labels)):
                yield Candidate(found.start, found.end, found.style, found.place, weight, readings)
    for match in _GLUED.finditer(text):
        if text[match.start() - 1 : match.start()].islower() and match.end() - 1 not in taken:
            is_number, style = match[1].isdigit(), f"A{match[0][-1]}"
            weight = weight_of(style, CLAUSE if is_number else PHRASE, is_number)
            yield Candidate(match.start(), match.end(), style, CLAUSE, weight, read_labels(match[1]))


def _is_word(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a number, an article or the like stands in a phrase: most do, and this is told at a glance."""
    last = text[start - 2 : start - 1] if text[start - 1 : start] == " " else ""
    is_bare = not match["mark"] and not match["figure"] and not match["labels"][0].isupper()
    return is_bare and last.isalnum() and last not in _LAST


def _belongs(match: re.Match[str], context: Context) -> bool:
    """Whether a label is part of a longer thing: "U.S.", "3.5", "Figs 3-6", "3D7"."""
    before, labels = context.before, match["labels"]
    is_number = labels[0].isdigit()
    if before[-1:] == "." and (before[-2:-1].isdigit() if is_number else before[-3:-2] in " .("):
        return True
    if match["figure"]:
        return not labels.isalpha() or match["mark"].lstrip()[:1] == ")"
    return is_number and context.is_numbered


def _ways(text: str, match: re.Match[str], start: int, style: str, context: Context) -> Iterator[_Found]:
    """What a match may be: all its labels, or the first ("D, E. coli") or the last ("kinase K, C: lung")."""
    labels, end_of_labels, end = match["labels"], match.end("labels") - 1, match.end() - 1
    follows = text[end : end + 2].strip()
    yield _Found(start, end, labels, style, context.place, follows)
    if "," in labels:
        first, last = labels.split(",")[0], labels.rsplit(",", 1)[1].lstrip()
        yield _Found(start, match.start("labels") + len(first), first, "A,", context.place, "")
        yield _Found(end_of_labels - len(last), end, last, style, CLAUSE, follows)


def _weight(text: str, found: _Found, context: Context, is_whole: bool) -> float:
    opens = context.opens and found.place == context.place and not found.labels.isdigit()
    weight = weight_of(found.style, 0 if opens else found.place, found.labels[0].isdigit())
    if weight <= 0 or _is_refused(text, found, context):
        return 0.0
    weight -= doubt(context, False) + _END * (not is_whole)
    if found.style == "A" and found.labels in ("A", "a"):
        weight -= _ARTICLE * bool(found.follows.islower() or found.place or _AGED.match(text, found.end))
    if found.style == "A." and found.follows.islower() and not found.labels.isdigit():  # "B. subtilis"
        weight -= _GENUS if found.labels.isalpha() else 1.0
    return weight


def _is_refused(text: str, found: _Found, context: Context) -> bool:
    """Whether a label belongs to what stands around it."""
    labels, place, style = found.labels, found.place, found.style
    behind_digit = context.before[-2:-1].isdigit()
    in_phrase = place == PHRASE and (behind_digit or labels[0].islower())
    if labels[-1].isdigit() and labels[0].isalpha():  # "cyclin D1"
        return place > 0
    if style == "A)":
        return text.rfind("(", 0, found.start) > text.rfind(")", 0, found.start)
    if style == "A":
        several = place == PHRASE and len(labels) > 2  # "the C-Z interval"
        no_label = not found.follows or _NO_MARKER.match(text, found.end) is not None
        return no_label or in_phrase or several or _is_article(found, context)
    if style == "A:":
        return place == PHRASE and behind_digit
    if style == "A =":
        return not found.follows[:1].isalpha()
    return style in ("A,", "A.", "1A") and in_phrase


def _is_article(found: _Found, context: Context) -> bool:
    """Whether A, a or I is a word: within a sentence, but not behind a colon, and not before "400×"."""
    if found.place and (found.labels == "a" or (found.labels in ("A", "I") and found.follows.islower())):
        return not (found.follows.isdigit() or context.opens or context.before.endswith("("))
    return False
