"""Places: captions that name their panels by words of position, where they name them by no letters.

Captions of medical pictures are full of left and right that are of the body. So a word of position counts only where it
says of a panel, in one of three ways: with a noun ("the left panel", "upper row"), alone in brackets ("axial (left) and
coronal (right) view"), or before a colon ("Left: …"); and only together with its opposite.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_ROW = r"(?:upper(?:most)?|top(?:most)?|lower(?:most)?|bottom|middle|center|centre|central)"
_SIDE = r"(?:(?:far\s)?(?:left|right)(?:[\s-]?hand)?(?:\sside)?|middle|center|centre)"
_PLACE = rf"(?:{_ROW}[\s-]{_SIDE}|{_SIDE}[\s-]{_ROW}|{_ROW}|{_SIDE})"
_PLACES = rf"{_PLACE}(?:(?:\s?,\s?(?:and\s)?|\s(?:and|&)\s|/){_PLACE})?"
_NOUN = (
    r"(?:panel|image|picture|photograph|photo|photomicrograph|micrograph|figure|column|row|graph|plot|map|frame|scan"
    r"|radiograph|view|diagram|sub-?figure|subplot|quadrant\sof\sthe\s(?:figure|image))s?\b"
)
#: A word of position with its noun, in brackets, behind "on the", before a colon, or short for a noun that came before.
_FOUND = re.compile(
    rf"\(\s?(?P<bracket>{_PLACES})(?P<of>\s{_NOUN})?(?:\s?[,;:]\s[^()]{{1,40}})?\s?\)"
    rf"|\b(?:the\s)?(?P<noun>{_PLACES})\s{_NOUN}(?:\s?:)?"
    rf"|(?<=[,;:.(]\s)(?:and\s)?on\sthe\s(?P<on>{_PLACES})(?=\s?[,:]\s|\s(?:for|are|is)\b)"
    rf"|(?P<colon>\b{_PLACES})(?:\s?:(?=\s)|\s?,(?=\s))"
    rf"|(?:\band|\bwhile|\bwhereas|[,;.])\s(?:the\s)?(?P<short>{_PLACE})(?![\s-](?:{_SIDE}|{_ROW})\b)(?:\sone)?(?=\s\w)(?!\s{_NOUN})",
    re.I,
)
_ONE = re.compile(_PLACE, re.I)
_WORDS = re.compile(r"[a-z]+", re.I)
_ROWS = {"upper": "top", "uppermost": "top", "top": "top", "topmost": "top"} | {
    "lower": "bottom",
    "lowermost": "bottom",
    "bottom": "bottom",
}
_MIDDLES = frozenset({"middle", "center", "centre", "central"})
_OPPOSITES = (("left", "right"), ("top", "bottom"))

#: What has sides itself, and what is not a panel though it has a place.
_BODY = re.compile(
    r"(?:eye|ear|lung|kidney|breast|ovar(?:y|ies)|hand|foot|feet|knee|hip|shoulder|leg|arm|limb|femur|tibia|humerus|wrist"
    r"|elbow|ankle|test[ei]s|lobe|lobule|ventricle|atri(?:um|a)|hemisphere|ureter|side|maxilla|mandible|orbit|temple|heart"
    r"|arter(?:y|ies)|vein|nerve|gland|cortex|hippocamp\w+|amygdala|muscle|patient|subject|abdomen|quadrant|molar|tooth"
    r"|arrow|arrowhead|asterisk|star|circle|line|bar|box|curve|inset)s?$",
    re.I,
)
#: What stands in brackets and is more often of the body or of a device: "(right side)", "electrodes (upper)".
_NO_PANEL = re.compile(r"(?:upper|lower)$|.*side$", re.I)
#: What is said in a remark: "the line in the left panel".
_REMARK = re.compile(
    r"\b(?:magnifications?|bars?|arrows?|arrowheads?|asterisks?|lines?|insets?|box(?:es)?|circles?|dots?)\s(?:of|in)\s$",
    re.I,
)
_VALUE = re.compile(r"\s?[-+]?\d")
#: What a panel does: "the left one shows".
_VERB = re.compile(r"\s(?:shows?|depicts?|displays?|demonstrates?|illustrates?|represents?|is|was|are|were|reveals?)\b")


class Place(NamedTuple):
    """Words of position that speak of panels, and the labels of these ("left", "top right")."""

    start: int
    end: int
    labels: tuple[str, ...]


def find_places(text: str) -> list[Place]:
    """Where a text with plain characters speaks of panels by their places; [] where these are not told apart."""
    small = text.lower()
    if not (
        ("left" in small and "right" in small)
        or (("upper" in small or "top" in small) and ("lower" in small or "bottom" in small))
    ):
        return []
    found = list(_found(text))
    known = {label for place in found for label in place.labels}
    if any(set(place.labels) == known for place in found) or not _is_balanced(known) or _runs_backwards(text, found):
        return []
    return found


def in_reading_order(labels: Iterable[str]) -> list[str]:
    """Places from top to bottom, then from left to right."""
    words = {label: label.split() for label in labels}
    return sorted(
        words,
        key=lambda label: (
            ("bottom" in words[label]) - ("top" in words[label]),
            ("right" in words[label]) - ("left" in words[label]),
        ),
    )


def _found(text: str) -> Iterator[Place]:
    """The places that speak of panels, in the order of the text."""
    noun_before = -1
    for match in _FOUND.finditer(text):
        way = match.lastgroup if match.lastgroup != "of" else "bracket"
        before, start = text[max(match.start() - 30, 0) : match.start()], match.start()
        words = before.rstrip(" (,")
        if way == "bracket":
            counts = bool(match["of"]) or not (_BODY.search(words) or _NO_PANEL.match(match["bracket"]))
        elif way == "noun":
            counts, noun_before = not _REMARK.search(before), match.end()
        elif way == "on":
            counts = True
        elif way == "colon":
            opening = ".;:,(" if text[match.end() - 1] == ":" else ".;:"
            counts = (before.rstrip() or ".")[-1] in opening and not _VALUE.match(text, match.end())
        else:
            sentence = noun_before >= 0 and "." not in text[noun_before : match.start()].rstrip(".")
            following = _WORDS.findall(text[match.end() : match.end() + 40])[:2]
            counts = sentence and (
                bool(_VERB.match(text, match.end())) or not any(_BODY.fullmatch(word) for word in following)
            )
            start = match.start("short")
        if counts and way:
            labels = dict.fromkeys(_label(place[0]) for place in _ONE.finditer(match[way]))
            yield Place(start, match.end(), tuple(labels))


def _label(words: str) -> str:
    """The label of words of position: rows first, "top left"."""
    row = side = ""
    for word in _WORDS.findall(words.lower()):
        if word in _ROWS:
            row = _ROWS[word]
        elif word in ("left", "right"):
            side = word
        elif word in _MIDDLES:
            row, side = (row, "middle") if row else ("middle", side)
    return " ".join(filter(None, (row, side)))


def _is_balanced(labels: set[str]) -> bool:
    """Whether places come with their opposites, and are not rows and columns of one grid."""
    words = {word for label in labels for word in label.split()}
    opposed = [set(pair) <= words for pair in _OPPOSITES]
    lone = [len(words & set(pair)) == 1 for pair in _OPPOSITES]
    return any(opposed) and not any(lone) and not all(set(pair) <= labels for pair in _OPPOSITES)


def _runs_backwards(text: str, found: list[Place]) -> bool:
    """Whether two places in brackets go from right to left, as in one picture: "from proximal (right) to distal"."""
    return [place.labels for place in found] == [("right",), ("left",)] and text[found[0].start] == "("
