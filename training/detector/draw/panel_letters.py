"""How panel letters are printed: the habits of figures, drawn from chance, and the stamping of one letter.

A figure keeps one habit: its letters share style, typeface, size, colour and place. The shares below follow 4,990
lettered figures with human letter boxes (NLM PanelSeg): top-left in two thirds, bottom-left or below in a quarter,
letter height 1.5-4.4 % of the longer side.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FOLDERS = ("truetype/liberation", "truetype/freefont", "truetype/croscore")
ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi")

STYLES = {"A": 0.55, "a": 0.37, "1": 0.03, "i": 0.03, "I": 0.02}
FRAMES = {("", ""): 0.72, ("(", ")"): 0.16, ("", ")"): 0.06, ("", "."): 0.04, ("[", "]"): 0.02}
PLACES = {"tl": 0.22, "tr": 0.04, "bl": 0.07, "br": 0.04, "margin": 0.27, "above": 0.18, "left": 0.10, "below": 0.08}
FAINT = 96  # coverage up to which a pixel at a letter's rim does not count as its ink
INSIDE = ("tl", "tr", "bl", "br")
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
COLOURS = ((255, 235, 0), (220, 20, 20), (20, 40, 160), (0, 140, 60), (90, 90, 90), (255, 140, 0), (0, 200, 230))

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]


class Glyphs(NamedTuple):
    """Coverage of a text, 0..255 over its ink, and of the text with a stroke (`border` pixels larger each side)."""

    ink: NDArray[np.uint8]
    stroked: NDArray[np.uint8]
    border: int


@dataclass(frozen=True)
class Habit:
    """How one figure prints its panel letters. `size` is the type's em, `gap` the distance to the edge, in pixels.

    `place` is a corner inside the panel (tl, tr, bl, br) or outside of it: `margin` (left and above), `above` its left
    end, `left` of its top end, `below` its middle. `chip` is the ground behind a letter: None, `square` or `circle`.
    """

    style: str
    frame: tuple[str, str]
    font: str
    size: int
    colour: Colour
    chip: str | None
    chip_colour: Colour
    outline: bool
    place: str
    gap: int

    def label(self, index: int) -> str:
        """The text printed at panel `index`, counted from 0, brackets included; after Z follow AA, AB."""
        if self.style == "1":
            name = str(index + 1)
        elif self.style in ("i", "I"):
            name = ROMANS[index % len(ROMANS)]
        else:
            name = ("" if index < 26 else chr(97 + (index // 26 - 1) % 26)) + chr(97 + index % 26)
        return self.frame[0] + (name.upper() if self.style in ("A", "I") else name) + self.frame[1]

    @property
    def inside(self) -> bool:
        """Whether the letters stand on the panels."""
        return self.place in INSIDE

    def extent(self, text: str = "A") -> tuple[int, int]:
        """Width and height of the text's ink in pixels."""
        height, width = glyphs(self.font, self.size, text).ink.shape
        return width, height

    def reserve(self, text: str = "A") -> Box:
        """Pixels that the letter needs free outside the panel: left, top, right, bottom."""
        width, height = (side + self.gap + self._padding() for side in self.extent(text))
        return {
            "margin": (width, height, 0, 0),
            "above": (0, height, 0, 0),
            "left": (width, 0, 0, 0),
            "below": (0, 0, 0, height),
        }.get(self.place, (0, 0, 0, 0))

    def room(self, box: Box, text: str = "A") -> tuple[int, int]:
        """The top-left pixel of the ink of a panel's letter; `stamp` moves what would leave the image."""
        x0, y0, x1, y1 = box
        width, height = self.extent(text)
        gap = self.gap + self._padding()
        before = {"margin": x0 - gap - width, "left": x0 - gap - width, "below": (x0 + x1 - width) // 2}
        over = {"margin": y0 - gap - height, "above": y0 - gap - height, "below": y1 + gap}
        x = x1 - gap - width if self.place in ("tr", "br") else before.get(self.place, x0 + (gap if self.inside else 0))
        y = y1 - gap - height if self.place in ("bl", "br") else over.get(self.place, y0 + (gap if self.inside else 0))
        return x, y

    def _padding(self) -> int:
        """How far the chip reaches over the ink."""
        return 0 if self.chip is None else max(2, self.size // (3 if self.chip == "circle" else 5))


def choose_habit(rng: np.random.Generator, side: int) -> Habit:
    """The habit of a figure whose longer side has `side` pixels."""
    place = _pick(rng, PLACES)
    style = _pick(rng, STYLES)
    fractions = np.clip(rng.lognormal(np.log(0.030), 0.38), 0.0165, 0.080)
    chip = str(rng.choice(["square", "square", "circle"])) if place in INSIDE and rng.random() < 0.25 else None
    chip_colour = WHITE if rng.random() < 0.65 else BLACK
    coloured = rng.random() < (0.12 if place in INSIDE else 0.04)
    plain = WHITE if place in INSIDE and rng.random() < 0.55 else BLACK
    size = max(9, round(side * float(fractions)))
    return Habit(
        style=style,
        frame=list(FRAMES)[int(rng.choice(len(FRAMES), p=list(FRAMES.values())))],
        font=_choose_font(rng),
        size=size,
        colour=COLOURS[int(rng.integers(len(COLOURS)))] if coloured else plain,
        chip=chip,
        chip_colour=chip_colour,
        outline=chip is None and place in INSIDE and rng.random() < 0.12,
        place=place,
        gap=round(size * float(rng.choice([0.0, 0.15, 0.35, 0.7], p=[0.1, 0.3, 0.4, 0.2]))),
    )


def stamp(image: NDArray[np.uint8], habit: Habit, text: str, x: int, y: int) -> Box:
    """Draw a letter into an RGB image (height, width, 3), its ink's top-left at x, y; returns the box of its ink.

    The box is that of the name alone, without its brackets or full stop.
    A letter that would leave the image is moved into it. The habit's colour gives way to black or white where the
    ground would hide it.
    """
    ink, stroked, border = glyphs(habit.font, habit.size, text)
    height, width = min(ink.shape[0], image.shape[0]), min(ink.shape[1], image.shape[1])
    x, y = int(np.clip(x, 0, image.shape[1] - width)), int(np.clip(y, 0, image.shape[0] - height))
    box = (x, y, x + width, y + height)
    if habit.chip is not None:
        _lay_chip(image, habit, box)
    colour = _visible(habit.colour, image[y : y + height, x : x + width])
    if habit.outline:
        _blend(image, stroked, x - border, y - border, _opposite(colour))
    _blend(image, ink, x, y, colour)
    return _name_box(habit, text, box)


@lru_cache(maxsize=4096)
def glyphs(font: str, size: int, text: str) -> Glyphs:
    """The coverage of a text in a typeface (path of a TrueType file, "" for Pillow's own) at an em of `size` pixels."""
    face = load_font(font, size)
    border, margin = max(1, size // 14), size
    extent = (int(face.getlength(text)) + 2 * margin, 2 * size + 2 * margin)
    sheets = []
    for stroke in (0, border):
        sheet = Image.new("L", extent)
        ImageDraw.Draw(sheet).text((margin, margin), text, fill=255, font=face, stroke_width=stroke)
        sheets.append(np.asarray(sheet))
    plain, stroked = sheets
    faint = min(FAINT, int(plain.max()) - 1)  # thin faces at small sizes cover no pixel well
    rows, columns = np.flatnonzero(plain.max(axis=1) > faint), np.flatnonzero(plain.max(axis=0) > faint)
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    framed = stroked[y0 - border : y1 + border, x0 - border : x1 + border]
    return Glyphs(plain[y0:y1, x0:x1].copy(), framed.copy(), border)


@lru_cache(maxsize=256)
def load_font(font: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface at a size; "" is the one that Pillow ships."""
    return ImageFont.truetype(font, size) if font else ImageFont.load_default(size)  # type: ignore[return-value]


@lru_cache(maxsize=1)
def find_fonts() -> tuple[tuple[str, float], ...]:
    """The typefaces of this machine with their shares, sans and bold ones above all; if none, Pillow's own."""
    paths = sorted(path for folder in FOLDERS for path in (Path("/usr/share/fonts") / folder).glob("*.ttf"))
    plots = find_spec("matplotlib")
    if plots is not None and plots.origin is not None:
        paths += sorted((Path(plots.origin).parent / "mpl-data" / "fonts" / "ttf").glob("DejaVuS*.ttf"))
    paths = [path for path in paths if "Display" not in path.stem]  # has no letters
    shares = {str(path): _share(path.stem) for path in paths} or {"": 1.0}
    return tuple((path, share / sum(shares.values())) for path, share in shares.items())


def _share(name: str) -> float:
    mono = "Mono" in name or "Cousine" in name
    share = 6.0 if name.startswith(("LiberationSans-", "Arimo", "FreeSans")) else 0.4 if mono else 1.5
    share *= 0.1 if "Italic" in name or "Oblique" in name else 1.0
    return share * (2.0 if "Bold" in name else 1.0)


def _choose_font(rng: np.random.Generator) -> str:
    fonts = find_fonts()
    return fonts[int(rng.choice(len(fonts), p=[share for _, share in fonts]))][0]


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    return str(rng.choice(list(shares), p=list(shares.values())))


def _name_box(habit: Habit, text: str, box: Box) -> Box:
    """The part of a stamped text's box that its name takes."""
    before, after = habit.frame
    if not text.endswith(after) or text == before + after or habit.frame == ("", ""):
        return box
    ink = glyphs(habit.font, habit.size, text).ink
    left = ink.shape[1] - glyphs(habit.font, habit.size, text[len(before) :]).ink.shape[1]
    right = glyphs(habit.font, habit.size, text[: len(text) - len(after)]).ink.shape[1]
    rows = np.flatnonzero((ink[:, left:right] > FAINT).any(axis=1))
    if not len(rows):  # slanted type, whose bracket reaches over the name
        return box
    return box[0] + left, box[1] + int(rows[0]), box[0] + right, box[1] + int(rows[-1]) + 1


def _luma(colour: NDArray[np.floating] | Colour) -> float:
    return float(np.dot(colour, (0.299, 0.587, 0.114)))


def _opposite(colour: Colour) -> Colour:
    return BLACK if _luma(colour) > 127 else WHITE


def _visible(colour: Colour, ground: NDArray[np.uint8]) -> Colour:
    """The colour; where it is too near to the ground's to be read, black or white, whichever is farther from that."""
    mean = ground.reshape(-1, 3).mean(axis=0)
    if abs(_luma(colour) - _luma(mean)) > 70 or np.abs(mean - colour).max() > 150:
        return colour
    return BLACK if _luma(mean) > 127 else WHITE


def _lay_chip(image: NDArray[np.uint8], habit: Habit, box: Box) -> None:
    pad = habit._padding()
    x0, y0, x1, y1 = box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad
    if habit.chip == "square":
        image[max(y0, 0) : y1, max(x0, 0) : x1] = habit.chip_colour
        return
    radius = max(x1 - x0, y1 - y0) / 2
    middle_x, middle_y = (x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2
    left, top = round(middle_x - radius), round(middle_y - radius)
    span = np.arange(round(2 * radius) + 1)
    distance = np.hypot(span[None, :] + left - middle_x, span[:, None] + top - middle_y)
    _blend(image, (np.clip(radius + 0.5 - distance, 0, 1) * 255).astype(np.uint8), left, top, habit.chip_colour)


def _blend(image: NDArray[np.uint8], cover: NDArray[np.uint8], x: int, y: int, colour: Colour) -> None:
    """Paint a colour through a coverage mask whose top-left lies at x, y, cut to the image."""
    cut_y, cut_x = max(-y, 0), max(-x, 0)
    part = image[y + cut_y : max(y + cover.shape[0], 0), x + cut_x : max(x + cover.shape[1], 0)]
    share = cover[cut_y : cut_y + part.shape[0], cut_x : cut_x + part.shape[1], None].astype(np.float32) / 255
    part[:] = np.rint(part * (1 - share) + np.asarray(colour, np.float32) * share).astype(np.uint8)
