"""Whether two pictures show the same: by their sketches, then by their thumbnails, and what passes by their proofs.

Each step costs more than the one before, and fewer pairs come to it.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.duplicates.affine import inverse, unmoved
from transforms.duplicates.drawn import likeness
from transforms.duplicates.registration import OVERLAP, Likeness, as_they_lie, compare, follow
from transforms.duplicates.sketches import alike_as_they_lie, place
from transforms.duplicates.thumbnails import Thumbnails

#: The likeness that two proofs must have, and two of one article, whose pictures are alike as neighbouring slices are.
#: Of the pairs in benchmarks/judged.tsv, which were chosen by their thumbnails, the 28 strangers of two articles reach
#: 0.89 at most, those of one article whose thumbnails pass 0.98. It has 949 copies in two articles, and 7 in one.
#: Of planted copies (benchmarks/planted.py) 3 % stay below 0.93, most of them plots with words over them.
LIKENESS, LIKENESS_WITHIN = 0.93, 0.985
#: The correlation that their thumbnails must have before; what an article shows twice, it copied well.
CORRELATION, CORRELATION_WITHIN = 0.93, 0.99
#: What a pair must reach to be looked at further: the correlation of the details as they lie, and that of all of one in
#: a window of the other. Of 3,116 planted copies that are confirmed (benchmarks/planted.py), all that lie as they are
#: reach 0.50 and all others 0.54; of 623 pairs of other articles in SHARED/pmc that the encoder takes for near, 2.9 %
#: reach the one and 12.5 % the other.
DETAILS, WINDOWS = 0.4, 0.52
#: Steps from the window that was found, at sides of so many pixels, and how much less than what is asked for the
#: correlation may be then. Of the same copies one falls short, by the first; 1.8 % of the pairs of other articles do
#: not.
APPROACH = (((32, 4),), 0.23), (((64, 2),), 0.07)
TOGETHER = 256  # pairs that are looked at at once
PROVED = 16  # pairs of proofs that are looked at at once

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def confirm(ones: Thumbnails, one: Ints, others: Thumbnails, other: Ints, within: Bools) -> Floats:
    """The likeness of rows `one` with rows `other`: of their proofs, 0 where their thumbnails are not alike enough.

    `within`: which pairs are of one article.
    """
    parts = [slice(start, start + TOGETHER) for start in range(0, len(one), TOGETHER)]
    found = [_confirmed(ones, one[part], others, other[part], within[part]) for part in parts]
    return np.round(np.concatenate([np.empty(0, np.float32), *found]), 4).astype(np.float32)


def _confirmed(ones: Thumbnails, one: Ints, others: Thumbnails, other: Ints, within: Bools) -> Floats:
    enough = np.where(within, CORRELATION_WITHIN, CORRELATION).astype(np.float32)
    laid = correlate(ones, one, others, other, enough)
    found = np.zeros(len(one), np.float32)
    alike = np.flatnonzero(laid.correlation >= enough)
    if len(alike):
        a, b = ones.proofs(one[alike]), others.proofs(other[alike])
        for start in range(0, len(alike), PROVED):
            part = slice(start, start + PROVED)
            some = alike[part]
            found[some] = likeness(a[part].astype(np.float32), b[part].astype(np.float32), laid.maps[some])
    return found


def correlate(ones: Thumbnails, one: Ints, others: Thumbnails, other: Ints, enough: Floats) -> Likeness:
    """The likeness of pairs of thumbnails; the correlation is 0 where they overlap too little.

    A pair is not aligned further once its correlation is `enough` (P,), or once its sketches or a few steps show that
    it will stay far below.
    """
    count = len(one)
    found = Likeness(np.zeros(count, np.float32), np.zeros(count, np.float32), unmoved(count))
    sketches = ones.sketches(one), others.sketches(other)
    alike = np.flatnonzero(alike_as_they_lie(*sketches) >= DETAILS)
    if len(alike):
        found.correlation[alike] = as_they_lie(ones.get(one[alike]), others.get(other[alike]))
    placed = place(*sketches)
    rest = np.flatnonzero((found.correlation < enough) & (placed.correlation >= WINDOWS))
    maps, turned = placed.maps[rest], placed.turned[rest]
    for levels, short in APPROACH:
        if not len(rest):
            return found
        a, b = ones.get(one[rest]), others.get(other[rest])
        swapped = turned[:, None, None]
        laid = follow(np.where(swapped, b, a), np.where(swapped, a, b), maps, levels)
        maps = laid.maps
        _note(found, rest, laid._replace(maps=np.where(swapped, inverse(maps), maps)))
        further = (found.correlation[rest] < enough[rest]) & (laid.correlation >= enough[rest] - short)
        rest, maps, turned = rest[further], maps[further], turned[further]
    if len(rest):
        _note(found, rest, compare(ones.get(one[rest]), others.get(other[rest]), enough[rest]))
    return found


def _note(found: Likeness, rows: Ints, laid: Likeness) -> None:
    """Write `laid` into `rows` of `found`, where it overlaps enough and correlates more than what stands there."""
    better = (laid.overlap >= OVERLAP) & (laid.correlation > found.correlation[rows])
    for whole, part in zip(found, laid, strict=True):
        whole[rows[better]] = part[better]
