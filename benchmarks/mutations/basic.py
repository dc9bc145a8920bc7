"""Changes that any file may suffer."""

from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytes], bytes]

#: No mutation lets a file grow above this size, but for what unpacks to more.
LARGEST = 8 << 20

#: How the files of other kinds begin.
HEADS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a", b"II*\0", b"MM\0*", b"RIFF\0\0\0\0WEBP", b"BM",
    b"%PDF-1.7", b"%!PS-Adobe", b"PK\3\4", b"\x1f\x8b\x08", b"<!DOCTYPE html><html>", b"<svg",
    b"<?xml version='1.0'?>", b"{", b"\xef\xbb\xbf",
)  # fmt: skip


def place(chance: Random, data: bytes) -> int:
    """Mostly anywhere, sometimes near the begin, where headers are."""
    return chance.randrange(min(len(data), 256) if chance.random() < 0.3 else len(data))


def _span(chance: Random, data: bytes) -> tuple[int, int]:
    start = place(chance, data)
    return start, min(len(data), start + 1 + int(len(data) ** chance.random()))


def flipped(chance: Random, data: bytes) -> bytes:
    """A few bits are others."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        changed[place(chance, data)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: Random, data: bytes) -> bytes:
    """The end or a part of the middle is gone."""
    start, end = _span(chance, data)
    return data[:start] if chance.random() < 0.5 else data[:start] + data[end:]


def repeated(chance: Random, data: bytes) -> bytes:
    """A part stands there many times."""
    start, end = _span(chance, data)
    times = min(chance.choice((2, 10, 1000, 100_000)), max(1, LARGEST // (end - start)))
    return data[:start] + data[start:end] * times + data[end:]


def swapped(chance: Random, data: bytes) -> bytes:
    """Two parts have changed places."""
    places = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    a, b, c, d = places
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def zeroed(chance: Random, data: bytes) -> bytes:
    """NULs in place of a part, as after a crash of a file system; or put in between."""
    start, end = _span(chance, data)
    return data[:start] + bytes(end - start) + data[end if chance.random() < 0.7 else start :]


def headed(chance: Random, data: bytes) -> bytes:
    """It begins as a file of another kind."""
    head = chance.choice(HEADS)
    return head + data[len(head) if chance.random() < 0.5 else 0 :]
