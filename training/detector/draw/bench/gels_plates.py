"""Bench pictures of bands and spots: gels, dot blots, plates, agar, karyotypes; and the blots of `western_blots`."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.annotations import annotate
from training.detector.draw.bench.western_blots import MASSES
from training.detector.draw.ink import BLACK, WHITE, Image, dashed, write
from training.detector.draw.kind import Picture
from training.detector.draw.textures import blur, cloud, gray3, noisy, outline
from training.detector.draw.vocabulary import several


def gel(rng: Generator, width: int, height: int) -> Image:
    """An electrophoresis gel: bright bands on dark, dark on light, or stained blue, with a ladder and lane numbers."""
    lanes = int(np.clip(width / rng.uniform(12, 40), 2, 20))
    lane = width / lanes
    ink = np.zeros((height, width), np.float32)
    dense = rng.random() < 0.35
    common = rng.uniform(0.1, 0.9, int(rng.integers(1, 4)))
    for k in range(lanes):
        levels = np.linspace(0.08, 0.92, 11) ** 1.3 if k == 0 else rng.uniform(0.05, 0.95, 25) if dense else common
        for level in levels:
            strength = rng.uniform(0.1, 1) if k == 0 or dense else float(rng.choice([0, 0.4, 0.8, 1, 1]))
            y, half = level * height, max(1, round(height * rng.uniform(0.004, 0.014)))
            cv2.rectangle(
                ink,
                (round(k * lane + lane * 0.12), round(y) - half),
                (round((k + 1) * lane - lane * 0.12), round(y) + half),
                strength,
                -1,
            )
    ink = np.clip(blur(ink, max(0.7, height * 0.005)) + 0.15 * cloud(rng, width, height, height / 2), 0, 1)
    kind = int(rng.integers(3))
    if kind == 0:
        image = noisy(rng, gray3(rng.uniform(5, 50) + ink * 210), 4)
    elif kind == 1:
        image = noisy(rng, gray3(rng.uniform(200, 250) - ink * 200), 4)
    else:
        pale, deep = np.array((215, 222, 240), np.float32), np.array((30, 40, 130), np.float32)
        image = noisy(rng, pale + (deep - pale) * ink[..., None], 4)
    if rng.random() < 0.4 and height > 80:
        size = float(np.clip(lane * 0.6, 6, height * 0.07))
        head = round(size * 1.5)
        image[:head] = 255
        for k, name in enumerate(["M", *(str(n) for n in range(1, lanes))]):
            write(image, name, (k + 0.5) * lane, head / 2, size, at=(0.5, 0.5))
    if rng.random() < 0.3 and width > 100:
        size = min(width * 0.05, height * 0.05)
        side = round(size * 3.2)
        image[:, :side] = 255
        for k, mass in enumerate(several(rng, tuple(map(str, MASSES)), 7)):
            write(image, f"{mass} -", side, height * (0.1 + 0.12 * k), size, at=(1, 0.5))
    annotate(rng, image, 0.2)
    return image


def gel_plane(rng: Generator, width: int, height: int) -> Image:
    """A two-dimensional gel: a few hundred soft spots, some of them circled and numbered."""
    ink = np.zeros((height, width), np.float32)
    side = min(width, height)
    for _ in range(int(rng.integers(80, 260))):
        x, y = rng.random(2) * (width, height)
        axes = (max(1, round(side * rng.gamma(2, 0.004))), max(1, round(side * rng.gamma(2, 0.003))))
        cv2.ellipse(ink, (round(x), round(y)), axes, 0, 0, 360, float(rng.uniform(0.2, 1)), -1)
    ink = blur(ink, side * 0.006) + 0.15 * cloud(rng, width, height, side / 3)
    image = noisy(rng, gray3(235 - np.clip(ink, 0, 1) * 210), 3)
    for k in range(int(rng.integers(0, 12))):
        x, y = rng.uniform(0.05, 0.9, 2) * (width, height)
        cv2.circle(image, (round(x), round(y)), max(3, side // 40), (200, 0, 0) if k % 2 else BLACK, 1, cv2.LINE_AA)
        write(image, str(k + 1), x + side / 35, y, side * 0.045)
    return image


def dots(rng: Generator, width: int, height: int) -> Image:
    """Dot blots, plates of wells, arrays of spots and colonies in rows."""
    pitch = min(width, height) / rng.uniform(3, 9)
    columns, rows = max(2, int(width / pitch)), max(2, int(height / pitch))
    dark = rng.random() < 0.3
    image = np.full((height, width, 3), 20 if dark else 240, np.uint8)
    base = np.array(rng.uniform(40, 230, 3))
    wells = rng.random() < 0.4
    for r in range(rows):
        for c in range(columns):
            x, y = (c + 0.5) * width / columns, (r + 0.5) * height / rows
            share = float(np.clip(1 - r / rows + rng.normal(0, 0.2), 0, 1)) if rng.random() < 0.9 else 0.0
            ground = np.array((20.0,) * 3 if dark else (240.0,) * 3)
            colour = ground + (base - ground) * share
            radius = round(pitch * (0.42 if wells else 0.2 + 0.2 * share))
            cv2.circle(image, (round(x), round(y)), max(1, radius), tuple(colour.tolist()), -1, cv2.LINE_AA)
            if wells:
                cv2.circle(image, (round(x), round(y)), max(1, radius), (90, 90, 90), 1, cv2.LINE_AA)
    return noisy(rng, blur(image, 0 if wells else pitch * 0.03), 3)


def agar(rng: Generator, width: int, height: int) -> Image:
    """A dish on a dark or light ground with colonies, streaks or zones of inhibition."""
    ground = int(rng.choice([15, 40, 225, 250]))
    image = np.full((height, width, 3), ground, np.uint8)
    centre, radius = (width // 2, height // 2), (width // 2 - 2, height // 2 - 2)
    if not 0.8 < width / height < 1.25:  # a part of the dish
        radius = (max(radius), max(radius))
    medium = tuple(int(v) for v in rng.uniform((170, 120, 60), (240, 220, 170)))
    cv2.ellipse(image, centre, radius, 0, 0, 360, medium, -1, cv2.LINE_AA)
    cv2.ellipse(image, centre, (radius[0] - 2, radius[1] - 2), 0, 0, 360, (200, 200, 200), 2, cv2.LINE_AA)
    pale = tuple(int(v) for v in rng.uniform(200, 255, 3))
    zones = rng.random() < 0.3
    for k in range(5 if zones else int(rng.integers(20, 160))):
        angle, far = (k * 2 * np.pi / 5, 0.55) if zones else (rng.uniform(0, 6.3), np.sqrt(rng.random()) * 0.88)
        spot = (round(centre[0] + far * radius[0] * np.cos(angle)), round(centre[1] + far * radius[1] * np.sin(angle)))
        if zones:
            cv2.circle(image, spot, round(min(radius) * rng.uniform(0.12, 0.3)), (90, 60, 40), -1, cv2.LINE_AA)
        cv2.circle(
            image,
            spot,
            max(1, round(min(radius) * (0.07 if zones else rng.uniform(0.01, 0.04)))),
            pale,
            -1,
            cv2.LINE_AA,
        )
    image = noisy(rng, blur(image, 0.7), 3)
    annotate(rng, image, 0.3)
    return image


def chromosomes(rng: Generator, width: int, height: int) -> Image:
    """Rows of banded chromosomes in pairs, numbered, as a karyotype."""
    image = np.full((height, width, 3), 255, np.uint8)
    rows, columns = 4, int(rng.integers(5, 8))
    for k in range(rows * columns):
        x, y = (k % columns + 0.5) * width / columns, (k // columns + 0.42) * height / rows
        tall, wide = height / rows * rng.uniform(0.25, 0.7), max(2.0, width / columns * 0.16)
        for side in (-1, 1):
            body = np.zeros((height, width), np.uint8)
            cx = x + side * wide * 0.9
            cv2.fillPoly(body, [outline(rng, cx, y, wide * 0.6, tall / 2, 0.1, rng.normal(0, 0.1))], 255)
            stripes = np.where(np.sin(np.arange(height) * rng.uniform(0.3, 1.2) + rng.uniform(0, 6)) > 0, 60, 170)
            image[body > 0] = np.broadcast_to(stripes[:, None, None], image.shape)[body > 0]
        write(image, str(k + 1), x, (k // columns + 0.98) * height / rows, height / rows * 0.13, at=(0.5, 1))
    if rng.random() < 0.3:
        dashed(image, 2, 2, width // 4, height // 4, (200, 0, 0), 1, 4)
    return np.asarray(image if rng.random() < 0.8 else WHITE[0] - image, np.uint8)


KINDS = {
    "gel": Picture(gel, weight=1.5, fills=True),
    "gel_plane": Picture(gel_plane, fills=True),
    "dots": Picture(dots),
    "agar": Picture(agar, fills=True),
    "chromosomes": Picture(chromosomes),
}
