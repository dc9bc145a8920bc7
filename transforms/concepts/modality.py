"""The imaging modality that a caption names: by the names of imaging.tsv, whatever the linker and its vocabulary."""

import re
from functools import cache

from transforms.concepts.context import context
from transforms.concepts.starter import imaging

#: A name of up to so many characters is an abbreviation, and counts as it is written: "US" is ultrasound, "us" is not.
_SHORT = 4


def modality(text: str) -> str | None:
    """The canonical name of the first imaging modality in `text` that is not negated, None where it names none."""
    long, short, canonical = _names()
    found = sorted((match for pattern in (long, short) for match in pattern.finditer(text)), key=re.Match.start)
    scope = context(text) if found else None
    for match in found:
        if scope is not None and not scope.negated(match.start(), match.end()):
            return canonical[_plain(match[0]) if len(match[0]) > _SHORT else match[0]]
    return None


@cache
def _names() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    """The long names in any case, the short ones as they are, and the canonical name of each."""
    canonical = {
        name if len(name) <= _SHORT else _plain(name): row["names"].split("|")[0]
        for row in imaging()
        if row["kind"] == "modality"
        for name in row["names"].split("|")
    }
    names = sorted(canonical, key=len, reverse=True)
    long = "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in names if len(name) > _SHORT)
    short = "|".join(re.escape(name) for name in names if len(name) <= _SHORT)
    return re.compile(rf"(?<!\w)(?:{long})(?!\w)", re.IGNORECASE), re.compile(rf"(?<!\w)(?:{short})(?!\w)"), canonical


def _plain(name: str) -> str:
    """A name in small letters, its hyphens as spaces."""
    return re.sub(r"[\s-]+", " ", name.lower())
