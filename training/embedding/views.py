"""What happens to a picture that is published again: cut, framed, written on, recoloured, reduced, compressed."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.headings import write

Pixels = NDArray[np.uint8]
MAPS = (cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_BONE, cv2.COLORMAP_OCEAN)


def instance(rng: Generator, image: Pixels) -> Pixels:
    """A picture of its own: all of `image`, or a window of it."""
    if rng.random() < 0.4:
        return image
    height, width = image.shape[:2]
    h, w = (max(32, round(size * rng.uniform(0.45, 1))) for size in (height, width))
    y, x = int(rng.integers(0, max(1, height - h + 1))), int(rng.integers(0, max(1, width - w + 1)))
    return image[y : y + h, x : x + w]


def republish(rng: Generator, image: Pixels, side: int, strength: float) -> Pixels:
    """A copy of `image`, squashed to `side` x `side`; `strength` in 0..1 says how often and how far it is changed."""
    steps = [(0.5, _cut), (0.15, _turn), (0.5, _colour), (0.4, _mark), (0.25, _frame), (0.5, _reduce), (0.25, _soften)]
    for share, step in steps:
        if rng.random() < share * (0.3 + 0.7 * strength):
            image = step(rng, image, strength)
    if rng.random() < 0.3 * strength:
        image = _frame(rng, image, strength) if rng.random() < 0.3 else _mark(rng, image, strength)
    if rng.random() < 0.6:
        image = _compress(rng, image, strength)
    shrinks = image.shape[0] * image.shape[1] > side * side
    squashed = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(squashed, np.uint8)


def _cut(rng: Generator, image: Pixels, strength: float) -> Pixels:
    """A window of 65 % and more of each side."""
    height, width = image.shape[:2]
    least = 1 - 0.35 * strength
    keep = rng.uniform(least, 1, 2)
    if rng.random() < 0.4:
        keep[:] = keep[0]
    h, w = max(16, round(height * keep[0])), max(16, round(width * keep[1]))
    y, x = int(rng.integers(0, max(1, height - h + 1))), int(rng.integers(0, max(1, width - w + 1)))
    return image[y : y + h, x : x + w]


def _turn(rng: Generator, image: Pixels, strength: float) -> Pixels:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-5, 5) * strength, 1.0)
    mode = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    turned = cv2.warpAffine(image, matrix, (width, height), borderMode=mode, borderValue=_ground(rng))
    return np.asarray(turned, np.uint8)


def _colour(rng: Generator, image: Pixels, strength: float) -> Pixels:
    """Gray, a cast, other contrast or gamma, other channels, a false colour, a negative."""
    draw = rng.random()
    if draw < 0.35:
        return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if draw < 0.6:
        gain = 1 + strength * (rng.uniform(-0.4, 0.3, 3) if rng.random() < 0.5 else rng.uniform(-0.4, 0.4))
        return np.clip(image * gain + strength * rng.uniform(-35, 35), 0, 255).astype(np.uint8)
    if draw < 0.8:
        table = 255 * np.linspace(0, 1, 256) ** np.exp(strength * rng.uniform(-0.8, 0.8))
        return table.astype(np.uint8)[image]
    if draw < 0.9:
        return np.ascontiguousarray(image[..., rng.permutation(3)])
    if draw < 0.97:
        false = cv2.applyColorMap(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), int(rng.choice(MAPS)))
        return np.asarray(false[..., ::-1], np.uint8)
    return 255 - image


def _mark(rng: Generator, image: Pixels, strength: float) -> Pixels:
    """Arrows, words, letters on a chip, frames around a detail, scale bars."""
    image = image.copy()
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(1, 2 + round(5 * strength)))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        colour = tuple(int(v) for v in rng.choice([[255] * 3, [0] * 3, rng.integers(0, 256, 3).tolist()]))
        length = rng.uniform(0.05, 0.1 + 0.15 * strength) * max(height, width)
        angle = rng.uniform(0, 2 * np.pi)
        end = int(x + length * np.cos(angle)), int(y + length * np.sin(angle))
        thick = int(rng.integers(1, 4))
        draw = rng.random()
        if draw < 0.35:
            cv2.arrowedLine(image, (x, y), end, colour, thick, cv2.LINE_AA, tipLength=0.4)
        elif draw < 0.7:
            box = (x, y, int(x + 2.5 * length), int(y + rng.uniform(0.4, 1) * length))
            ground = (255, 255, 255) if rng.random() < 0.5 else (0, 0, 0)
            if rng.random() < 0.5:
                cv2.rectangle(image, box[:2], box[2:], ground, -1)
            write(rng, image, box, ground)
        elif draw < 0.85:
            cv2.rectangle(image, (x, y), (int(x + length), int(y + length)), colour, thick)
        else:
            cv2.line(image, (x, y), (int(x + length), y), colour, thick + 1)
    return image


def _frame(rng: Generator, image: Pixels, strength: float) -> Pixels:
    """Margins of up to 15 % of a side, even or not."""
    height, width = image.shape[:2]
    most = 0.02 + 0.13 * strength
    share = np.full(4, rng.uniform(0.01, most)) if rng.random() < 0.5 else rng.uniform(0, most, 4)
    top, bottom, left, right = (share * [height, height, width, width]).astype(int).tolist()
    framed = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=_ground(rng))
    return np.asarray(framed, np.uint8)


def _reduce(rng: Generator, image: Pixels, strength: float) -> Pixels:
    """A longer side of 48 pixels and more."""
    side = np.exp(rng.uniform(np.log(200 - 150 * strength), np.log(260)))
    factor = min(1.0, side / max(image.shape[:2]))
    size = [max(12, round(length * factor)) for length in image.shape[1::-1]]
    mode = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    return np.asarray(cv2.resize(image, size, interpolation=mode), np.uint8)


def _soften(rng: Generator, image: Pixels, strength: float) -> Pixels:
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.3 + 1.5 * strength * rng.random()), np.uint8)
    noise = rng.normal(0, rng.uniform(2, 4 + 20 * strength), image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _compress(rng: Generator, image: Pixels, strength: float) -> Pixels:
    quality = int(rng.integers(round(80 - 70 * strength), 96))
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _ground(rng: Generator) -> tuple[int, ...]:
    level = rng.random()
    return (255,) * 3 if level < 0.5 else (0,) * 3 if level < 0.8 else tuple(int(v) for v in rng.integers(0, 256, 3))
