"""What SOURCE and OUT name: a directory, or an address of a known scheme; no address is taken for a directory.

A word that begins as an address does is one, even if a directory of that name exists: `./a:b` names that directory.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import UserError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")

#: What may be read, and what may be written too, with the words that name it.
READ, WRITTEN = ("s3", "https", "http"), ("s3",)
SOURCE, OUTPUT = "a directory, s3://bucket[/prefix] or an http(s) address", "a directory or s3://bucket/prefix"


def scheme(place: str) -> str:
    """The scheme that a place begins with, as it is written; empty for a directory."""
    found = _SCHEME.match(place)
    return found[1] if found else ""


def local(place: str) -> Path:
    """The full path of a directory."""
    return Path(os.path.abspath(os.path.expanduser(place)))  # an unknown ~user is a name like any


def check_source(place: str) -> None:
    """Raise UserError where `place` is neither a directory nor an address that can be read."""
    _check(place, READ, f"name {SOURCE}")


def check_output(place: str) -> None:
    """Raise UserError where `place` is neither a directory nor an address that can be written."""
    if scheme(place).lower() in set(READ) - set(WRITTEN):
        raise UserError(f"{place} can be read but not written; name {OUTPUT}")
    _check(place, WRITTEN, f"name {OUTPUT}")


def check_apart(source: str, output: str) -> None:
    """Raise UserError where `output` is the source or lies in it: a mirror would no longer be one."""
    if source == "demo" or bool(scheme(source)) != bool(scheme(output)):
        return
    outer, inner = _parts(source), _parts(output)
    if inner[: len(outer)] == outer:
        where = "is the source" if inner == outer else f"lies in the source {source}"
        raise UserError(f"{output} {where}: choose an output beside it")


def _check(place: str, known: tuple[str, ...], offer: str) -> None:
    found = scheme(place)
    if not place:
        raise UserError(f"an empty name; {offer}")
    if not place.isascii() and place != place.encode(errors="ignore").decode():
        raise UserError(f"{place}: a name that is no UTF-8; {offer}")
    if not found:
        return
    begin, a_directory = f"{found.lower()}://", f"write ./{place} for a directory of this name"
    if found.lower() == "file":
        path = place[len("file:") :].removeprefix("//") or "/"
        raise UserError(f"{place}: a directory is named without file: write {path}")
    if found.lower() not in known:
        raise UserError(f"{place}: the scheme {found}: is not known; {offer}, or {a_directory}")
    if not place.startswith(begin):
        raise UserError(f"{place}: an address begins with {begin}; {a_directory}")
    if not _host(place):
        raise UserError(f"{place} names no {'bucket' if found == 's3' else 'host'}; {offer}")


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # a bracket that is not closed
        return None


def _parts(place: str) -> tuple[str, ...]:
    if scheme(place):
        return tuple(part for part in place.split("/") if part)
    return local(place).resolve().parts
