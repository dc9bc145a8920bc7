"""From a drawing's description to the bytes of an image file."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import PurePath

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw, ImageFont

from pipeline.sources.demo import charts, scans

#: Rows of panels; a panel is the name of its painter, a seed, and the painter's findings or words: "chest_ct 1 nodule".
Grid = tuple[tuple[str, ...], ...]

GUTTER = 12
LETTER = ImageFont.load_default(20)
SCANS: dict[str, Callable[..., scans.Picture]] = {
    painter.__name__: painter
    for painter in (
        scans.chest_ct,
        scans.abdominal_ct,
        scans.brain_mri,
        scans.chest_xray,
        scans.bone_xray,
        scans.ultrasound,
        scans.retina,
        scans.histology,
        scans.fluorescence,
        scans.blot,
    )
}
CHARTS: dict[str, Callable[..., Image.Image]] = {
    painter.__name__: painter
    for painter in (
        charts.line_chart,
        charts.bar_chart,
        charts.scatter_plot,
        charts.survival_curve,
        charts.heat_map,
        charts.flow_chart,
    )
}


def draw(grid: Grid, letters: str = "") -> Image.Image:
    """The panels of `grid` on white, parted by gutters; `letters` stand in their top left corners, in reading order."""
    columns = max(map(len, grid))
    width = columns * (scans.WIDTH + GUTTER) - GUTTER
    height = len(grid) * (scans.HEIGHT + GUTTER) - GUTTER
    canvas = Image.new("RGB", (width, height), "white")
    marks = chain(letters, iter(lambda: "", None))
    for row, panels in enumerate(grid):
        for column, panel in enumerate(panels):
            image = _lettered(_panel(panel), next(marks))
            canvas.paste(image, (column * (scans.WIDTH + GUTTER), row * (scans.HEIGHT + GUTTER)))
    return canvas


def encode(image: Image.Image, name: str, quality: int = 88) -> bytes:
    """`image` in the format that the extension of `name` asks for; `quality` counts for JPEG alone."""
    buffer = BytesIO()
    match PurePath(name).suffix.lower():
        case ".jpg" | ".jpeg":
            image.save(buffer, "JPEG", quality=quality)
        case ".tif" | ".tiff":
            image.save(buffer, "TIFF")  # uncompressed: libtiff's encoders leave a padding byte unset
        case ".gif":
            image.quantize(256, dither=Image.Dither.NONE).save(buffer, "GIF")
        case ".png":
            image.save(buffer, "PNG")
        case suffix:
            raise ValueError(f"{name}: no drawing is written as {suffix!r}")
    return buffer.getvalue()


@cache
def _panel(description: str) -> Image.Image:
    name, seed, *words = description.split()
    # RandomState, not Generator: only its stream is promised to stay the same in every version of numpy.
    random = RandomState(int(seed))
    if name in CHARTS:
        return CHARTS[name](random, *words)
    intensities = np.clip(SCANS[name](random, *words), 0, 1)
    return Image.fromarray((255 * intensities).astype(np.uint8)).convert("RGB")


def _lettered(panel: Image.Image, letter: str) -> Image.Image:
    if not letter:
        return panel
    panel = panel.copy()
    bright = np.asarray(panel.crop((0, 0, 30, 30)).convert("L")).mean() > 128
    ImageDraw.Draw(panel).text((8, 4), letter, "black" if bright else "white", LETTER)
    return panel
