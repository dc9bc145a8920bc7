"""How alike two proofs are by what is drawn in them, one laid over the other.

Both are cut into blocks. A block counts where either has ink or texture: ground counts nothing, nor does a straight
line along a side that both have, as the axes of one style are. Two things tell strangers that are alike at first sight;
copies show one of them at most. Their blocks differ either way, some by what the one has more, some by what the other
has: an arrow is drawn into one of two copies only, and so is noise. And no tone curve leads from the one to the other,
as it does whatever was done to the contrast. Every function works on many pairs at once: P pairs.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from transforms.duplicates.affine import smooth, warp
from transforms.duplicates.refinement import inner, refine

BLOCK = 8  # pixels of the side of a block
INK = 8.0  # standard deviation of a block, in gray levels, from which it counts
NOISE = 3.0  # what of it may be noise
SAME = 0.7  # correlation from which two blocks are the same
STRAIGHT = 0.25  # part that the slopes across a straight line are of those along it, at most
REACH = 1  # pixels by which a block may lie beside its like
SHARPER = 1.25  # by so much, and the sharper one of two pictures is blurred
BLURS = 1, 2, 3  # pixels between the places that each blur takes a mean of
FEWEST = 12  # blocks that must count: less tells nothing
FAINT = 3.0  # most by which a pair with fewer is amplified: beyond it noise would count
#: Share of the blocks that may differ by what one of the pictures has more: beyond it too little is left of the other.
DRAWN_OVER = 0.45
GROUND = 14.0  # gray levels by which blocks of ground differ from it
TONES = 24  # gray levels that a tone curve has
OFF = 0.1  # of the range of gray levels: what lies farther from the curve is off it
LEAST = 0.003  # of either share, so that none makes up for any other

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def likeness(ones: Floats, others: Floats, maps: Floats) -> Floats:
    """1 less the geometric mean of the share of blocks that differ either way and of those off the tone curve; 0 where
    one is drawn over or too little counts.

    `ones`, `others`: proofs (P, side, side) as gray levels; `maps` lay each of `others` over its like, as far as
    thumbnails tell it.
    """
    ones, others = smooth(ones), smooth(others)
    maps = refine(ones, others, maps)
    laid, inside = warp(others, maps)[0].reshape(ones.shape), inner(maps, ones.shape[1]).reshape(ones.shape)
    full = _sums(inside.astype(np.float32)) > BLOCK**2 - 0.5
    one, other = (_Blocks(pictures) for pictures in _amplified(*_equally_sharp(ones, laid, inside), full))
    more, less, counted = _differ(one, other, _correlation(one, other, full), full)
    either = np.minimum(more, less) / np.maximum(counted, 1)
    told = (counted >= FEWEST) & (np.maximum(more, less) <= DRAWN_OVER * counted)
    off = _off_curve(one.mean, other.mean, full)
    return np.where(told, 1 - np.sqrt((either + LEAST) * (off + LEAST)), 0).astype(np.float32)


def _amplified(ones: Floats, others: Floats, full: Bools) -> tuple[Floats, Floats]:
    """The pictures, those of a pair so faint that fewer than FEWEST blocks have ink amplified alike, until four times
    as many have.
    """
    deviations = [np.where(full, _Blocks(pictures).deviation, 0).reshape(len(full), -1) for pictures in (ones, others)]
    deviation = np.sort(np.maximum(*deviations), 1)
    wanted = np.clip(INK / (deviation[:, -4 * FEWEST] + 1e-3), 1, FAINT) * (1 + 1e-3)
    gain = np.asarray(np.where(deviation[:, -FEWEST] > INK, 1, wanted), np.float32)[:, None, None]
    return ones * gain, others * gain


def _equally_sharp(ones: Floats, others: Floats, inside: Bools) -> tuple[Floats, Floats]:
    """The pictures, the sharper one of each pair blurred until both are about as sharp."""
    for apart in BLURS:
        sharpness, other = _sharpness(ones, inside), _sharpness(others, inside)
        ones, others = (
            np.where((own > SHARPER * theirs)[:, None, None], smooth(pictures, apart), pictures)
            for pictures, own, theirs in ((ones, sharpness, other), (others, other, sharpness))
        )
    return ones, others


def _sharpness(pictures: Floats, inside: Bools) -> Floats:
    """The slopes from pixel to pixel as part of the spread of all: (P,)."""
    count = inside.sum((1, 2)) + 1.0
    middle = ((pictures * inside).sum((1, 2)) / count)[:, None, None]
    spread = np.sqrt((((pictures - middle) * inside) ** 2).sum((1, 2)) / count) + 1
    seen = inside[:, 1:, 1:]
    across, down = np.diff(pictures, axis=2)[:, 1:] * seen, np.diff(pictures, axis=1)[..., 1:] * seen
    return np.asarray(np.sqrt((across * across + down * down).sum((1, 2)) / count) / spread)


class _Blocks:
    """Pictures by their blocks: the sum, mean, sum of squares about it and standard deviation of each."""

    def __init__(self, pictures: Floats) -> None:
        self.pictures = pictures
        self.sum = _sums(pictures)
        self.mean: Floats = self.sum / np.float32(BLOCK**2)
        self.squares = np.maximum(_sums(pictures * pictures) - self.sum * self.mean, 0)
        self.deviation = np.sqrt(self.squares) / BLOCK

    def straight(self) -> Bools:
        """Which hold nothing but lines along one side."""
        down, across = (_sums(slope * slope) for slope in np.gradient(self.pictures, axis=(1, 2)))
        return np.asarray(np.minimum(down, across) < STRAIGHT**2 * np.maximum(down, across))


def _differ(one: _Blocks, other: _Blocks, correlation: Floats, full: Bools) -> tuple[Floats, Floats, Floats]:
    """How many blocks differ and have more in the first picture, how many in the second, and how many count."""
    same = correlation >= SAME
    counts = full & (np.maximum(one.deviation, other.deviation) > INK) & ~(same & one.straight() & other.straight())
    more = one.deviation > other.deviation
    first, second, counted = (
        part.sum((1, 2), dtype=np.float32) for part in (more & ~same & counts, ~more & ~same & counts, counts)
    )
    return first, second, counted


def _correlation(one: _Blocks, other: _Blocks, full: Bools) -> Floats:
    """The best correlation of each block of the first picture with what lies there in the second or a little beside,
    which may be a negative.
    """
    noise = BLOCK**2 * NOISE**2
    side = one.pictures.shape[1]
    padded = np.pad(other.pictures, ((0, 0), (REACH, REACH), (REACH, REACH)), mode="edge")
    found = []
    for y in range(2 * REACH + 1):
        for x in range(2 * REACH + 1):
            beside = _Blocks(padded[:, y : y + side, x : x + side])
            both = _sums(one.pictures * beside.pictures) - one.mean * beside.sum
            found.append(both / np.sqrt((one.squares + noise) * (beside.squares + noise)))
    correlations = np.stack(found)
    middle = correlations[len(found) // 2]
    sign = np.where((middle * full).sum((1, 2)) < 0, np.float32(-1), np.float32(1))
    return np.asarray((correlations * sign[:, None, None]).max(0))


def _off_curve(ones: Floats, others: Floats, full: Bools) -> Floats:
    """The share of blocks off the tone curve from the first picture to the second, or back if that is less.

    Blocks that are ground in both do not count.
    """
    found = np.ones(len(ones), np.float32)
    for row, seen in enumerate(full):
        one, other = ones[row, seen], others[row, seen]
        if len(one) >= FEWEST:
            shown = ~(_is_ground(one) & _is_ground(other))
            ways = (_distance(one, other), _distance(other, one))
            found[row] = min((way[shown] > OFF).sum() for way in ways) / max(shown.sum(), FEWEST)
    return found


def _is_ground(means: Floats) -> Bools:
    """Which blocks have the most frequent level."""
    counts = np.bincount((means / 8).astype(np.int64), minlength=32)
    level = np.convolve(counts, np.ones(3), "same").argmax() * 8 + 4
    return np.asarray(np.abs(means - level) <= GROUND)


def _distance(means: Floats, others: Floats) -> Floats:
    """How far each block lies from the tone curve that leads from `means` to `others`, as part of the latters' range.

    The curve is the median of each of its parts.
    """
    low, high = means.min(), means.max() + 1e-3
    part = ((means - low) / (high - low) * TONES).astype(np.int64)
    order = np.lexsort((others, part))
    bounds = np.searchsorted(part[order], np.arange(TONES + 1))
    curve = others[order][np.minimum((bounds[:-1] + bounds[1:]) // 2, len(means) - 1)]
    lowest, highest = np.quantile(others, (0.05, 0.95))
    return np.asarray(np.abs(others - curve[part]) / max(highest - lowest, 20.0))


def _sums(pictures: Floats) -> Floats:
    """The sum of each block: (P, side / BLOCK, side / BLOCK)."""
    cut = _cut(pictures.shape[1])
    return np.asarray(cut.T @ (pictures @ cut))


@cache
def _cut(side: int) -> Floats:
    """Which pixels along a side are of which block."""
    return np.repeat(np.eye(side // BLOCK, dtype=np.float32), BLOCK, axis=0)
