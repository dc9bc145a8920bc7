"""What SOURCE and OUT name: a directory, or an address of a known scheme; no address is taken for a directory.

A word that begins as an address does is one, even if a directory of that name exists: `./a:b` names that directory.
An address holds no credentials: it is written into the output, and told wherever the source is.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import UserError
from schemas.secrets import redact

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")

#: What may be read, and what may be written too, with the words that name it.
READ, WRITTEN = ("s3", "https", "http"), ("s3",)
SOURCE, OUTPUT = "a directory, s3://bucket[/prefix] or an http(s) address", "a directory or s3://bucket/prefix"

#: Where S3 is, if it is not Amazon's; as boto3 reads it.
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_KEPT = "an address holds no user name, password or token, for it is told and written down"


def scheme(place: str) -> str:
    """The scheme that a place begins with, as it is written; empty for a directory."""
    found = _SCHEME.match(place)
    return found[1] if found else ""


def local(place: str) -> Path:
    """The full path of a directory."""
    return Path(os.path.abspath(os.path.expanduser(place)))  # an unknown ~user is a name like any


def public_name(source: str) -> str:
    """The source as what is published names it: the path of a directory is for the one who built alone."""
    return source if source == "demo" or scheme(source) else "a local mirror"


def check_source(place: str) -> None:
    """Raise UserError where `place` is neither a directory nor an address that can be read."""
    _check(place, READ, f"name {SOURCE}")


def check_output(place: str) -> None:
    """Raise UserError where `place` is neither a directory nor an address that can be written."""
    if scheme(place).lower() in set(READ) - set(WRITTEN):
        raise UserError(f"{_shown(place)} can be read but not written; name {OUTPUT}")
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
    found, shown = scheme(place), _shown(place)
    if not place:
        raise UserError(f"an empty name; {offer}")
    if not place.isascii() and place != place.encode(errors="ignore").decode():
        raise UserError(f"{shown}: a name that is no UTF-8; {offer}")
    if not found:
        return
    begin, a_directory = f"{found.lower()}://", f"write ./{shown} for a directory of this name"
    if found.lower() == "file":
        path = shown[len("file:") :].removeprefix("//") or "/"
        raise UserError(f"{shown}: a directory is named without file: write {path}")
    if found.lower() not in known:
        raise UserError(f"{shown}: the scheme {found}: is not known; {offer}, or {a_directory}")
    if not place.startswith(begin):
        raise UserError(f"{shown}: an address begins with {begin}; {a_directory}")
    _check_open(place)
    if not _host(place):
        raise UserError(f"{shown} names no {'bucket' if found == 's3' else 'host'}; {offer}")
    if found == "s3":
        _check_endpoints()


def _shown(place: str) -> str:
    """A place as it may be told: without credentials, an address without its query too."""
    return redact(re.split("[?#]", place)[0] if scheme(place) else place)


def _check_open(address: str) -> None:
    """Raise UserError where an address holds what may be a secret."""
    if redact(address) != address:
        known = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" if scheme(address) == "s3" else "~/.netrc"
        raise UserError(f"{_shown(address)}: {_KEPT}: they belong into {known}")
    if {"?", "#"} & set(address):
        raise UserError(f"{_shown(address)}: an address of a folder has no ? and no #")


def _check_endpoints() -> None:
    for name in ENDPOINTS:
        address = os.environ.get(name, "")
        if redact(address) != address:
            raise UserError(
                f"{name} is {_shown(address)}: {_KEPT}: they belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        return parts.hostname if parts.port != 0 else None
    except ValueError:  # a bracket that is not closed, a port that is no number
        return None


def _parts(place: str) -> tuple[str, ...]:
    if scheme(place):
        return tuple(part for part in place.split("/") if part)
    return local(place).resolve().parts
