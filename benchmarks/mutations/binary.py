"""Changes of pictures and archives whose checksums are right."""

import gzip
import re
import struct
import zlib
from random import Random

from benchmarks.mutations.basic import Mutation, flipped


def resized(chance: Random, data: bytes) -> bytes:
    """The header promises another size, its checksum being right."""
    width, height = (chance.choice((0, 1, 31, 4000, 12_000, 65_500, 0x7FFFFFFF)) for _ in range(2))
    if data.startswith(b"\x89PNG"):
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    short = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    if data.startswith(b"GIF8"):
        return data[:6] + short + data[10:]
    if start := re.search(rb"\xff[\xc0-\xc2]\0.\x08", data, re.DOTALL):
        return data[: start.end()] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + data[start.end() + 4 :]
    return flipped(chance, data)


def without_checksums(chance: Random, data: bytes) -> bytes:
    """Pixels of a PNG are others, the checksums of its chunks being right."""
    if not data.startswith(b"\x89PNG"):
        return flipped(chance, data)
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        chunk = bytearray(data[at + 4 : at + 8 + size])
        if len(chunk) > 4 and chance.random() < 0.6:
            chunk[chance.randrange(4, len(chunk))] ^= 1 << chance.randrange(8)
        parts.append(struct.pack(">I", max(0, len(chunk) - 4)) + bytes(chunk) + struct.pack(">I", zlib.crc32(chunk)))
        at += 12 + size
    return b"".join(parts)


def within_gzip(inner: Mutation) -> Mutation:
    """The mutation of what a gzip file holds, packed again."""

    def mutation(chance: Random, data: bytes) -> bytes:
        return gzip.compress(inner(chance, gzip.decompress(data)), 1, mtime=0)

    mutation.__name__ = f"{inner.__name__} within"
    return mutation


def bomb(chance: Random, data: bytes) -> bytes:
    """It unpacks to hundreds of megabytes, or has very many members."""
    if chance.random() < 0.5:
        return gzip.compress(b"", 1, mtime=0) * 200_000 + data
    return data + gzip.compress(bytes(64 << 20), 9, mtime=0) * chance.choice((4, 80))


def restated(chance: Random, data: bytes) -> bytes:
    """A header of the tar says another size, kind, name or mode, its checksum being right."""
    plain = bytearray(gzip.decompress(data))
    heads = [at for at in range(0, len(plain), 512) if plain[at + 257 : at + 262] == b"ustar"]
    for at in chance.sample(heads, min(len(heads), 2)):
        place, values = chance.choice((
            (124, (b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-0000000001\0", b"99999999999\0")),
            (156, (b"0", b"1", b"2", b"3", b"6", b"L", b"K", b"x", b"g", b"S", b"z")),
            (0, (b"../../etc/passwd\0", b"/etc/passwd\0", b"\xff\xfe\0", b"a" * 100, b"\0" * 100)),
            (100, (b"zzzzzzz\0", b"\x80" + b"\xff" * 7)),
            (136, (b"\xff" * 12, b"z" * 12)),
        ))  # fmt: skip
        value = chance.choice(values)
        plain[at + place : at + place + len(value)] = value
        plain[at + 148 : at + 156] = b" " * 8
        plain[at + 148 : at + 156] = b"%06o\0 " % sum(plain[at : at + 512])
    return gzip.compress(bytes(plain), 1, mtime=0)
