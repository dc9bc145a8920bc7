"""Labels of figures: the number of one within its series, and the languages that its words belong to."""

import re
from typing import NamedTuple

#: Words for a figure as labels and references write them. "Scheme 1" and "Figure 1" are two figures: series apart.
FIGURE_WORD = (
    r"(?:fig(?:s|uras?|ures?|uur|uren)?(?![^\W\d])|abb(?:ildung(?:en)?)?(?![^\W\d])|"
    r"рис(?:ун(?:ок|к\w+))?(?![^\W\d])|图|圖|図|그림)"
)
_WORD = re.compile(rf"\b{FIGURE_WORD}", re.IGNORECASE)

_NUMBER = re.compile(r"(\d{1,4})(\D*)$")
#: Behind a word: by itself an "I" is a panel.
_ROMAN = re.compile(r"[^\W\d]{3}\W*\b([IVX]{1,7}|[ivx]{1,7})\b\W*$")
_ROMAN_FORM = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_DIGITS = {"I": 1, "V": 5, "X": 10}

#: Languages by the beginning of a label; "Fig. 1" may be of any.
_SPOKEN = {
    "figura": {"ca", "es", "gl", "it", "pt", "ro"},
    "figure": {"en", "fr"},
    "abb": {"de"},
    "рис": {"ru", "uk"},
    "图": {"zh"},
    "圖": {"zh"},
    "図": {"ja"},
    "그림": {"ko"},
}


class Numbered(NamedTuple):
    """A label taken apart: "Figure S3B." is number 3 of the series "fig s", its part "b"."""

    series: str
    number: int
    part: str
    roman: bool


def numbered(label: str) -> Numbered | None:
    """The last number of a label, in Roman digits where it has no others; None where it has none."""
    if digits := _NUMBER.search(label):
        return Numbered(_plain(label[: digits.start()]), int(digits[1]), _plain(digits[2]), False)
    if letters := _ROMAN.search(label):
        value = roman_value(letters[1])
        return Numbered(_plain(label[: letters.start(1)]), value, "", True) if value else None
    return None


def roman_value(digits: str) -> int:
    """The value of a Roman number up to 39, 0 where it is none.

    >>> roman_value("XIV"), roman_value("iii"), roman_value("VX")
    (14, 3, 0)
    """
    if not _ROMAN_FORM.fullmatch(digits := digits.upper()):
        return 0
    values = [_DIGITS[digit] for digit in digits]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def languages(label: str) -> frozenset[str]:
    """The languages that a label's first word belongs to, none where it may be any."""
    words = label.lower().lstrip()
    return frozenset(next((spoken for word, spoken in _SPOKEN.items() if words.startswith(word)), ()))


def _plain(words: str) -> str:
    return re.sub(r"\W+", " ", _WORD.sub("fig", words.lower())).strip()
