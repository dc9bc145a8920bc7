"""Licences: PMC's codes, what each asks for, and the groups that a run may admit."""

from collections.abc import Iterable, Sequence
from typing import Literal

from schemas.explain import chosen

#: What each group of licences admits; the group "all" admits whatever comes, no licence included.
COMMERCIAL = frozenset({"CC0", "CC BY", "CC BY-SA", "CC BY-ND"})
NONCOMMERCIAL = COMMERCIAL | {"CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND"}

#: What a recipe admits: a group, or codes by name.
Licenses = Literal["commercial", "noncommercial", "all"] | tuple[str, ...]

#: Text and data mining only: PMC's code for author manuscripts.
TDM = "TDM"

#: The conditions in the order in which a code names them.
_ORDER = ("NC", "SA", "ND")


def conditions(code: str) -> frozenset[str]:
    """What a Creative Commons code asks for: nothing (CC0), else BY and any of NC, SA, ND."""
    return frozenset() if code == "CC0" else frozenset(code.removeprefix("CC ").split("-"))


def code_of(asked: Iterable[str]) -> str:
    """The code that asks for all of `asked`. No derivative may be shared under ND, so SA asks nothing beside it.

    >>> code_of({"BY", "ND", "SA", "NC"})
    'CC BY-NC-ND'
    """
    held = set(asked)
    if "ND" in held:
        held.discard("SA")
    return "-".join(["CC BY", *(each for each in _ORDER if each in held)]) if held else "CC0"


def narrowest(codes: Iterable[str]) -> str | None:
    """The code that admits only what each of `codes` admits; None where there is none.

    >>> narrowest(["CC BY-SA", "CC0", "CC BY-NC"])
    'CC BY-NC-SA'
    """
    stated = set(codes)
    if not stated or TDM in stated:
        return TDM if stated else None
    return code_of(frozenset().union(*map(conditions, stated)))


def known_licenses(codes: Sequence[str]) -> tuple[str, ...]:
    """Codes of Creative Commons, each once, ascending.

    Raises:
        ValueError: one is unknown, or none is named.
    """
    return chosen(codes, sorted(NONCOMMERCIAL), "licence")


def admitted(code: str | None, licenses: Licenses) -> bool:
    """Whether a run that admits `licenses` may use what is under the licence `code`."""
    if isinstance(licenses, tuple):
        return code in licenses
    return licenses == "all" or code in (COMMERCIAL if licenses == "commercial" else NONCOMMERCIAL)


def told(licenses: Licenses) -> str:
    """The group, or the codes, in words."""
    return ", ".join(licenses) if isinstance(licenses, tuple) else licenses
