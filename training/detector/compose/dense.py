"""Pages that crowd: objects in rows on the page's own ground, pictures without gutters, pictures that look divided.

Where the words and grids of figures.py leave room between panels, these do not: many brains on white, slices on
black, photographs of unlike widths that touch in rows, grids of up to eight by eight pictures that touch.
"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.contents import Bank, Pixels
from training.detector.compose.headings import heading, write
from training.detector.compose.layouts import Rect, Region, grid
from training.detector.compose.pages import Figure, Page, extent
from training.detector.compose.placing import colour_bar, crop_to, look, recolour, trim

GROUNDS = (((255, 255, 255), 0.7), ((0, 0, 0), 0.2), ((150, 150, 150), 0.1))
MOST = 8  # rows or columns
TOUCHING = 0.65  # share of the grids whose seams have no width
STANDING = ("cortex", "rendering", "ribbon")  # kinds that show one object on white
FILLING = ("radiology", "scan", "clinical", "photograph", "microscopy", "gel", "blot")  # of which one fills a page
DARK = 40  # sum of the differences of the channels from a ground up to which a pixel is of it
BLANK = 14  # standard deviation below which a part shows nothing: the whole is taken
BAITED = 0.3  # share of the pages whose pictures look divided
SLICED = ("scan", "radiology", "scan")  # kinds that objects are cut out of, by their ground; scans twice as often

#: Draws over a picture what makes it look divided.
Bait = Callable[[Generator, Pixels], None]


def dense(rng: Generator, bank: Bank, side: int) -> Figure:
    """A figure whose longer side has `side` pixels."""
    kind = rng.choice(["objects", "grid", "rows"], p=[0.4, 0.35, 0.25])
    page = objects(rng, bank, side) if kind == "objects" else touching(rng, bank, side, str(kind))
    return page.figure() if page.boxes else dense(rng, bank, side)


def objects(rng: Generator, bank: Bank, side: int) -> Page:
    """One to six rows of two to seven objects on the page's ground, with words beside, above or below them."""
    rows, columns = int(rng.integers(1, 7)), int(rng.integers(2, 8))
    cell = rng.uniform(0.9, 1.8)
    aspect = float(np.clip(columns * cell / rows, 0.35, 5))
    page = Page(rng, bank, *extent(aspect, side), bleeds=False)
    page.ground = GROUNDS[int(rng.choice(3, p=[share for _, share in GROUNDS]))][0]
    page.image[:] = page.ground
    height, width = page.image.shape[:2]
    left, top = (round(rng.uniform(0.04, 0.12) * width) if rng.random() < 0.5 else 2 for _ in range(2))
    right = round(rng.uniform(0.06, 0.14) * width) if rng.random() < 0.5 else 2
    ys, xs = (
        np.linspace(top, height - 2, rows + 1).astype(int),
        np.linspace(left, width - right, columns + 1).astype(int),
    )
    room, over, under = rng.uniform(0.7, 1.0), rng.random() < 0.3, rng.random() < 0.15
    sliced, same = page.ground != GROUNDS[0][0] or rng.random() < 0.35, rng.random() < 0.5
    kind = None if sliced else _known(rng, bank, STANDING)
    shown = _object(rng, bank, kind)
    last = columns if rng.random() < 0.7 else int(rng.integers(1, columns + 1))
    for r, (y0, y1) in enumerate(pairwise(ys)):
        words = max(7, (y1 - y0) // 7) if over or under else 0
        for x0, x1 in list(pairwise(xs))[: last if r == rows - 1 else columns]:
            shown = shown if same and rng.random() < 0.8 else _object(rng, bank, kind)
            piece, cover = (part[:, ::-1] for part in shown) if rng.random() < 0.4 else shown
            slot = (x0, y0 + (words if over else 0), x1, y1 - (words if under else 0))
            if box := _stand(page, piece, cover, slot, room):
                page.boxes.append(box)
                page.labels.append("")
            if words:
                at = y0 if over else y1 - words
                write(rng, page.image, (x0, at, x1, at + words), page.ground)
    _surround(rng, page, ys.tolist(), left, top, right)
    return page


def _surround(rng: Generator, page: Page, ys: list[int], left: int, top: int, right: int) -> None:
    """A title, a word beside each row, a colour bar at its end, where there is room for them."""
    width = page.image.shape[1]
    if top > 2:
        heading(rng, page.image, (0, 0, width, min(top, 24)), page.ground)
    for y0, y1 in pairwise(ys):
        if left > 2:
            write(rng, page.image, (0, y0, min(left - 2, 18), y1), page.ground, upright=True)
        if right > 2 and y1 - y0 > 30:
            colour_bar(rng, page.image, (width - right + 4, y0 + (y1 - y0) // 5, width, y1 - (y1 - y0) // 5))


def touching(rng: Generator, bank: Bank, side: int, kind: str) -> Page:
    """Pictures without gutters, or nearly so: a regular grid, or rows of pictures of unlike widths."""
    rows, columns = (int(np.exp(rng.uniform(0, np.log(MOST + 0.99)))) for _ in range(2))
    if kind == "rows":
        rows, columns = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    if rows * columns == 1:
        rows = 3
    aspect = float(np.clip(columns / rows * rng.uniform(0.7, 1.5), 0.3, 4))
    bleeds = bool(rng.random() < 0.5)
    page = Page(rng, bank, *extent(aspect, side), bleeds)
    if rng.random() < 0.6 or rows * columns > 12:
        page.habit = None
    page.framed = False
    gap = 0.0 if rng.random() < TOUCHING else float(rng.uniform(0.001, 0.004))
    sheet = Rect(0.0, 0.0, 1.0, 1.0) if bleeds else Rect(0.02, 0.02, 0.98, 0.98)
    if kind == "grid":
        slots = grid(rng, sheet, rows, columns, gap, gap * aspect)
        missing = int(rng.integers(columns)) if rng.random() < 0.25 else 0
        slots = slots[: len(slots) - missing] if rows > 1 else slots
    else:
        slots = [
            slot
            for row in grid(rng, sheet, rows, 1, 0.0, gap * aspect, even=bool(rng.random() < 0.4))
            for slot in grid(rng, row, 1, max(1, columns - int(rng.integers(2))), gap, 0.0, even=False)
        ]
    name = _known(rng, bank, FILLING)
    page.theme = bank.choose(rng, 1.0, None if name else "photo", name)
    mixed = rng.random() < 0.5
    bait = BAITS[int(rng.integers(len(BAITS)))] if rng.random() < BAITED else None
    lettered = rng.random() < 0.5
    regions = [Region(slot, (slot,), tight=True) for slot in slots] if lettered else [Region(sheet, tuple(slots), True)]
    if mixed or bait:
        _paste(rng, page, slots, name, bait)
    else:
        for index, region in enumerate(regions):
            page.fill(region, index)
    return page


def _paste(rng: Generator, page: Page, slots: list[Rect], name: str | None, bait: Bait | None) -> None:
    """Pictures into slots that they fill, each one of its own or another look at the last one."""
    last: Pixels | None = None
    for x0, y0, x1, y1 in (page.pixels(slot) for slot in slots):
        if min(x1 - x0, y1 - y0) < 10:
            continue
        aspect = (x1 - x0) / (y1 - y0)
        if last is None or rng.random() < 0.7:
            last = page.bank.draw(page.bank.choose(rng, aspect, None if name else "photo", name))
        image = crop_to(rng, recolour(rng, look(rng, last) if rng.random() < 0.3 else last, photo=True), aspect)
        drawn = np.ascontiguousarray(cv2.resize(image, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA))
        if drawn.std() < BLANK:
            drawn = np.ascontiguousarray(cv2.resize(last, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA))
        if bait:
            bait(rng, drawn)
        page.image[y0:y1, x0:x1] = drawn
        page.boxes.append((x0, y0, x1, y1))
        page.labels.append("")


def scratched(rng: Generator, image: Pixels) -> None:
    """An empty band through a picture, as in wounds that heal, with or without the lines of its edges."""
    height, width = image.shape[:2]
    middle, half = rng.uniform(0.35, 0.65) * width, rng.uniform(0.06, 0.2) * width
    wave = cv2.GaussianBlur(rng.normal(0, 1, (height, 1)), (1, 0), 0.0, sigmaY=max(1.0, height / 25))
    edge = wave[:, 0] / max(1e-6, float(np.abs(wave).max())) * half * 0.4
    x = np.arange(width)[None]
    band = (x > (middle - half + edge)[:, None]) & (x < (middle + half + edge[::-1])[:, None])
    tone = np.percentile(image, rng.uniform(20, 95), axis=(0, 1)) + rng.normal(0, 3, (height, width, 1))
    cover = cv2.GaussianBlur(band.astype(np.float32), (0, 0), 1.0)[..., None]
    image[:] = np.clip(image * (1 - cover) + tone * cover, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        ink = [(255, 255, 255), (0, 0, 0), (255, 255, 0)][int(rng.integers(3))]
        for at in (middle - half, middle + half):
            cv2.line(image, (round(at), 0), (round(at), height - 1), ink, 1)
    if rng.random() < 0.4:
        image[:] = image.transpose(1, 0, 2) if height == width else image[::-1]


def crossed(rng: Generator, image: Pixels) -> None:
    """Lines across a whole picture: a viewer's crosshairs, or lines into quadrants, thin, sometimes with a gap."""
    height, width = image.shape[:2]
    x, y = (rng.uniform(0.25, 0.75, 2) if rng.random() < 0.6 else np.full(2, 0.5)) * (width, height)
    ink = [(0, 255, 0), (255, 255, 255), (0, 120, 255), (255, 0, 0), (0, 0, 0), (255, 255, 0)][int(rng.integers(6))]
    gap = rng.uniform(0.02, 0.1) * min(width, height) if rng.random() < 0.3 else 0
    for level in (True, False):
        at, along, across = (y, x, width) if level else (x, y, height)
        for start, stop in ((0, along - gap), (along + gap, across - 1)):
            a, b = ((start, at), (stop, at)) if level else ((at, start), (at, stop))
            cv2.line(image, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), ink, 1 + int(rng.random() < 0.2))


def barred(rng: Generator, image: Pixels) -> None:
    """A dark stripe of words at a picture's foot or head, as instruments print it."""
    height, width = image.shape[:2]
    tall = max(6, round(rng.uniform(0.05, 0.12) * height))
    top = 0 if rng.random() < 0.3 else height - tall
    tone = int(rng.choice([0, 0, 255, 60]))
    image[top : top + tall] = tone
    write(rng, image, (0, top, width, top + tall), (tone,) * 3)


BAITS: tuple[Bait, ...] = (scratched, crossed, crossed, barred)


def _known(rng: Generator, bank: Bank, kinds: tuple[str, ...]) -> str | None:
    """One of the kinds that a bank holds; None where it holds none of them."""
    held = [kind for kind in kinds if bank.holds(kind)]
    return held[int(rng.integers(len(held)))] if held else None


def _object(rng: Generator, bank: Bank, kind: str | None) -> tuple[Pixels, NDArray[np.float32]]:
    """A picture and where its object is: of `kind` one on white, else a scan or a photograph cut out by its ground."""
    for _ in range(6):
        number = (
            bank.choose(rng, 1.2, None, kind) if kind else bank.choose(rng, 1.0, "photo", _known(rng, bank, SLICED))
        )
        image = np.ascontiguousarray(bank.draw(number))
        cover = _cover(image, (255, 255, 255) if kind else tuple(int(v) for v in image[2, 2]))
        if kind or 0.15 < cover.mean() < 0.8:
            return image, cover
    height, width = image.shape[:2]
    u, v = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
    return image, (np.hypot(u, v) < 0.95).astype(np.float32)


def _cover(image: Pixels, ground: tuple[int, ...]) -> NDArray[np.float32]:
    """Where a picture shows something other than its ground: what the ground's colour does not reach from outside."""
    alike = np.uint8(np.abs(image.astype(np.int16) - np.array(ground)).sum(2) <= DARK)
    alike = np.pad(alike, 1, constant_values=1)
    cv2.floodFill(alike, None, (0, 0), (2,))
    cover = np.uint8(alike[1:-1, 1:-1] != 2)
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(cover)
    large = np.flatnonzero(sizes[:, cv2.CC_STAT_AREA] >= 0.02 * cover.size)
    return (np.isin(parts, large[large > 0])).astype(np.float32)


def _stand(
    page: Page, piece: Pixels, cover: NDArray[np.float32], slot: tuple[int, ...], room: float
) -> tuple[int, int, int, int] | None:
    """Put an object into the middle of a slot; its box, None where there is no room."""
    ys, xs = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    x0, y0, x1, y1 = slot
    if not len(ys) or min(x1 - x0, y1 - y0) < 16:
        return None
    piece, cover = (part[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] for part in (piece, cover))
    factor = room * min((x1 - x0 - 2) / piece.shape[1], (y1 - y0 - 2) / piece.shape[0])
    w, h = max(8, round(piece.shape[1] * factor)), max(8, round(piece.shape[0] * factor))
    x, y = x0 + (x1 - x0 - w) // 2, y0 + (y1 - y0 - h) // 2
    small = cv2.resize(np.ascontiguousarray(piece), (w, h), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(np.ascontiguousarray(cover), (w, h), interpolation=cv2.INTER_AREA)[..., None]
    area = page.image[y : y + h, x : x + w]
    if area.shape[:2] != (h, w):
        return None
    area[:] = (small * soft + area * (1 - soft)).astype(np.uint8)
    return trim(page.image, (x, y, x + w, y + h), page.ground)
