"""Panel letters of figures: a small network finds them in the reduced gray figure, another reads each from close by."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.network import Network
from transforms.panels.lettered import Letter, attach
from transforms.panels.sequence import choose_alphabet, read_together

__all__ = ["Letter", "LetterReader", "attach"]

Pixels = NDArray[np.uint8]

MODEL = Path(__file__).with_name("model")
SIDE = 640  # of the longer side of the figure in which letters are sought
ENLARGED = 2.0  # at most
STRIDE = 8  # pixels a cell of the finder's maps
CROP = 32  # pixels of the crops that are read
NEAR, WIDE = 1.7, 5.0  # their extents, of the letter's longer side
MOST = 32  # candidates read of a figure
SOUGHT, READ = 0.15, 0.25  # least probability of a candidate, least score of a letter

ROMANS = ("ii", "iii", "iv", "vi", "vii", "viii", "ix")
LOWER = (*"abcdefghijklmnopqrstuvwxyz", *ROMANS)
CLASSES = ("", *(name.upper() for name in LOWER), *LOWER, *"123456789")  # the first is none
UPPERS, LOWERS = slice(1, 1 + len(LOWER)), slice(1 + len(LOWER), 1 + 2 * len(LOWER))  # of CLASSES
NAMES = (*LOWER, *"123456789")
#: The columns of NAMES in the order of each alphabet.
ALPHABETS = [
    list(range(26)),
    [NAMES.index(name) for name in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")],
    list(range(len(LOWER), len(NAMES))),
]


class LetterReader:
    """Reads the panel letters of figures on `threads` threads of the CPU."""

    def __init__(self, threads: int = 1) -> None:
        self._finder = Network(MODEL / "letters.onnx", threads, cuda=False)
        self._reader = Network(MODEL / "glyphs.onnx", threads, cuda=False)

    def read(self, images: Sequence[Pixels]) -> list[list[Letter]]:
        """The letters of each figure, RGB (height, width, 3) or gray (height, width), in its pixels, best first."""
        return [self._read(to_gray(image)) for image in images]

    def _read(self, gray: Pixels) -> list[Letter]:
        small, factor = reduce(gray)
        heat, maps = self._finder.run(None, {"figures": small[None, None]})
        boxes, found = decode(heat[0, 0], maps[0], factor, SOUGHT)
        if not len(boxes):
            return []
        crops = np.stack([cut(gray, box) for box in boxes])
        (classes,) = self._reader.run(None, {"crops": crops})
        return name_letters(boxes, found, classes)


def to_gray(image: Pixels) -> Pixels:
    """The luma of an RGB image; a gray one as it is."""
    return image if image.ndim == 2 else np.asarray(Image.fromarray(image).convert("L"))


def reduce(gray: Pixels) -> tuple[Pixels, float]:
    """The figure at the finder's size, padded at the right and bottom to a multiple of 32, and the factor of scale."""
    factor = min(SIDE / max(gray.shape), ENLARGED)
    height, width = (max(8, round(extent * factor)) for extent in gray.shape)
    small = np.asarray(Image.fromarray(gray).resize((width, height), Image.Resampling.BILINEAR))
    padded = np.full((-height % 32 + height, -width % 32 + width), 255, np.uint8)
    padded[:height, :width] = small
    return padded, factor


def decode(
    heat: NDArray[np.float32], maps: NDArray[np.float32], factor: float, least: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The boxes (n, 4) in source pixels and probabilities (n,) of the finder's local maxima, best first.

    `heat` is (h, w); `maps` (4, h, w) holds the offsets of the middle and the logarithms of width and height, in cells.
    """
    rows, columns = np.nonzero(heat >= least)
    best = np.argsort(-heat[rows, columns], kind="stable")[:MOST]
    rows, columns = rows[best], columns[best]
    x, y, width, height = maps[:, rows, columns]
    middles = np.stack([columns + 0.5 + x, rows + 0.5 + y], axis=1)
    halves = np.exp(np.clip(np.stack([width, height], axis=1), -3, 4)) / 2
    boxes = np.concatenate([middles - halves, middles + halves], axis=1) * (STRIDE / factor)
    return boxes.astype(np.float32), heat[rows, columns]


def cut(gray: Pixels, box: NDArray[np.floating]) -> Pixels:
    """Two square crops around a box, near and wide, (2, CROP, CROP); beyond the figure its edge goes on."""
    middle = (box[:2] + box[2:]) / 2
    longer = max(4.0, float(max(box[2] - box[0], box[3] - box[1])))
    return np.stack([_square(gray, middle, extent * longer) for extent in (NEAR, WIDE)])


def _square(gray: Pixels, middle: NDArray[np.floating], extent: float) -> Pixels:
    first = middle - extent / 2
    x0, y0 = (int(side) for side in np.floor(first))
    x1, y1 = x0 + int(extent) + 2, y0 + int(extent) + 2
    if x0 >= 0 and y0 >= 0 and x1 <= gray.shape[1] and y1 <= gray.shape[0]:
        part = gray[y0:y1, x0:x1]
    else:
        rows = np.arange(y0, y1).clip(0, gray.shape[0] - 1)
        part = gray[rows[:, None], np.arange(x0, x1).clip(0, gray.shape[1] - 1)]
    x, y = float(first[0]) - x0, float(first[1]) - y0
    square = Image.fromarray(part).resize((CROP, CROP), Image.Resampling.BILINEAR, (x, y, x + extent, y + extent))
    return np.asarray(square)


def name_letters(boxes: NDArray[np.float32], found: NDArray[np.float32], classes: NDArray[np.float32]) -> list[Letter]:
    """The letters of one figure from its candidates' boxes, probabilities and classes (n, CLASSES), best first.

    They are read as a sequence. As C and c look alike, the case is that of the figure's letters together. A letter's
    score is the geometric mean of the finder's probability and of the reader's that it is a letter, less where the
    reader was not sure of which.
    """
    scores = np.sqrt(found * (1 - classes[:, 0]))
    capital = is_capital(classes, scores)
    names = fold_case(classes, capital)
    read = read_together(names, choose_alphabet(names, scores, ALPHABETS))
    sure = np.minimum(1, 2 * names[np.arange(len(read)), read] / (1 - classes[:, 0] + 1e-6))
    scores = scores * np.sqrt(sure)
    texts = [name.upper() if capital else name for name in NAMES]
    letters = [
        Letter(texts[name], round(x0), round(y0), round(x1), round(y1), round(score, 4))
        for name, (x0, y0, x1, y1), score in zip(read, boxes.tolist(), scores.tolist(), strict=True)
        if score >= READ
    ]
    return sorted(letters, key=lambda letter: -letter.score)


def is_capital(classes: NDArray[np.float32], scores: NDArray[np.float32]) -> bool:
    """Whether a figure's letters are capital: those that count, by the classes of both cases together."""
    upper, lower = classes[:, UPPERS].sum(axis=1) + 1e-3, classes[:, LOWERS].sum(axis=1) + 1e-3
    return bool((scores * np.log(upper / lower))[scores >= READ].sum() >= 0)


def fold_case(classes: NDArray[np.float32], capital: bool) -> NDArray[np.float32]:
    """The probabilities (n, NAMES) of the names without their case; what is drawn as I and as l alike goes by it."""
    upper, lower, digits = classes[:, UPPERS], classes[:, LOWERS], classes[:, LOWERS.stop :]
    names = np.concatenate([upper + lower, digits], axis=1)
    bar = lower[:, NAMES.index("l")] if capital else upper[:, NAMES.index("i")]
    names[:, NAMES.index("i" if capital else "l")] += bar
    names[:, NAMES.index("l" if capital else "i")] -= bar
    return names
