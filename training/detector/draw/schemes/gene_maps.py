"""Rows of genes and proteins: deletion series, and exons of transcripts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.bench.blot_lanes import slanted
from training.detector.draw.ink import BLACK, Image, fitted, lettered, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.schemes.gene_rows import GRAY, Rows, bar, gap, name_row, rows_for, scale
from training.detector.draw.schemes.tables import tint
from training.detector.draw.vocabulary import GENES, several

DOMAINS = ("SH2", "SH3", "Kinase", "PH", "RING", "PDZ", "WD40", "NLS", "TM", "Ig", "BTB", "zf", "bHLH", "CTD", "NTD",
           "DBD", "AD", "Ank", "LRR", "PRD", "CC", "Q-rich", "HMG", "Homeobox", "SP", "EF", "UBA", "DEAD")  # fmt: skip
READINGS = (
    "Binding",
    "Activity",
    "Localization",
    "Growth",
    "Interaction",
    "Nucleus",
    "Rescue",
    "mRNA",
    "Reporter",
    "IP",
)


def _readings(rng: Generator, image: Image, rows: Rows, columns: int, pitch: float, head: float) -> None:
    """Draw columns of yes and no, or of numbers, at the right, each under its head."""
    signs = (("+", "-"), ("+++", "-"), ("Yes", "No"), ("✓", "x"))[int(rng.choice(4, p=[0.5, 0.2, 0.15, 0.15]))]
    level, degrees = columns == 1, float(rng.choice([45, 45, 60, 90]))
    for c, name in enumerate(several(rng, READINGS, columns)):
        x = rows.right + (c + 0.7) * pitch
        if level:
            small = rows.size * 0.9
            words = fitted(name, small, image.shape[1] - rows.right + rows.size * 2, bold=True)
            write(image, words, image.shape[1] - 1, head, small, at=(1, 1), bold=True)
        else:
            slant = degrees if np.cos(np.radians(degrees)) * head < image.shape[1] - x else 90.0
            words = fitted(name, rows.size, head / np.sin(np.radians(slant)) - rows.size * (slant < 90))
            slanted(image, words, x + (rows.size * 0.4 if slant == 90 else 0), head, rows.size, slant)
        numbers = rng.random() < 0.15
        for y in rows.ys:
            text = f"{rng.gamma(2, 20):.0f}" if numbers else signs[int(rng.random() < 0.5)]
            face = 1 if text == "✓" else 0
            write(image, text, x, y, rows.size * 1.05, at=(0.5, 0.5), face=face)


def deletions(rng: Generator, width: int, height: int) -> Image:
    """A deletion series: one protein whole, then less and less of it, with what each does at the right."""
    image = np.full((height, width, 3), 255, np.uint8)
    columns, pitch = int(rng.integers(1, 4 if width > 160 else 2)), rng.uniform(2.2, 3.6)
    rows = rows_for(rng, width, height, right=columns * pitch + 0.6, foot=1.6)
    rows = rows._replace(left=rows.left and max(rows.left, min(rows.size * 5, width * 0.26)))
    rows = rows._replace(right=max(rows.right, rows.left + width * 0.3))
    head = min(rows.size * (4 if columns > 1 else 1.6), height * 0.25)
    rows = rows._replace(ys=[head + y * (height - head) / height for y in rows.ys])
    fills, style = [tint(rng, 90, 245) for _ in range(4)], int(rng.integers(3))
    parts = np.sort(rng.uniform(0.03, 0.97, int(rng.choice([4, 6, 8])))).reshape(-1, 2)
    words = several(rng, DOMAINS, len(parts))
    long, thin = int(rng.integers(120, 1800)), rng.random() < 0.6
    ground = (225, 225, 225) if rng.random() < 0.5 else tint(rng, 215, 250)
    for r, y in enumerate(rows.ys):
        kept = _kept(rng, whole=r == 0)
        for k, (a, b) in enumerate(kept):
            if thin:
                line(image, (rows.x(a), y), (rows.x(b), y), BLACK, max(1, round(rows.bar / 6)))
            else:
                bar(image, rows.x(a), rows.x(b), y, rows.bar, ground, 1)
            for fill, word, (c, d) in zip(fills, words, parts.tolist(), strict=False):
                if min(b, d) - max(a, c) > 0.01:
                    bar(image, rows.x(max(a, c)), rows.x(min(b, d)), y, rows.bar, fill, style, word)
            if k:
                gap(image, rows, kept[k - 1][1], a, y, hat=thin)
        text = "WT" if r == 0 else "-".join(str(max(1, round(v * long))) for v in (kept[0][0], kept[-1][1]))
        text = f"Δ{r}" if r and len(kept) > 1 else text
        if rows.left > 3:
            write(image, fitted(text, rows.size, rows.left - 5), rows.left - 5, y, rows.size, at=(1, 0.5))
    if rng.random() < 0.6:
        _residues(image, rows, np.sort([0, 1, *parts.ravel()]), long, rows.right - rows.size * 4 * (columns == 1))
    room = (width - rows.right) / (columns + 0.4)
    _readings(rng, image, rows, columns, room, max(6.0, rows.ys[0] - max(rows.bar, rows.size) * 0.8))
    return image


def _residues(image: Image, rows: Rows, shares: NDArray[np.float64], long: int, right: float) -> None:
    """Write residue numbers over the first row, up to `right`, without those that would overlap."""
    free, y, size = 0.0, rows.ys[0] - rows.bar * 0.7, rows.size * 0.8
    for share in shares.tolist():
        words, x = str(max(1, round(share * long))), rows.x(share)
        half = lettered(words, round(size)).shape[1] / 2
        if free <= x - half and x + half <= right:
            write(image, words, x, y, size, at=(0.5, 1))
            free = x + half + 2


def _kept(rng: Generator, whole: bool) -> list[tuple[float, float]]:
    """The parts of a length that are kept: all of it, or all but an end, both ends or a middle part."""
    if whole:
        return [(0.0, 1.0)]
    a, b = np.sort(rng.uniform(0.05, 0.95, 2)).tolist()
    kind = int(rng.integers(4))
    if kind == 0 and b - a > 0.08:
        return [(0.0, a), (b, 1.0)]
    return [(0.0, max(b, 0.3))] if kind == 1 else [(min(a, 0.7), 1.0)] if kind == 2 else [(min(a, 0.6), max(b, 0.7))]


def exons(rng: Generator, width: int, height: int) -> Image:
    """Transcripts of a gene: exons as boxes, introns as lines, hats or arrows; exons skipped, ends untranslated."""
    image = np.full((height, width, 3), 255, np.uint8)
    rows = rows_for(rng, width, height)
    count = int(rng.integers(3, 13))
    edges = np.sort(rng.uniform(0, 1, 2 * count)).reshape(-1, 2)
    edges[:, 1] = np.minimum(edges[:, 1], edges[:, 0] + rng.uniform(0.02, 0.12))
    edges[[0, -1], [0, 1]] = 0, 1
    fill, style, join = tint(rng, 0, 230), int(rng.integers(2)), int(rng.integers(3))
    fills = [fill] * count if rng.random() < 0.6 else [tint(rng, 60, 245) for _ in range(count)]
    joined, words = rng.random() < 0.35, rng.random() < 0.5
    before: NDArray[np.float64] | None = None
    for r, y in enumerate(rows.ys):
        shown = np.flatnonzero(rng.random(count) < (1 if r == 0 else 0.8))
        shown = shown if len(shown) > 1 else np.arange(count)
        shift = rng.normal(0, 0.05, 2) if joined and r else np.zeros(2)
        spots = np.clip(edges * (1 + shift[0]) + shift[1], 0, 1)
        if joined and before is not None:
            for k in shown:
                start, end = before[k].mean(), spots[k].mean()
                line(image, (rows.x(start), rows.ys[r - 1] + rows.bar / 2), (rows.x(end), y - rows.bar / 2), GRAY)
        _introns(image, rows, spots[shown], y, join)
        for k in shown:
            thin = k in (0, count - 1) and rng.random() < 0.6
            a, b = rows.x(spots[k, 0]), rows.x(spots[k, 1])
            bar(image, a, b, y, rows.bar * (0.55 if thin else 1), fills[k], style, str(k + 1) if words else "")
        before = spots
        name_row(rng, image, rows, r, (*GENES, "Isoform 1", "Isoform 2", "WT allele", "Targeted", "Δ exon", "Floxed"))
    scale(rng, image, rows, str(rng.choice(["kb", "bp", "Mb"])))
    return image


def _introns(image: Image, rows: Rows, spots: NDArray[np.float64], y: float, join: int) -> None:
    """Join the exons by a line, hats, or a line with little arrows along it."""
    if join == 1:
        for (_, a), (b, _) in pairwise(spots):
            gap(image, rows, float(a), float(b), y, hat=True)
        return
    line(image, (rows.x(spots[0, 0]), y), (rows.x(spots[-1, 1]), y), BLACK)
    step = max(8.0, rows.bar * 1.2)
    for x in np.arange(rows.x(spots[0, 0]), rows.x(spots[-1, 1]), step) if join == 2 else ():
        half = max(2.0, rows.bar * 0.2)
        line(image, (x - half, y - half), (x, y), GRAY)
        line(image, (x - half, y + half), (x, y), GRAY)


KINDS = {
    "deletions": Picture(deletions, page=1, copies=2),
    "exons": Picture(exons, page=1, copies=2),
}
