"""Negation: which stretches of a text a negation reaches.

A first version of NegEx (Chapman, Bridewell, Hanbury, Cooper, Buchanan: A simple algorithm for identifying negated
findings and diseases in discharge summaries. J Biomed Inform 2001; 34: 301-310): cues before a concept and after it, a
window of a few words, words and punctuation that end it, and pseudo-negations that look like a cue and are none.
"""

import re

#: Words that a cue reaches.
WINDOW = 6
#: How far back they are looked for.
_CHARACTERS = 200

_PSEUDO = (
    r"no (?:(?:significant|further|interval|definite|clear|obvious|major|marked) )?"
    r"(?:increase|decrease|change|difference|correlation|association|effect|improvement)s?",
    r"no\.\s*\d",
    r"gram[- ]negative",
    r"not (?:only|just|necessarily|merely|to scale|drawn|certain (?:if|whether))",
    r"with(?:out)? or with(?:out)?",
    r"without (?:difficulty|interruption|any change|change)",
)
_AFTER = (
    r"(?:is|are|was|were|has been|have been|could be|can be) "
    r"(?:absent|excluded|ruled out|unremarkable|lacking|not (?:seen|visible|visuali[sz]ed|identified|detected|"
    r"demonstrated|observed|found|present|evident|noted|apparent|shown))",
    r"(?:can ?not|could not) be (?:seen|visuali[sz]ed|identified|detected|demonstrated|found)",
)
_BEFORE = (
    r"no|not|never|without|absence of|absent|lack(?:s|ed|ing)?(?: of)?|free of|free from|negative for|devoid of",
    r"fail(?:s|ed|ing)? to (?:show|reveal|demonstrate)",
    r"rul(?:e|es|ed|ing) out|exclud(?:e|es|ed|ing)|exclusion of|neither|nor",
)
_CUE = re.compile(
    rf"\b(?:(?P<pseudo>{'|'.join(_PSEUDO)})|(?P<after>{'|'.join(_AFTER)})|(?P<before>{'|'.join(_BEFORE)}))(?!\w)",
    re.IGNORECASE,
)
#: The reach ends here: punctuation, a conjunction of contrast, a panel marker, what the finding is seen on.
_STOP = re.compile(
    r"[.;:!?](?!\w)|\n|\(\s*[a-z]\s*\)"
    r"|\b(?:but|however|although|though|except|yet|nevertheless|nonetheless|while|whereas|apart from|aside from|which|"
    r"secondary to|due to|because|on|using)\b",
    re.IGNORECASE,
)
_FORWARD = re.compile(rf"(?:\W*\w+){{0,{WINDOW}}}")
_WORD = re.compile(r"\w+")


def negations(text: str) -> list[tuple[int, int]]:
    """The stretches of `text` in which a concept is negated, as start and end in code points."""
    stretches = []
    for cue in _CUE.finditer(text):
        if cue["before"]:
            stretches.append((cue.end(), _reach(text, cue.end())))
        elif cue["after"]:
            stretches.append((_reach_back(text, cue.start()), cue.start()))
    return stretches


def negated(stretches: list[tuple[int, int]], start: int) -> bool:
    """Whether a concept that begins at `start` lies in one of the stretches."""
    return any(begin <= start < end for begin, end in stretches)


def _reach(text: str, start: int) -> int:
    window = _FORWARD.match(text, start)
    end = window.end() if window else start
    stop = _STOP.search(text, start, end)
    return stop.start() if stop else end


def _reach_back(text: str, end: int) -> int:
    begin = max(0, end - _CHARACTERS)
    clause = max((stop.end() for stop in _STOP.finditer(text, begin, end)), default=begin)
    words = [word.start() for word in _WORD.finditer(text, clause, end)][-WINDOW:]
    return words[0] if words else end
