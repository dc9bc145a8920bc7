"""Words that stand around panels and belong to none: headings of rows and columns, titles, legends."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.panel_letters import Box, find_fonts, glyphs

WORDS = (  # noqa: SIM905 - read as words
    "Control Treated Vehicle WT KO Merge DAPI GFP Actin Tubulin HE IHC Day Week Baseline Post Pre Left Right Axial "
    "Coronal Sagittal T1 T2 FLAIR CT MRI Mock siRNA DMSO Low High Dose Young Old Male Female Cells Tissue Liver Kidney "
    "Brain Heart Lung Spleen anti-CD3 CD4 CD8 Ki67 p53 mCherry Bright field Phase contrast Normal Tumor Patient Case "
    "Group Sham Model Expression Relative Time Concentration Ratio Total Signal Frequency Density Percent Number Study"
).split()
Colour = tuple[int, ...]


def heading(rng: Generator, image: NDArray[np.uint8], box: Box, ground: Colour) -> None:
    """One to three words in the middle of `box`, now and then underlined."""
    write(rng, image, box, ground)
    if rng.random() < 0.15 and box[3] > box[1]:
        cv2.line(image, (box[0] + 2, box[3] - 1), (box[2] - 3, box[3] - 1), _ink(ground), 1)


def headings(rng: Generator, image: NDArray[np.uint8], slots: Sequence[Box], ground: Colour) -> None:
    """Words above the columns and beside the rows of a grid."""
    boxes = np.array(slots)
    top, left = boxes[:, 1].min(), boxes[:, 0].min()
    for x0, y0, x1, _ in boxes[boxes[:, 1] == top]:
        heading(rng, image, (x0, max(0, y0 - round(0.15 * (x1 - x0)) - 8), x1, y0 - 1), ground)
    if rng.random() < 0.6:
        for x0, y0, _, y1 in boxes[boxes[:, 0] == left]:
            write(rng, image, (max(0, x0 - 14), y0, x0 - 2, y1), ground, upright=True)


def tags(rng: Generator, image: NDArray[np.uint8], boxes: Sequence[Box]) -> None:
    """Words on every picture of a grid, in the same corner of each."""
    right, low = rng.random(2) < 0.4
    for x0, y0, x1, y1 in boxes:
        width, height = (x1 - x0) // 2, max(9, (y1 - y0) // 7)
        x, y = x1 - width - 2 if right else x0 + 2, y1 - height - 2 if low else y0 + 2
        ground = image[y : y + height, x : x + width].mean((0, 1))
        write(rng, image, (x, y, x + width, y + height), tuple(ground.tolist()))


def legend(rng: Generator, image: NDArray[np.uint8], box: Box, ground: Colour) -> None:
    """Coloured marks with a word each, in a row."""
    count = int(rng.integers(2, 6))
    step = (box[2] - box[0]) // count
    for x in range(box[0], box[0] + step * count, step):
        colour = tuple(int(v) for v in rng.integers(0, 230, 3))
        size = max(3, (box[3] - box[1]) // 3)
        cv2.rectangle(image, (x + 4, box[1] + size), (x + 4 + size, box[1] + 2 * size), colour, -1)
        write(rng, image, (x + 6 + size, box[1], x + step - 2, box[3]), ground)


def write(
    rng: Generator, image: NDArray[np.uint8], box: Box, ground: Colour, upright: bool = False, number: bool = False
) -> None:
    """Words or a number in the middle of `box`, as far as they fit; `upright` ones read from the bottom to the top."""
    x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(image.shape[1], box[2]), min(image.shape[0], box[3])
    room, length = (x1 - x0, y1 - y0) if upright else (y1 - y0, x1 - x0)
    if room < 5 or length < 8:
        return
    text = (
        f"{rng.integers(0, 100) / 10:g}" if number else " ".join(rng.choice(WORDS, size=int(rng.choice([1, 1, 2, 3]))))
    )
    fonts = find_fonts()
    font = fonts[int(rng.choice(len(fonts), p=[share for _, share in fonts]))][0]
    size = int(np.clip(rng.uniform(0.5, 0.9) * room, 6, max(6.0, 0.05 * max(image.shape))))
    ink = glyphs(font, size, text).ink
    ink = np.rot90(ink) if upright else ink
    ink = ink[: y1 - y0, : x1 - x0]
    x, y = x0 + (x1 - x0 - ink.shape[1]) // 2, y0 + (y1 - y0 - ink.shape[0]) // 2
    area = image[y : y + ink.shape[0], x : x + ink.shape[1]]
    cover = ink[..., None] / 255.0
    area[:] = (area * (1 - cover) + np.array(_ink(ground)) * cover).astype(np.uint8)


def _ink(ground: Colour) -> Colour:
    return (0, 0, 0) if sum(ground[:3]) > 380 else (255, 255, 255)
