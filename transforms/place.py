"""Place: where an article's rows stand in the corpus follows from the hash of its accession number, and nothing else.

The split, the unit inside the split, the shard and the order inside both come from one number in [0, 1). So an article
that comes, goes or changes touches one unit and one shard, and shards are mixed for training.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

#: A corpus that has so many times the articles that it was cut for is cut anew.
OUTGROWN = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def hashes(pmcids: Iterable[str]) -> tuple[Floats, Floats]:
    """The two hashes of each accession number (PMC13901, without version): bytes 0-8 and 8-16 of its SHA-256 over 2^64.

    The first is an article's place, the second draws articles for `--limit`. Both are floats in [0, 1): the 53 bits
    that a float holds are enough for every article to have a place of its own.
    """
    digests = bytearray()
    for pmcid in pmcids:
        digests += hashlib.sha256(pmcid.encode("ascii")).digest()[:16]
    first, second = np.frombuffer(digests, ">u8").reshape(-1, 2).T
    return (first >> np.uint64(11)) / 2.0**53, (second >> np.uint64(11)) / 2.0**53


def split_numbers(first: Floats, shares: Mapping[str, float]) -> tuple[NDArray[np.int8], Floats]:
    """The split of each place, as the number of its name in `shares`, and the place inside that split, in [0, 1)."""
    ends = np.cumsum(list(shares.values()))
    ends[-1] = 1.0
    numbers = np.searchsorted(ends, first, side="right")
    starts = np.concatenate([[0.0], ends[:-1]])
    inside = (first - starts[numbers]) / (ends - starts)[numbers]
    return numbers.astype(np.int8), np.minimum(inside, math.nextafter(1.0, 0.0))


def split_of(pmcid: str, shares: Mapping[str, float]) -> str:
    """The split of one article."""
    numbers, _ = split_numbers(hashes([pmcid])[0], shares)
    return list(shares)[int(numbers[0])]


def halvings(count: float, size: float) -> int:
    """How often something of `count` is halved so that a part has about `size`: the k of 2^k parts."""
    return max(0, round(math.log2(count / size))) if count > 0 else 0


def has_outgrown(before: int, now: int) -> bool:
    """Whether parts halved `before` times have become OUTGROWN times as large, where `now` halvings would be right."""
    return 1 << max(0, now - before) >= OUTGROWN


def units(
    first: Floats, halved: Mapping[str, int], shares: Mapping[str, float]
) -> tuple[NDArray[np.int8], Ints, Floats]:
    """The number of the split, of the unit inside it, and the place inside the split, for each place.

    `halved`: how often each split is halved.
    """
    splits, inside = split_numbers(first, shares)
    parts = np.array([2 ** halved[split] for split in shares], np.int64)
    return splits, np.floor(inside * parts[splits]).astype(np.int64), inside


def part_name(split: str, number: int) -> str:
    """The name of a unit or a shard: train-00003."""
    return f"{split}-{number:05d}"
