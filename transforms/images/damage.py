"""Files whose damage spoils few pixels or none: a JPEG without its last bytes, a PNG with faults beside its pixels.

References: ITU-T T.81; PNG (Third Edition).
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from math import ceil

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

#: The share of a picture that may be missing at the end of a JPEG. A scan that only refines counts for a third: that is
#: about its part of the bytes in a file of libjpeg's.
MISSING = 0.1
REFINING = 1 / 3

#: What ends a JPEG, starts one of its scans, and restarts decoding inside one.
_END, _SCAN, _RESTARTS = b"\xff\xd9", b"\xff\xda", [bytes((0xFF, 0xD0 + n)) for n in range(8)]
_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)
_SCAN_HEADER = re.compile(rb"\xff\xda..([\1-\4])(?=(.{5,11}))", re.DOTALL)
#: Bytes that mean something to any Huffman table, but nothing in particular.
_NOISE = hashlib.shake_256(b"medconcept").digest(4096).replace(b"\xff", b"\xfe")
#: Zeros at the end of a file that were written in place of bytes that never came.
_PADDING = 64

_PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
#: Chunks beside the critical ones that change what is shown.
_SHOWN = (b"tRNS", b"eXIf")


def essential_png(data: bytes) -> bytes | None:
    """A PNG with nothing but its pixels, transparency and Exif, these as far as their checksums hold.

    None where that is all that it has, or it is none. Texts and profiles are left out unread, however large they are.
    """
    if not data.startswith(_PNG):
        return None
    kept: list[bytes | memoryview] = [_PNG, *(chunk for chunk in _chunks(data) if _is_essential(chunk))]
    return b"".join(kept) if sum(map(len, kept)) < len(data) else None


def _chunks(data: bytes) -> Iterator[memoryview]:
    place, view = len(_PNG), memoryview(data)
    while place + 8 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        yield view[place:end]
        place = end


def _is_essential(chunk: memoryview) -> bool:
    name = bytes(chunk[4:8])
    critical = not name[0] & 0x20
    return critical or (name in _SHOWN and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big"))


def ended_jpeg(data: bytes) -> tuple[bytes, bytes] | None:
    """A JPEG that lacks its end, with an end, and with noise before that; None where it has an end, or is none.

    Decoders fill with gray what is missing. Where both decode alike, the data were there.
    """
    if not data.startswith(b"\xff\xd8") or data.find(_END, _first_scan(data)) >= 0:
        return None
    bare = data.rstrip(b"\0")
    bare = (bare if len(data) - len(bare) > _PADDING else data).removesuffix(b"\xff")
    scan = bare.rfind(_SCAN)
    last = max(range(8), key=lambda n: bare.rfind(_RESTARTS[n], scan))
    next_restart = _RESTARTS[(last + 1) % 8 if bare.rfind(_RESTARTS[last], scan) > 0 else 0]
    return bare + _END, bare + _NOISE + next_restart + _NOISE + _END


def missing_share(source: JpegImageFile, noisy: Image.Image, data: bytes) -> float:
    """The share that is missing of a JPEG: `source` and `noisy` are decoded from what `ended_jpeg` gave, `data` first.

    It is what lies behind the first block that differs, in the order of decoding; 1 where a scan has not begun.
    """
    refining = _last_scan_refines(data, {layer[0] for layer in source.layer})
    if refining is None or source.size != noisy.size:
        return 1.0
    across, down = (8 * max(layer[axis] for layer in source.layer) for axis in (1, 2))
    columns, rows = ceil(source.width / across), ceil(source.height / down)
    for row in range(rows):
        # Colours of less resolution are blended with those of the row below: its last line is no witness.
        box = (0, row * down, source.width, min((row + 1) * down - 1, source.height))
        differ = np.asarray(source.crop(box)) != np.asarray(noisy.crop(box))
        if differ.any():
            column = int(differ.reshape(len(differ), source.width, -1).any((0, 2)).argmax()) // across
            missing = 1 - (row * columns + column) / (rows * columns)
            return missing * (REFINING if refining else 1)
    return 0.0


def _last_scan_refines(data: bytes, components: set[int]) -> bool | None:
    """Whether the last scan of a JPEG adds the last bit to numbers that are there; None if another has to follow it."""
    begun: set[tuple[int, int]] = set()
    bits = 0
    for found in _SCAN_HEADER.finditer(data, _first_scan(data)):
        count = found[1][0]
        ids, numbers = found[2][: 2 * count : 2], found[2][2 * count : 2 * count + 3]
        if len(numbers) == 3 and numbers[2] & 15 == 0:
            first, last, bits = numbers
            begun |= {(component, n) for component in ids for n in range(first, last + 1)}
    return bits >= 16 if begun >= {(component, n) for component in components for n in range(64)} else None


def _first_scan(data: bytes) -> int:
    """Where the first scan begins, behind all segments of the header: these may hold pictures of their own."""
    place = 2
    while (marker := _MARKER.match(data, place)) and marker[1] != _SCAN[1:]:
        place = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return marker.end() - 2 if marker else len(data)
