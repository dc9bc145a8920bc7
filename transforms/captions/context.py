"""What stands before a label in a caption: words that say whether it names a panel, and where it stands."""

import re
from functools import lru_cache
from typing import NamedTuple

#: Where a label stands: at the start of a sentence, at the start of a clause, within a phrase.
SENTENCE, CLAUSE, PHRASE = 0, 1, 2

#: So many characters before a label are looked at: two or three words, a reference to a figure.
_NEAR = 24
_JOINING = frozenset({"and", "for", "or"})
#: A letter belongs to another figure, a table, a reference …
_REFERENCE = re.compile(
    r"\b(?:figs?|figures?|tables?|movies?|videos?|schemes?|files?|appendix|box)\b\.?\s?[A-Z]?\d+[\s,]*$", re.I
)
_WORDS = {
    "referring": re.compile(r"(?:ref|reference|eq|equation|table)s?\.?"),
    "numbered": re.compile(r"(?:fig|figure|movie|video|scheme|file|ref|reference|eq|equation|table)s?\.?"),
    # … or is the end of a name …
    "name": re.compile(
        r"(?:chain|domain|factor|genotype|grade|group|letter|protein|region|serotype|site|strain|subtype|subunit"
        r"|superscript|type|vitamin|zone)s?|blood|class|complex|hepatitis|influenza"
    ),
    # … or, without brackets, of a name that counts ("case A" is none, "case (A)" may be a panel) …
    "counted": re.compile(r"(?:arm|block|case|cluster|cohort|lane|line|patient|point|stage|step|subject)s?"),
    # … or is spoken of, more often than introduced …
    "speaking": re.compile(r"(?:arrow|arrowhead|asterisk)s?|as|from|in|see|than|to|with"),
    # … or is a panel's.
    "noun": re.compile(r"(?:image|panel|picture|(?:photo|micro|photomicro)graph|(?:sub)?figure)s?"),
}
_INITIALS = re.compile(r"\b\w")

#: What a name or a word that speaks of a letter takes from the weight of a marker, and the initials of an abbreviation.
_NAME, _SPOKEN, _ABBREVIATION = 0.5, 0.3, 0.2


class Context(NamedTuple):
    """What stands before a label: the characters, the last word in small letters, and the place that they make.

    `opens`: also where a colon stands, behind which letters are as likely as at the start of a sentence.
    """

    before: str
    word: str
    place: int
    opens: bool

    @property
    def is_noun(self) -> bool:
        """Whether the word is one for a panel: "panel A"."""
        return "noun" in _kinds(self.word)

    @property
    def is_numbered(self) -> bool:
        """Whether the word asks for a number that is no panel's: "Figs 3-6"."""
        return "numbered" in _kinds(self.word)


@lru_cache(maxsize=8192)
def _kinds(word: str) -> frozenset[str]:
    """What a word says of a label behind it."""
    return frozenset(kind for kind, words in _WORDS.items() if words.fullmatch(word))


def context_of(text: str, start: int) -> Context:
    """What stands before `text[start:]`."""
    before = text[max(start - _NEAR, 0) : start]
    words = before.rstrip(" (")
    last, word = before.rstrip()[-1:], words[words.rfind(" ") + 1 :].casefold()
    if not last or last in ".?!" or words[-2:] in (".)", ";)"):
        place = SENTENCE
    else:
        place = CLAUSE if last in ":,;()]" or word in _JOINING else PHRASE
    return Context(before, word, place, place == SENTENCE or last == ":")


def is_reference(context: Context, start: int) -> bool:
    """Whether a label at `start` belongs to a reference, other than the caption's own "Figure 2" at its start."""
    if "referring" in _kinds(context.word):
        return True
    found = _REFERENCE.search(context.before) if context.word[-1:].isdigit() else None
    return found is not None and found.end() - found.start() < start


def doubt(context: Context, is_bracketed: bool) -> float:
    """What the words before a label take from its weight as a marker."""
    kinds = _kinds(context.word)
    if "name" in kinds or (not is_bracketed and "counted" in kinds):
        return _NAME
    return _SPOKEN if context.place == PHRASE and "speaking" in kinds else 0.0


def doubt_of_abbreviation(context: Context, label: str) -> float:
    """What an abbreviation takes: "normal (N)", "circular muscle (C)"."""
    initials = _INITIALS.findall(context.before)[-2:] if context.place == PHRASE else ()
    return _ABBREVIATION if label.casefold() in "".join(initials).casefold() else 0.0


def speaks_of_panels(text: str, start: int, context: Context) -> bool:
    """Whether a noun before a label in brackets says that it is a panel's: "In image (A)", not "coronal image (A)"."""
    if not context.is_noun:
        return False
    noun = context_of(text, len(text[:start].rstrip()) - len(context.word))
    return noun.place == SENTENCE or noun.word == "in"
