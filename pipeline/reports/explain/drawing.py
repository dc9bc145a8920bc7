"""A picture of what was found: the graphic as the source holds it, under the boxes of its panels and cells.

The colours are those of Okabe and Ito that black reads well on, so that most colour-blind people tell them apart; each
box also has its name on it, and cells have broken lines.
"""

import hashlib
from itertools import cycle
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.reports.explain.page import counted
from pipeline.sources import ObjectRef, Policy, SourceReject, open_source
from schemas.errors import UserError
from schemas.tables import Row
from transforms.images.decode import ImageError, decode

COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7")

#: A picture whose longer side has fewer pixels is enlarged, so that names can be read on it.
LEAST_SIDE = 1000

#: Seconds that the source may be away.
PATIENCE = 20.0

Corners = tuple[int, int, int, int]


def draw_account(told: Row, source: str, path: Path) -> str:
    """Draw the graphic of an account into a PNG file, and say in a line what is drawn.

    Raises:
        UserError: no graphic is known, or the source cannot be reached or holds another one by now.
    """
    graphics = told["graphics"] or ()
    named = [graphic for graphic in graphics if graphic["source_uri"]]
    graphic = next((each for each in named if each["panels"]), named[0] if named else None)
    if graphic is None:
        raise UserError(f"{told['id']}: nothing is drawn, for it has no graphic at the source")
    data = _read(told["source"]["curated"]["article_id"], graphic, source)
    try:
        image = decode(data).image.convert("RGB")
    except ImageError as error:
        raise UserError(f"{graphic['source_uri']}: nothing is drawn: {error}") from None
    mine = told["panel"] and told["panel"]["panel_id"]
    panels = [line for line in graphic["panels"] if "box" in line]
    _drawn(image, panels, mine).save(path, "PNG")
    size, others = f"{image.width} x {image.height} pixels", len(graphics) - 1
    more = f"; {counted(others, 'more graphic')} of the figure: name one, as {told['id']}g2" if others else ""
    return f"{path}: {graphic['graphic_id']} of {size}, {counted(len(panels), 'panel')}{more}"


def _read(article: str, graphic: Row, source: str) -> bytes:
    """The bytes of a graphic, which are those that the panels were made of."""
    try:
        opened = open_source(source, concurrency=1, policy=Policy(patience=PATIENCE))
        item = ObjectRef(graphic["graphic"], graphic["source_uri"], graphic["source_md5"] or "")
        data = opened.read(article, item)
    except (UserError, SourceReject) as error:
        raise UserError(f"nothing is drawn, for the source {source} cannot be read: {error}") from None
    known = graphic["picture"] and graphic["picture"]["sha256"]
    if known and hashlib.sha256(data).hexdigest() != known:
        raise UserError(f"{graphic['source_uri']}: nothing is drawn, for the source holds another picture by now")
    return data


def _drawn(image: Image.Image, panels: list[Row], mine: str | None) -> Image.Image:
    """The picture under the boxes; the panel `mine` has the thickest line."""
    factor = max(1, min(4, -(-LEAST_SIDE // max(image.size))))
    page = image.resize((image.width * factor, image.height * factor), Image.Resampling.LANCZOS)
    pen, line = ImageDraw.Draw(page), max(3, max(page.size) // 400)
    font = ImageFont.load_default(max(14, max(page.size) // 60))
    for panel, colour in zip(panels, cycle(COLOURS), strict=False):
        x0, y0, x1, y1 = corners = _scaled(panel["box"], factor)
        width = 2 * line if panel["panel_id"] == mine else line
        cells = [(_scaled(cell["box"], factor), cell["score"]) for cell in panel["cells"]]
        several = cells if len(cells) > 1 else []
        for cell, _ in several:
            _dashed(pen, cell, colour, line)
        pen.rectangle(corners, outline="black", width=width + 2)
        pen.rectangle((x0 + 1, y0 + 1, x1 - 1, y1 - 1), outline=colour, width=width)
        edge = width + 2
        for number, (cell, score) in enumerate(several, 1):
            _name(pen, (cell[0] + edge, cell[3] - edge), "lb", f"c{number:02d} {score:.2f}", colour, font)
        text = f"{panel['panel_id'].rpartition('-')[2]} {panel['label'] or '-'} {panel['score']:.2f}"
        _name(pen, (x1 - edge, y1 - edge), "rb", text, colour, font)
    return page


def _scaled(corners: list[int], factor: int) -> Corners:
    """A box in the pixels of the page, ends included."""
    x0, y0, x1, y1 = corners
    return x0 * factor, y0 * factor, x1 * factor - 1, y1 * factor - 1


def _dashed(pen: ImageDraw.ImageDraw, corners: Corners, colour: str, line: int) -> None:
    """A rectangle of broken lines, black between the strokes, so that it shows on any ground."""
    x0, y0, x1, y1 = corners
    stroke = 4 * line
    pen.rectangle(corners, outline="black", width=line)
    for x in range(x0, x1, 2 * stroke):
        for y in (y0, y1 - line + 1):
            pen.rectangle((x, y, min(x + stroke, x1), y + line - 1), fill=colour)
    for y in range(y0, y1, 2 * stroke):
        for x in (x0, x1 - line + 1):
            pen.rectangle((x, y, x + line - 1, min(y + stroke, y1)), fill=colour)


def _name(
    pen: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    anchor: str,
    text: str,
    colour: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """A name in black on its colour."""
    pen.rectangle(pen.textbbox(corner, text, font, anchor=anchor), fill=colour)
    pen.text(corner, text, "black", font, anchor=anchor)
