"""Names of files, which are bytes: as Python holds them, as text that can be matched, and as part of a URI.

Python holds a name as a string whose undecodable bytes are lone surrogates (PEP 383). Such a string can be opened but
not stored, so that rows hold the other two: what a reader calls the file, and what it is found by again.
"""

from urllib.parse import quote, unquote_to_bytes

from transforms.jats.graphics import decode_name


def to_text(name: str) -> str:
    """The name as text: each part of the path in the encoding that it is probably in."""
    return "/".join(map(decode_name, to_bytes(name).split(b"/")))


def name_beside(path: str, article: str | None) -> str:
    """What a file is called, as text: its path from the folder of the article's XML, elsewhere its whole path."""
    if article is None:
        return to_text(path.rpartition("/")[2])
    folder, slash, _ = article.rpartition("/")
    return to_text(path.removeprefix(folder + slash))


def to_uri(name: str) -> str:
    """The name as a printable part of a URI, another for each name: what is not printable is percent-encoded."""
    return "".join(c if c.isprintable() and c != "%" else quote(to_bytes(c)) for c in name)


def from_uri(part: str) -> str:
    """The name that `part` stands for, whatever of it is percent-encoded."""
    return unquote_to_bytes(part).decode("utf-8", "surrogateescape")


def to_bytes(name: str) -> bytes:
    """The bytes of the name."""
    return name.encode("utf-8", "surrogateescape")


def is_text(name: str) -> bool:
    """Whether the name's bytes are UTF-8."""
    return not any("\ud800" <= c <= "\udfff" for c in name)
