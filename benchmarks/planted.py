"""Planted data of the duplicate benchmark: panels, and what publishing does to them.

`originals` are real panels and pictures, `copies` the same pictures once through each of `TRANSFORMATIONS`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from transforms.images.decode import decode
from transforms.panels.detector import model_digest
from transforms.panels.finder import PanelFinder

PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
LEAST = 64  # pixels of a panel's shorter side
SMALLEST = 48  # pixels of a copy's shorter side
WORDS = ("control", "treated", "n = 12", "*", "p < 0.05", "24 h", "IL-6", "63x", "3.2 ± 0.4", "0.87", "patient 4", "T2")
FALSE_COLOURS = (("black", "yellow", "red"), ("midnightblue", "yellow", "teal"), ("navy", "red", "lime"))
#: Left out, as they show a field that others show: 00037 in another focus, a panel of fig3, one field twice.
TWINS = {"images/microscopy/BloodImage_00038", "PMC99000001.1/030213v1_fig7", "PMC99000001.1/030213v1_fig4"}

Transformation = Callable[[Generator, Image.Image, int], Image.Image]


class Original(NamedTuple):
    """`format`: as which the product stores it, jpg or png."""

    name: str
    image: Image.Image
    format: str


def originals(shared: Path, cache: Path | None = None) -> list[Original]:
    """The panels of the figures in SHARED/pmc and the pictures of SHARED/images, each once if pixels are equal.

    The JSON file `cache` keeps the boxes of the panels for as long as the models are the same.
    """
    figures, found = shared / "pmc", dict[tuple[tuple[int, int], bytes], Original]()
    boxes = _boxes(figures, cache)
    panels = chain.from_iterable(_panels(figures / name, name, corners) for name, corners in boxes.items())
    pictures = (Original(f"images/{f.parent.name}/{f.stem}", *_whole(f)) for f in _files(shared / "images"))
    for original in chain(panels, pictures):
        if original.name.split("#")[0] not in TWINS:
            found.setdefault((original.image.size, original.image.tobytes()), original)
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES)


def rgb(file: Path) -> Image.Image:
    return _whole(file)[0]


def _whole(file: Path) -> tuple[Image.Image, str]:
    picture = decode(file.read_bytes())
    return picture.image.convert("RGB"), picture.format


def _boxes(figures: Path, cache: Path | None) -> dict[str, list[list[int]]]:
    if cache and cache.exists():
        kept: dict[str, Any] = json.loads(cache.read_text("utf-8"))
        if kept["models"] == model_digest():
            return kept["panels"]  # type: ignore[no-any-return]
    finder = PanelFinder()
    names = [file.relative_to(figures).as_posix() for file in _files(figures)]
    boxes = {name: [list(p.box) for p in finder.find([rgb(figures / name)])[0].panels] for name in names}
    if cache:
        cache.write_text(json.dumps({"models": model_digest(), "panels": boxes}), "utf-8")
    return boxes


def _panels(file: Path, name: str, boxes: list[list[int]]) -> Iterator[Original]:
    figure, stored = _whole(file)
    for number, (x0, y0, x1, y1) in enumerate(boxes, 1):
        if min(x1 - x0, y1 - y0) >= LEAST:
            yield Original(f"{Path(name).with_suffix('')}#p{number}", figure.crop((x0, y0, x1, y1)), stored)


def copies(originals: Sequence[Original], seed: int = 0) -> Iterator[tuple[int, str, int, Image.Image]]:
    """Each original through each transformation: its index, the transformation's name and strength, the copy."""
    for index, original in enumerate(originals):
        for number, (name, transformation) in enumerate(TRANSFORMATIONS.items()):
            strength = (index + number) % 3  # all three equally often, whatever the transformation
            yield index, name, strength, transformation(default_rng([seed, index, number]), original.image, strength)


def resized(image: Image.Image, x: float, y: float | None = None) -> Image.Image:
    return image.resize((round(x * image.width), round((y or x) * image.height)), Image.Resampling.BICUBIC)


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    image.save(buffer := BytesIO(), "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _window(rng: Generator, image: Image.Image, share: float) -> Image.Image:
    width, height = (round(share * side) for side in image.size)
    x, y = (int(rng.integers(room + 1)) for room in (image.width - width, image.height - height))
    return image.crop((x, y, x + width, y + height))


def border(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    margin = max(1, round((0.02, 0.05, 0.1)[strength] * min(image.size)))
    return ImageOps.expand(image, margin, ((255, 255, 255), (0, 0, 0), _colour(rng))[rng.integers(3)])


def _colour(rng: Generator) -> tuple[int, ...]:
    return tuple(rng.integers(90, 256, 3).tolist())


def arrows(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    image, side = image.copy(), min(image.size)
    draw = ImageDraw.Draw(image)
    for _ in range((1, 3, 6)[strength]):
        tip, angle = rng.uniform(0.15, 0.85, 2) * image.size, rng.uniform(0, 2 * np.pi)
        along, across = (np.array((np.cos(a), np.sin(a))) * side for a in (angle, angle + np.pi / 2))
        ink, base = _ink(rng, image, tip), tip + 0.06 * along
        ends = tip + 0.05 * along, tip + rng.uniform(0.12, 0.25) * along
        draw.line([tuple(end) for end in ends], ink, max(2, side // 50))
        draw.polygon([tuple(tip), tuple(base + 0.03 * across), tuple(base - 0.03 * across)], ink)
    return image


def _ink(rng: Generator, image: Image.Image, at: Iterable[float]) -> str:
    """A colour that shows at a place."""
    x, y = (min(max(round(value), 0), side - 1) for value, side in zip(at, image.size, strict=True))
    around = image.crop((x, y, x + image.width // 6, y + image.height // 10)).convert("L")
    return str(rng.choice(["black", "red", "blue"] if np.asarray(around).mean() > 110 else ["white", "yellow", "cyan"]))


def text(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    image = image.copy()
    for word in rng.choice(WORDS, (1, 2, 4)[strength], replace=False):
        font = ImageFont.load_default(max(10, round(rng.uniform(0.05, 0.1) * min(image.size))))
        at = rng.uniform((0.02, 0.02), (0.6, 0.85)) * image.size
        _write(rng, image, at, str(word), font, chip=rng.random() < 0.4)
    return image


def _write(rng: Generator, image: Image.Image, at: Any, word: str, font: Any, chip: bool = False) -> None:
    draw, ink, place = ImageDraw.Draw(image), _ink(rng, image, at), (float(at[0]), float(at[1]))
    if chip:
        x0, y0, x1, y1 = draw.textbbox(place, word, font)
        ink, ground = [("black", "white"), ("white", "black")][rng.integers(2)]
        draw.rectangle((x0 - 3, y0 - 3, x1 + 3, y1 + 3), ground)
    draw.text(place, word, ink, font)


def letter_and_bar(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    image, (width, height) = image.copy(), image.size
    size = (0.08, 0.12, 0.18)[strength]
    font = ImageFont.load_default(max(10, round(size * min(width, height))))
    corner = ((0.02, 0.02), (0.97 - size, 0.02), (0.02, 0.95 - size))[rng.integers(3)]
    _write(
        rng, image, corner * np.array(image.size), "ABCDEFGHabcdefgh"[rng.integers(16)], font, chip=rng.random() < 0.3
    )
    x0, y0, thick = (0.95 - 1.6 * size) * width, 0.92 * height, max(2, round(0.15 * size * height))
    ink = _ink(rng, image, (x0, y0))
    ImageDraw.Draw(image).rectangle((x0, y0, 0.95 * width, y0 + thick), ink)
    small = ImageFont.load_default(max(9, font.size // 2))  # type: ignore[union-attr]
    ImageDraw.Draw(image).text((x0, y0 - 2), f"{rng.integers(1, 50) * 10} um", ink, small, anchor="ld")
    return image


def recoloured(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    """Gains of the channels; grayscale or another hue (one ink or tint, where it is gray); false colours or one ink."""
    gray, values = image.convert("L"), np.asarray(image, np.float32)
    if strength == 0:
        return to_picture(values * rng.uniform(0.75, 1.25, 3))
    drawn = np.median(values) > 230  # on white, which stays white
    if strength == 2 and not drawn:
        black, white, mid = FALSE_COLOURS[rng.integers(len(FALSE_COLOURS))]
        return ImageOps.colorize(gray, black, white, mid)
    if strength == 2 or np.ptp(values, axis=2).mean() < 3:
        ink = tuple(rng.integers(0, 160, 3).tolist())
        return ImageOps.colorize(gray, ink, "white") if drawn else ImageOps.colorize(gray, "black", _colour(rng))
    if rng.random() < 0.5:
        return gray.convert("RGB")
    hue, *others = image.convert("HSV").split()
    turned = Image.fromarray(np.asarray(hue) + np.uint8(rng.integers(30, 226)))
    return Image.merge("HSV", (turned, *others)).convert("RGB")


def to_picture(values: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8)).convert("RGB")


def contrast(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    gamma = (1.2, 1.5, 2.0)[strength] ** rng.choice([-1, 1])
    gain = 1 + (0.15, 0.3, 0.5)[strength] * rng.choice([-1, 1])
    ramp = (np.arange(256) / 255) ** gamma
    mean = ramp @ image.convert("L").histogram() / (image.width * image.height)  # stays, so that little is clipped
    return image.point([min(max(round(255 * float(value)), 0), 255) for value in (ramp - mean) * gain + mean] * 3)


def aspect(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    if strength == 0:
        return image.resize((512, 512), Image.Resampling.BICUBIC)
    factor = (1.25, 1.5)[strength - 1]
    return resized(image, factor, 1) if rng.random() < 0.5 else resized(image, 1, factor)


def rotated(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    angle, ground = (strength + 1) * int(rng.choice([-1, 1])), ["white", "black"][rng.integers(2)]
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=bool(rng.random() < 0.5), fillcolor=ground)


def screenshot(rng: Generator, image: Image.Image, strength: int) -> Image.Image:
    """A part of it, smaller, compressed, with a thin frame."""
    part = _window(rng, image, (0.95, 0.92, 0.88)[strength])
    factor = max((0.9, 0.7, 0.5)[strength], SMALLEST / min(part.size))
    small = _compressed(resized(part, factor), (70, 45, 25)[strength])
    return ImageOps.expand(small, 1 + strength, _colour(rng))


#: Of the generator, the picture and the strength: 0 mild, 1 middle, 2 strong.
TRANSFORMATIONS: dict[str, Transformation] = {
    "rescaled": lambda rng, image, n: resized(image, max((0.7, 0.5, 0.25)[n], SMALLEST / min(image.size))),
    "jpeg": lambda rng, image, n: _compressed(image, (50, 30, 10)[n]),
    "crop": lambda rng, image, n: _window(rng, image, (0.95, 0.9, 0.8)[n]),
    "border": border,
    "arrows": arrows,
    "text": text,
    "letter and scale bar": letter_and_bar,
    "recoloured": recoloured,
    "contrast and gamma": contrast,
    "blur": lambda rng, image, n: image.filter(
        ImageFilter.GaussianBlur(max((0.003, 0.006, 0.01)[n] * min(image.size), (0.5, 0.8, 1.2)[n]))
    ),
    "noise": lambda rng, image, n: to_picture(  # of gray or of coloured grain
        np.asarray(image) + rng.normal(0, (6, 12, 25)[n], (image.height, image.width, rng.choice([1, 3])))
    ),
    "aspect": aspect,
    "rotated": rotated,
    "screenshot": screenshot,
}
