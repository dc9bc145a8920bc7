"""Ranges: "Figs. 1-3", "S2 to S4", "de la Figura 1 a la 3", "Figures I-III", as references to figures write them."""

import re
from collections.abc import Iterator

from transforms.jats.labels import FIGURE_WORD, roman_value

_BLANK = r"[\s\u00ad\u200b\u2060\ufeff]*"
_DASH = r"[-~\u2010-\u2015\u2026\u2043\u2212\u223c\u301c\ufe58\ufe63\uff0d\uff5e]{1,3}"
# The single letter is a word of Spanish, Portuguese, Italian and Czech, and a panel when it is a capital.
_WORD = (
    r"\b(?:(?:up\s+)?to|through|thru|till?|until|(?-i:a|à)|al|alla|ao|até|hasta|jusqu.?à|bis(?:\s+zur?)?|tot|t/m|до|по)\b"
    r"(?:\s+(?:the|l?as?|les?)\b)?|[至到]"
)
_FIGURE = rf"(?:(?:supplementa(?:ry|l)|extended\s+data|appendix)\s+)?\b{FIGURE_WORD}\.?{_BLANK}"
_TO = rf"{_BLANK}(?:{_DASH}|{_WORD}){_BLANK}"
_AND = rf"(?:{_BLANK}(?:[,;&+、和]|\b(?:and|or|und|oder|et|ou|e|y|o|и)\b)){{1,2}}{_BLANK}"

#: What stands before a number of a figure, whatever its kind is called.
_KIND = (
    rf"\b(?:{FIGURE_WORD}|supplements?|schem\w+|plates?|charts?|maps?|imag\w+|photo\w*|gr[aá]\w+|esquemas?)\.?{_BLANK}"
)
_PANEL = r"\(?[a-z]\)?"
#: Panels of a figure, or the word itself as PLOS has it: "S1 Fig". The "a" of "1 a 3" is no panel.
_PANELS = (
    rf"(?:(?!\s[aeoy]\s+(?:l?as?\s+)?[a-z]{{0,2}}\d)\s?{_PANEL}(?:\s?(?:[,&/+]|and|{_DASH})\s?{_PANEL})*(?![^\W\d])|"
    r"\s?\bfig(?:ure)?s?\b)?"
)
#: The letter of a series, as in "S1"; that of the first number holds for the last.
_SERIES = r"(?<![^\W\d])([a-z]{1,2})"
#: After a number these say that it counts something else.
_UNIT = (
    r"(?!\s*(?:[%°‰×µμ]|(?:[kmµμnc]?[gmlMs]|[kM]?Da|k?bp|[kM]?Hz|k?e?V|h|hrs?|hours?|min|minutes?|sec(?:onds)?|d|days?|"
    r"w(?:ee)?ks?|months?|y(?:ea)?rs?|times|fold|patients|cases)\b))"
)

#: A text longer than this is no reference.
_LONGEST = 200

#: Cheap signs that there is no range.
_ONE_NUMBER = re.compile(r"\D*\d+\D*")
_NO_DASH = re.compile(r"\s*[().;,:\[\]]")

_BETWEEN = re.compile(rf"(?:{_PANEL})?{_TO}(?:{_FIGURE})?", re.IGNORECASE)
_AT_START = re.compile(_TO, re.IGNORECASE)
_AT_END = re.compile(rf"{_TO}$", re.IGNORECASE)


class _Notation:
    """Lists of numbers in one kind of digits."""

    def __init__(self, digits: str) -> None:
        item = rf"(?:[a-z]{{0,2}}{digits}{_PANELS})"
        items = rf"{item}(?:(?:{_TO}|{_AND})(?:{_FIGURE})?{item})*"
        self.whole = re.compile(rf"\W*(?:{_KIND})?{items}[^\w%°‰×µμ]*", re.IGNORECASE)
        self.named = re.compile(rf"{_KIND}({items}){_UNIT}", re.IGNORECASE)
        number = rf"(?:{_SERIES}|)({digits})"
        self.number = re.compile(number, re.IGNORECASE)
        self.range = re.compile(rf"{number}{_PANELS}{_TO}(?:{_FIGURE})?{number}", re.IGNORECASE)


_ARABIC = _Notation(r"(?<!\d)\d{1,4}(?!\d)")
_ROMAN = _Notation(r"(?<![^\W\d])[ivx]{1,7}(?![^\W\d])")


def may_state(text: str) -> bool:
    """Whether the text of a reference may hold a range at all."""
    return len(text) <= _LONGEST and not _ONE_NUMBER.fullmatch(text)


def stated(text: str, series: str, roman: bool) -> Iterator[tuple[int, int]]:
    """First and last number of each range of a series ("fig", "fig s") in the text of a reference.

    A range counts where the whole text is a list of numbers, or behind a word for a figure: not in "1-4 mg, Figure 2".
    """
    letters = {"", "f", *series.split()}
    notation = _ROMAN if roman else _ARABIC
    lists = [text] if notation.whole.fullmatch(text) else notation.named.findall(text)
    for numbers in lists:
        for letter, low, last_letter, high in notation.range.findall(numbers):
            if letter.lower() in letters and last_letter.lower() in ("", letter.lower()):
                yield (roman_value(low), roman_value(high)) if roman else (int(low), int(high))


def listed(text: str, series: str, roman: bool) -> list[int]:
    """The numbers of a series where the whole text of a reference is a list of numbers: "Fig. 1 and 2", "S1, 3"."""
    notation = _ROMAN if roman else _ARABIC
    if not notation.whole.fullmatch(text):
        return []
    numbers: list[tuple[str, int]] = []
    for letter, digits in notation.number.findall(text):
        of_series = letter.lower() or (numbers[-1][0] if numbers else "")
        numbers.append((of_series, roman_value(digits) if roman else int(digits)))
    letters = set(series.split()) - {"fig"}
    own = letters.intersection(letter for letter, _ in numbers) or {"", "f"}
    return [number for letter, number in numbers if letter in own]


def joins(text: str, words: str, following: str) -> bool:
    """Whether the words between two references make a range of them, with the dash in one of them or outside."""
    behind, ahead = _AT_END.search(text), _AT_START.match(following)
    return bool(_BETWEEN.fullmatch(f"{behind[0] if behind else ''}{words}{ahead[0] if ahead else ''}"))


def may_join(words: str) -> bool:
    """Whether the words may, by their beginning: most references are followed by a bracket or a comma."""
    return not _NO_DASH.match(words)
