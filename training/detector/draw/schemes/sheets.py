"""Sheets that are one panel however they are ruled: twelve leads of an ECG, pages of formulas."""

from __future__ import annotations

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.ink import Image, write
from training.detector.draw.kind import Picture

LEADS = ("I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6")
PAPERS = ((255, 225, 225), (255, 255, 255), (255, 240, 230), (235, 235, 235))
SIGNS = (
    r"\alpha",
    r"\beta",
    r"\lambda",
    r"\sigma",
    "x_i",
    "y_j",
    "k_1",
    "k_{off}",
    "C(t)",
    "S",
    "I",
    "R",
    "N_0",
    r"\mu",
    "V_{max}",
)
FORMS = (
    r"\frac{{d{0}}}{{dt}} = {1}{2} - {3}{0}",
    r"{0} = \frac{{{1} + {2}}}{{1 + {3}}}",
    r"{0} = \sum_{{i=1}}^{{n}} {1}\,{2}",
    r"{0} = {1}\,e^{{-{2} t}} + {3}",
    r"\int_0^T {0}\,dt = {1}", r"{0} + {1} \rightarrow {2}",
    r"{0}^2 = \sqrt{{{1}^2 + {2}^2}}",
)  # fmt: skip


def ecg(rng: Generator, width: int, height: int) -> Image:
    """Rows of three to twelve leads on ruled paper, each with its name, often a long one below."""
    paper = PAPERS[int(rng.integers(len(PAPERS)))]
    image = np.full((height, width, 3), paper, np.uint8)
    step = max(3.0, min(width, height) / rng.uniform(50, 110))
    if rng.random() < 0.8:
        _rule(image, step, tuple(int(v * 0.9) for v in paper), 1)
        _rule(image, 5 * step, tuple(int(v * 0.78) for v in paper), 1)
    columns = int(rng.choice([1, 2, 4])) if width > height else int(rng.choice([1, 2]))
    rows = {1: int(rng.choice([3, 6, 12])), 2: 6, 4: 3}[columns]
    long = int(rng.random() < 0.6)
    ink = (0, 0, 0) if rng.random() < 0.8 else (30, 30, 120)
    tall, beat = height / (rows + long), width / columns / rng.uniform(2, 5)
    for row in range(rows + long):
        parts = columns if row < rows else 1
        for column in range(parts):
            x0, x1 = width * column / parts, width * (column + 1) / parts
            lead = _beats(rng, int(x1 - x0), beat) * tall * rng.uniform(0.25, 0.5)
            points = np.stack([x0 + np.arange(len(lead)), tall * (row + 0.6) - lead], 1)
            cv2.polylines(image, [points.round().astype(np.int32)], False, ink, 1, cv2.LINE_AA)
            if rng.random() < 0.85:
                name = LEADS[(row + 3 * column) % 12] if row < rows else "II"
                write(image, name, x0 + 4, tall * (row + 0.12), max(7.0, tall * 0.14), ink)
    return image


def _rule(image: Image, step: float, ink: tuple[int, ...], thick: int) -> None:
    for x in np.arange(0, image.shape[1], step):
        cv2.line(image, (round(x), 0), (round(x), image.shape[0]), ink, thick)
    for y in np.arange(0, image.shape[0], step):
        cv2.line(image, (0, round(y)), (image.shape[1], round(y)), ink, thick)


def _beats(rng: Generator, width: int, beat: float) -> NDArray[np.float64]:
    """A lead's voltage at each pixel: P, QRS and T at every beat."""
    t = (np.arange(max(2, width)) / beat + rng.uniform()) % 1
    waves = ((0.2, 0.03, 0.12), (0.36, 0.01, -0.15), (0.4, 0.012, 1.0), (0.44, 0.012, -0.3), (0.65, 0.05, 0.25))
    flip = float(rng.choice([1, 1, -1]))
    lead = sum(rng.uniform(0.6, 1.3) * a * np.exp(-(((t - at) / wide) ** 2)) for at, wide, a in waves)
    return flip * np.asarray(lead, float) + rng.normal(0, 0.01, len(t))


def formulas(rng: Generator, width: int, height: int) -> Image:
    """Lines of formulas, numbered or in two columns."""
    figure = Figure((width / 100, height / 100), 100)
    size = float(np.clip(rng.uniform(0.022, 0.045) * min(width, height), 5, 20))
    columns, pitch = int(rng.choice([1, 1, 2])), size * rng.uniform(2.2, 3.6) / height * 1.4
    with mpl.rc_context({"mathtext.fontset": str(rng.choice(["cm", "stix", "dejavusans"]))}):
        for column in range(columns):
            for number, y in enumerate(np.arange(1 - pitch, 0.02, -pitch)):
                signs = [f"{{{sign}}}" for sign in rng.choice(SIGNS, 4, replace=False)]
                text = "$" + FORMS[int(rng.integers(len(FORMS)))].format(*signs) + "$"
                figure.text((column + 0.04) / columns, y, text, fontsize=size)
                if rng.random() < 0.5:
                    figure.text((column + 0.85) / columns, y, f"({number + 1})", fontsize=size)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3]
    return np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


KINDS = {
    "ecg": Picture(ecg, page=1),
    "formulas": Picture(formulas, page=1),
}
