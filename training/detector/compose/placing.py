"""How pictures are put on a synthetic page: cut, zoomed and fitted to their places, with insets, beside colour bars."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.compose.contents import Pixels
from training.detector.compose.headings import write
from training.detector.draw.panel_letters import Box

WHOLE = 0.25  # share of the pictures of about their places' proportions that are not cut to these


class Vignette(NamedTuple):
    """How pictures fade out: how far from the middle, over which width (both in half sides), and to which colour."""

    reach: float
    soft: float
    ground: tuple[int, int, int]


def page_colour(rng: Generator) -> tuple[int, int, int]:
    """White mostly; black, gray or pale."""
    kind = rng.random()
    if kind < 0.82:
        return 255, 255, 255
    if kind < 0.91:
        return 0, 0, 0
    if kind < 0.95:
        return (int(rng.integers(100, 245)),) * 3
    r, g, b = rng.integers(215, 256, 3)
    return int(r), int(g), int(b)


def aspect_of(box: Box) -> float:
    """Width / height."""
    return max(1, box[2] - box[0]) / max(1, box[3] - box[1])


def recolour(rng: Generator, image: Pixels, photo: bool) -> Pixels:
    """A picture with its channels exchanged now and then, a photograph mirrored, lighter or darker, too."""
    if photo:
        image = image[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        if rng.random() < 0.3:
            image = np.clip(image * rng.uniform(0.6, 1.5), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        image = image[..., rng.permutation(3)]
    return image


def zoom(rng: Generator, image: Pixels) -> Pixels:
    """A part of a picture, so that it does not look the same twice."""
    height, width = (max(8, round(extent * rng.uniform(0.5, 0.95))) for extent in image.shape[:2])
    y, x = int(rng.integers(image.shape[0] - height + 1)), int(rng.integers(image.shape[1] - width + 1))
    return image[y : y + height, x : x + width]


def look(rng: Generator, image: Pixels) -> Pixels:
    """The picture turned, moved and enlarged a little, as in frames of a film and repeated photographs."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-9, 9), rng.uniform(1.1, 1.4))
    turn[:, 2] += rng.uniform(-0.05, 0.05, 2) * (width, height)
    return np.asarray(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def choose_vignette(rng: Generator) -> Vignette:
    """A random vignette, mostly black, as in pictures taken with a lamp or through a tube."""
    tone = int(rng.choice([rng.integers(0, 30), rng.integers(30, 120), rng.integers(200, 256)], p=[0.7, 0.15, 0.15]))
    return Vignette(rng.uniform(0.75, 1.2), rng.uniform(0.03, 0.5), (tone, tone, tone))


def fade(rng: Generator, image: Pixels, box: Box, vignette: Vignette) -> None:
    """Fade a picture out before its edges, so that no seam shows where the next one begins."""
    x0, y0, x1, y1 = box
    u = np.linspace(-1, 1, x1 - x0) + rng.normal(0, 0.05)
    v = np.linspace(-1, 1, y1 - y0) + rng.normal(0, 0.05)
    cover = np.clip((vignette.reach - np.hypot(u, v[:, None])) / vignette.soft, 0, 1)[..., None]
    picture = image[y0:y1, x0:x1]
    picture[:] = (picture * cover + np.array(vignette.ground) * (1 - cover)).astype(np.uint8)


def crop_to(rng: Generator, image: Pixels, aspect: float) -> Pixels:
    """A part of the picture with the given width by height; now and then all of it, to be squashed."""
    height, width = image.shape[:2]
    if 0.5 < width / height / aspect < 2 and rng.random() < WHOLE:
        return image
    if width > height * aspect:
        part = max(1, round(height * aspect))
        x = int(rng.integers(width - part + 1))
        return image[:, x : x + part]
    part = max(1, round(width / aspect))
    y = int(rng.integers(height - part + 1))
    return image[y : y + part]


def fit(rng: Generator, image: Pixels, slot: Box, snug: bool) -> Box:
    """Where a picture stands in its slot: stretched a little, else centred or at the top left."""
    x0, y0, x1, y1 = slot
    width, height = x1 - x0, y1 - y0
    stretch = np.clip(np.log(width / height * image.shape[0] / image.shape[1]), -0.35, 0.35)
    aspect = image.shape[1] / image.shape[0] * float(np.exp(stretch))
    w, h = min(width, round(height * aspect)), min(height, round(width / aspect))
    shrink = 1.0 if snug else float(rng.uniform(0.75, 1))
    w, h = max(6, round(w * shrink)), max(6, round(h * shrink))
    x, y = ((width - w) // 2, (height - h) // 2) if rng.random() < 0.5 else (0, 0)
    return x0 + x, y0 + y, x0 + x + w, y0 + y + h


def trim(image: Pixels, box: Box, ground: tuple[int, int, int]) -> Box | None:
    """`box` without rows and columns of the ground's colour at its edges."""
    x0, y0, x1, y1 = box
    ink = np.abs(image[y0:y1, x0:x1].astype(np.int16) - np.array(ground)).max(2) > 24
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows) or rows[-1] - rows[0] < 6 or columns[-1] - columns[0] < 6:
        return None
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def inset(rng: Generator, image: Pixels, box: Box) -> None:
    """A magnified part of a picture in one of its corners, which is no panel of its own."""
    x0, y0, x1, y1 = box
    w, h = round((x1 - x0) * rng.uniform(0.2, 0.4)), round((y1 - y0) * rng.uniform(0.2, 0.4))
    if min(w, h) < 8:
        return
    x, y = int(rng.integers(x0, x1 - w // 2)), int(rng.integers(y0, y1 - h // 2))
    part = cv2.resize(image[y : y + h // 2, x : x + w // 2], (w, h))
    left, top = int(rng.choice([x0, x1 - w])), int(rng.choice([y0, y1 - h]))
    image[top : top + h, left : left + w] = part
    colour = (255, 255, 255) if rng.random() < 0.7 else (255, 230, 0)
    cv2.rectangle(image, (left, top), (left + w - 1, top + h - 1), colour, 1)


def colour_bar(rng: Generator, image: Pixels, box: Box) -> None:
    """A shared colour bar with its ticks."""
    x0, y0, x1, y1 = box
    ramp = cv2.applyColorMap(np.linspace(255, 0, y1 - y0, dtype=np.uint8)[:, None], int(rng.integers(0, 20)))
    width = max(2, (x1 - x0) // 3)
    image[y0:y1, x0 + 2 : x0 + 2 + width] = np.asarray(ramp[..., ::-1], np.uint8)
    for y in np.linspace(y0, y1 - 8, 4).astype(int):
        write(rng, image, (x0 + 4 + width, int(y), x1, int(y) + 8), tuple(int(v) for v in image[0, 0]), number=True)


def move(box: Box, source: Box, target: Box) -> Box:
    """`box` under the map that takes the box `source` to `target`."""
    x = [target[0] + (v - source[0]) * (target[2] - target[0]) / max(1, source[2] - source[0]) for v in box[::2]]
    y = [target[1] + (v - source[1]) * (target[3] - target[1]) / max(1, source[3] - source[1]) for v in box[1::2]]
    return round(x[0]), round(y[0]), round(x[1]), round(y[1])
