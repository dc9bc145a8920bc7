"""Characters of a text: those that nobody sees are left out, whitespace becomes a blank."""

import re

#: Where a script ends in a digit; XML has no such character.
SCRIPT_END = "\x03"

#: Characters that nobody sees, our own mark among them.
HIDDEN = re.compile("[\x03\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_JOINERS = frozenset("\u200c\u200d")
#: Letters that joiners shape: from Hebrew on, without the blocks that extend Latin and Greek and those of signs.
_JOINED = re.compile("[\u0590-\u1cff\u2600-\u27bf\ua800-\uabff\ufb50-\ufeff\ufe0f\U00010a00-\U0001faff]")


def one_spaced(text: str) -> str:
    """`text` with a blank for each run of whitespace, none at its ends, and without characters that nobody sees."""
    if text.isprintable() and "  " not in text:  # no whitespace but the plain blank is printable
        return text.strip()
    text = " ".join(text.split())
    if text.isprintable():  # nothing hidden is
        return text
    return " ".join(HIDDEN.sub(shown, text).split())


def shown(hidden: re.Match[str]) -> str:
    """What is read in place of a run of hidden characters."""
    text, run = hidden.string, hidden[0]
    before = text[hidden.start() - 1 : hidden.start()] if hidden.start() else ""
    if SCRIPT_END in run and before.isdecimal() and text[hidden.end() : hidden.end() + 1].isdecimal():
        return " "
    if not _JOINERS.isdisjoint(run) and _JOINED.match(before):
        return "".join(character for character in run if character in _JOINERS)
    return ""
