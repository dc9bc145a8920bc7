"""Live clinical views as phantoms: ultrasound, fundus and OCT, endoscopy."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.annotations import annotate
from training.detector.draw.ink import WHITE, Image, write
from training.detector.draw.kind import Picture
from training.detector.draw.textures import blur, clouds, gray3, noisy, outline


def ultrasound(rng: Generator, width: int, height: int) -> Image:
    """A fan or a strip of speckle on black with dark cavities, calipers and a depth scale; sometimes flow in colour."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    fan = rng.random() < 0.65
    apex = -height * rng.uniform(0.02, 0.3)
    far, angle = np.hypot(columns - width / 2, rows - apex), np.abs(np.arctan2(columns - width / 2, rows - apex))
    mask = (
        (far < height * 0.98 - apex) & (far > -apex + height * 0.04) & (angle < rng.uniform(0.5, 0.9))
        if fan
        else np.ones((height, width), bool)
    )
    body = 120 * clouds(rng, width, height, min(width, height) / 4)
    for _ in range(int(rng.integers(1, 6))):
        x, y = width * rng.uniform(0.25, 0.75), height * rng.uniform(0.25, 0.85)
        shape = outline(rng, x, y, width * rng.uniform(0.04, 0.16), height * rng.uniform(0.04, 0.16), 0.25)
        cv2.fillPoly(body, [shape], 6.0, cv2.LINE_AA)
        cv2.polylines(body, [shape], True, 190.0, max(1, height // 90), cv2.LINE_AA)
    speckle = blur(rng.rayleigh(0.8, (height, width)), 0.8)
    image = gray3(np.where(mask, body * speckle * 1.1, 0))
    if rng.random() < 0.2:
        flow = clouds(rng, width, height, width / 6, 2)
        spot = mask & (np.hypot(columns - width * 0.5, rows - height * 0.55) < min(width, height) * 0.2)
        image[spot & (flow > 0.55)] = (220, 40, 20)
        image[spot & (flow < 0.4)] = (30, 60, 230)
    if rng.random() < 0.4:
        for k in range(8):
            cv2.line(image, (width - 4, height * k // 8), (width - 1, height * k // 8), WHITE, 1)
        write(image, "MI 1.2  TIS 0.4", width * 0.02, height * 0.02, max(5, height * 0.035), WHITE)
    return image


def retina(rng: Generator, width: int, height: int) -> Image:
    """The back of an eye with disc and vessels, or the layers of an OCT scan."""
    side = min(width, height)
    if rng.random() < 0.45:
        columns = np.arange(width)
        field = np.full((height, width), 20, np.float32)
        dip = height * 0.12 * np.exp(-(((columns - width / 2) / (width * 0.12)) ** 2)) + height * 0.05 * np.sin(
            columns / width * 3
        )
        for level, value in (
            (0.35, 150),
            (0.42, 80),
            (0.5, 120),
            (0.56, 60),
            (0.62, 230),
            (0.67, 140),
            (0.8, 60),
            (0.95, 25),
        ):
            edge = height * level + dip * (1.5 - level) * 0.9
            field[np.arange(height)[:, None] > edge[None]] = value
        return noisy(rng, gray3(blur(field, 1) * blur(rng.rayleigh(0.8, (height, width)), 0.7)), 5)
    gray = rng.random() < 0.25
    image = np.zeros((height, width, 3), np.float32)
    colour = np.array((190, 85, 35) if not gray else (120, 120, 120), np.float32) * rng.uniform(0.7, 1.2)
    ground = colour * (0.7 + 0.5 * clouds(rng, width, height, side / 3))[..., None]
    disc = (width * rng.choice([0.3, 0.7]), height * rng.uniform(0.45, 0.55))
    ground = (
        ground
        + np.array((60, 90, 60), np.float32)
        * np.exp(
            -(
                ((np.arange(width) - disc[0])[None] ** 2 + (np.arange(height) - disc[1])[:, None] ** 2)
                / (side * 0.07) ** 2
            )
        )[..., None]
    )
    for _ in range(int(rng.integers(8, 18))):
        turn = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.12, 26))
        path = np.array(disc) + np.cumsum(side / 26 * np.stack([np.cos(turn), np.sin(turn)], axis=1), axis=0)
        cv2.polylines(
            ground,
            [path.round().astype(np.int32)[:, None]],
            False,
            (colour * 0.45).tolist(),
            max(1, round(side * rng.uniform(0.005, 0.016))),
            cv2.LINE_AA,
        )
    mask = np.zeros((height, width), np.float32)
    cv2.circle(mask, (width // 2, height // 2), round(max(width, height) * 0.49), 1, -1, cv2.LINE_AA)
    image += ground * mask[..., None]
    return noisy(rng, image, 3)


def endoscopy(rng: Generator, width: int, height: int) -> Image:
    """Moist pink mucosa with a lumen, highlights and, sometimes, the round or cut-off frame on black."""
    side = min(width, height)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.7)
    depth = np.hypot(columns - x, rows - y) / side
    folds = 0.8 + 0.25 * np.sin(depth * rng.uniform(12, 30) + 4 * clouds(rng, width, height, side / 2))
    light = np.clip(depth * 2.2, 0.05, 1) * folds * (0.8 + 0.4 * clouds(rng, width, height, side / 6))
    image = light[..., None] * np.array(rng.uniform((190, 80, 60), (240, 140, 120)), np.float32)
    shine = np.clip(clouds(rng, width, height, side / 8, 4) * 12 - rng.uniform(9.5, 11.5), 0, 1) * np.clip(
        2 * light - 0.6, 0, 1
    )
    picture = noisy(rng, image + 255 * shine[..., None], 3)
    if rng.random() < 0.5:
        mask = np.zeros((height, width), np.uint8)
        cut = round(side * 0.12)
        corners = np.array(
            [
                (cut, 0),
                (width - cut, 0),
                (width, cut),
                (width, height - cut),
                (width - cut, height),
                (cut, height),
                (0, height - cut),
                (0, cut),
            ],
            np.int32,
        )
        cv2.fillPoly(mask, [corners], 1)
        picture *= mask[..., None]
    return picture


def view(rng: Generator, width: int, height: int) -> Image:
    """One of the live views with marks on it."""
    image = (ultrasound, retina, endoscopy)[int(rng.integers(3))](rng, width, height)
    annotate(rng, image, 0.35)
    return image


KINDS = {
    "view": Picture(view, weight=2.0, fills=True),
}
