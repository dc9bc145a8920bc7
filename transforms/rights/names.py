"""Names: where a folded text names a licence, by a link, by a code or in words, and what that licence asks for."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Mention(NamedTuple):
    """A licence that is named. `asked` is what it asks for; `known` is False for a code that Creative Commons lacks.

    `version` is written as in an address ("4.0", "3.0/igo"; of a dedication "zero/1.0"), empty where none is stated.
    """

    start: int
    end: int
    asked: frozenset[str]
    known: bool
    version: str


# Links as they come: broken by blanks, mistyped, without host or slash, with the code in capitals.
_HOST = r"creative?[\s-]*commons?\s*\.?\s*(?:org|com|net)\s*/+\s*"
_LICENSES = r"licen[cs]es?\s*/+(?:\s+(?=(?:cc[\s_-]*)?by\s?[/-]))?"
_BY_PATH = r"(?=(?:cc-?)?by[/-])"
_PART = r"(?:n\s?c|n\s?d|s\s?a)(?=[^a-z]|$|n\s?[cd]|s\s?a|licen)"
_LINK = re.compile(
    rf"(?:{_HOST}(?:{_LICENSES}|deed/|{_BY_PATH})|(?<![a-z])licen[cs]es?/+{_BY_PATH})"
    rf"(?:cc[\s_-]*)?(?P<code>by(?:[\s_/-]*{_PART})*)"
    r"(?:-(?=\d))?(?P<rest>[a-z-]*)(?:\s*/+\s*|\s?)"
    r"(?:(?P<version>[1-4]\.\s?\d)(?:\s*/+\s*(?P<port>(?!leg)[a-z]{2,3})(?![a-z]))?)?"
)
_PUBLIC = re.compile(
    rf"{_HOST}(?:{_LICENSES})?"
    r"(?:publicdomain(?:\s*/+\s*(?P<kind>zero|mark)(?:\s*/+\s*1\.0)?)?|(?:cc-?)?(?:zero|0)(?![a-z0-9]))"
)
_OTHER = re.compile(rf"{_HOST}licen[cs]es?/+(?!by|cc|zero|publicdomain)(?P<other>[a-z+-]{{2,}})(?=/)")
_OF_2002 = re.compile(r"(?:-?(?:nc|nd|sa))+")  # which went without BY

# Codes: CC BY-NC, CCBYNC, (CC) BY, ccbynclicense, creativeCommonsBy-nc, CC NC ND; a letter or two too many is unknown.
_CC = r"(?<![a-z])\(?(?:cc|creative[\s-]*commons)\)?"
_MORE = r"(?=[^a-z]|$|nc|nd|sa|licen)"
_LETTERS = rf"(?:(?:[\s_/,:+&.(-]|\band\b)*(?:nc|nd|sa){_MORE})*"
_CODE = re.compile(
    rf"{_CC}[\s_:,(-]*(?:\.(?=by))?(?:licen[cs]e[\s_:,(-]*)?by{_MORE}(?P<code>{_LETTERS})"
    r"(?:-(?P<rest>[a-z]{1,2})(?![a-z]))?"
    rf"|{_CC}[\s_-]*(?P<short>(?:nc|nd|sa){_MORE}{_LETTERS})(?:[\s_-]+by)?(?![a-z])"
    r"|(?<![a-z/-])by(?P<bare>(?:\s?-\s?(?:nc|nd|sa)(?![a-z]))+)"
)
_BY_SOMEBODY = re.compile(
    r"creative[\s-]*commons\s+by\s+(?!nc|nd|sa|licen|lizenz|attribution|version|int)[a-z]|\bcc by (?:the|our)\b"
)

# Names: Creative Commons Attribution and what other languages call it.
_BY = r"(?:attributions?|paternite|atribucion|reconocimiento|atribuicao|namensnennung|attribuzione|reconeixement)"
_COMMONS = r"(?:creative[\s-]*commons|(?<![a-z])cc(?![a-z]))"
_NEAR = r"(?:[^.;]|\.(?=\d))"
_TERM = r"(?:non?|nao|nicht|pas|sin|sem|keine?|uso|utilisation|share|partage|compart\w*|condividi|weitergabe)"
_SUBJECT = r"(?:commer|comer|kommer|deriv)"
_NAME = re.compile(
    rf"{_COMMONS}{_NEAR}{{0,80}}?\b{_BY}\b|\b{_BY}\b{_NEAR}{{0,60}}?{_COMMONS}"
    rf"|\b{_BY}[\s,/-]*(?:\d\.\d|licen[cs]\w*|lizenz)|\b{_BY}[\s,/-]*{_TERM}[\s-]*(?:d'\s*)?(?:\w+\s)?{_SUBJECT}"
    rf"|{_COMMONS}[\s,:-]*(?:licen[cs]\w*[\s,:-]*)?\(?(?:non?|nao|nicht)[\s-]*{_SUBJECT}"
)
_NAMED_LETTERS = re.compile(rf"\b{_BY}((?:[\W_]*(?:nc|nd|sa)\b)+)")
#: Creative Commons, but not which of its licences.
COMMONS_LICENCE = re.compile(
    rf"{_COMMONS}[\s-]*(?:licen[cs]\w*|lizenz)|\b(?:licen[cs]\w*|lizenz)[\s-]*(?:de )?{_COMMONS}"
)
_ZERO = re.compile(
    r"(?<![a-z])cc[\s-]*(?:0|zero|o\s*1\.0)(?![a-z0-9])|creative\s*commons\s*(?:zero|0)\b"
    rf"|{_COMMONS}{_NEAR}{{0,40}}public\s*domain|public\s*domain\s+(?:dedication|mark)"
)
_VERSION = re.compile(rf"{_NEAR}{{0,60}}?(?<![\d./])([1-4]\.[05])(?![\d.]*\d)")


def mentions(text: str) -> Iterator[Mention]:
    """The licences that a folded text names; one may be named twice, by its words and by its code."""
    for match in _LINK.finditer(text):
        version = "/".join(filter(None, (match["version"], match["port"])))
        yield Mention(*match.span(), _asked(match["code"]), not match["rest"], version.replace(" ", ""))
    for match in _PUBLIC.finditer(text):
        yield Mention(*match.span(), frozenset(), True, "mark/1.0" if match["kind"] == "mark" else "zero/1.0")
    for match in _OTHER.finditer(text):
        known = _OF_2002.fullmatch(match["other"]) is not None
        yield Mention(*match.span(), _asked(match["other"]), known, "")
    for match in _CODE.finditer(text):
        if not _BY_SOMEBODY.match(text, match.start()):
            letters = match["code"] or match["short"] or match["bare"] or ""
            yield Mention(*match.span(), _asked(letters), not match["rest"], _version(text, match))
    for match in _NAME.finditer(text):
        letters = _NAMED_LETTERS.search(text, match.start(), match.end() + 30)
        yield Mention(*match.span(), _asked(letters[1] if letters else ""), True, _version(text, match))
    for match in _ZERO.finditer(text):
        yield Mention(*match.span(), frozenset(), True, "zero/1.0")


def _asked(letters: str) -> frozenset[str]:
    """BY and the conditions whose letters stand in `letters`."""
    compact = re.sub(r"\band\b|[^a-z]", "", letters)
    return frozenset({"BY", *(part.upper() for part in re.findall(r"nc|nd|sa", compact))})


def _version(text: str, mention: re.Match[str]) -> str:
    """The version within a name or soon behind it."""
    found = re.search(r"(?<![\d.])[1-4]\.[05](?!\d)", mention[0]) or _VERSION.match(text, mention.end())
    return found[found.lastindex or 0] if found else ""
