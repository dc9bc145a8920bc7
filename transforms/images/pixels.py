"""Pixels of any mode to 8 bits: mode L for what is gray, else RGB, transparent parts over white.

How deep values become gray levels:

* 16 bits without a sign: 0 is black. White is the greatest number of as many bits as the file states (TIFF: its bits a
  sample, or those of its stated maximum); where it states none or its values pass it, of the fewest of 8, 10, 12 and 16
  bits that hold all values, for cameras store 8 to 12 bits in 16.
* With a sign, of 32 bits and floats: nothing says what is white, so the least value is black and the greatest white.
  What is no number is 0.
* Where the file says that 0 is white, all is turned round.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

#: Pixels that are converted at once, so that the temporaries of a conversion stay small.
BAND = 1 << 18

#: The greatest numbers of the depths that are stored in 16 bits; the last fills them.
WHITES = (255, 1023, 4095, 65535)

#: Pillow's names for packed colours of 16 bits end in their byte order (N: this machine's), those for numbers hold it.
_DEEP = re.compile(r"RGB[AX]?;16[BLN]")
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_FILE_ORDER = re.compile(r"(?<=\d)B?(?=[SF]$)")


@dataclass(frozen=True)
class Values:
    """What Pillow does not tell of a picture's values."""

    stated: int = 0  # their maximum, 0 where none is stated
    inverted: bool = False  # 0 is white
    type: str | None = None  # of numpy, where the bytes are of another than Pillow's mode says
    planar: bool = False  # colours lie one after the other


#: Values of which Pillow tells all.
PLAIN = Values()


def eight_bit(source: Image.Image, values: Values = PLAIN) -> Image.Image:
    """The picture in mode L or RGB."""
    if source.mode.startswith("I;16"):
        top = max(int(np.asarray(band).max()) for _, band in bands(source))
        table = _gray(np.arange(top + 1), 0, white(values.stated, top), values.inverted)
        return _converted(source, "L", lambda band: Image.fromarray(table[np.asarray(band)]))
    if source.mode in ("F", "I") or values.type:
        low, high = _range(source, values)
        return _converted(
            source, "L", lambda band: Image.fromarray(_gray(_numbers(band, values), low, high, values.inverted))
        )
    mode = "L" if source.mode in ("1", "L", "LA", "La") else "RGB"
    if source.has_transparency_data:
        return _converted(source, mode, lambda band: _on_white(band).convert(mode))
    return source if source.mode == mode else _converted(source, mode, lambda band: band.convert(mode))


def white(stated: int, greatest: float) -> int:
    """The value of 16 bits that is white, by the stated maximum and the greatest that there is."""
    full = (1 << stated.bit_length()) - 1
    if stated and greatest <= full:
        return min(full, WHITES[-1])
    return next(level for level in WHITES if greatest <= level)


def is_deep(source: ImageFile.ImageFile) -> bool:
    """Whether an opened picture, not yet loaded, has colours of 16 bits: Pillow decodes these to their high bytes."""
    return bool(source.tile) and _DEEP.fullmatch(_raw_mode(source.tile[0])) is not None


def read_low_bytes(source: ImageFile.ImageFile) -> None:
    """Make a deep picture that is opened decode to its low bytes instead: it is read in the other byte order."""
    raw = _raw_mode(source.tile[0])
    source.tile = [_packed(tile, raw[:-1] + _OTHER_ORDER[raw[-1]]) for tile in source.tile]


def deep_levels(high: Image.Image, stated: int) -> list[int]:
    """The value that is white, for each channel of a picture in high bytes; alpha has its own."""
    tops: list[int] = (np.array(high.getextrema())[:, 1] * 256 + 255).tolist()
    return [white(stated, max(tops[:3]))] * 3 + [white(0, top) for top in tops[3:]]


def join_bytes(high: Image.Image, low: Image.Image, levels: list[int]) -> None:
    """Turn `high` from the high bytes of values into their gray levels, by the value that is white in each channel."""
    for top, band in bands(high):
        beneath = low.crop((0, top, band.width, top + band.height))
        values = np.asarray(band).astype(np.float32) * 256 + np.asarray(beneath)
        high.paste(Image.fromarray(np.rint(values * (255 / np.array(levels, np.float32))).astype(np.uint8)), (0, top))


def use_native_order(source: ImageFile.ImageFile) -> None:
    """Have an opened TIFF unpacked as libtiff gives it: numbers in this machine's byte order, whatever the file's."""
    if source.mode in ("I", "F"):
        source.tile = [
            _packed(tile, _FILE_ORDER.sub("N", _raw_mode(tile))) if tile.codec_name == "libtiff" else tile
            for tile in source.tile
        ]


def bands(source: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The picture in bands of whole rows, each with its place."""
    rows = max(1, BAND // source.width)
    for top in range(0, source.height, rows):
        yield top, source.crop((0, top, source.width, min(top + rows, source.height)))


def _raw_mode(tile: ImageFile._Tile) -> str:
    """How the bytes of a tile are packed, in Pillow's words; "" where its decoder needs none."""
    first = tile.args[0] if isinstance(tile.args, tuple) and tile.args else tile.args
    return first if isinstance(first, str) else ""


def _packed(tile: ImageFile._Tile, raw: str) -> ImageFile._Tile:
    """The tile with its bytes packed in another way."""
    return tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)


def _converted(source: Image.Image, mode: str, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The picture in `mode`, converted band by band."""
    image = Image.new(mode, source.size)
    for top, band in bands(source):
        image.paste(convert(band), (0, top))
    return image


def _on_white(band: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", band.size, "white")
    layer.alpha_composite(band.convert("RGBA"))
    return layer


def _numbers(band: Image.Image, values: Values) -> NDArray[np.float64]:
    array = np.asarray(band)
    array = array.view(values.type) if values.type else array
    return np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)


def _range(source: Image.Image, values: Values) -> tuple[float, float]:
    """The least and the greatest value."""
    ranges = [(numbers.min(), numbers.max()) for _, band in bands(source) for numbers in (_numbers(band, values),)]
    lows, highs = zip(*ranges, strict=True)
    return float(min(lows)), float(max(highs))


def _gray(numbers: NDArray[np.number], low: float, high: float, inverted: bool) -> NDArray[np.uint8]:
    """Numbers as gray levels, with `low` as black and `high` as white, or the other way round."""
    levels: NDArray[np.float64] = np.rint((numbers - low) * (255.0 / (high - low or 1.0)))
    return (255 - levels if inverted else levels).astype(np.uint8)
