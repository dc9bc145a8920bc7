"""Pictures made by rule, and what publishing does to a picture."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps


def scene(seed=0, size=(320, 240)):
    """A smooth random picture in colour."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def drawing(seed=0, size=(320, 240)):
    """A scene with a dozen discs on it."""
    picture, rng = scene(seed, size), np.random.default_rng(seed)
    for _ in range(12):
        x, y, r = rng.integers(0, size[0]), rng.integers(0, size[1]), rng.integers(5, 40)
        colour = tuple(rng.integers(0, 256, 3).tolist())
        ImageDraw.Draw(picture).ellipse([x - r, y - r, x + r, y + r], fill=colour)
    return picture


def half(picture):
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BICUBIC)


def larger(picture):
    return picture.resize((picture.width * 3 // 2, picture.height * 3 // 2), Image.Resampling.BILINEAR)


def jpeg30(picture):
    return Image.open(io.BytesIO(encoded(picture, "JPEG", quality=30)))


def gray(picture):
    return picture.convert("L")


def brighter(picture):
    return ImageEnhance.Brightness(picture).enhance(1.3)


def framed(picture):
    return ImageOps.expand(picture, 24, "white")


def cropped(picture):
    """85 % of each side."""
    width, height = picture.size
    left, top = width // 20, height // 10
    return picture.crop((left, top, left + round(0.85 * width), top + round(0.85 * height)))


def encoded(picture, format="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()
