"""Licences: PMC's codes for what a publisher writes, and the groups that a run may admit."""

import re

#: What each group of licences admits; the group "all" admits whatever comes, no licence included.
COMMERCIAL = frozenset({"CC0", "CC BY", "CC BY-SA", "CC BY-ND"})
NONCOMMERCIAL = COMMERCIAL | {"CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND"}

_ADDRESS = re.compile(r"creativecommons\.org/(?:licen[cs]es/([a-z-]+)|publicdomain/)", re.IGNORECASE)
_ZERO = re.compile(r"\bcc[\s-]?(?:0|zero)\b|public\s+domain\s+(?:dedication|mark)", re.IGNORECASE)

#: The conditions in the order in which a code names them.
_CONDITIONS = {
    "NC": r"non[\s-]?commercial|\bnc\b",
    "SA": r"share[\s-]?alike|\bsa\b",
    "ND": r"no[\s-]?deriv\w*|\bnd\b",
}
# "Creative Commons Attribution-NonCommercial 4.0", "Creative Commons by Attribution", "CC BY-NC-ND 4.0": a name, and
# its conditions with punctuation and version numbers between them. No "by" is a licence's where CC0 stands before it.
_NAME = re.compile(
    r"(?:\bcreative\s+commons|\bcc)\b(?:(?!cc0|zero|public)[^.;]){0,30}?\b(?:attribution|by)\b"
    rf"((?:[\W_\d]*(?:and\b|{'|'.join(_CONDITIONS.values())}))*)",
    re.IGNORECASE,
)


def normalise(text: str | None) -> str | None:
    """PMC's code for a code, an address or the wording of a licence; None for a licence that PMC has no code for.

    An address outranks the words around it; where the words name several licences the strictest counts.

    >>> normalise("https://creativecommons.org/licenses/by-nc/4.0/")
    'CC BY-NC'
    """
    if not text:
        return None
    if text.strip().upper() == "TDM":
        return "TDM"
    if address := _ADDRESS.search(text):
        return _code(address[1].replace("-", " ")) if address[1] else "CC0"
    names = [code for match in _NAME.finditer(text) if (code := _code("by " + match[1]))]
    return max(names, key=len) if names else "CC0" if _ZERO.search(text) else None


def _code(words: str) -> str | None:
    """The code of an attribution licence from its parts in words or letters."""
    held = [condition for condition, sign in _CONDITIONS.items() if re.search(sign, words, re.IGNORECASE)]
    code = "-".join(["CC BY", *held])
    return code if code in NONCOMMERCIAL and re.search(r"\bby\b", words, re.IGNORECASE) else None


def admitted(code: str | None, group: str) -> bool:
    """Whether a run for `group` (commercial, noncommercial or all) may use an article under the licence `code`."""
    return group == "all" or code in (COMMERCIAL if group == "commercial" else NONCOMMERCIAL)
