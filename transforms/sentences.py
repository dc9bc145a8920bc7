"""Sentences: where those of a text begin and end.

A stop ends a sentence where what follows may begin one. It ends none inside a number and behind an abbreviation. Behind
an initial or "et al." it does where the next word begins sentences and no names: "hepatitis B. The". The number of a
reference may stand behind the stop: "with permission.52 Copyright".
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

#: Behind these a sentence goes on …
_GO_ON = frozenset((
    "acc", "approx", "ca", "cf", "e.g", "eg", "i.e", "ie", "incl", "resp", "viz", "vs", "abb", "app", "ch", "chap",
    "dr", "drs", "ed", "eds", "eq", "eqn", "eqs", "ext", "fig", "figs", "fn", "mr", "mrs", "ms", "nr", "nos", "pag",
    "pp", "prof", "ref", "refs", "sec", "sect", "sr", "sra", "st", "supp", "suppl", "tab", "tabs", "vol", "vols",
))  # fmt: skip
#: … behind these before a number …
_BEFORE_NUMBER = frozenset(("art", "col", "max", "min", "no", "p"))
#: … and behind these, initials and letters with stops between them, unless the next word begins sentences.
_OFTEN_GO_ON = frozenset(("al", "cv", "sp", "spp", "ssp", "subsp", "var"))
_BEGINNINGS = frozenset((
    "A", "After", "Again", "All", "Also", "Although", "An", "And", "As", "At", "Because", "Both", "But", "By",
    "Compared", "Consistent", "Conversely", "Data", "Despite", "During", "Each", "Fig", "Figs", "Figure", "Figures",
    "Finally", "First", "For", "From", "Further", "Furthermore", "He", "Here", "Hence", "However", "If",
    "Importantly", "In", "Indeed", "Interestingly", "It", "Its", "Moreover", "Most", "Next", "No", "None", "Notably",
    "Of", "On", "One", "Only", "Our", "Overall", "Scale", "Second", "She", "Similar", "Similarly", "Since", "So",
    "Some", "Such", "Table", "Taken", "That", "The", "Their", "Then", "There", "Therefore", "These", "They", "This",
    "Those", "Three", "Thus", "To", "Together", "Two", "Using", "We", "When", "Whereas", "Whether", "While", "With",
))  # fmt: skip

#: No abbreviation is longer, with a bracket before it.
_LONGEST = 8

#: A stop with what belongs to it; behind a full-width one no blank is due. A word such as "p53" or "mRNA" may follow.
_STOP = re.compile(
    r"[.!?。！？](?P<reference>\^?\d+(?:[,–-]\s?\d+)*|[\[(]\s?\d+(?:\s?[,–-]\s?\d+)*\s?[\])])?[)\]”\"’」）]*"
    r"(?:\s+(?=[^\sa-z]|[a-z]\)\s|[a-z]{1,5}[A-Z\d])|(?<=[。！？」）]))"
)
_LETTERS_WITH_STOPS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
#: A letter that ends a list of panels is no initial: "Fig. 2A and B. Mice".
_LISTED = re.compile(r"(?:\d|\b[A-Z])\s?(?:(?:[,&–-]|,?\s?and\b)\s?)?[A-Z]$")
_WORD = re.compile(r"\w+")
_WORD_END = re.compile(r"[^\W\d_]|[)\]”\"’%]")
#: A number, or one with letters before it: "no. NC_001477".
_CODE = re.compile(r"[A-Z]{0,3}_?\d")
#: A remark in brackets that belongs to the sentence before it though that has ended: "It grew. (Figure 5C)."
_ASIDE = re.compile(r"\([^()]{0,60}\d[^()]{0,20}\)\s?(?:[.;]|$)")


def sentence_spans(text: str) -> list[Span]:
    """The spans of the sentences of a text, without the blanks between them.

    >>> text = "Smith et al. saw it (Fig. 2B). It grew by 0.5 mm."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Smith et al. saw it (Fig. 2B).', 'It grew by 0.5 mm.']
    """
    spans, start = [], 0
    for end, following in _ends(text):
        spans.append((start, end))
        start = following
    return [*spans, (start, len(text.rstrip()))] if text[start:].strip() else spans


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [text[start:end].strip() for start, end in sentence_spans(text)]


def _ends(text: str) -> Iterator[Span]:
    """Where each sentence but the last ends, and where the next begins."""
    for stop in _STOP.finditer(text):
        reference, place, following = stop["reference"], stop.start(), stop.end()
        if reference and reference[0].isdecimal() and not _WORD_END.match(text, place - 1):
            continue  # a decimal number
        if text[place] == "." and _goes_on(text, place, following):
            continue
        if text[following : following + 1] == "(" and _ASIDE.match(text, following):
            continue
        yield place + len(stop[0].rstrip()), following


def _goes_on(text: str, stop: int, following: int) -> bool:
    """Whether a sentence goes on behind the full stop at `stop`; what comes next begins at `following`."""
    begin = text.rfind(" ", 0, stop) + 1
    if stop - begin > _LONGEST:
        return False
    word = text[begin:stop].lstrip("([{“\"'‘/–—-")
    small = word.lower()
    if small in _GO_ON:
        return True
    if small in _BEFORE_NUMBER:
        return _CODE.match(text, following) is not None
    if small in _OFTEN_GO_ON or (_LETTERS_WITH_STOPS.fullmatch(word) and word != small):
        begins = _WORD.match(text, following)
        return not ((begins and begins[0] in _BEGINNINGS) or _LISTED.search(text, max(0, stop - 12), stop))
    return False
