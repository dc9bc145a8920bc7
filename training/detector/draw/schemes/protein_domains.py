"""Rows of proteins with their domains, and rows of genes as arrows, joined by ribbons."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, Colour, Image, lettered, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.schemes.gene_maps import DOMAINS
from training.detector.draw.schemes.gene_rows import GRAY, Rows, bar, name_row, rows_for, scale
from training.detector.draw.schemes.tables import tint
from training.detector.draw.vocabulary import GENES, GROUPS, pick, several

SPECIES = (
    "Human",
    "Mouse",
    "Rat",
    "Chicken",
    "X. laevis",
    "Zebrafish",
    "Fly",
    "C. elegans",
    "S. cerevisiae",
    "E. coli",
)


def domains(rng: Generator, width: int, height: int) -> Image:
    """Domain architectures: proteins of different lengths with named boxes, residue numbers, sites and a legend."""
    image = np.full((height, width, 3), 255, np.uint8)
    legend = rng.random() < 0.4
    rows = rows_for(rng, width, height, right=2.5, foot=3.2 if legend else 1.8)
    names = several(rng, DOMAINS, int(rng.integers(3, 7)))
    fills = [tint(rng, 80, 245) for _ in names]
    style, ground = int(rng.integers(3)), (215, 215, 215) if rng.random() < 0.5 else tint(rng, 200, 245)
    solid, sites, longest = rng.random() < 0.5, rng.random() < 0.4, int(rng.integers(150, 2500))
    shares = np.append(1.0, rng.uniform(0.35, 1, len(rows.ys) - 1))
    small = max(5.0, rows.size * 0.75)
    for y, share in zip(rows.ys, shares.tolist(), strict=True):
        if solid:
            bar(image, rows.x(0), rows.x(share), y, rows.bar * 0.8, ground, style)
        else:
            line(image, (rows.x(0), y), (rows.x(share), y), BLACK, max(1, round(rows.bar / 6)))
        cuts = np.sort(rng.uniform(0.03, 0.97, 2 * int(rng.integers(1, 5)))).reshape(-1, 2) * share
        for a, b in cuts.tolist():
            k = int(rng.integers(len(names)))
            bar(image, rows.x(a), rows.x(b), y, rows.bar, fills[k], style, "" if legend else names[k])
            if rng.random() < 0.35 and b - a > 0.08:
                _residue(image, rows, a, y, longest, small)
                _residue(image, rows, b, y, longest, small)
        write(image, f"{round(share * longest)}", rows.x(share) + 3, y, small, at=(0, 0.5))
        if sites:
            _sites(rng, image, rows, y, share)
    for r in range(len(rows.ys)):
        name_row(rng, image, rows, r, (*SPECIES, *GENES))
    if legend:
        _legend(image, rows, names, fills)
    else:
        scale(rng, image, rows, "aa")
    return image


def _residue(image: Image, rows: Rows, share: float, y: float, longest: int, size: float) -> None:
    """Write the number of a residue under a boundary."""
    write(image, str(max(1, round(share * longest))), rows.x(share), y + rows.bar * 0.55 + 1, size, at=(0.5, 0))


def _sites(rng: Generator, image: Image, rows: Rows, y: float, share: float) -> None:
    """Draw mutations or modified residues on stalks, some named."""
    head = y - rows.bar * rng.uniform(0.8, 1.3)
    for at in rng.uniform(0.03, 0.97, int(rng.integers(1, 6))) * share:
        x, colour = rows.x(float(at)), tint(rng, 0, 200)
        line(image, (x, y - rows.bar / 2), (x, head), GRAY)
        cv2.circle(image, (round(x), round(head)), max(1, round(rows.bar * 0.16)), colour, -1, cv2.LINE_AA)
        if rng.random() < 0.4:
            words = f"{pick(rng, tuple('STYKRGDEL'))}{int(rng.integers(10, 999))}{pick(rng, ('', 'A', 'D', 'ph', '*'))}"
            write(image, words, x, head - rows.bar * 0.2, max(5.0, rows.size * 0.7), at=(0.5, 1))


def _legend(image: Image, rows: Rows, names: list[str], fills: list[Colour]) -> None:
    """Draw a box of each colour with its name, in a line under the rows."""
    x, y, side = rows.left, image.shape[0] - rows.size, rows.size * 0.8
    for name, fill in zip(names, fills, strict=True):
        long = side * 1.4 + lettered(name, round(side)).shape[1]
        if x + long > image.shape[1]:
            return
        bar(image, x, x + side, y, side, fill, 1)
        write(image, name, x + side * 1.3, y, side, at=(0, 0.5))
        x += long + side * 1.2


def neighbourhoods(rng: Generator, width: int, height: int) -> Image:
    """Operons or loci of several species: arrows of genes, the same in the same colour, with or without ribbons."""
    image = np.full((height, width, 3), 255, np.uint8)
    rows = rows_for(rng, width, height)
    count, joined, pale = int(rng.integers(3, 12)), rng.random() < 0.5, tint(rng, 200, 240)
    fills = [tint(rng, 60, 245) if rng.random() < 0.8 else (230, 230, 230) for _ in range(count)]
    words = several(rng, GENES, count)
    base = rng.uniform(0.4, 2, count)
    ways = rng.random(count) < 0.7
    before: dict[int, tuple[float, float]] = {}
    for r, y in enumerate(rows.ys):
        spots, at = {}, rng.uniform(0, 0.1)
        for k in range(count) if rng.random() < 0.85 else range(count)[::-1]:
            if rng.random() < 0.85:
                long = float(base[k] * rng.uniform(0.9, 1.1) / base.sum()) * 0.8
                spots[k] = at, min(at + long, 1.0)
                at += long + rng.uniform(0.004, 0.02)
        for k in spots.keys() & before.keys() if joined else ():
            _ribbon(image, rows, before[k], spots[k], r, pale)
        line(image, (rows.x(0), y), (rows.x(min(at, 1)), y), GRAY)
        for k, (a, b) in spots.items():
            _gene(image, rows.x(a), rows.x(b), y, rows.bar, fills[k], bool(ways[k]))
            small = max(5.0, min(rows.size * 0.75, 12))
            if (r == 0 or rng.random() < 0.3) and lettered(words[k], round(small)).shape[1] < rows.x(b) - rows.x(a) + 6:
                write(image, words[k], (rows.x(a) + rows.x(b)) / 2, y - rows.bar * 0.6, small, at=(0.5, 1))
        before = spots
        name_row(rng, image, rows, r, (*SPECIES, *GROUPS))
    if rng.random() < 0.4:
        _legend(image, rows, words[:6], fills[:6])
    else:
        scale(rng, image, rows, str(rng.choice(["kb", "bp"])))
    return image


def _ribbon(image: Image, rows: Rows, a: tuple[float, float], b: tuple[float, float], r: int, fill: Colour) -> None:
    """Join a gene in the row above to the same gene in this row."""
    top, foot = rows.ys[r - 1] + rows.bar * 0.55, rows.ys[r] - rows.bar * 0.55
    points = [(rows.x(a[0]), top), (rows.x(a[1]), top), (rows.x(b[1]), foot), (rows.x(b[0]), foot)]
    cv2.fillPoly(image, [np.array(points).round().astype(np.int32)], fill, cv2.LINE_AA)


def _gene(image: Image, x0: float, x1: float, y: float, tall: float, fill: Colour, rightward: bool) -> None:
    """Draw a gene: an arrow from x0 to x1, or back."""
    tip, half = min(tall * 0.7, (x1 - x0) / 2), tall / 2
    points = np.array([(x0, y - half), (x1 - tip, y - half), (x1, y), (x1 - tip, y + half), (x0, y + half)])
    if not rightward:
        points[:, 0] = x0 + x1 - points[:, 0]
    cv2.fillPoly(image, [points.round().astype(np.int32)], fill, cv2.LINE_AA)
    cv2.polylines(image, [points.round().astype(np.int32)], True, BLACK, 1, cv2.LINE_AA)


KINDS = {
    "domains": Picture(domains, page=1, copies=2),
    "neighbourhoods": Picture(neighbourhoods, page=1, copies=2),
}
