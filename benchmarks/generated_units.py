"""Generated panels: what the stages of curate would hand to its commit, for stores of any size. A part of scale.py.

An article has about four figures and a figure about two panels, each a valid PNG of 1 KB with a thumbnail, a proof, an
embedding (generated.py), a caption with concepts and all that provenance asks for. All of it follows from the unit's
name, so a store is the same whoever makes it. Of the panels COPIED are copies of one of a pool, half of them to the
pixel, half of them nearly; and each RARELY-th shows the same picture as all of these do.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image

from benchmarks.generated import near, originals, rounded
from dags.graph import Item
from schemas.figures import FIGURES
from schemas.ids import figure_id, panel_id, parse_article_id
from schemas.panels import CONCEPT, PANELS
from schemas.rejects import Reason, reject
from schemas.tables import conform
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import SIDE

#: Figures of an article and panels of a figure, on average; what follows is panels of an article.
FIGURES_PER_ARTICLE, PANELS_PER_FIGURE = 3.75, (1, 1, 1, 2, 2, 3, 4)
PER_ARTICLE = FIGURES_PER_ARTICLE * sum(PANELS_PER_FIGURE) / len(PANELS_PER_FIGURE)

#: Share of the panels that are copies of one of the pool, which has half as many pictures, so that each shows about
#: twice; and one panel in so many shows the one picture that many articles repeat.
COPIED, RARELY = 0.04, 2000
POOL_CHUNK = 1024

WIDTH, HEIGHT, GRID = 18, 17, 8
CAPTIONS, TERMS = 4096, 20_000
LICENSES = ("CC BY", "CC BY", "CC BY", "CC0", "CC BY-SA")
WORDS = (
    "arrow", "shows", "image", "of", "section", "stained", "scale", "bar", "patient", "before", "after", "treatment",
    "with", "and", "in", "at", "day", "control", "group", "magnification", "axial", "view", "mean", "region",
)  # fmt: skip


class Pictures(NamedTuple):
    """Pictures by row: embeddings, perceptual hashes, RGB pixels, and the coarse luma that a thumbnail is made of."""

    vectors: NDArray[np.float16]
    hashes: NDArray[np.uint64]
    pixels: NDArray[np.uint8]
    grids: NDArray[np.uint8]


SEEN = [{"name": "radiology/ct", "score": 0.75}, {"name": "radiology/mr", "score": 0.125}]
EVIDENCE = [{"source": "picture", "detail": None, **each} for each in SEEN]


@dataclass(frozen=True)
class Generated:
    """Gives the tables of a unit, in place of all stages of curate; `read` gives its planned articles."""

    read: Any
    panels: int

    def __call__(self, item: Item) -> Iterator[pa.Table]:
        """The rejected articles, then the panels."""
        unit = item.payload.unit.id
        rng = default_rng([3, zlib.crc32(unit.encode())])
        articles = [name for table in self.read(item) for name in table["article_id"].to_pylist()]
        counts = rng.poisson(FIGURES_PER_ARTICLE, len(articles))
        yield _without_figures([name for name, count in zip(articles, counts, strict=True) if not count])
        rows = [row for name, count in zip(articles, counts, strict=True) for row in _figures(name, int(count))]
        if rows:
            yield _panels(pa.Table.from_pylist(rows, schema=FIGURES), rng, self.panels, item.made_by["vocabulary"])


def _without_figures(articles: Iterable[str]) -> pa.Table:
    said = reject("jats", Reason.NO_FIGURES)
    return pa.Table.from_pylist([{"article_id": name, "reject": said} for name in articles], schema=PANELS)


def _figures(article: str, count: int) -> Iterator[dict[str, Any]]:
    """The rows FIGURES of an article."""
    pmcid, version = parse_article_id(article)
    chance = Random(article)
    license = chance.choice(LICENSES)
    of_article = {
        "pmcid": pmcid, "version": version, "pmid": str(chance.randrange(10**8)), "doi": f"10.1000/{pmcid.lower()}",
        "title": " ".join(chance.choices(WORDS, k=12)), "journal": f"Journal {chance.randrange(2000)}",
        "year": chance.randrange(2005, 2027), "article_type": "research-article",
        "authors": [f"Doe {letter}" for letter in "ABCDE"], "keywords": chance.choices(WORDS, k=4),
        "license": license, "license_source": license, "license_jats": license,
        "license_url": f"https://creativecommons.org/licenses/{license.removeprefix('CC ').lower()}/4.0/",
        "attribution": f"Doe A et al., {pmcid}",
    }  # fmt: skip
    for number in range(1, count + 1):
        name = figure_id(article, number)
        said = f"As Figure {number} shows, {' '.join(chance.choices(WORDS, k=24))}."
        caption = _captions()[0][chance.randrange(CAPTIONS)]
        yield {
            "article_id": article, "article": of_article, "figure_id": name, "graphic_id": name, "graphic_count": 1,
            "figure_kind": "fig", "figure_xml_id": f"f{number}", "figure_label": f"Figure {number}",
            "group_markup": [], "figure_caption": caption,
            "caption_markup": [{"kind": "paragraph", "start": 0, "end": len(caption)}],
            "language": "en", "claims": [], "abbreviations": [], "mentions": [said],
            "citations": [{"mention": 0, "start": 0, "end": len(said), "panels": []}],
            "hrefs": [f"g{number}"], "graphic": f"g{number}.png", "source_md5": f"{chance.getrandbits(128):032x}",
            "source_uri": f"s3://pmc-oa-opendata/{pmcid}.{version}/g{number}.png",
        }  # fmt: skip


def _panels(figures: pa.Table, rng: Generator, size: int, vocabulary: str) -> pa.Table:
    """The panels of these figures; `size` is that of the corpus, and tells how many pictures the pool has."""
    counts = rng.choice(PANELS_PER_FIGURE, len(figures))
    figure = np.repeat(np.arange(len(figures)), counts)
    number = np.arange(len(figure)) - np.repeat(np.cumsum(counts) - counts, counts)
    shown = _copied(rng, _pictures(rng, len(figure)), max(1, int(size * COPIED / 2)))
    small = thumbnails(shown.grids)
    images = [_png(pixels) for pixels in shown.pixels]
    of_panel = figures.take(pa.array(figure))
    names, captions = of_panel["graphic_id"].to_pylist(), of_panel["figure_caption"]
    linked = _captions()[1].take(pa.array([int(text.partition(".")[0]) for text in captions.to_pylist()]))
    corners = [(WIDTH * n, 0, WIDTH * (n + 1), HEIGHT) for n in number.tolist()]
    columns = {
        "panel_id": [panel_id(name, n + 1) for name, n in zip(names, number.tolist(), strict=True)],
        "panel_label": [chr(ord("A") + n) for n in number.tolist()],
        "panel_count": np.repeat(counts, counts).astype(np.int32),
        "image": pa.array(images, pa.large_binary()),
        "format": ["png"] * len(figure),
        "width": np.full(len(figure), WIDTH, np.int32),
        "height": np.full(len(figure), HEIGHT, np.int32),
        "sha256": [hashlib.sha256(image).hexdigest() for image in images],
        "parent_sha256": [hashlib.sha256(name.encode()).hexdigest() for name in names],
        "box": pa.array(corners, pa.list_(pa.int32(), 4)),
        "cells": _typed("cells", [[{"box": list(corner), "score": 1.0}] for corner in corners]),
        "truncated": np.zeros(len(figure), bool),
        "detector": ["generated"] * len(figure),
        "detector_score": np.ones(len(figure), np.float32),
        "caption": captions,
        "caption_own": captions,
        "caption_shared": [""] * len(figure),
        "text_spans": _typed("text_spans", [[_span(text)] for text in captions.to_pylist()]),
        "caption_method": ["whole:single"] * len(figure),
        "caption_confidence": np.ones(len(figure), np.float32),
        "letters_without_panel": _typed("letters_without_panel", [[]] * len(figure)),
        "letters_without_text": _typed("letters_without_text", [[]] * len(figure)),
        "concepts": linked,
        "linker": ["generated"] * len(figure),
        "vocabulary": [vocabulary] * len(figure),
        "pixel_sha256": [hashlib.sha256(pixels.tobytes()).hexdigest() for pixels in shown.pixels],
        "phash": shown.hashes,
        "embedding": _lists(shown.vectors),
        "encoder": [_encoder()] * len(figure),
        "thumbnail": pa.array([each.tobytes() for each in small], pa.binary()),
        "proof": pa.array([proof(Image.fromarray(each)) for each in small], pa.binary()),
        "seen": pa.array([SEEN] * len(figure), PANELS.field("seen").type),
        "modality": [SEEN[0]["name"]] * len(figure),
        "modality_evidence": pa.array([EVIDENCE] * len(figure), PANELS.field("modality_evidence").type),
    }
    parents = _parents(columns, counts)
    columns["parent"] = pa.array([parents[n] for n in figure.tolist()], PANELS.field("parent").type)
    for name in ("license", "license_url", "attribution"):
        columns[name] = pc.struct_field(of_panel["article"], name)
    for name, column in columns.items():
        of_panel = of_panel.append_column(name, column if isinstance(column, pa.ChunkedArray) else pa.array(column))
    return conform(of_panel, PANELS)


def _parents(columns: dict[str, Any], counts: NDArray[np.int64]) -> list[dict[str, Any] | None]:
    """What the picture of each figure with several panels is compared by; it looks like the first of them."""
    found: list[dict[str, Any] | None] = []
    for first, count in zip((np.cumsum(counts) - counts).tolist(), counts.tolist(), strict=True):
        pictures = {name: columns[name][first].as_py() for name in ("thumbnail", "proof")}
        hashes = {"pixel_sha256": columns["parent_sha256"][first], "phash": int(columns["phash"][first])}
        found.append(hashes | pictures if count > 1 else None)
    return found


def _typed(name: str, values: list[Any]) -> pa.Array:
    return pa.array(values, PANELS.field(name).type)


def _span(text: str) -> dict[str, Any]:
    return {"kind": "own", "start": 0, "end": len(text)}


def _pictures(rng: Generator, rows: int) -> Pictures:
    return Pictures(
        rounded(originals(rng, rows)),
        rng.integers(1, 1 << 64, rows, np.uint64),
        rng.integers(0, 256, (rows, HEIGHT, WIDTH, 3), np.uint8),
        rng.integers(0, 256, (rows, GRID, GRID), np.uint8),
    )


@cache
def _pool(number: int) -> Pictures:
    return _pictures(default_rng([5, number]), POOL_CHUNK)


def _copied(rng: Generator, own: Pictures, pool: int) -> Pictures:
    """The pictures, some of them replaced by copies of those of a pool of so many; the first is the one of RARELY."""
    drawn = rng.random(len(own.hashes))
    for row in np.flatnonzero(drawn < COPIED + 1 / RARELY).tolist():
        chosen = int(rng.integers(pool)) if drawn[row] < COPIED else 0
        known, place = _pool(chosen // POOL_CHUNK), chosen % POOL_CHUNK
        exact = rng.random() < 0.5
        vector = known.vectors[place : place + 1]
        own.vectors[row] = vector if exact else rounded(near(rng, vector.astype(np.float32)))
        own.hashes[row] = known.hashes[place] if exact else known.hashes[place] ^ np.uint64(1 << int(rng.integers(64)))
        noise = 0 if exact else rng.integers(-4, 5, (GRID, GRID))
        own.grids[row] = np.clip(known.grids[place] + noise, 0, 255)
        if exact:
            own.pixels[row] = known.pixels[place]
    return own


def thumbnails(grids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thumbnails (N, SIDE, SIDE) that vary as smoothly as pictures do: the grids, interpolated."""
    place = np.linspace(0, GRID - 1, SIDE)
    weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(GRID))).astype(np.float32)
    return np.rint(weights @ grids.astype(np.float32) @ weights.T).astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file, not compressed."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


@cache
def _captions() -> tuple[list[str], pa.Array]:
    """Captions that begin with their number, and the concepts of each, one to eight."""
    chance, texts, linked = Random(5), [], []
    for number in range(CAPTIONS):
        text, found = f"{number}.", []
        for _ in range(chance.randint(1, 8)):
            text += f" {' '.join(chance.choices(WORDS, k=9))} "
            term = min(TERMS - 1, int(chance.paretovariate(0.5)))
            found.append(_concept(term, len(text)))
            text += found[-1]["text"]
        texts.append(f"{text}.")
        linked.append(found)
    return texts, pa.array(linked, pa.list_(CONCEPT))


def _concept(term: int, start: int) -> dict[str, Any]:
    text = f"finding {term}"
    stated = {"cui": f"C{term:07d}", "name": text.capitalize(), "semantic_types": [f"T{40 + term % 20:03d}"]}
    place = {"start": start, "end": start + len(text), "text": text, "score": 0.9}
    return stated | place | {"negated": False, "uncertain": False}


def _lists(vectors: NDArray[np.float16]) -> pa.Array:
    count, dimension = vectors.shape
    offsets = pa.array(np.arange(0, (count + 1) * dimension, dimension, np.int32))
    return pa.ListArray.from_arrays(offsets, pa.array(vectors.ravel()))


@cache
def _encoder() -> str:
    return Encoder().version
