"""Duplicates: panels that show the same pixels, or the same picture rescaled, recompressed or without its colour.

A group is a star: each member is a duplicate of the canonical panel itself, so likeness does not chain. Panels of one
figure are duplicates only by their pixels: that they look alike is the style of the figure.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import DUPLICATES

RADIUS = 6  # bits in which the perceptual hashes of duplicates may differ
#: Least similarity of their embeddings ("dct-1"). Of 740 panels of real figures 99.9 % of the copies at half the size
#: pass, 96 % of those at JPEG quality 30, 94 % of those without colour; of the 273,000 other pairs one, of one figure.
COSINE = 0.998
ASPECT = 0.05  # greatest relative difference of their aspect ratios
#: From the freest licence on; what is not named comes last.
LICENSES = ("CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND")

#: The hash in four substrings of 16 bits, each looked up with any one bit flipped too. Of up to 7 differing bits some
#: substring holds no more than one, so the search is exact up to that radius.
_SUBSTRINGS, _SUBSTRING_BITS, _FLIPS = 4, 16, 1

Ints = NDArray[np.int64]


class _Member(NamedTuple):
    row: int
    kind: str
    similarity: float


class FindDuplicates:
    """Hashes and embeddings of all panels, in one table, to DUPLICATES: `find_duplicates` as a stage."""

    name = "duplicates"
    version = "2"
    cpus = 1.0
    gpus = 0.0
    batch = sys.maxsize  # a group may have its members anywhere
    output = DUPLICATES

    def setup(self) -> None:
        """Nothing to open."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """The groups among the rows of `table`."""
        return find_duplicates(table)


def find_duplicates(panels: pa.Table) -> pa.Table:
    """The groups of two and more duplicates in the schema DUPLICATES, a row for each of their panels.

    `panels` has the columns panel_id, pixel_sha256, phash, embedding, width, height, license, year and order (the
    panel's place in the corpus, unique). Of a group the panel with the freest licence is canonical, then the
    largest, the earliest, the first in order; it names the group. The rows come in this rank, groups by their canonical
    panel, whatever the order of `panels`.
    """
    panels = panels.take(pa.array(_ranking(panels)))
    copies = _copies(panels["pixel_sha256"])
    stars = dict(_stars(panels, np.fromiter(copies, np.int64, len(copies))))
    taken = {member.row for members in stars.values() for member in members}
    groups = []
    for head in copies:
        if head not in taken:
            alike = [_Member(head, "canonical", 1.0), *(_Member(row, "exact", 1.0) for row in copies[head])]
            for member in stars.get(head, []):
                alike += [member, *(member._replace(row=row) for row in copies[member.row])]
            if len(alike) > 1:
                groups.append(sorted(alike))
    return _rows(panels["panel_id"], groups)


def _ranking(panels: pa.Table) -> Ints:
    """The rows of `panels`, the most canonical first."""
    license_rank = pc.fill_null(pc.index_in(panels["license"], pa.array(LICENSES)), len(LICENSES))
    area = panels["width"].to_numpy().astype(np.int64) * panels["height"].to_numpy()
    year = pc.fill_null(panels["year"], np.iinfo(np.int32).max)
    return np.lexsort((panels["order"].to_numpy(), year.to_numpy(), -area, license_rank.to_numpy()))


def _copies(digests: pa.ChunkedArray) -> dict[int, list[int]]:
    """The first row of each digest with the later rows that have the same."""
    first: dict[str, int] = {}
    copies: dict[int, list[int]] = {}
    for row, digest in enumerate(digests.to_pylist()):
        head = first.setdefault(digest, row)
        if head == row:
            copies[row] = []
        else:
            copies[head].append(row)
    return copies


def _stars(panels: pa.Table, heads: Ints) -> Iterator[tuple[int, list[_Member]]]:
    """Each of `heads` that no earlier one took, with the later ones that it takes; only those that take any."""
    heads = heads[panels["phash"].is_valid().to_numpy()[heads]]
    if not len(heads):
        return
    codes, code_of = np.unique(panels["phash"].take(pa.array(heads)).to_numpy(), return_inverse=True)
    neighbours = _within_radius(codes)
    holders = np.split(heads[np.argsort(code_of, kind="stable")], np.cumsum(np.bincount(code_of))[:-1])
    embeddings = panels["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(len(panels), -1)
    aspect = np.log(panels["width"].to_numpy() / panels["height"].to_numpy())
    figure = _figures(panels["panel_id"])
    free = np.ones(len(panels), bool)
    for row, code in zip(heads.tolist(), code_of.tolist(), strict=True):
        if not free[row] or (len(neighbours[code]) == 1 and len(holders[code]) == 1):
            continue
        near = np.sort(np.concatenate([holders[neighbour] for neighbour in neighbours[code]]))
        near = near[(near > row) & free[near] & (figure[near] != figure[row])]
        near = near[np.abs(aspect[near] - aspect[row]) <= np.log1p(ASPECT)]
        similarity = _cosine(embeddings[near], embeddings[row])
        alike = similarity >= COSINE
        if alike.any():
            free[near[alike]] = False
            found = zip(near[alike].tolist(), similarity[alike].tolist(), strict=True)
            yield row, [_Member(member, "perceptual", value) for member, value in found]


def _figures(panel_ids: pa.ChunkedArray) -> Ints:
    """A number for the figure of each panel."""
    names = pc.replace_substring_regex(panel_ids, r"(g\d+)?-p\d+$", "")
    return np.asarray(names.combine_chunks().dictionary_encode().indices.to_numpy(), np.int64)


def _within_radius(codes: NDArray[np.uint64]) -> list[Ints]:
    """For each of the distinct hashes the indices of those within RADIUS bits of it, itself included."""
    bits = codes.view(np.uint8).reshape(len(codes), 8)
    index = faiss.IndexBinaryMultiHash(64, _SUBSTRINGS, _SUBSTRING_BITS)
    index.nflip = _FLIPS
    index.add(bits)
    limits, _, found = index.range_search(bits, RADIUS + 1)  # faiss excludes the radius itself
    return np.split(found, limits[1:-1].astype(np.int64))


def _cosine(vectors: NDArray[np.float16], vector: NDArray[np.float16]) -> NDArray[np.float64]:
    """Cosines of the rows of `vectors` with `vector`, rounded so that no order of additions shows."""
    many, one = vectors.astype(np.float64), vector.astype(np.float64)
    lengths = np.sqrt((many * many).sum(axis=1) * (one * one).sum())
    return np.asarray(np.round((many * one).sum(axis=1) / lengths, 4))


def _rows(panel_ids: pa.ChunkedArray, groups: list[list[_Member]]) -> pa.Table:
    members = [member for group in groups for member in group]
    canonical = panel_ids.take(pa.array([group[0].row for group in groups for _ in group], pa.int64()))
    return pa.table(
        {
            "panel_id": panel_ids.take(pa.array([member.row for member in members], pa.int64())),
            "group_id": canonical,
            "canonical_id": canonical,
            "kind": [member.kind for member in members],
            "similarity": pa.array([member.similarity for member in members], pa.float32()),
        },
        schema=DUPLICATES,
    )
