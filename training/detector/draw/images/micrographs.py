"""Pictures through microscopes: fluorescence, histology, blood and cells in culture, electron micrographs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.annotations import annotate
from training.detector.draw.ink import Image
from training.detector.draw.kind import Picture
from training.detector.draw.textures import Field, blur, cloud, clouds, gray3, noisy, outline, ramp, wander

STAINS = (
    (0, 255, 0),
    (255, 0, 0),
    (60, 90, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 0),
    (255, 255, 255),
    (255, 120, 0),
)


def nuclei(rng: Generator, width: int, height: int, radius: float, share: float) -> Field:
    """Bright nuclei 0..1 covering about such a share of the field."""
    field = np.zeros((height, width), np.float32)
    for _ in range(int(np.clip(share * width * height / (3.2 * radius * radius), 1, 320))):
        x, y = rng.random(2) * (width, height)
        shape = outline(
            rng, x, y, radius * rng.uniform(0.7, 1.2), radius * rng.uniform(0.6, 1), 0.15, rng.uniform(0, 3), 14
        )
        cv2.fillPoly(field, [shape], float(rng.uniform(0.4, 1)))
    return blur(field, max(0.6, radius * 0.12)) * (0.7 + 0.5 * cloud(rng, width, height, max(2, radius / 2)))


def puncta(rng: Generator, width: int, height: int, radius: float) -> Field:
    """Small bright points, gathered in places."""
    density = cloud(rng, width, height, max(width, height) / 5) ** 3
    field = (rng.random((height, width), np.float32) < density * 0.03 / max(radius, 1)).astype(np.float32)
    return np.asarray(np.clip(blur(field, max(0.6, radius)) * 6 * max(radius, 1) ** 2, 0, 1), np.float32)


def filaments(rng: Generator, width: int, height: int, thick: float) -> Field:
    """Winding fibres, axons or vessels."""
    field = np.zeros((height, width), np.float32)
    stride = max(width, height) / 25
    for _ in range(int(rng.integers(5, 60))):
        path = wander(rng, width, height, int(rng.integers(8, 40)), stride, rng.uniform(0.1, 0.5))
        cv2.polylines(
            field, [path], False, float(rng.uniform(0.3, 1)), max(1, round(thick * rng.uniform(0.5, 1.5))), cv2.LINE_AA
        )
    return blur(field, max(0.5, thick * 0.4))


def tissue(rng: Generator, width: int, height: int, grain: float) -> Field:
    """A diffuse staining, brighter in islands."""
    return np.asarray(np.clip(clouds(rng, width, height, grain * 4) * 1.6 - rng.uniform(0.4, 0.9), 0, 1), np.float32)


def membranes(rng: Generator, width: int, height: int, grain: float) -> Field:
    """Outlines of packed cells, from the ridges of smooth noise."""
    ridge = np.abs(cloud(rng, width, height, grain) - cloud(rng, width, height, grain * 1.1))
    return np.asarray(np.clip(1 - ridge * rng.uniform(8, 16), 0, 1), np.float32)


def fluorescence(rng: Generator, width: int, height: int) -> Image:
    """One stain or several merged on black."""
    radius = min(width, height) * float(np.exp(rng.uniform(np.log(0.012), np.log(0.15))))
    stains = rng.permutation(len(STAINS))[: int(rng.choice([1, 1, 2, 3]))]
    total = np.zeros((height, width, 3), np.float32)
    for k, stain in enumerate(stains):
        kind = 0 if k == 0 and rng.random() < 0.5 else int(rng.integers(6))
        if kind == 0:
            field = nuclei(rng, width, height, radius, rng.uniform(0.05, 0.5))
        elif kind == 1:
            field = puncta(rng, width, height, radius * 0.15)
        elif kind == 2:
            field = filaments(rng, width, height, radius * 0.3)
        elif kind == 3:
            field = tissue(rng, width, height, radius * 2)
        elif kind == 4:
            field = membranes(rng, width, height, radius * 2.5)
        else:
            field = (
                nuclei(rng, width, height, radius * 3, rng.uniform(0.1, 0.3)) * clouds(rng, width, height, radius) * 1.3
            )
        total += field[..., None] * np.array(STAINS[int(stain)], np.float32) * rng.uniform(0.5, 1.1)
    ground = rng.choice([0, 0, 4, 12])
    image = noisy(rng, total + ground, rng.uniform(0, 8))
    if rng.random() < 0.12:
        image = gray3(image.max(axis=2) if rng.random() < 0.6 else 255 - image.max(axis=2))
    annotate(rng, image)
    return image


def histology(rng: Generator, width: int, height: int) -> Image:
    """Stained sections: haematoxylin and eosin, or brown on blue, with fibres, nuclei and empty lumens."""
    side = min(width, height)
    grain = side * rng.uniform(0.05, 0.3)
    brown = rng.random() < 0.3
    ground = ramp(
        clouds(rng, width, height, grain, 5),
        ((252, 240, 246), (238, 190, 215), (214, 130, 178))
        if not brown
        else ((248, 246, 244), (222, 222, 232), (190, 195, 215)),
    )
    stretch = cv2.resize(cloud(rng, width, max(4, height // 6), 6), (width, height), interpolation=cv2.INTER_CUBIC)
    image = ground.astype(np.float32) - 30 * np.clip(stretch - 0.5, 0, 1)[..., None]
    radius = max(1.0, side * rng.uniform(0.006, 0.03))
    cells = nuclei(rng, width, height, radius, rng.uniform(0.05, 0.3)) * np.clip(
        0.4 + cloud(rng, width, height, grain * 2), 0, 1
    )
    image += np.clip(cells, 0, 1)[..., None] * (
        np.array((85, 50, 140) if not brown else (110, 120, 180), np.float32) - image
    )
    if brown:
        marked = np.clip(tissue(rng, width, height, radius * 4) * 1.5, 0, 0.85)
        image += marked[..., None] * (np.array((120, 70, 30), np.float32) - image)
    for _ in range(int(rng.choice([0, 0, 2, 8, 25]))):
        x, y = rng.random(2) * (width, height)
        hole = outline(rng, x, y, grain * rng.uniform(0.2, 0.8), grain * rng.uniform(0.2, 0.8), 0.3, rng.uniform(0, 3))
        cv2.fillPoly(image, [hole], (246, 243, 246))
        cv2.polylines(image, [hole], True, (150, 80, 140), max(1, round(radius)), cv2.LINE_AA)
    if rng.random() < 0.25:  # a piece of tissue on white glass
        piece = np.zeros((height, width), np.float32)
        cv2.fillPoly(piece, [outline(rng, width / 2, height / 2, width * 0.42, height * 0.42, 0.35)], 1)
        image = image * piece[..., None] + np.float32(248) * (1 - piece[..., None])
    picture = noisy(rng, image, 3)
    annotate(rng, picture)
    return picture


def smear(rng: Generator, width: int, height: int) -> Image:
    """Cells on a light ground: blood, culture in phase contrast, colonies in wells."""
    side = min(width, height)
    phase = rng.random() < 0.4
    ground = np.array((165, 168, 165) if phase else rng.uniform((225, 215, 200), (250, 245, 245)), np.float32)
    image = (
        np.full((height, width, 3), ground, np.float32) + 12 * (cloud(rng, width, height, side / 2) - 0.5)[..., None]
    )
    radius = side * rng.uniform(0.03, 0.11)
    body = np.array((185, 188, 185) if phase else rng.uniform((190, 120, 110), (235, 180, 180)), np.float32)
    for _ in range(int(np.clip(rng.uniform(0.2, 0.7) * width * height / (3.1 * radius**2), 3, 250))):
        x, y = rng.random(2) * (width, height)
        shape = outline(
            rng,
            x,
            y,
            radius * rng.uniform(0.8, 1.1) * (rng.uniform(1, 2) if phase else 1),
            radius * rng.uniform(0.8, 1.1),
            0.08,
            rng.uniform(0, 3),
        )
        cv2.fillPoly(image, [shape], tuple((body + rng.normal(0, 6, 3)).tolist()), cv2.LINE_AA)
        cv2.polylines(
            image, [shape], True, (245, 245, 245) if phase else (170, 100, 100), max(1, round(radius / 8)), cv2.LINE_AA
        )
        if rng.random() < 0.12:
            cv2.fillPoly(image, [outline(rng, x, y, radius * 0.7, radius * 0.6, 0.3)], (90, 50, 140), cv2.LINE_AA)
    picture = noisy(rng, blur(image, max(0.5, radius * 0.05)), 4)
    annotate(rng, picture)
    return picture


def electron(rng: Generator, width: int, height: int) -> Image:
    """Electron micrographs: membranes, vesicles and mitochondria in section, or a surface of particles."""
    side = min(width, height)
    grain = side * rng.uniform(0.05, 0.2)
    if rng.random() < 0.6:
        field = 150 + 60 * (clouds(rng, width, height, grain, 5) - 0.5)
        for k in range(int(rng.integers(2, 30))):
            x, y = rng.random(2) * (width, height)
            shape = outline(
                rng, x, y, grain * rng.uniform(0.3, 1.6), grain * rng.uniform(0.3, 0.9), 0.2, rng.uniform(0, 3)
            )
            cv2.fillPoly(field, [shape], float(rng.uniform(70, 190)))
            cv2.polylines(field, [shape], True, 50.0, max(1, round(side * 0.008)), cv2.LINE_AA)
            if k % 3 == 0:
                for _ in range(4):
                    cv2.ellipse(
                        field,
                        (round(x), round(y)),
                        (round(grain * rng.uniform(0.1, 0.6)), max(1, round(grain * 0.1))),
                        float(rng.uniform(0, 180)),
                        0,
                        360,
                        55.0,
                        1,
                        cv2.LINE_AA,
                    )
        field = field - 70 * membranes(rng, width, height, grain * 3)
    else:
        depth = clouds(rng, width, height, grain, 4)
        for _ in range(int(rng.integers(5, 60))):
            x, y = rng.random(2) * (width, height)
            cv2.circle(
                depth,
                (round(x), round(y)),
                round(grain * rng.uniform(0.2, 0.7)),
                float(rng.uniform(0.6, 1.4)),
                -1,
                cv2.LINE_AA,
            )
        depth = blur(depth, grain * 0.12)
        field = 110 + 900 / max(1.0, 20 / grain) * cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3) + 60 * (depth - 0.5)
    image = noisy(rng, gray3(blur(field, 0.6)), rng.uniform(6, 22))
    if rng.random() < 0.2 and height > 90:  # the instrument's line of text
        foot = max(8, height // 14)
        image[-foot:] = 0
    annotate(rng, image)
    return image


KINDS = {
    "fluorescence": Picture(fluorescence, weight=5.0, fills=True),
    "histology": Picture(histology, weight=3.0, fills=True),
    "smear": Picture(smear, weight=1.5, fills=True),
    "electron": Picture(electron, weight=1.5, fills=True),
}
