"""Views of a picture as figures print it: cut, mirrored, small, squashed, paler, lettered, as a poor JPEG."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFont

#: The longer side of what views are made of; the square to which some collections squash their pictures.
LARGE, SQUARE = 600, 512
#: Colour tells these; they are not shown in grays.
COLOURED = ("microscopy/histology", "microscopy/immunohistochemistry", "radiology/nuclear")
_INKS = ((255, 255, 255), (0, 0, 0), (255, 255, 0))


def view(picture: Image.Image, modality: str, rng: Random) -> Image.Image:
    """One view of a picture, by chance."""
    shaped = _shaped(picture, rng)
    inked = _inked(_coloured(shaped, modality, rng), rng)
    if rng.random() < 0.5:
        return inked
    packed = io.BytesIO()
    inked.save(packed, "JPEG", quality=rng.randint(25, 80))
    return Image.open(packed).convert("RGB")


def _shaped(picture: Image.Image, rng: Random) -> Image.Image:
    """Cut by a tenth a side at most, mirrored, in another size or squashed."""
    picture = picture.copy()
    picture.thumbnail((LARGE, LARGE))
    (width, height), cut = picture.size, [rng.uniform(0, 0.1) for _ in range(4)]
    if rng.random() < 0.7:
        left, top = int(width * cut[0]), int(height * cut[1])
        right, bottom = int(width * (1 - cut[2])), int(height * (1 - cut[3]))
        picture = picture.crop((left, top, max(left + 8, right), max(top + 8, bottom)))
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.35:
        side = rng.randint(50, 120)
        picture.thumbnail((side, side))
    elif rng.random() < 0.3:
        picture = picture.resize((SQUARE, SQUARE), Image.Resampling.BICUBIC)
    return picture


def _coloured(picture: Image.Image, modality: str, rng: Random) -> Image.Image:
    """With other contrast, brightness, white balance and saturation; seldom in grays."""
    changes = ((ImageEnhance.Contrast, 0.7, 1.4), (ImageEnhance.Brightness, 0.75, 1.3), (ImageEnhance.Color, 0.5, 1.5))
    for enhance, least, most in changes:
        if rng.random() < 0.5:
            picture = enhance(picture).enhance(rng.uniform(least, most))
    if rng.random() < 0.5:
        gains = [rng.uniform(0.85, 1.15) for _ in range(3)]
        picture = picture.point([min(255, int(value * gain)) for gain in gains for value in range(256)])
    if rng.random() < 0.1 and modality not in COLOURED:
        picture = picture.convert("L").convert("RGB")
    return picture


def _inked(picture: Image.Image, rng: Random) -> Image.Image:
    """With a letter in a corner, arrows, a scale bar."""
    draw, (width, height) = ImageDraw.Draw(picture), picture.size
    side = min(width, height)
    if rng.random() < 0.35:
        font = ImageFont.load_default(size=max(9, int(side * rng.uniform(0.06, 0.14))))
        corner = (rng.choice((0.02, 0.85)) * width, rng.choice((0.02, 0.85)) * height)
        draw.text(corner, rng.choice("ABCDEFabcdef"), fill=rng.choice(_INKS), font=font)
    for _ in range(rng.choice((0, 0, 0, 0, 1, 2))):
        x, y, long = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height, side * rng.uniform(0.05, 0.12)
        ink = rng.choice(_INKS)
        draw.line((x, y, x + long, y + long), fill=ink, width=max(2, int(long / 6)))
        draw.polygon([(x, y), (x + long / 2, y), (x, y + long / 2)], fill=ink)
    if rng.random() < 0.15:
        bar = (width * 0.75, height * 0.93, width * 0.95, height * 0.93)
        draw.line(bar, fill=rng.choice(_INKS[:2]), width=max(2, height // 60))
    return picture
