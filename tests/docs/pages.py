"""The pages that a person reads, and their blocks of code."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

#: README.md, CHANGELOG.md, CONTRIBUTING.md and docs/: their commands are run.
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

#: The pages that stand beside what they describe: only their links are checked.
CARDS = sorted([*ROOT.glob("training/**/*.md"), *ROOT.glob("transforms/**/*.md")])


class Block(NamedTuple):
    """A fenced block: its language ("" where none is named), its text, and the line where the text starts."""

    language: str
    text: str
    line: int


def name(page):
    """How a test calls a page."""
    return str(page.relative_to(ROOT))


def blocks(page):
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)
    return [Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in found]


def prose(page):
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
