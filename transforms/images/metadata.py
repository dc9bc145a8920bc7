"""What JPEG and PNG files carry beside their pixels: Exif, XMP, IPTC, comments. It is found and left out byte by byte.

Pixels and what they need to be shown alike (JFIF, colour profiles, Adobe's colour transform, gamma) stay as they are.
A whole graphic is published with the source's own bytes, so metadata stand in it; but a position on Earth never does:
it is where somebody's picture was taken. References: ITU-T T.81; PNG (Third Edition); Exif 3.0; XMP part 3.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

#: Bytes of which one stands in every file with a position that is written down in a known way.
_SIGNS = (b"Exif\0\0", b"eXIf", b"GPS", b"8BIM", b"Raw profile type", b"XML:com.adobe.xmp")

#: JPEG's markers: start and end of the image, start of a scan, comment; those that stand alone; applications' own.
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_ALONE = {0x01, *range(0xD0, 0xD8)}
_APPLICATIONS = range(0xE0, 0xF0)
_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # the marker that ends a scan

#: Applications' segments by their marker and how they begin: "" for what the pixels need.
_SEGMENTS = (
    (0xE0, b"JF", ""),
    (0xE1, b"Exif\0", "exif"),
    (0xE1, b"http://ns.adobe.com/", "xmp"),
    (0xE2, b"ICC_PROFILE\0", ""),
    (0xED, b"Photoshop", "iptc"),
    (0xEE, b"Adobe", ""),
)

_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {b"eXIf": "exif", b"tIME": "time", b"tEXt": "comment", b"zTXt": "comment", b"iTXt": "comment"}

#: How Exif begins behind its name, and its tag for the directory of a position.
_TIFF = re.compile(rb"II\*\0|MM\0\*")
_GPS = 0x8825

#: Bytes of a text that is unpacked.
LARGEST_TEXT = 1 << 20


class Block(NamedTuple):
    """A part of a file: what kind of metadata it is, "" for what is none, and where it stands."""

    kind: str
    start: int
    end: int


class UnknownStructure(Exception):
    """The parts of a file cannot be told apart."""


def metadata_kinds(data: bytes) -> set[str]:
    """Which metadata a JPEG or PNG carries: exif, xmp, iptc, comment, time, application, trailer (behind its end).

    Raises:
        UnknownStructure: it is neither, or is damaged.
    """
    return {block.kind for block in _blocks(data)} - {""}


def without_metadata(data: bytes) -> bytes:
    """The same pixels without metadata; equal bytes where there is none.

    Raises:
        UnknownStructure: it is no JPEG or PNG, or is damaged.
    """
    return b"".join(data[block.start : block.end] for block in _blocks(data) if not block.kind)


def without_position(data: bytes) -> bytes:
    """The same bytes, or those without any metadata if a position on Earth is, or may be, among these.

    Raises:
        UnknownStructure: there may be one, and the file is no JPEG or PNG, or is damaged.
    """
    if not any(sign in data for sign in _SIGNS):
        return data
    blocks = [data[block.start : block.end] for block in _blocks(data) if block.kind]
    if any(map(_may_tell_position, map(_content, blocks))):
        return without_metadata(data)
    return data


def _blocks(data: bytes) -> Iterator[Block]:
    if data.startswith(_PNG):
        yield from _png(data)
    elif data.startswith(b"\xff\xd8"):
        yield from _jpeg(data)
    else:
        raise UnknownStructure


def _jpeg(data: bytes) -> Iterator[Block]:
    place = 0
    while True:
        start = place
        while data[place : place + 1] == b"\xff" == data[place + 1 : place + 2]:  # filling
            place += 1
        if data[place : place + 1] != b"\xff" or place + 2 > len(data):
            raise UnknownStructure
        marker, place = data[place + 1], place + 2
        if marker in (_SOI, _EOI) or marker in _ALONE:
            yield Block("", start, place)
        else:
            begin = place + 2
            place += int.from_bytes(data[place:begin], "big")
            if place < begin or place > len(data):
                raise UnknownStructure
            kind = _segment_kind(marker, data[begin:place])
            if marker == _SOS:
                found = _IN_SCAN.search(data, place)
                place = found.start() if found else len(data)
            yield Block(kind, start, place)
        if marker == _EOI or (marker == _SOS and place == len(data)):  # some have no end
            break
    if place < len(data):
        yield Block("trailer", place, len(data))


def _segment_kind(marker: int, content: bytes) -> str:
    if marker == _COM:
        return "comment"
    if marker not in _APPLICATIONS:
        return ""
    known = (kind for number, beginning, kind in _SEGMENTS if marker == number and content.startswith(beginning))
    return next(known, "application")


def _png(data: bytes) -> Iterator[Block]:
    place, name = len(_PNG), b""
    yield Block("", 0, place)
    while name != b"IEND":
        start, name = place, data[place + 4 : place + 8]
        place += 12 + int.from_bytes(data[place : place + 4], "big")
        if place > len(data):
            raise UnknownStructure
        yield Block(_chunk_kind(name, data[start + 8 : start + 90]), start, place)
    if place < len(data):
        yield Block("trailer", place, len(data))


def _chunk_kind(name: bytes, beginning: bytes) -> str:
    kind = _CHUNKS.get(name, "")
    if kind == "comment":
        keyword = beginning.partition(b"\0")[0].lower()
        for word, meant in (
            (b"xmp", "xmp"),
            (b"exif", "exif"),
            (b"app1", "exif"),
            (b"iptc", "iptc"),
            (b"8bim", "iptc"),
        ):
            if word in keyword:
                return meant
    return kind


def _may_tell_position(content: bytes | None) -> bool:
    """Whether metadata name a position: XMP and texts by a word, Exif by a directory, wherever it is kept."""
    if content is None:
        return True
    return b"GPS" in content or any(_has_gps(content, found.start()) for found in _TIFF.finditer(content))


def _has_gps(exif: bytes, begin: int) -> bool:
    """Whether the first directory of the Exif that begins there names one of positions, or cannot be read."""
    order = "<" if exif[begin : begin + 2] == b"II" else ">"
    try:
        start = begin + struct.unpack_from(f"{order}I", exif, begin + 4)[0]
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        return any(struct.unpack_from(f"{order}H", exif, start + 2 + 12 * n)[0] == _GPS for n in range(count))
    except struct.error:
        return True


def _content(block: bytes) -> bytes | None:
    """What a block says, unpacked where it is a text of a PNG; None where it cannot be."""
    name = block[4:8]
    if name not in (b"tEXt", b"zTXt", b"iTXt"):
        return block
    keyword, _, value = block[8:-4].partition(b"\0")
    packed = name == b"zTXt"
    if name == b"iTXt":
        packed = value[:1] == b"\1"
        value = value[2:].split(b"\0", 2)[-1]  # behind the language and the keyword in it
    try:
        if packed:
            unpacking = zlib.decompressobj()
            value = unpacking.decompress(value if name == b"iTXt" else value[1:], LARGEST_TEXT)
            if not unpacking.eof:
                return None
        if keyword.startswith(b"Raw profile"):  # in hexadecimal, behind its name and its length
            value = bytes.fromhex("".join(value.decode("ascii").split("\n")[3:]))
    except (zlib.error, ValueError):
        return None
    return keyword + b"\0" + value
