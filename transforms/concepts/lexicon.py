"""The lexicon: a compiled vocabulary in one file that all workers of a machine map into memory and share.

The file is a magic number, the length and SHA-256 of a JSON header, the header, and numpy arrays, each at a multiple of
64 bytes. The header says what was compiled (origin, release, filters, checksums of the inputs), and where each array
lies. Everything is little-endian; nothing is unpickled; a page is read when it is first looked at.

Names stand in rows, sorted by key (`transforms.concepts.words`), the better name of a key first: a source's own
spelling before a variant of one, the concept's preferred name before another, then the smaller rank, then the CUI.
"""

import hashlib
import json
import mmap
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.errors import UserError, told

#: The last digit is the version of the format.
MAGIC = b"MCLEXIC2"
ALIGNMENT = 64
_PREFIX = len(MAGIC) + 8 + 32  # before the header: magic, length, SHA-256
_FIELDS = {"origin", "version", "sources", "semantic_types", "counts", "arrays"}

#: Bits of `name_flags`: to be found only as it is written; its concept's preferred name; a spelling that we derived; a
#: name that stands on the list of imaging terms for its concept, whatever other sources have it.
CASE_SENSITIVE, PREFERRED, VARIANT, IMAGING = 1, 2, 4, 8

#: The arrays of the file and their types.
ARRAYS = {
    "keys": "<u8",  # distinct keys of names, ascending
    "key_rows": "<u4",  # the first row of each key, and the number of rows
    "buckets": "<u4",  # by the leading bits of a key, the first of `keys` with these; and the number of keys
    "beginnings": "|u1",  # bits, by the leading bits of the key of any run of words that a name begins with
    "name_concept": "<i4",
    "name_text": "<u4",  # where in `texts` the source's spelling begins
    "name_rank": "<u2",
    "name_source": "<u2",
    "name_flags": "|u1",
    "concept_cui": "|S9",  # ascending
    "concept_preferred": "<u4",  # where in `texts`
    "concept_types": "<u2",  # index into the header's sets of semantic types
    "texts": "|u1",  # UTF-8, each ended by a newline
}


class Lexicon:
    """A compiled vocabulary. Arrays of names have a row a name, those of concepts a row a concept."""

    def __init__(self, file: Path, header: dict[str, Any], memory: mmap.mmap, start: int) -> None:
        self.file = file
        self.header = header
        self.version: str = header["version"]
        self._memory = memory
        self._start = start
        arrays = {name: self._array(name) for name in ARRAYS}
        self.name_concept: NDArray[np.int32] = arrays["name_concept"]
        self.name_flags: NDArray[np.uint8] = arrays["name_flags"]
        self.name_rank: NDArray[np.uint16] = arrays["name_rank"]
        self.name_source: NDArray[np.uint16] = arrays["name_source"]
        self._name_text: NDArray[np.uint32] = arrays["name_text"]
        self._keys: NDArray[np.uint64] = arrays["keys"]
        self._key_rows: NDArray[np.uint32] = arrays["key_rows"]
        self._buckets: NDArray[np.uint32] = arrays["buckets"]
        self._beginnings: NDArray[np.uint8] = arrays["beginnings"]
        self.concept_cui: NDArray[np.bytes_] = arrays["concept_cui"]
        self._preferred: NDArray[np.uint32] = arrays["concept_preferred"]
        self.concept_types: NDArray[np.uint16] = arrays["concept_types"]
        self._bucket_shift = np.uint64(64 - _bits(len(self._buckets) - 1))
        self._beginning_shift = np.uint64(64 - _bits(8 * len(self._beginnings)))
        self._texts = start + header["arrays"]["texts"]["offset"]
        self._text = lru_cache(maxsize=1 << 14)(self._read_text)

    @classmethod
    def open(cls, file: Path) -> "Lexicon":
        """Map a lexicon; only its header is read.

        Raises:
            UserError: the file is not there, is no lexicon of this version, or was cut or changed in its header.
        """
        try:
            if file.exists() and not file.is_file():
                raise ValueError("it is no file")  # a pipe would be waited for
            with file.open("rb") as source:
                memory = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file
            raise UserError(f"{file}: no lexicon can be read: {error.args[-1]}") from None
        header, start = _header(file, memory)
        try:
            end = start + _length(header)
            if len(memory) != end:
                raise UserError(f"{file}: {len(memory)} bytes where {end} are needed: the lexicon was cut")
            return cls(file, header, memory, start)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise UserError(f"{file}: the lexicon's header does not describe its arrays: {told(error)}") from None

    def verify(self) -> None:
        """Compare every array with its checksum, and the version with what there is; reads the whole file.

        Raises:
            UserError: an array differs, or the version is that of another content.
        """
        digests = {name: hashlib.sha256(self._array(name).data).hexdigest() for name in ARRAYS}
        for name, digest in digests.items():
            if digest != self.header["arrays"][name].get("sha256"):
                raise UserError(f"{self.file}: the array {name} does not match its checksum: the lexicon is corrupt")
        if (version := version_of(self.header, digests)) != self.version:
            raise UserError(f"{self.file}: it calls itself {self.version} and holds {version}: the lexicon is corrupt")

    def lookup(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """For each key the first row and the number of rows of the names that have it (0, 0 where none has)."""
        buckets = keys >> self._bucket_shift
        at = self._buckets[buckets].astype(np.int64)
        ends = self._buckets[buckets + np.uint64(1)]
        firsts, counts = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int32)
        waiting = np.flatnonzero(at < ends)
        while len(waiting):
            found = self._keys[at[waiting]]
            hits = waiting[found == keys[waiting]]
            firsts[hits] = self._key_rows[at[hits]]
            counts[hits] = self._key_rows[at[hits] + 1] - firsts[hits]
            waiting = waiting[found < keys[waiting]]
            at[waiting] += 1
            waiting = waiting[at[waiting] < ends[waiting]]
        return firsts, counts

    def begins(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether a name begins with, or is, the run of words that has this key: False is certain, True is likely."""
        bits = keys >> self._beginning_shift
        known: NDArray[np.uint8] = self._beginnings[bits >> np.uint64(3)] >> (bits & np.uint64(7)).astype(np.uint8)
        return (known & 1).astype(np.bool_)

    def name(self, row: int) -> str:
        """The name as its source spells it, of a variant the name that it was derived from."""
        return self._text(int(self._name_text[row]))

    def source(self, row: int) -> str:
        """The vocabulary that the name comes from."""
        return str(self.header["sources"][self.name_source[row]])

    def cui(self, concept: int) -> str:
        """The concept's identifier."""
        return str(self.concept_cui[concept], "ascii")

    def preferred(self, concept: int) -> str:
        """The concept's own name."""
        return self._text(int(self._preferred[concept]))

    def semantic_types(self, concept: int) -> list[str]:
        """The concept's semantic types (T047), ascending."""
        return list(self.header["semantic_types"][self.concept_types[concept]])

    def concept_of(self, cui: str) -> int | None:
        """The concept of a CUI; None where the vocabulary holds none."""
        sought = np.bytes_(cui.encode())
        row = int(np.searchsorted(self.concept_cui, sought))
        return row if row < len(self.concept_cui) and self.concept_cui[row] == sought else None

    @property
    def digest(self) -> str:
        """The SHA-256 of the header, and so, by its checksums, of all that `verify` compares."""
        return self._memory[_PREFIX - 32 : _PREFIX].hex()

    @property
    def imaging_terms(self) -> bool:
        """Whether the list of imaging terms is merged in."""
        return "imaging_terms" in self.header

    @property
    def concepts(self) -> int:
        """How many concepts there are."""
        return len(self.concept_cui)

    def _read_text(self, offset: int) -> str:
        start = self._texts + offset
        return self._memory[start : self._memory.find(b"\n", start)].decode()

    def _array(self, name: str) -> NDArray[Any]:
        array = self.header["arrays"][name]
        return np.frombuffer(self._memory, ARRAYS[name], array["length"], self._start + array["offset"])


def _header(file: Path, memory: mmap.mmap) -> tuple[dict[str, Any], int]:
    """The header, and where the arrays start."""
    magic = memory[: len(MAGIC)]
    if magic != MAGIC and magic[:-1] == MAGIC[:-1]:
        raise UserError(f"{file}: a lexicon of another version of medconcept: compile it (or build the output) again")
    if magic != MAGIC:
        raise UserError(f"{file}: no lexicon of `medconcept vocabulary build`")
    length = int.from_bytes(memory[len(MAGIC) : len(MAGIC) + 8], "little")
    text = memory[_PREFIX : _PREFIX + length]
    if hashlib.sha256(text).digest() != memory[_PREFIX - 32 : _PREFIX]:
        raise UserError(f"{file}: the lexicon's header does not match its checksum: the file was cut or is corrupt")
    try:
        header = json.loads(text)
        missing = _FIELDS - header.keys()
    except (ValueError, RecursionError, AttributeError):
        raise UserError(f"{file}: the lexicon's header is no JSON object") from None
    if missing:
        raise UserError(f"{file}: the lexicon's header has no {min(missing)}")
    return header, aligned(_PREFIX + length)


def _length(header: dict[str, Any]) -> int:
    """The bytes from the first array to the end of the last."""
    places = header["arrays"]
    ends = [places[name]["offset"] + places[name]["length"] * np.dtype(kind).itemsize for name, kind in ARRAYS.items()]
    return int(max(ends))


def version_of(header: dict[str, Any], digests: dict[str, str]) -> str:
    """The version of a lexicon with this header whose arrays have these SHA-256."""
    content = {name: header[name] for name in ("sources", "semantic_types")}
    digest = hashlib.sha256(json.dumps([digests, content], sort_keys=True).encode()).hexdigest()
    return f"{header['origin']}-{digest[:12]}"


def preamble(header: dict[str, Any]) -> bytes:
    """What stands before the arrays."""
    text = json.dumps(header, sort_keys=True, ensure_ascii=False).encode()
    start = MAGIC + len(text).to_bytes(8, "little") + hashlib.sha256(text).digest() + text
    return start.ljust(aligned(len(start)), b"\0")


def aligned(offset: int) -> int:
    """The next multiple of ALIGNMENT."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def _bits(count: int) -> int:
    """The logarithm of a power of two."""
    return count.bit_length() - 1
