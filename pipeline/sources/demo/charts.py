"""Charts with axes, ticks and text: lines, bars, scattered points, survival curves, heat maps and flow charts.

Each function draws on a white canvas of the size of a scan and takes a random state and the words of its axes.
"""

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw, ImageFont

from pipeline.sources.demo.scans import HEIGHT, WIDTH

LEFT, TOP, RIGHT, BOTTOM = 52, 36, WIDTH - 14, HEIGHT - 40
COLOURS = ["#1f4e79", "#c0504d", "#6b8e23", "#7f6084"]
FONT = ImageFont.load_default(12)


def line_chart(random: RandomState, *words: str) -> Image.Image:
    """Three courses over time."""
    image, draw = _axes(words)
    for colour in COLOURS[:3]:
        heights = np.clip(np.cumsum(random.uniform(-0.6, 1.0, 9)) / 5 + 0.3, 0.04, 0.96)
        points = [_point(step / 8, float(height)) for step, height in enumerate(heights)]
        draw.line(points, colour, 2)
        for x, y in points:
            draw.ellipse([x - 3, y - 3, x + 3, y + 3], fill=colour)
    return image


def bar_chart(random: RandomState, *words: str) -> Image.Image:
    """Five pairs of bars with error bars."""
    image, draw = _axes(words)
    for index in range(10):
        group, member = divmod(index, 2)
        height, error = float(random.uniform(0.2, 0.8)), float(random.uniform(0.03, 0.10))
        x, y = _point(0.04 + group * 0.19 + member * 0.075, height)
        draw.rectangle([x, y, x + 16, BOTTOM], COLOURS[member], "black")
        draw.line([x + 8, y - error * 100, x + 8, y + error * 100], "black")
    return image


def scatter_plot(random: RandomState, *words: str) -> Image.Image:
    """A cloud of points and its trend."""
    image, draw = _axes(words)
    for x, spread in random.rand(70, 2):
        left, top = _point(float(x), float(0.15 + 0.6 * x + 0.22 * (spread - 0.5)))
        draw.ellipse([left - 2, top - 2, left + 2, top + 2], COLOURS[0])
    draw.line([_point(0, 0.15), _point(1, 0.75)], COLOURS[1], 2)
    return image


def survival_curve(random: RandomState, *words: str) -> Image.Image:
    """Two Kaplan-Meier step curves."""
    image, draw = _axes(words)
    for colour, hazard in zip(COLOURS, (0.05, 0.12), strict=False):
        alive, course = 1.0, [_point(0, 1)]
        for step in range(1, 15):
            course.append(_point(step / 14, alive))
            alive *= 1 - hazard * float(random.uniform(0.2, 1.8))
            course.append(_point(step / 14, alive))
        draw.line(course, colour, 2)
    return image


def heat_map(random: RandomState, *words: str) -> Image.Image:
    """A matrix of 12 by 14 coloured cells."""
    image, draw = _axes(words)
    width, height = (RIGHT - LEFT) / 14, (BOTTOM - TOP) / 12
    for index, value in enumerate(random.rand(12 * 14)):
        row, column = divmod(index, 14)
        x, y = LEFT + column * width, TOP + row * height
        warm = int(255 * value)
        draw.rectangle([x, y, x + width, y + height], (warm, 80 + warm // 3, 255 - warm))
    return image


def flow_chart(_: RandomState, *words: str) -> Image.Image:
    """Boxes of text, one below the other, joined by arrows."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    step = (HEIGHT - 20) // len(words)
    for index, word in enumerate(words):
        top = 10 + index * step
        draw.rectangle([50, top, WIDTH - 50, top + step - 26], "#eef3f8", COLOURS[0], 2)
        draw.text((WIDTH // 2, top + (step - 26) // 2), word.replace("_", " "), "black", FONT, anchor="mm")
        if index:
            draw.line([WIDTH // 2, top - 26, WIDTH // 2, top], COLOURS[0], 2)
            draw.polygon([(WIDTH // 2 - 5, top - 7), (WIDTH // 2 + 5, top - 7), (WIDTH // 2, top)], COLOURS[0])
    return image


def _axes(words: tuple[str, ...]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A canvas with ticks on both axes; `words` name x and y, a blank written as an underscore."""
    x_name, y_name = (word.replace("_", " ") for word in words)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    draw.line([LEFT, TOP, LEFT, BOTTOM, RIGHT, BOTTOM], "black")
    for tick in range(6):
        x, y = _point(tick / 5, tick / 5)
        draw.line([x, BOTTOM, x, BOTTOM + 4], "black")
        draw.text((x, BOTTOM + 6), str(2 * tick), "black", FONT, anchor="ma")
        draw.line([LEFT - 4, y, LEFT, y], "black")
        draw.text((LEFT - 7, y), str(20 * tick), "black", FONT, anchor="rm")
    draw.text(((LEFT + RIGHT) / 2, HEIGHT - 4), x_name, "black", FONT, anchor="md")
    label = Image.new("L", (BOTTOM - TOP, 16), 255)
    ImageDraw.Draw(label).text(((BOTTOM - TOP) / 2, 8), y_name, 0, FONT, anchor="mm")
    image.paste(label.rotate(90, expand=True), (4, TOP))
    return image, draw


def _point(x: float, y: float) -> tuple[float, float]:
    """The pixel of a place in the unit square of the axes."""
    return LEFT + x * (RIGHT - LEFT), BOTTOM - y * (BOTTOM - TOP)
