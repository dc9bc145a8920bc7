"""Thumbnails, sketches and proofs of pictures, each fetched and made when it is first asked for."""

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.duplicates.proofs import PROOF, open_proofs
from transforms.duplicates.registration import SIDE
from transforms.duplicates.sketches import Sketches, empty, sketch

FETCHED = 8192  # thumbnails that are fetched at once: 32 MB
HELD = 1 << 16  # thumbnails that are held: 256 MB
SKETCHED = 10_240  # sketches that are held, more than a cell has panels: 420 MB
PROVED = 2048  # proofs that are held, decoded: 128 MB

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class Fetch(Protocol):
    """Gets the pictures of rows, whose columns say where they lie."""

    def thumbnails(self, rows: pa.Table) -> Pixels:
        """Their thumbnails: (N, SIDE, SIDE)."""

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """Their proofs as they are kept (proofs.py). Few rows are asked for at once."""


class Held:
    """Fetches from rows that hold their pictures themselves."""

    def thumbnails(self, rows: pa.Table) -> Pixels:
        """The column `thumbnail`: (N, SIDE, SIDE)."""
        return np.frombuffer(b"".join(rows["thumbnail"].to_pylist()), np.uint8).reshape(-1, SIDE, SIDE)

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """The column `proof`."""
        found: list[bytes] = rows["proof"].to_pylist()
        return found


class Thumbnails:
    """The thumbnails of the rows of a table, each fetched when it is first asked for."""

    def __init__(self, rows: pa.Table, fetch: Fetch) -> None:
        self._rows, self._fetch = rows, fetch
        self._place = np.full(len(rows), -1)
        self._held = np.empty((min(len(rows), HELD), SIDE, SIDE), np.uint8)
        self._count = 0
        self._drawn = np.full(len(rows), -1)
        self._sketches = empty(min(len(rows), SKETCHED))
        self._sketched = 0
        self._proved: dict[int, Pixels] = {}

    def load(self, rows: Ints) -> None:
        """Have the thumbnails of these rows, as many as may be held, fetched in a few large parts."""
        wanted = np.unique(rows)[: len(self._held)]
        missing = wanted[self._place[wanted] < 0]
        if self._count + len(missing) > len(self._held):
            self._place[:], self._count = -1, 0
            missing = wanted
        for start in range(0, len(missing), FETCHED):
            part = missing[start : start + FETCHED]
            place = np.arange(self._count, self._count + len(part))
            self._held[place] = self._fetch.thumbnails(self._rows.take(pa.array(part)))
            self._place[part] = place
            self._count += len(part)

    def get(self, rows: Ints) -> Floats:
        """The thumbnails of these rows, which are no more than may be held."""
        if (self._place[rows] < 0).any():
            self.load(rows)
        return np.asarray(self._held[self._place[rows]], np.float32)

    def sketches(self, rows: Ints) -> Sketches:
        """The sketches of these rows, which are no more than may be held."""
        missing = np.unique(rows[self._drawn[rows] < 0])
        if self._sketched + len(missing) > len(self._sketches.details):
            self._drawn[:], self._sketched = -1, 0
            missing = np.unique(rows)
        if len(missing):
            drawn = np.arange(self._sketched, self._sketched + len(missing))
            for held, made in zip(self._sketches, sketch(self.get(missing)), strict=True):
                held[drawn] = made
            self._drawn[missing] = drawn
            self._sketched += len(missing)
        return self._sketches.take(self._drawn[rows])

    def proofs(self, rows: Ints) -> Pixels:
        """The proofs of these rows, which are no more than may be held: (N, PROOF, PROOF)."""
        missing = [row for row in np.unique(rows).tolist() if row not in self._proved]
        if len(self._proved) + len(missing) > PROVED:
            self._proved.clear()
            missing = np.unique(rows).tolist()
        if missing:
            found = open_proofs(self._fetch.proofs(self._rows.take(pa.array(missing))))
            self._proved.update(zip(missing, found, strict=True))
        held = [self._proved[row] for row in rows.tolist()]
        return np.stack(held) if held else np.empty((0, PROOF, PROOF), np.uint8)
