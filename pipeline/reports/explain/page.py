"""Plain text of 80 columns: sections, values with a name in front, lists."""

from textwrap import wrap

from schemas.tables import Row

WIDTH, NAME = 80, 14


class Page:
    """Lines of text, gathered. What comes from articles is printed without characters that move the cursor."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str, name: str = "") -> None:
        """A title and what it is about, with an empty line before it."""
        self.lines += ["", f"{title.upper()} {name}".rstrip()]

    def value(self, name: str, value: object) -> None:
        """A value behind its name; nothing where it is None, empty or ""."""
        if value is None or value in ("", [], {}, ()):
            return
        self._wrapped(_plain(str(value)), f"  {name:<{NAME}}", " " * (NAME + 2))

    def text(self, text: str, indent: int = 2) -> None:
        """A paragraph."""
        self._wrapped(_plain(text), " " * indent, " " * indent)

    def item(self, text: str, indent: int = 2) -> None:
        """One of a list."""
        self._wrapped(_plain(text), " " * indent + "- ", " " * (indent + 2))

    def _wrapped(self, text: str, first: str, rest: str) -> None:
        self.lines += wrap(
            text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )


def _plain(text: str) -> str:
    """The text in one line, of printable characters."""
    line = " ".join(text.split())
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)


def quoted(text: str, most: int | None = None) -> str:
    """A text in quotation marks, cut after `most` characters."""
    short = text if most is None or len(text) <= most else text[: most - 1].rstrip() + "…"
    return f'"{short}"'


def counted(count: int, what: str) -> str:
    """`1 panel`, `2 panels`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def box(corners: list[int]) -> str:
    """A box: from its upper left corner to its lower right one."""
    x0, y0, x1, y1 = corners
    return f"({x0}, {y0}) to ({x1}, {y1})"


def tell_reject(page: Page, reject: Row) -> None:
    """The stage, the reason, whether a second run confirmed it, and what may heal it."""
    page.value("rejected", f"stage {reject['stage']}, reason {reject['reason']}: {reject['meaning']}")
    page.value("detail", reject["detail"])
    page.value("unconfirmed", "yes: it was met once" if reject["unconfirmed"] else None)
    page.value("heals", reject["heals"])
