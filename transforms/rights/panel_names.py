"""Panels by name: which panels a statement of rights is about, where it says so beyond doubt."""

import re
from collections.abc import Sequence

_LETTER = r"\(?(?<![A-Za-z])[A-Za-z]\d?(?![A-Za-z’'])\)?"
_JOINT = r"\s*(?:,\s*and\b|,|&|\+|-|–|—|\band\b|\bto\b|\bet\b|\by\b|\be\b|\bund\b|\bbis\b|\bà\b)\s*"
_LETTERS = rf"{_LETTER}(?:{_JOINT}{_LETTER})*"
_PARTS = (
    r"(?:panels?|parts?|images?|pictures?|photos?|photographs?|micrographs?|(?:sub)?figures?|figs?\.?|schemes?|maps?"
    r"|insets?|panneaux?|paneles|pain[eé](?:l|is)|pannell[oi]|imágenes|imagen|imagem|imagens|immagin[ei]|figuras?"
    r"|abbildung(?:en)?|bild(?:er)?|teile?)"
)
_BE = r"(?:\s*(?:is|are|was|were|has|have|been|both|also|all|est|sont|es|son|é|são|ist|sind|wurde|wurden|sono)\b)"
_DONE = (
    r"(?:re-?print|re-?produ|republish|adapt|adatt|modif|re-?drawn|taken|used|courtesy|cortes|copyright|©|licen[cs]ed"
    r"|with (?:\w+ )?permission|by (?:\w+ )?permission|under |published|obtained|reprodui|reproduci|reproduzi|riprodott"
    r"|avec |mit |con |com |in the public domain|from )"
)
_AND = r"and|while|whereas|but|et|tandis que|und|y|mientras|e|enquanto|mentre"
_NAMED = rf"(?:{_PARTS}\s+(?:in\s+|of\s+)?(?:panels?\s+)?|\(){_LETTER}(?!\w)"
#: What names panels, and where a clause about others begins.
_OTHERS = re.compile(_NAMED, re.IGNORECASE)
BOUNDARY = re.compile(rf"(?<=;) | (?=(?:{_AND})\s+(?:the\s+)?{_NAMED})|(?<=,) (?={_NAMED})", re.IGNORECASE)
#: What is done with the panels stands right behind their names, at the beginning of a clause.
_SUBJECT = re.compile(
    rf"[\W]*?(?:(?:{_AND})\s+)?"
    rf"(?:(?:the )?{_PARTS}\s+(?:in\s+|of\s+)?(?:panels?\s+)?(?P<named>{_LETTERS}){_BE}{{0,3}}[\s,:]*{_DONE}"
    rf"|\(\s*(?P<inside>{_LETTERS})\s*\)?[\s:,.]*(?:{_PARTS}\s*)?{_BE}{{0,3}}\s*{_DONE}"
    rf"|(?P<closed>(?<!\w)[A-Za-z](?:{_JOINT}[A-Za-z]\b)*)(?:\)|:|,|{_BE}){_BE}{{0,3}}\s*{_DONE}"
    rf"|(?P<several>[A-Za-z](?:{_JOINT}[A-Za-z]\b)+){_BE}{{0,3}}\s*{_DONE})",
    re.IGNORECASE,
)
_EXCEPT = re.compile(r"\b(?:except|apart from|other than|excluding|all (?:other )?panels|remaining)\b", re.IGNORECASE)


def panels_of(clause: str) -> tuple[str, ...]:
    """The letters of the panels that a clause is about; () where it may be about others.

    >>> panels_of("Panels B-D were reproduced with permission")
    ('B', 'C', 'D')
    """
    found = _SUBJECT.match(clause)
    if found is None or _EXCEPT.search(clause) or _OTHERS.search(clause, found.end()):
        return ()
    letters: list[str] = []
    for item in re.split(r"\s*(?:,|&|\+|\b(?:and|et|und|y|e)\b(?=\s*\(?[A-Za-z]\b))\s*", found[found.lastgroup or 0]):
        ends = re.findall(r"[A-Za-z](?=\d?\)?(?:\W|$))", item)
        letters += _between(ends[0], ends[-1]) if len(ends) > 1 else ends
    return tuple(dict.fromkeys(letters))


def _between(first: str, last: str) -> list[str]:
    """The letters from one to another; both alone where they are no range."""
    codes = range(ord(first), ord(last) + 1)
    return [chr(code) for code in codes] if first.isupper() == last.isupper() and codes else [first, last]


def names(panels: Sequence[str], label: str | None) -> bool:
    """Whether a claim for `panels` holds for the panel that has this label.

    It does where it may: for every panel where it names none, and for one without a letter of its own.

    >>> [names(("b",), label) for label in ("B", "C", None, "2")]
    [True, False, True, True]
    """
    return not panels or _letter(label) is None or names_for_sure(panels, label)


def names_for_sure(panels: Sequence[str], label: str | None) -> bool:
    """Whether the panel that has this label is among `panels`."""
    return _letter(label) in {panel.casefold() for panel in panels}


def _letter(label: str | None) -> str | None:
    """The letter of a panel's label, in small; None where it has none: for "2", and for no label."""
    first = "".join(filter(str.isalnum, label or ""))[:1].casefold()
    return first if first.isalpha() else None
