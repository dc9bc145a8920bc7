"""A picture of what was found: each panel's box, score and letter on the figure."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from transforms.panels.finder import Panel

_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#e377c2", "#8c564b")


def draw_panels(figure: Image.Image, panels: Sequence[Panel]) -> Image.Image:
    """`figure` in RGB under the boxes of its panels; each says its place in reading order, its letter and its score."""
    page = figure.convert("RGB")
    pen = ImageDraw.Draw(page)
    line = max(2, max(page.size) // 400)
    font = ImageFont.load_default(max(12, max(page.size) // 50))
    for number, panel in enumerate(panels, 1):
        colour = _COLOURS[(number - 1) % len(_COLOURS)]
        x0, y0, x1, y1 = panel.box
        pen.rectangle((x0, y0, x1 - 1, y1 - 1), outline=colour, width=line)
        text = f"{number} {panel.label or '-'} {panel.score:.2f}"
        corner = (x1 - line - 1, y1 - line - 1)  # the lower right, where letters seldom stand
        pen.rectangle(pen.textbbox(corner, text, font, anchor="rb"), fill=colour)
        pen.text(corner, text, "white", font, anchor="rb")
    return page
