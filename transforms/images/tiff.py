"""TIFF by its directories: which page is the picture, what its samples are, and pages that Pillow refuses or misreads.

Pillow reads the first page and a list of sample layouts. What it does not read, or reads wrong, gets a new directory
behind the same bytes, which describes the same pixels in a layout that it reads right. References: TIFF 6.0; BigTIFF.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import NamedTuple

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_MAXIMUM, _PLANAR, _FORMAT, _SCALED_MAXIMUM = 281, 284, 339, 341

WHITE_IS_ZERO, BLACK_IS_ZERO, LAB = 0, 1, 8  # photometric interpretations
UNSIGNED, SIGNED = 1, 2  # sample formats

#: Bytes of integers by the number of their kind, as `struct` names them.
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_LONG, _LONG8 = 4, 16
#: The formats under which Pillow reads values of other types right, but for their sign.
_READ_AS = {"int8": UNSIGNED, "uint32": SIGNED}
#: Tags of a page, tags and pages in all, and numbers of a tag that are looked at.
SEARCHED, LONGEST = 1 << 17, 1 << 10


class Entry(NamedTuple):
    """A tag as it stands in a directory: `value` holds it, or says where it is."""

    tag: int
    kind: int
    number: int
    value: bytes


class Layout:
    """How a TIFF writes its directories: the byte order, and pointers of 32 bits or (BigTIFF) of 64."""

    def __init__(self, data: bytes) -> None:
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:3] == b"\x2b" or data[3:4] == b"\x2b"
        self.pointer = struct.Struct(self.order + ("Q" if self.big else "I"))
        self.entry = struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))
        self.count = struct.Struct(self.order + ("Q" if self.big else "H"))
        self.header = 8 if self.big else 4  # where it names the first directory

    def __str__(self) -> str:
        return ("" if self.order == "<" else "big-endian ") + ("BigTIFF" if self.big else "TIFF")

    def directory(self, data: bytes, start: int) -> tuple[Iterator[Entry], int]:
        """The entries of the directory at `start`, as many as there are, and the place behind them."""
        first = start + self.count.size
        if first > len(data):
            return iter(()), len(data)
        end = min(first + self.entry.size * self.count.unpack_from(data, start)[0], len(data))
        entries = memoryview(data)[first : end - (end - first) % self.entry.size]
        return map(Entry._make, self.entry.iter_unpack(entries)), end

    def pages(self, data: bytes) -> Iterator[int]:
        """The places of the pages' directories, in order."""
        place, seen = self.header, set[int]()
        while place + self.pointer.size <= len(data):
            start = self.pointer.unpack_from(data, place)[0]
            if not start or start in seen:
                return
            seen.add(start)
            yield start
            place = self.directory(data, start)[1]

    def numbers(self, data: bytes, entry: Entry | None) -> tuple[int, ...]:
        """The integers of a tag; none where it has others, very many, or points beyond the file."""
        if entry is None or entry.kind not in _INTEGERS or entry.number > LONGEST:
            return ()
        packed = struct.Struct(f"{self.order}{entry.number}{_INTEGERS[entry.kind]}")
        if packed.size <= self.pointer.size:
            return packed.unpack_from(entry.value)
        start = self.pointer.unpack(entry.value)[0]
        return packed.unpack_from(data, start) if start + packed.size <= len(data) else ()

    def pointed(self, data: bytes, start: int) -> Iterator[memoryview]:
        """The parts of the TIFF with its header pointing to the directory at `start`."""
        yield memoryview(data)[: self.header]
        yield memoryview(self.pointer.pack(start))
        yield memoryview(data)[self.header + self.pointer.size :]


def is_tiff(data: bytes) -> bool:
    """Whether these bytes begin as a TIFF does."""
    return data[:2] in (b"II", b"MM") and data[2:4] in (b"*\0", b"\0*", b"+\0", b"\0+")


def largest_page(data: bytes) -> bytes:
    """The TIFF with its largest page as the first, of equal ones the earlier: the others are thumbnails or masks."""
    layout = Layout(data)
    first = best = largest = looked = 0
    for start in layout.pages(data):
        first = first or start
        sides = dict.fromkeys((_WIDTH, _LENGTH), 0)
        for entry in islice(layout.directory(data, start)[0], SEARCHED):
            looked += 1
            if entry.tag in sides:
                sides[entry.tag] = max(layout.numbers(data, entry), default=0)
        looked += 1
        area = prod(sides.values())
        if area > largest:
            best, largest = start, area
        if looked > SEARCHED:
            break
    return data if best in (0, first) else b"".join(layout.pointed(data, best))


@dataclass(frozen=True)
class Page:
    """The first page of a TIFF: its tags, and what its samples are; `stated` is their greatest number, 0 if unknown."""

    layout: Layout
    entries: dict[int, Entry]
    photometric: int
    samples: int
    bits: int
    format: int
    planar: bool
    stated: int
    compression: int

    @classmethod
    def read(cls, data: bytes) -> "Page":
        """The page that the header of `data` names."""
        layout = Layout(data)
        start = next(layout.pages(data), len(data))
        entries = {entry.tag: entry for entry in islice(layout.directory(data, start)[0], SEARCHED)}

        def value(tag: int, missing: int) -> int:
            return max(layout.numbers(data, entries.get(tag)), default=missing)

        samples, bits = value(_SAMPLES, 1), value(_BITS, 1)
        return cls(
            layout,
            entries,
            value(_PHOTOMETRIC, WHITE_IS_ZERO),
            samples,
            bits,
            value(_FORMAT, UNSIGNED),
            samples > 1 and value(_PLANAR, 1) == 2,
            (1 << bits) - 1 if bits < 16 else value(_SCALED_MAXIMUM, 0) or value(_MAXIMUM, 0),
            value(_COMPRESSION, 1),
        )

    @property
    def type(self) -> str | None:
        """The numpy type of gray values, where `readable` gives their bytes under another."""
        return {(8, SIGNED): "int8", (32, UNSIGNED): "uint32"}.get((self.bits, self.format)) if self.gray else None

    @property
    def misread(self) -> bool:
        """Whether Pillow takes it for another picture: it misreads the signs of colours that lie in planes."""
        return self.planar and self.photometric == LAB

    @property
    def inverted(self) -> bool:
        """Whether `readable` gives the picture as its negative."""
        return self.photometric == WHITE_IS_ZERO and self.wide

    @property
    def gray(self) -> bool:
        """Whether the first sample is all that is shown."""
        return self.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO) and (self.samples == 1 or self.planar)

    @property
    def wide(self) -> bool:
        """Whether gray values need more than a byte, or a sign."""
        return self.gray and (self.bits > 8 or self.format != UNSIGNED)

    def __str__(self) -> str:
        return (
            f"a {self.layout} that cannot be read: {self.samples} samples of {self.bits} bits in format {self.format}, "
            f"photometric {self.photometric}, compression {self.compression}{', in planes' * self.planar}"
        )


def readable(data: bytes, page: Page) -> bytes:
    """The TIFF as Pillow reads its page: wide gray values as if 0 were black, and with the format of `_READ_AS`."""
    changes = {}
    if page.wide and page.photometric == WHITE_IS_ZERO:
        changes[_PHOTOMETRIC] = BLACK_IS_ZERO
    if page.type:
        changes[_FORMAT] = _READ_AS[page.type]
    return _rewritten(data, page, changes) if changes else data


def _rewritten(data: bytes, page: Page, changes: dict[int, int]) -> bytes:
    """The TIFF with a new directory at its end, in which tags have other values."""
    layout = page.layout
    kind = _LONG8 if layout.big else _LONG
    new = {tag: Entry(tag, kind, 1, layout.pointer.pack(value)) for tag, value in changes.items()}
    entries = page.entries | new
    padding = bytes(len(data) % 2)
    directory = [layout.count.pack(len(entries)), *(layout.entry.pack(*entries[tag]) for tag in sorted(entries))]
    start = len(data) + len(padding)
    return b"".join([*layout.pointed(data, start), padding, *directory, bytes(layout.pointer.size)])
