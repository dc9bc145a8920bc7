"""Every stage on a small input that never changes, in the order of a build, and the digest of what each made of it."""

import hashlib
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dags.stage import Stage, apply
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.resources.linkers import linker_version, open_linker
from pipeline.sources import open_source
from schemas.articles import PLANNED
from schemas.duplicates import CANDIDATES, DESCRIBED, EDGES
from schemas.tables import conform
from tests.lexicons import compiled
from tests.shelf import Blank, Shelf
from transforms.concepts import LinkConcepts
from transforms.concepts.selection import PICTURED
from transforms.duplicates import groups
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.proofs import open_proofs
from transforms.emit import ToTriplets
from transforms.images.decode import ImageError, Limits, decode
from transforms.jats.read import ReadFigures
from transforms.modality import NameModality
from transforms.panels import SplitPanels

FOLDER = Path(__file__).parent
MIRROR, GOLDEN = FOLDER / "mirror", FOLDER / "digests.json"

CONCEPTS = [
    ("C0032227", "Pleural effusion", "effusion"),
    ("C0032326", "Pneumothorax"),
    ("C0817096", "Chest"),
    ("C0034079", "Pulmonary nodule", "lung nodule"),
    ("C0225730", "Left lung"),
]

#: What a library, a compiler or the vocabulary writes, rather than the stage: not in the digest.
FOREIGN = frozenset({"sha256", "vocabulary", "provenance.vocabulary"})

#: By how much a float may differ from the golden one: other processors sum up in another order.
TOLERANCE = 0.03
#: Floats of a column that are kept.
KEPT = 24

#: What to do when a version was raised.
ANEW = "if that is meant, write the golden file anew: python -m tests.golden"

Golden = dict[str, Any]


class Made(NamedTuple):
    """What a stage of this version made of what it was given."""

    version: str
    given: pa.Table
    table: pa.Table


def outputs(scratch: Path) -> Iterator[tuple[str, Made]]:
    """What each stage made, by its name; the vocabulary lies in `scratch`."""
    source = partial(open_source, str(MIRROR))
    encoder, lexicon = Encoder(), compiled(scratch, *CONCEPTS)
    table = conform(source().snapshot().articles, PLANNED)
    for stage in (
        FetchArticles(source, "commercial", 1),
        ReadFigures("commercial"),
        FetchImages(source, 1),
        SplitPanels(),
        LinkConcepts(partial(open_linker, "dictionary", lexicon, PICTURED)),
        EmbedPanels(lambda: encoder, encoder.version),
        NameModality(),
    ):
        if stage.name == "panels":
            yield "panels:whole", _run(SplitPanels(split=False), table)
        if stage.name == "concepts":
            for linker in ("dictionary", "trigram"):
                linked = _run(LinkConcepts(partial(open_linker, linker, lexicon)), table).table
                yield linker, Made(_linker(linker), table, linked.select(["concepts", "linker"]))
        made = _run(stage, table)
        yield stage.name, made
        table = made.table
    shelf = Shelf()
    described = _described(shelf)
    yield "cells", _run(AssignCells(np.eye(2, dtype=np.float32)), described.drop_columns(["cell", "fresh"]))
    yield "edges", _run(FindEdges(0.6, shelf), described)
    duplicates, confirmed = groups.group(_panels(), _edges(), 0.6, 0.5, Blank())
    yield "groups", Made(groups.VERSION, _edges(), duplicates)
    yield "confirmed", Made(groups.VERSION, _edges(), confirmed)
    kept = table.filter(pc.is_null(table["reject"])).drop_columns(["reject"])
    grouped = kept.append_column("duplicate_group", kept["panel_id"])
    yield "triplets", _run(ToTriplets(encoder.declaration.dimension, "0", "0"), grouped)


def _run(stage: Stage, table: pa.Table) -> Made:
    stage.setup()
    return Made(stage.version, table, apply(stage, table))


def _linker(name: str) -> str:
    stated = linker_version(name)
    return f"{stated['method']}+{stated['data']}"


def _at(angle: float) -> Any:
    return np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], np.float16)


def _described(shelf: Shelf) -> pa.Table:
    """A picture, itself again, smaller, another, and the whole that the other is a part of."""
    radiograph, scans = (decode((MIRROR / "PMC1.1" / f"{name}.png").read_bytes()).image for name in ("again", "scans"))
    pictures = {
        "PMC1v1-f001-p01": ("a", radiograph, 0),
        "PMC2v1-f001-p01": ("a", radiograph, 0),
        "PMC3v1-f001-p01": ("b", radiograph.resize((100, 87)), 4),
        "PMC4v1-f001-p01": ("c", scans.crop((20, 20, 540, 290)), 44),
        "PMC5v1-f001-p01": ("d", scans, 90),
    }
    rows = [
        {
            "panel_id": name,
            "pixel_sha256": pixels,
            "phash": perceptual_hash(picture),
            "embedding": _at(angle),
            "width": picture.width,
            "height": picture.height,
            "unit": "train-00000",
            "row": shelf.put(picture),
            "thumbnail_crc": 0,
            "cell": 0,
            "fresh": True,
        }
        for name, (pixels, picture, angle) in pictures.items()
    ]
    return pa.Table.from_pylist(rows, schema=DESCRIBED)


def _panels() -> pa.Table:
    """Six panels of one component, of which the fourth and the fifth have the same pixels."""
    shared = {"width": 400, "height": 300, "license": "CC BY", "year": 2020, "unit": "train-00000", "caption": ""}
    place = {"row": 0, "thumbnail_crc": 0, "component": 0, "bucket": 0}
    rows = [
        {"panel_id": f"PMC{n}v1-f001-p01", "pixel_sha256": "abcdde"[n - 1], "embedding": _at(10 * n)}
        | shared
        | place
        | fields
        for n, fields in enumerate([{}, {"width": 800}, {"license": "CC0"}, {"year": 2019}, {"license": None}, {}], 1)
    ]
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


def _edges() -> pa.Table:
    ends = [("a", "c", "perceptual"), ("b", "c", "embedding"), ("d", "d", "exact"), ("d", "e", "embedding")]
    rows = [
        {"one_pixels": one, "other_pixels": other, "kind": kind, "similarity": 0.9, "likeness": 0.95}
        for one, other, kind in ends
    ]
    return pa.Table.from_pylist(rows, schema=EDGES)


def summary(made: Made) -> dict[str, Any]:
    """What the golden file holds of a stage: digests of what is exact, some floats of each column that it adds."""
    floats: dict[str, list[float]] = {}
    digest = _digest(made.table, floats)
    kept = {name: values[:KEPT] for name, values in floats.items() if name not in made.given.column_names}
    return {"version": made.version, "given": _digest(made.given, {}), "digest": digest, "floats": kept}


def _digest(table: pa.Table, floats: dict[str, list[float]]) -> str:
    rows = [{name: _exact(name, row[name], floats) for name in table.column_names} for row in table.to_pylist()]
    text = json.dumps([[str(field) for field in table.schema], rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _exact(name: str, value: Any, floats: dict[str, list[float]]) -> Any:
    """The value as JSON, without what hangs on sums of floats."""
    if name in FOREIGN:
        return None
    if isinstance(value, bytes):
        return _of_bytes(name, value, floats)
    if isinstance(value, float):
        floats.setdefault(name, []).append(round(value, 3))
        return None
    if isinstance(value, list):
        return [_exact(name, item, floats) for item in value]
    if isinstance(value, dict):
        return {key: _exact(f"{name}.{key}", item, floats) for key, item in value.items()}
    return value


def _of_bytes(name: str, value: bytes, floats: dict[str, list[float]]) -> str | None:
    """A picture by its pixels, since each version of zlib writes other bytes; thumbnails and proofs by their means."""
    kind = name.rpartition(".")[2]  # of a panel, or of its parent
    if kind in ("thumbnail", "proof"):
        pixels = open_proofs([value]) if kind == "proof" else np.frombuffer(value, np.uint8)
        side = math.isqrt(pixels.size) // 4
        means = pixels.reshape(4, side, 4, side).mean(axis=(1, 3)) / 255
        floats.setdefault(name, []).extend(np.round(means.ravel(), 3).tolist())
        return None
    try:
        return pixel_digest(decode(value, Limits(min_side=1)).image)
    except ImageError:
        return hashlib.sha256(value).hexdigest()


def compare(found: Golden, golden: Golden) -> Iterator[str]:
    """What is wrong, a line for each stage."""
    for name in sorted({*found, *golden}):
        if name not in found or name not in golden:
            yield f"{name}: {'new' if name in found else 'gone'}; {ANEW}"
        elif found[name]["version"] != golden[name]["version"]:
            yield f"{name}: its version is {found[name]['version']}, the golden one {golden[name]['version']}; {ANEW}"
        elif found[name]["given"] != golden[name]["given"]:
            yield f"{name}: what it is given changed; {ANEW}"
        elif found[name]["digest"] != golden[name]["digest"] or not _near(
            found[name]["floats"], golden[name]["floats"]
        ):
            yield f"{name}: its output changed under the version {found[name]['version']}: raise the version"


def _near(found: dict[str, list[float]], golden: dict[str, list[float]]) -> bool:
    lengths = {name: len(values) for name, values in found.items()} == {name: len(v) for name, v in golden.items()}
    return lengths and all(np.allclose(found[name], golden[name], rtol=0, atol=TOLERANCE) for name in found)


def summaries(scratch: Path) -> Golden:
    """The summary of each stage by its name."""
    return {name: summary(made) for name, made in outputs(scratch)}
