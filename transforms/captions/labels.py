"""Labels: the names of panels, and how a caption writes several of them."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_SINGLE = "abcdefghijklmnopqrstuvwxyz"
_LOWER = (*_SINGLE, *(letter * 2 for letter in _SINGLE))

#: What panels are called, in order. A label's place in its alphabet is the number of its panel.
ALPHABETS: dict[str, tuple[str, ...]] = {
    "upper": tuple(letter.upper() for letter in _LOWER),
    "lower": _LOWER,
    "roman": _ROMAN,
    "ROMAN": tuple(numeral.upper() for numeral in _ROMAN),
    "number": tuple(str(number) for number in range(1, 31)),
    "greek": tuple("αβγδεζηθικλμνξοπρστυφχψω"),
}
#: The alphabets that more often count, or name, other things than panels.
NUMERALS = frozenset({"roman", "ROMAN", "number", "greek"})
#: The place of each label in its alphabet.
PLACES = {alphabet: {label: place for place, label in enumerate(labels)} for alphabet, labels in ALPHABETS.items()}

_RANGE = r"\s?(?:-|\bto\b|\bthrough\b)\s?"
_AND = r"(?:\s?[,;]\s?(?:and\s|&\s?)?|\s?[&/+]\s?|\sand\s)"
_DOUBLE = "|".join(letter * 2 for letter in "ABCDEFGH")
#: A label: a letter, which a digit or primes may follow, two of the same letter, a Roman or an Arabic number.
_LABELS = (
    rf"(?:[A-Z](?:\d|'{{1,3}})?|[IVX]{{2,5}}|{_DOUBLE})(?!\w)",
    r"(?:[a-z](?:\d|'{1,3})?|[ivx]{2,5})(?!\w)",
    r"\d{1,2}(?!\w)",
)
#: Several labels of one kind: "A, C-E and G", "a1-4".
LABELS = "(?:" + "|".join(rf"{one}(?:(?:{_RANGE}|{_AND}){one}|-\d(?!\w)){{0,15}}" for one in _LABELS) + ")"
#: The same in Greek, which are read in brackets alone.
GREEK = rf"[α-ω](?!\w)(?:(?:{_RANGE}|{_AND})[α-ω](?!\w)){{0,15}}"

_BRACKETS = re.compile(r"[.:,]?\s?[)\]]|[(\[]\s?")
_ADJACENT = re.compile(r"[)\]]\s?[(\[]")
#: Haematoxylin and eosin, which no list of panels looks like.
_STAIN = re.compile(r"\(?H\s?(?:&|and)\s?E\)?")
_SEPARATOR = re.compile(_AND)
_TO = re.compile(_RANGE)
_PARTS = re.compile(r"([A-Za-z]+|[α-ω])(\d?)('*)$|(\d+)$")


class Reading(NamedTuple):
    """What a list of labels names in one alphabet.

    `panels` has a bit for the place of each letter, `keys` one for each label: 64 for letters alone, 64 for those with
    one prime, and so on (`_stem`).
    """

    alphabet: str
    labels: tuple[str, ...]
    panels: int
    keys: int

    @property
    def has_digits(self) -> bool:
        """Whether a label is a letter with a digit."""
        return self.keys >> 64 * 4 > 0


#: All but the printable characters of ASCII, with its backquote.
_ODD = re.compile(r"[^ -_a-~]")
#: Characters that take no place: marks of direction, zero-width spaces, the byte order mark.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_PLAIN = dict.fromkeys("ʹʼ‘’′`´", "'") | {"【": "[", "】": "]", "、": ","}


def without_unseen(text: str) -> str:
    """The text with blanks for characters that take no place, so that none of them counts as a word."""
    return text if text.isascii() else _UNSEEN.sub(" ", text)


def plain_characters(text: str) -> str:
    """The text with one sort of dash, blank, prime and bracket, and no full-width letters; each character stays one."""
    return _ODD.sub(_plain, without_unseen(text))


def _plain(match: re.Match[str]) -> str:
    """One character for another, so that places stay."""
    return _PLAIN.get(match[0]) or _PLAIN.setdefault(match[0], _plain_of(match[0]))


def _plain_of(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if kind in ("Zs", "Zl", "Zp") or character.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


def stem_of(label: str) -> str:
    """A label without the digit or the primes behind its letter."""
    return _stem(label)[0]


@lru_cache(maxsize=4096)
def read_labels(text: str) -> tuple[Reading, ...]:
    """What "A-C, E" or "(A)-(C)" names, in each alphabet that all its labels are of."""
    if _STAIN.fullmatch(text):
        return ()
    bare = _BRACKETS.sub("", _ADJACENT.sub(",", text)).strip(" .:,;")
    items = [_TO.split(item) for item in _SEPARATOR.split(bare)]
    readings = ((alphabet, _expand(items, alphabet)) for alphabet in ALPHABETS)
    return tuple(_reading(alphabet, labels) for alphabet, labels in readings if labels)


def _reading(alphabet: str, labels: tuple[str, ...]) -> Reading:
    panels = keys = 0
    for label in labels:
        stem, suffix = _stem(label)
        place = PLACES[alphabet][stem]
        panels |= 1 << place
        keys |= 1 << (place + 64 * suffix)
    return Reading(alphabet, labels, panels, keys)


def _expand(items: list[list[str]], alphabet: str) -> tuple[str, ...]:
    """The labels of all items; () where one is not of the alphabet, or a range does not ascend."""
    places = PLACES[alphabet]
    labels: list[str] = []
    for ends in items:
        if len(ends) == 2 and ends[1].isdigit() and ends[0][-1:].isdigit() and alphabet not in NUMERALS:
            ends = [ends[0], ends[0][:-1] + ends[1]]  # "a1-4"
        (first, one), (last, other) = _stem(ends[0]), _stem(ends[-1])
        if len(ends) > 2 or first not in places or last not in places or ((one or other) and alphabet in NUMERALS):
            return ()
        if len(ends) == 1:
            labels.append(ends[0])
        elif one == other and places[first] < places[last]:
            suffix = ends[0][len(first) :]
            labels += (label + suffix for label in ALPHABETS[alphabet][places[first] : places[last] + 1])
        elif first == last and 3 < one < other:
            labels += (f"{first}{number - 3}" for number in range(one, other + 1))
        else:
            return ()
    return tuple(dict.fromkeys(labels))


@lru_cache(maxsize=4096)
def _stem(label: str) -> tuple[str, int]:
    """A label without what follows its letter, and a number for that: 0 for nothing, 1 to 3 for primes, 3 + a digit."""
    if not (parts := _PARTS.match(label)):
        return "", 0
    return parts[1] or parts[4], 3 + int(parts[2]) if parts[2] else len(parts[3] or "")
