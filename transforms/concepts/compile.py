"""The compiler: names in the order of their concepts in, a lexicon (lexicon.py) out.

Names stream through in batches. What stays in memory is 21 bytes a name or variant, 15 a concept and 4 a beginning of a
name; the texts wait in a temporary file beside the lexicon, which gets its name only when it is whole.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY
from transforms.concepts.forms import name_forms, name_keys
from transforms.concepts.imaging import SOURCE
from transforms.concepts.lexicon import ARRAYS, IMAGING, PREFERRED, VARIANT, aligned, preamble, version_of

_BATCH = 50_000
_MOST_TEXT = 1 << 32  # offsets are 32 bits
_LARGEST_RANK = (1 << 16) - 1

#: The columns of a row while they are collected.
_COLUMNS = {"key": "<u8", "concept": "<i4", "text": "<u4", "rank": "<u2", "source": "<u2", "flags": "|u1"}
Arrays = dict[str, NDArray[Any]]


def compile_lexicon(names: Iterable[pa.Table], file: Path, description: dict[str, Any]) -> str:
    """Compile tables of `schemas.vocabulary.VOCABULARY`, ordered by CUI, into `file`; returns the version.

    No name holds a line break; numbers and single characters are no names to be found, but may be preferred names.
    `description` goes into the header. Its `origin` begins the version, whose digits are those of the content's digest.

    Raises:
        UserError: there is no name, or there are more than 4 GiB of names.
    """
    with TemporaryFile(dir=file.parent) as texts:
        compiler = _Compiler(texts)
        for table in _whole_concepts(names):
            compiler.add(table)
        if not compiler.cuis:
            raise UserError(f"{file}: not written: the vocabulary has no name")
        arrays = compiler.arrays()
        content = {"sources": list(compiler.sources), "semantic_types": list(compiler.types)}
        return _write(file, arrays, texts, content, description)


class _Compiler:
    def __init__(self, texts: IO[bytes]) -> None:
        self.texts = texts
        self.cuis: list[NDArray[np.bytes_]] = []
        self.sources: dict[str, int] = {}  # and their numbers
        self.types: dict[tuple[str, ...], int] = {}
        self._preferred: list[NDArray[np.uint32]] = []
        self._type_sets: list[int] = []
        self._rows: list[Arrays] = []
        self._beginnings: list[NDArray[np.uint32]] = []  # the leading half of their keys
        self._concepts = 0

    def add(self, table: pa.Table) -> None:
        """Take the names of some concepts, all of each."""
        cuis = np.array(table["cui"].to_pylist(), "S9")
        if (cuis[1:] < cuis[:-1]).any() or (self.cuis and cuis[0] <= self.cuis[-1][-1]):
            raise ValueError(f"the names are not in the order of their concepts at {table['cui'][0]}")
        first = np.flatnonzero(np.concatenate([[True], cuis[1:] != cuis[:-1]]))
        concept = np.repeat(np.arange(len(first)), np.diff([*first, len(cuis)]))
        names, preferred = table["name"].to_pylist(), table["preferred"].to_pylist()

        listed = pc.equal(table["source"], SOURCE).to_pylist()
        forms, rows, flags = name_forms(names, concept.tolist(), listed)
        keys, beginnings = name_keys(forms)
        written, form_text = np.unique(rows, return_inverse=True)
        texts = self._store([names[row] for row in written])
        own = np.array([names[row] == preferred[row] for row in written], np.bool_)
        self._rows.append(
            {
                "key": keys,
                "concept": (concept[rows] + self._concepts).astype(np.int32),
                "text": texts[form_text],
                "rank": np.minimum(table["rank"].to_numpy()[rows], _LARGEST_RANK).astype(np.uint16),
                "source": self._numbers(table["source"])[rows],
                "flags": flags | (PREFERRED * (own[form_text] & (flags & VARIANT == 0))).astype(np.uint8),
            }
        )
        self._beginnings.append(np.unique((beginnings >> np.uint64(32)).astype(np.uint32)))

        own_names = [preferred[row] for row in first]
        self._preferred.append(self._own_names(own_names, concept[written[own]], texts[own]))
        types = table["semantic_types"].take(first).to_pylist()
        self._type_sets += [self.types.setdefault(tuple(sorted(each)), len(self.types)) for each in types]
        self.cuis.append(cuis[first])
        self._concepts += len(first)

    def _numbers(self, sources: pa.ChunkedArray) -> NDArray[np.uint16]:
        """The numbers of the sources."""
        encoded = sources.combine_chunks().dictionary_encode()
        known = [self.sources.setdefault(each, len(self.sources)) for each in encoded.dictionary.to_pylist()]
        numbers: NDArray[np.uint16] = np.array(known, np.uint16)[encoded.indices.to_numpy()]
        return numbers

    def _own_names(
        self, preferred: list[str], concepts: NDArray[np.int64], texts: NDArray[np.uint32]
    ) -> NDArray[np.uint32]:
        """Where each concept's preferred name stands: at `texts` those of `concepts`, the others are stored now."""
        places = np.zeros(len(preferred), np.uint32)
        known, at = np.unique(concepts, return_index=True)
        places[known] = texts[at]
        others = np.setdiff1d(np.arange(len(preferred)), known)
        places[others] = self._store([preferred[concept] for concept in others])
        return places

    def _store(self, texts: list[str]) -> NDArray[np.uint32]:
        """Append `texts` to the file; returns where each begins."""
        encoded = [text.encode() + b"\n" for text in texts]
        ends = self.texts.tell() + np.cumsum([0, *map(len, encoded)])
        if ends[-1] > _MOST_TEXT:
            raise UserError("the names of the vocabulary are more than 4 GiB; choose sources or semantic types")
        self.texts.write(b"".join(encoded))
        return ends[:-1].astype(np.uint32)

    def arrays(self) -> Arrays:
        """The arrays of the lexicon but `texts`."""
        rows = {name: np.concatenate([part.pop(name) for part in self._rows]) for name in _COLUMNS}
        _spread(IMAGING, rows)
        order = _order(rows)
        rows = {name: column[order] for name, column in rows.items()}
        first = np.flatnonzero(np.concatenate([[True], rows["key"][1:] != rows["key"][:-1]])[: len(order)])
        keys = rows["key"][first]
        bits = max(len(keys).bit_length() - 1, 1)
        buckets = np.searchsorted(keys >> np.uint64(64 - bits), np.arange((1 << bits) + 1, dtype=np.uint64))
        return {
            "keys": keys,
            "key_rows": np.append(first, len(order)).astype(np.uint32),
            "buckets": buckets.astype(np.uint32),
            "beginnings": _bitmap(self._beginnings, max((16 * len(order)).bit_length() - 1, 12)),
            "name_concept": rows["concept"],
            "name_text": rows["text"],
            "name_rank": rows["rank"],
            "name_source": rows["source"],
            "name_flags": rows["flags"],
            "concept_cui": np.concatenate(self.cuis),
            "concept_preferred": np.concatenate(self._preferred),
            "concept_types": np.array(self._type_sets, np.uint16),
        }


def _whole_concepts(names: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows, up to _BATCH at a time, cut only where a concept ends; the same however they come in."""
    held, size = VOCABULARY.empty_table(), _BATCH
    for table in names:
        held = pa.concat_tables([held, table.select(VOCABULARY.names)])
        while len(held) > size:
            end = pc.index(held["cui"], held["cui"][size]).as_py()  # where the concept of this row begins
            if end:
                yield held.slice(0, end).combine_chunks()
                held, size = held.slice(end), _BATCH
            else:
                size += _BATCH
    if len(held):
        yield held.combine_chunks()


def _spread(flag: int, rows: Arrays) -> None:
    """Set the flag in all rows of a key and concept if one of them has it: "CT scans" is listed where "CT scan" is."""
    keys, concepts, flags = rows["key"], rows["concept"], rows["flags"]
    has = np.flatnonzero(flags & flag)
    flagged = set(zip(keys[has].tolist(), concepts[has].tolist(), strict=True))
    sought = np.append(np.unique(keys[has]), np.uint64(0))
    near = np.flatnonzero(sought[np.searchsorted(sought[:-1], keys)] == keys)
    pairs = zip(keys[near].tolist(), concepts[near].tolist(), strict=True)
    flags[near[np.fromiter(map(flagged.__contains__, pairs), np.bool_, len(near))]] |= np.uint8(flag)


def _order(rows: Arrays) -> NDArray[np.int64]:
    """The order of rows by key and merit, without variants that only repeat another row of their concept."""
    variant, own = rows["flags"] & VARIANT, rows["flags"] & PREFERRED
    merit = rows["rank"] + ((variant > 0) * np.uint32(1 << 17)) + ((own == 0) * np.uint32(1 << 16))
    order = np.lexsort((merit, rows["concept"], rows["key"]))
    again = (rows["key"][order][1:] == rows["key"][order][:-1]) & (
        rows["concept"][order][1:] == rows["concept"][order][:-1]
    )
    kept = np.sort(order[~np.concatenate([[False], again & (variant[order][1:] > 0)])[: len(order)]])
    return kept[np.lexsort((merit[kept], rows["key"][kept]))]


def _bitmap(halves: list[NDArray[np.uint32]], bits: int) -> NDArray[np.uint8]:
    """2**`bits` bits, those set that some key begins with."""
    bitmap = np.zeros(1 << (bits - 3), np.uint8)
    for half in halves:
        found = half >> np.uint32(32 - bits)
        np.bitwise_or.at(bitmap, found >> np.uint32(3), np.uint8(1) << (found & np.uint32(7)).astype(np.uint8))
    return bitmap


def _write(file: Path, arrays: Arrays, texts: IO[bytes], content: dict[str, Any], description: dict[str, Any]) -> str:
    digests = {name: _sha256(array.data) for name, array in arrays.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    lengths["texts"] = texts.tell()
    texts.seek(0)
    digest = hashlib.sha256()
    while block := texts.read(1 << 20):
        digest.update(block)
    digests["texts"] = digest.hexdigest()
    places: dict[str, dict[str, Any]] = {}
    offset = 0
    for name, dtype in ARRAYS.items():
        places[name] = {"dtype": dtype, "length": lengths[name], "offset": offset, "sha256": digests[name]}
        offset = aligned(offset + lengths[name] * np.dtype(dtype).itemsize)
    counts = {"concepts": lengths["concept_cui"], "rows": lengths["name_text"], "keys": lengths["keys"]}
    header = {**description, **content, "counts": counts, "arrays": places}
    header["version"] = version = version_of(header, digests)

    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as target:
            target.write(preamble(header))
            start = target.tell()
            for name, place in places.items():
                target.write(bytes(start + place["offset"] - target.tell()))
                if name == "texts":
                    texts.seek(0)
                    shutil.copyfileobj(texts, target, 1 << 20)
                else:
                    target.write(arrays[name].data)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return version


def _sha256(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()
