"""Pictures in the manner of medical images: radiographs, CT, MRI, ultrasound, microscopy, retina, electrophoresis.

Each function takes a random state and the findings to show, and returns an array of shape (HEIGHT, WIDTH) for a grey
or (HEIGHT, WIDTH, 3) for a coloured picture, with intensities in 0..1. They are phantoms: composed of ellipses,
noise and lines, enough for a splitter, a hash or an encoder to work on, and no patient's.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from PIL import Image

Picture: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

WIDTH, HEIGHT = 300, 260
Y: Picture
X: Picture
Y, X = np.mgrid[-1.0 : 1.0 : HEIGHT * 1j, -1.0 : 1.0 : WIDTH * 1j]


def ellipse(x: float, y: float, rx: float, ry: float) -> Mask:
    """The inside of an ellipse; the picture spans -1..1 both ways, y pointing down."""
    return ((X - x) / rx) ** 2 + ((Y - y) / ry) ** 2 < 1


def spot(x: float, y: float, radius: float) -> Picture:
    """A Gaussian of height 1."""
    height: Picture = np.exp(-0.5 * np.square(np.hypot(X - x, Y - y) / radius))
    return height


def noise(random: RandomState, cells: int) -> Picture:
    """Smooth noise in 0..1 with about `cells` features a side."""
    coarse = Image.fromarray(random.rand(cells, cells).astype(np.float32))
    smooth: Picture = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), float)
    return smooth.clip(0, 1)


def paint(picture: Picture, *layers: tuple[Mask, float]) -> Picture:
    """`picture` with each mask filled with its intensity, in order."""
    for mask, intensity in layers:
        picture[mask] = intensity
    return picture


def grain(random: RandomState, picture: Picture, strength: float) -> Picture:
    """`picture` with detector noise."""
    return picture + strength * (random.rand(HEIGHT, WIDTH) - 0.5)


def built(random: RandomState, picture: Picture) -> Picture:
    """`picture` with the build of another patient: shifted smoothly by up to a tenth of its width."""
    shifts = [0.4 * (noise(random, 4) - 0.5) for _ in range(2)]
    places = [np.clip((axis + shift + 1) / 2, 0, 1) for axis, shift in zip((Y, X), shifts, strict=True)]
    row, column = (np.rint(place * (size - 1)).astype(int) for place, size in zip(places, (HEIGHT, WIDTH), strict=True))
    other: Picture = picture[row, column]
    return other


def chest_ct(random: RandomState, *findings: str) -> Picture:
    """An axial slice of the thorax; findings: effusion, nodule, emphysema."""
    picture = paint(
        np.zeros((HEIGHT, WIDTH)),
        (ellipse(0, 0, 0.92, 0.78), 0.45),
        (ellipse(0, 0, 0.84, 0.70), 0.55),
        (ellipse(-0.40, 0, 0.35, 0.55), 0.12),
        (ellipse(0.42, 0, 0.33, 0.55), 0.12),
        (ellipse(0.08, -0.15, 0.26, 0.30), 0.62),
        (ellipse(0, 0.50, 0.13, 0.14), 0.95),
        (ellipse(-0.10, 0.30, 0.06, 0.07), 0.70),
    )
    lungs = picture == 0.12
    picture += lungs * 0.12 * (noise(random, 40) > 0.62)
    if "effusion" in findings:
        picture[lungs & (Y > 0.22) & (X < 0)] = 0.50
    if "nodule" in findings:
        picture = np.maximum(picture, 0.8 * spot(0.45, -0.10, 0.055))
    if "emphysema" in findings:
        picture[lungs & (noise(random, 24) > 0.60)] = 0.02
    return built(random, grain(random, picture, 0.06))


def abdominal_ct(random: RandomState, *findings: str) -> Picture:
    """An axial slice of the upper abdomen; findings: metastases, hydronephrosis, ascites."""
    picture = paint(
        np.zeros((HEIGHT, WIDTH)),
        (ellipse(0, 0, 0.92, 0.76), 0.30),
        (ellipse(0, 0, 0.84, 0.68), 0.15 if "ascites" not in findings else 0.42),
        (ellipse(-0.38, -0.10, 0.42, 0.44), 0.60),
        (ellipse(0.55, -0.10, 0.20, 0.28), 0.58),
        (ellipse(-0.42, 0.42, 0.15, 0.18), 0.72),
        (ellipse(0.42, 0.42, 0.15, 0.18), 0.72),
        (ellipse(0, 0.48, 0.14, 0.15), 0.97),
        (ellipse(0.06, 0.22, 0.07, 0.08), 0.80),
    )
    if "hydronephrosis" in findings:
        picture[ellipse(0.42, 0.42, 0.08, 0.11)] = 0.25
    if "metastases" in findings:
        for x, y, radius in [(-0.55, -0.20, 0.07), (-0.30, -0.28, 0.05), (-0.35, 0.05, 0.06)]:
            picture[ellipse(x, y, radius, radius * 1.1)] = 0.38
    return grain(random, picture + 0.03 * noise(random, 30), 0.06)


def brain_mri(random: RandomState, *findings: str) -> Picture:
    """An axial slice of the head, T1-like, or T2-like with `t2`; findings: hydrocephalus, tumour, lesions."""
    white, grey, fluid = (0.45, 0.60, 0.95) if "t2" in findings else (0.75, 0.55, 0.12)
    folds = 0.04 * np.sin(18 * np.arctan2(Y, X))
    radius = np.hypot(X / 0.66, Y / 0.82)
    picture = paint(
        np.zeros((HEIGHT, WIDTH)),
        (radius < 1.05, 0.80),
        (radius < 0.99, 0.05),
        (radius < 0.95, fluid),
        (radius < 0.91 + folds, grey),
        (radius < 0.78 + 2 * folds, white),
    )
    width = 0.15 if "hydrocephalus" in findings else 0.07
    for side in (-1, 1):
        picture[ellipse(side * (width + 0.02), -0.08, width, 0.26)] = fluid
    picture[(np.abs(X) < 0.012) & (radius < 0.92)] = fluid
    if "tumour" in findings:
        picture[ellipse(0.34, -0.30, 0.17, 0.17)] = 0.98
        picture[ellipse(0.34, -0.30, 0.08, 0.08)] = 0.30
    if "lesions" in findings:
        for x, y in random.uniform(-0.4, 0.4, (9, 2)):
            picture = np.maximum(picture, spot(float(x), float(y), 0.03))
    return grain(random, picture + 0.05 * noise(random, 20), 0.05)


def chest_xray(random: RandomState, *findings: str) -> Picture:
    """A frontal radiograph of the chest; findings: pneumothorax, cardiomegaly, consolidation."""
    picture = 0.62 - 0.20 * np.abs(X) + 0.08 * Y
    for side in (-1, 1):
        lung = np.clip(1.3 - ((X - side * 0.42) / 0.30) ** 4 - ((Y + 0.05) / 0.68) ** 4, 0, 1)
        picture -= 0.48 * lung
    picture += 0.18 * np.exp(-((X / 0.14) ** 4))
    heart = 0.34 if "cardiomegaly" in findings else 0.22
    picture = np.maximum(picture, 0.78 * ellipse(0.12, 0.30, heart, 0.30))
    arcs = np.abs(((Y + 0.45 * np.abs(X) ** 1.6) * 5.2) % 1 - 0.5) < 0.13
    picture += 0.10 * arcs * (np.abs(X) > 0.12) * (np.abs(X) < 0.80)
    if "pneumothorax" in findings:
        picture[ellipse(-0.60, -0.25, 0.12, 0.42)] = 0.06
    if "consolidation" in findings:
        picture += 0.40 * spot(-0.40, 0.25, 0.17)
    return built(random, grain(random, picture, 0.05))


def bone_xray(random: RandomState, *findings: str) -> Picture:
    """A radiograph of a forearm; findings: fracture."""
    flesh = 1 - ((Y - 0.05 * X) / (0.85 - 0.12 * X)) ** 2  # as thick as a cone that lies across the picture
    picture = 0.12 + 0.30 * np.sqrt(flesh.clip(0, 1))
    for y in (-0.28, 0.30):
        thickness = 0.15 + 0.06 * X**2
        inside = np.abs(Y - y + 0.06 * X) < thickness
        cortex = inside & (np.abs(Y - y + 0.06 * X) > thickness - 0.05)
        picture = paint(picture, (inside, 0.62), (cortex, 0.95))
    if "fracture" in findings:
        picture[(np.abs(X + 0.5 * Y - 0.15) < 0.02) & (Y < 0)] = 0.20
    return grain(random, picture + 0.05 * noise(random, 50), 0.05)


def ultrasound(random: RandomState, *findings: str) -> Picture:
    """A sector scan; findings: stone (bright, with a shadow), cyst."""
    depth = np.hypot(X, Y + 1.05)
    angle = np.arctan2(X, Y + 1.05)
    picture = 0.55 * noise(random, 70) * (0.5 + noise(random, 8))
    if "cyst" in findings:
        picture[ellipse(-0.15, 0.20, 0.28, 0.24)] = 0.02
    if "stone" in findings:
        picture[(np.abs(angle - 0.12) < 0.06) & (depth > 1.1)] *= 0.15
        picture = np.maximum(picture, spot(0.13, 0.02, 0.06))
    return picture * ((np.abs(angle) < 0.62) & (depth > 0.25) & (depth < 1.95))


def retina(random: RandomState, *findings: str) -> Picture:
    """A colour photograph of the fundus; findings: haemorrhages, drusen."""
    disc = spot(0.42, 0, 0.12)
    vessels = np.zeros((HEIGHT, WIDTH), bool)
    for bend in (-1.3, -0.8, 0.8, 1.3):
        course = bend * np.sqrt(np.clip(0.42 - X, 0, None)) * (1 - 0.25 * (0.42 - X))
        vessels |= (np.abs(Y - course) < 0.018) & (X < 0.42)
    red = 0.80 - 0.25 * vessels + 0.25 * disc - 0.12 * spot(-0.15, 0, 0.14)
    green = 0.36 - 0.18 * vessels + 0.60 * disc - 0.10 * spot(-0.15, 0, 0.14)
    for x, y in random.uniform(-0.5, 0.4, (14, 2)):
        if "haemorrhages" in findings:
            red, green = red - 0.45 * spot(float(x), float(y), 0.030), green - 0.35 * spot(float(x), float(y), 0.030)
        if "drusen" in findings:
            green = green + 0.40 * spot(float(x) / 2 - 0.1, float(y) / 2, 0.022)
    picture = np.dstack([red, green, 0.35 * green]) + 0.03 * noise(random, 60)[..., None]
    return picture * (np.hypot(X * WIDTH / HEIGHT, Y) < 0.96)[..., None]


def histology(random: RandomState, *findings: str) -> Picture:
    """A section stained with haematoxylin and eosin; findings: fat, fibrosis, dense."""
    picture = np.ones((HEIGHT, WIDTH, 3)) * [0.93, 0.70, 0.82]
    picture -= (noise(random, 30) * 0.20)[..., None] * [0.3, 1.0, 0.5]
    if "fibrosis" in findings:
        picture[np.abs(Y - 0.5 * np.sin(2.2 * X) + 0.25 * noise(random, 9)) < 0.13] = [0.90, 0.45, 0.62]
    if "fat" in findings:
        for x, y, radius in _cells(random, 38, 0.035, 0.085):
            picture[ellipse(x, y, radius, radius * 1.15)] = [0.97, 0.96, 0.97]
    for x, y, radius in _cells(random, 260 if "dense" in findings else 110, 0.018, 0.034):
        picture[ellipse(x, y, radius, radius * 1.15)] = [0.38, 0.20, 0.52]
    return picture


def fluorescence(random: RandomState, *findings: str) -> Picture:
    """Stained cells on black: nuclei blue, and the channel that a finding names (red, green) around them."""
    picture = np.zeros((HEIGHT, WIDTH, 3))
    for x, y, radius in _cells(random, 26, 0.05, 0.08):
        picture[..., 2] = np.maximum(picture[..., 2], 0.9 * spot(x, y, radius * 0.7))
        for channel, colour in enumerate(("red", "green")):
            if colour in findings:
                ring = np.clip(spot(x, y, radius * 1.6) - spot(x, y, radius * 0.8), 0, 1)
                picture[..., channel] = np.maximum(picture[..., channel], 1.4 * ring)
    return picture + 0.02 * noise(random, 60)[..., None]


def blot(random: RandomState, *_: str) -> Picture:
    """Bands of a western blot in six lanes and four rows."""
    picture = 0.86 - 0.08 * noise(random, 12)
    for row in range(4):
        for lane in range(6):
            x, y = -0.80 + 0.32 * lane, -0.70 + 0.45 * row
            band = np.exp(-(((X - x) / 0.11) ** 4) - ((Y - y) / 0.055) ** 2)
            picture -= (0.15 + 0.60 * float(random.rand())) * band
    return grain(random, picture, 0.04)


def _cells(random: RandomState, count: int, smallest: float, largest: float) -> Iterator[tuple[float, float, float]]:
    """Centres and radii of `count` cells."""
    for x, y, size in random.rand(count, 3):
        yield float(2 * x - 1), float(2 * y - 1), float(smallest + (largest - smallest) * size)
