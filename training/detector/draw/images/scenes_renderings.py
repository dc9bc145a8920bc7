"""Pictures of things: photographs with objects, and renderings of smooth bodies as of proteins, brains and bones."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.annotations import annotate
from training.detector.draw.ink import Image
from training.detector.draw.kind import Picture
from training.detector.draw.textures import Field, blur, clouds, gray3, noisy, outline, ramp, wander

Pair = Sequence[float] | NDArray[np.float64]
Paint = NDArray[np.float32]  # (height, width, 3), 0..255, or one colour (3,)


def shade(depth: Field, colour: Paint, light: float) -> Paint:
    """A surface of such depths in pixels lit from the upper left, in a colour; float RGB."""
    dx, dy = cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)
    facing = 1 / np.sqrt(1 + (dx * dx + dy * dy) / 16)
    slope = np.clip(0.35 + 0.65 * facing - light * (dx + dy) / 8, 0, 1.3)
    return np.asarray(slope[..., None] * colour + 70 * np.clip(facing - 0.9, 0, 1)[..., None] * 10 * light, np.float32)


def thing(rng: Generator, width: int, height: int, at: Pair, reach: Pair, wobble: float) -> Field:
    """A wobbly shape about a point as a mask 0..1."""
    mask = np.zeros((height, width), np.float32)
    shape = outline(rng, float(at[0]), float(at[1]), float(reach[0]), float(reach[1]), wobble, points=40)
    cv2.fillPoly(mask, [shape], 1, cv2.LINE_AA)
    return mask


def over(image: Paint, mask: Field, paint: Paint) -> Paint:
    """The paint laid over the image where the mask says."""
    return np.asarray(image + mask[..., None] * (paint - image), np.float32)


def body(rng: Generator, width: int, height: int) -> Image:
    """A lit smooth body, or several, on white, black or grey: organs, molecules' surfaces, reconstructions."""
    image: Paint = np.full((height, width, 3), rng.choice([255, 255, 0, 0, 200, 60]), np.float32)
    side, count = min(width, height), int(rng.choice([1, 1, 2, 5, 20]))
    for k in range(count):
        share = 0.46 if count == 1 else float(rng.uniform(0.08, 0.3))
        at = (0.5, 0.5) if count == 1 else rng.uniform(0.2, 0.8, 2)
        mask = thing(rng, width, height, (at[0] * width, at[1] * height), (width * share, height * share), 0.25)
        far = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
        depth = 4 * np.sqrt(far * side / 60)
        if k < 3:
            depth += clouds(rng, width, height, side * rng.uniform(0.05, 0.2), 3) * side * 0.12
        colour: Paint = (rng.uniform(60, 240, 3) if rng.random() < 0.7 else np.full(3, 190.0)).astype(np.float32)
        if k < 2 and rng.random() < 0.3:
            heat = clouds(rng, width, height, side / 4)
            colour = ramp(heat, ((40, 60, 220), (240, 240, 240), (220, 40, 40))).astype(np.float32)
        image = over(image, mask, shade(blur(depth, 1.5), colour, 0.3))
    picture = noisy(rng, image, 1)
    annotate(rng, picture, 0.3)
    return picture


def ribbon(rng: Generator, width: int, height: int) -> Image:
    """A protein as tubes, coils and arrows that wind through the frame."""
    image = np.full((height, width, 3), 255 if rng.random() < 0.8 else 0, np.uint8)
    side = min(width, height)
    palette = rng.uniform(40, 240, (int(rng.integers(1, 5)), 3))
    for _ in range(int(rng.integers(5, 22))):
        colour = palette[int(rng.integers(len(palette)))]
        start, angle = rng.uniform(0.15, 0.85, 2) * (width, height), rng.uniform(0, 6.3)
        t = np.linspace(0, 1, 60)
        length = side * rng.uniform(0.15, 0.5)
        coil = rng.random() < 0.5
        swing = side * 0.035 * np.sin(t * length / side * 75) if coil else side * 0.05 * np.sin(t * 4)
        path = start + np.stack(
            [t * length * np.cos(angle) - swing * np.sin(angle), t * length * np.sin(angle) + swing * np.cos(angle)],
            axis=1,
        )
        wide = side * (0.03 if coil else rng.choice([0.008, 0.03]))
        for grow, tone in ((1.0, 0.45), (0.75, 1.0), (0.25, 1.25)):
            cv2.polylines(
                image,
                [path.round().astype(np.int32)[:, None]],
                False,
                tuple(np.clip(colour * tone, 0, 255).tolist()),
                max(1, round(wide * grow)),
                cv2.LINE_AA,
            )
    annotate(rng, image, 0.2)
    return image


def skin(rng: Generator, width: int, height: int) -> Paint:
    """Skin with lesions."""
    side = min(width, height)
    tone = np.array(rng.uniform((150, 95, 70), (240, 200, 180)), np.float32)
    image: Paint = tone * (0.85 + 0.25 * clouds(rng, width, height, side / 2, 6))[..., None]
    for _ in range(int(rng.integers(1, 12))):
        at = rng.uniform(0.15, 0.85, 2) * (width, height)
        mask = blur(thing(rng, width, height, at, rng.uniform(0.03, 0.25, 2) * side, 0.4), side * 0.02)
        mask *= 0.5 + 0.5 * clouds(rng, width, height, side / 10)
        image = over(image, mask, np.array(rng.uniform((80, 20, 20), (190, 90, 80)), np.float32))
    return image


def landscape(rng: Generator, width: int, height: int) -> Paint:
    """Hills under a sky."""
    side = min(width, height)
    sky = np.linspace(0, 1, height, dtype=np.float32)[:, None] + 0.3 * clouds(rng, width, height, side / 2)
    image: Paint = ramp(np.clip(sky / 1.3, 0, 1), ((90, 140, 220), (210, 225, 240))).astype(np.float32)
    for k in range(3):
        edge = height * (0.4 + 0.2 * k) + np.cumsum(rng.normal(0, 1, width)) * side * 0.01
        hill = (np.arange(height)[:, None] > edge[None]).astype(np.float32)
        light = 0.6 + 0.8 * clouds(rng, width, height, side / 10, 5)
        image = over(image, hill, np.array(rng.uniform((40, 60, 20), (150, 140, 90)), np.float32) * light[..., None])
    return image


def display(rng: Generator, width: int, height: int) -> Paint:
    """Specimens in rows on a plain ground, sometimes with a ruler."""
    side = min(width, height)
    grounds = ((10, 10, 10), (30, 70, 160), (235, 235, 235), (60, 120, 70))
    image: Paint = np.full((height, width, 3), grounds[int(rng.integers(len(grounds)))], np.float32)
    rows, columns = int(rng.integers(1, 4)), int(rng.integers(1, 6))
    for k in range(rows * columns):
        at = ((k % columns + 0.5) * width / columns, (k // columns + 0.5) * height / rows)
        reach = (width / columns * rng.uniform(0.15, 0.42), height / rows * rng.uniform(0.2, 0.45))
        light = 0.6 + 0.7 * clouds(rng, width, height, side / 6, 3)
        flesh = np.array(rng.uniform((120, 50, 40), (230, 190, 160)), np.float32) * light[..., None]
        image = over(image, thing(rng, width, height, at, reach, 0.3), flesh)
    for k, x in enumerate(range(0, width if rng.random() < 0.4 else 0, max(3, width // 40))):
        cv2.line(image, (x, height - max(3, height // (12 if k % 5 == 0 else 25))), (x, height), (250, 250, 250), 1)
    return image


def objects(rng: Generator, width: int, height: int) -> Paint:
    """Things before a blurred backdrop."""
    side = min(width, height)
    dark, light = (tuple(int(v) for v in rng.integers(low, high, 3)) for low, high in ((0, 120), (90, 255)))
    backdrop = blur(clouds(rng, width, height, side / 2, 3), side * 0.03)
    image: Paint = ramp(backdrop, ((dark[0], dark[1], dark[2]), (light[0], light[1], light[2]))).astype(np.float32)
    for _ in range(int(rng.integers(1, 5))):
        at = rng.uniform(0.25, 0.75, 2) * (width, height)
        mask = thing(rng, width, height, at, rng.uniform(0.1, 0.35, 2) * (width, height), 0.35)
        lit = 0.4 + 0.9 * clouds(rng, width, height, side / 5, 5)
        image = over(image, mask, np.array(rng.uniform(40, 230, 3), np.float32) * lit[..., None])
    colour = tuple(rng.uniform(0, 255, 3).tolist())
    cv2.polylines(image, [wander(rng, width, height, 20, side / 15, 0.2)], False, colour, max(1, side // 60))
    return image


def photograph(rng: Generator, width: int, height: int) -> Image:
    """A photograph of one of the scenes, in colour or grey."""
    scene = (skin, landscape, display, objects)[int(rng.integers(4))]
    picture = noisy(rng, scene(rng, width, height), rng.uniform(2, 7))
    if rng.random() < 0.15:
        picture = gray3(picture.mean(axis=2))
    annotate(rng, picture, 0.3)
    return picture


KINDS = {
    "body": Picture(body, weight=1.5),
    "ribbon": Picture(ribbon, weight=1.0),
    "photograph": Picture(photograph, weight=2.5, fills=True),
}
