"""Ink on pictures: text of any size, lines, arrows and dashed boxes, drawn into RGB arrays in place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import ImageFont

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
FACES = ("Arimo", "DejaVu Sans", "Tinos")


@lru_cache(maxsize=512)
def _font(face: int, size: int, bold: bool) -> Any:
    wanted = font_manager.FontProperties(family=[FACES[face], "DejaVu Sans"], weight="bold" if bold else "normal")
    return ImageFont.truetype(font_manager.findfont(wanted), size)


@lru_cache(maxsize=2048)
def lettered(text: str, size: int, bold: bool = False, face: int = 0) -> NDArray[np.uint8]:
    """The text as a (height, width) coverage 0-255, cropped to its ink; one line."""
    mask = _font(face, max(size, 4), bold).getmask(text)
    width, height = mask.size
    return np.asarray(mask, np.uint8).reshape(height, width) if width and height else np.zeros((1, 1), np.uint8)


def stamp(image: Image, cover: NDArray[np.uint8], x: float, y: float, colour: Colour) -> None:
    """Paint a colour through a coverage mask whose upper left corner lies at x, y, cut to the image."""
    x0, y0 = round(x), round(y)
    left, top = max(0, -x0), max(0, -y0)
    cover = cover[top : image.shape[0] - y0, left : image.shape[1] - x0]
    if not cover.size or x0 >= image.shape[1] or y0 >= image.shape[0]:
        return
    spot = image[max(y0, 0) : max(y0, 0) + cover.shape[0], max(x0, 0) : max(x0, 0) + cover.shape[1]]
    share = cover[..., None].astype(np.float32) / 255
    spot[:] = (spot * (1 - share) + np.array(colour, np.float32) * share).astype(np.uint8)


def write(
    image: Image,
    text: str,
    x: float,
    y: float,
    size: float,
    colour: Colour = BLACK,
    at: tuple[float, float] = (0, 0),
    bold: bool = False,
    face: int = 0,
) -> None:
    """Write a line so that the point `at` of the text (0..1 across, 0..1 down) lies at x, y."""
    cover = lettered(text, round(size), bold, face)
    stamp(image, cover, x - at[0] * cover.shape[1], y - at[1] * cover.shape[0], colour)


def fitted(text: str, size: float, width: float, bold: bool = False, face: int = 0) -> str:
    """As much of the text as fits a width in pixels: whole words, or the beginning of the first."""
    while len(text) > 1 and (wide := lettered(text, round(size), bold, face).shape[1]) > width:
        words = text.split(" ")
        kept = max(1, min(int(len(text) * width / wide), len(text) - 1))
        text = " ".join(words[: max(1, min(len(words) - 1, text[:kept].count(" ")))]) if len(words) > 1 else text[:kept]
    return text


def arrow(
    image: Image, start: tuple[float, float], end: tuple[float, float], colour: Colour, thick: int, head: float
) -> None:
    """A line with a filled head of so many pixels at its end."""
    a, b = np.array(start, float), np.array(end, float)
    way = (b - a) / max(float(np.hypot(*(b - a))), 1e-6)
    side = np.array((-way[1], way[0]))
    neck = b - way * head
    line(image, (float(a[0]), float(a[1])), (float(neck[0]), float(neck[1])), colour, thick)
    points = np.array([b, neck + side * head * 0.5, neck - side * head * 0.5])
    cv2.fillPoly(image, [np.round(points * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def line(image: Image, start: tuple[float, float], end: tuple[float, float], colour: Colour, thick: int = 1) -> None:
    """A smooth line."""
    cv2.line(
        image, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), colour, max(1, thick), cv2.LINE_AA
    )


def dashed(image: Image, x0: int, y0: int, x1: int, y1: int, colour: Colour, thick: int, dash: int) -> None:
    """A dashed rectangle."""
    for x in range(x0, x1, 2 * dash):
        for y in (y0, y1):
            cv2.line(image, (x, y), (min(x + dash, x1), y), colour, thick)
    for y in range(y0, y1, 2 * dash):
        for x in (x0, x1):
            cv2.line(image, (x, y), (x, min(y + dash, y1)), colour, thick)
