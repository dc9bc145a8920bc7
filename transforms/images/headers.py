"""What a picture's header promises: the memory and the work of decoding it, judged before any pixel is decoded.

A few kilobytes can stand for gigabytes of pixels, tiles, tags or scans. Pillow bounds the area of a picture only; what
else a small file can ask for is bounded here.
"""

import re
from collections.abc import Iterator
from math import ceil
from typing import Any

from transforms.images.tiff import Layout

#: Bytes a pixel for each of Pillow's modes: in the decoded picture, and at the peak of `transforms.images.decode`, when
#: its turned copy or its copy in 8 bits lies beside it. Measured as the growth of resident memory (VmHWM) over pictures
#: of 25 megapixels with Pillow 12.3; tests/transforms/test_headers.py measures it again.
BYTES = {"1": (1, 2), "L": (1, 2), "P": (1, 5), "I;16": (2, 4), "I;16B": (2, 4)}
OTHERS = (4, 8)  # LA, PA, RGB, RGBA, CMYK, YCbCr, LAB, HSV, I, F: four bytes each, whatever they hold
#: Bytes a pixel that a reader takes beside the picture, measured likewise: WebP's canvases and its own copy; a BMP's
#: run lengths in Python.
WEBP, RUN_LENGTHS = 14, 3

#: Pixels times scans of a progressive JPEG; libjpeg takes 0.7 ns for each, and a scan of a few bytes visits them all.
SCANNED = 4_000_000_000
#: Pixels of a BMP in run lengths, which Pillow reads in Python, at up to 0.2 µs a pixel.
RUN_LENGTH_PIXELS = 8_000_000
#: Pixels of a TIFF with the padding of its tiles, and the number of its strips or tiles.
PADDED, CHUNKS = 300_000_000, 1 << 17
#: Bytes that tags may take beyond those that the file has: damaged ones may overlap.
SPARE_TAGS = 64 << 20
#: Exif segments of a JPEG, and bytes copied for the comments of a GIF: Pillow joins both piece by piece.
EXIF_SEGMENTS, COMMENTED = 256, 1 << 30

_WIDTH, _LENGTH, _BITS, _ORIENTATION, _SAMPLES, _ROWS = 256, 257, 258, 274, 277, 278
_TILE_WIDTH, _TILE_LENGTH = 322, 323
_OFFSETS = frozenset({273, 324})
_DIRECTORIES = frozenset({34665, 34853, 40965})  # Exif, GPS, interoperability
_UNITS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_GIF_COMMENT = 254
_GIF_BLOCK = re.compile(rb"[!,;]")
_EXIF = re.compile(rb"\xff\xe1(..)Exif\0\0", re.DOTALL)


def metadata_fault(data: bytes) -> str | None:
    """What is wrong with the metadata, all of which Pillow reads, of a picture or an Exif block; None if nothing.

    A tag is twelve bytes and may point at any part of the file, so that thousands of them can claim all of it.
    """
    if data[:2] in (b"II", b"MM"):
        return _tags_fault(data)
    if data[:3] == b"GIF":
        return _comments_fault(data)
    if data[:2] != b"\xff\xd8":
        return None
    segments = [
        data[found.end() : found.start() + 2 + int.from_bytes(found[1], "big")] for found in _EXIF.finditer(data)
    ]
    if len(segments) > EXIF_SEGMENTS:
        return f"{len(segments):,} Exif segments"
    return _tags_fault(b"".join(segments))


def _comments_fault(data: bytes) -> str | None:
    """Of the blocks before the first frame; a comment comes in pieces of 1 to 255 bytes."""
    flags = data[10] if len(data) > 10 else 0
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    length = copied = 0
    while (found := _GIF_BLOCK.search(data, position)) and found[0] == b"!":
        comment = data[found.end() : found.end() + 1] == bytes([_GIF_COMMENT])
        position = found.end() + 1
        while position < len(data) and (size := data[position]):
            length += size * comment
            copied += length * comment
            position += size + 1
        position += 1
    return f"comments of {length:,} bytes in tiny pieces" if copied > COMMENTED else None


def _tags_fault(data: bytes) -> str | None:
    total = 0
    for tag, size in _tags(data):
        total += size
        if tag in _OFFSETS and size > 4 * CHUNKS:
            return f"more than {CHUNKS:,} strips or tiles"
        if total > len(data) + SPARE_TAGS:
            return "its tags claim more bytes than there are"
    return None


def _tags(data: bytes) -> Iterator[tuple[int, int]]:
    """The tags of the first directory and of those that it names, with the bytes that reading each takes."""
    layout = Layout(data)
    pointer = layout.pointer
    waiting, seen = [data[layout.header : layout.header + pointer.size]], set[int]()
    while waiting:
        place = waiting.pop()
        start = pointer.unpack(place)[0] if len(place) == pointer.size else len(data)
        if start in seen:
            continue
        seen.add(start)
        for tag, kind, number, value in layout.directory(data, start)[0]:
            size = _UNITS.get(kind, 0) * number
            if size > pointer.size:
                yield tag, min(size, max(0, len(data) - pointer.unpack(value)[0]))
            yield tag, layout.entry.size
            if tag in _DIRECTORIES:
                waiting.append(value)


def decoding_bytes(source: Any, data: bytes) -> int:
    """The memory that the picture `source`, opened from `data`, takes at the peak of decoding."""
    pixels: int = source.width * source.height
    held, peak = BYTES.get(source.mode, OTHERS)
    if source.format == "GIF" or (source.format == "PNG" and source.is_animated):  # what disposes of the first frame
        return pixels * (peak + held)
    return max(pixels * peak, pixels * held + _reading_bytes(source, data, pixels, held))


def _reading_bytes(source: Any, data: bytes, pixels: int, held: int) -> int:
    """What the reader takes beside the picture while it decodes."""
    if source.format == "TIFF":  # which is turned before its reader has let go
        turned = pixels * held if _number(source.tag_v2, _ORIENTATION) > 1 else 0
        return _chunk_bytes(source.tag_v2) + turned
    if source.format == "WEBP":
        return WEBP * pixels
    if _run_lengths(source):
        return RUN_LENGTHS * pixels
    if source.format in ("JPEG", "MPO") and _in_scans(source, data):  # which are gathered, two bytes a coefficient
        across, down = (max(layer[axis] for layer in source.layer) or 1 for axis in (1, 2))
        return sum(2 * ceil(source.width * x / across) * ceil(source.height * y / down) for _, x, y, _ in source.layer)
    return 0


def _in_scans(source: Any, data: bytes) -> bool:
    """Whether no scan of a JPEG holds all of it: it is progressive, or its first scan lacks components."""
    scan = data.rfind(b"\xff\xda", 0, source.fp.tell())
    return "progressive" in source.info or data[scan + 4] < len(source.layer)


def _run_lengths(source: Any) -> bool:
    return source.format == "BMP" and any(tile[0] == "bmp_rle" for tile in source.tile)


def _chunk_bytes(tags: Any) -> int:
    """The largest of a TIFF's strips or tiles, unpacked."""
    if _TILE_WIDTH in tags:
        pixels = _number(tags, _TILE_WIDTH) * _number(tags, _TILE_LENGTH)
    else:
        rows = _number(tags, _LENGTH)
        pixels = _number(tags, _WIDTH) * min(rows, _number(tags, _ROWS) or rows)
    bits: int = max(tags.get(_BITS, (1,)))
    return pixels * (_number(tags, _SAMPLES) or 1) * bits // 8


def _number(tags: Any, tag: int) -> int:
    value: int = tags.get(tag, 0)
    return value if isinstance(value, int) else 0


def too_much_work(source: Any, data: bytes) -> str | None:
    """Why the opened picture would keep a core busy for long, None where it would not."""
    pixels = source.width * source.height
    if source.format in ("JPEG", "MPO") and (scans := data.count(b"\xff\xda")) * pixels > SCANNED:
        return f"in {scans} scans"
    if _run_lengths(source) and pixels > RUN_LENGTH_PIXELS:
        return "in run lengths"
    if source.format == "TIFF" and _TILE_WIDTH in source.tag_v2:
        width, height = _number(source.tag_v2, _TILE_WIDTH) or 1, _number(source.tag_v2, _TILE_LENGTH) or 1
        if ceil(source.width / width) * width * ceil(source.height / height) * height > PADDED:
            return f"in tiles of {width} x {height}"
    return None
