"""Units of fabricated panels, and the dedup phase over them."""

import json
from secrets import token_hex
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from dags.graph import Item
from dags.inline import run as run_inline
from pipeline.config.recipe import Config, Recipe, Splits
from pipeline.config.run_record import Cut
from pipeline.phases.curate import PANELS_FILE
from pipeline.phases.dedup import index, steps
from pipeline.phases.dedup.groups import find_duplicates
from pipeline.phases.dedup.selection import FOLDER as SELECTION_FOLDER
from pipeline.phases.pictures import index_of
from pipeline.run_context import Run
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import Attempt, file_path, the_receipt
from pipeline.storage.store import open_store
from schemas.panels import PANELS
from schemas.selection import SELECTION
from schemas.tables import conform
from tests.pictures import drawing, half
from transforms.duplicates.hashes import pixel_digest
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import thumbnail

THRESHOLD, UNLIKE = 0.6, 0.3
SIZE = (96, 72)


def panel(article, picture, vector=(1, 0), license="CC BY"):
    """The only panel of an article."""
    return {
        "article_id": f"PMC{article}v1",
        "article": {"pmcid": f"PMC{article}", "version": 1, "license": license, "year": 2020},
        "license": license,
        "panel_id": f"PMC{article}v1-f001-p01",
        "width": picture.width,
        "height": picture.height,
        "pixel_sha256": pixel_digest(picture),
        "embedding": np.array(vector, np.float16) / np.linalg.norm(vector),
        "encoder": "encoder",
        "thumbnail": thumbnail(picture),
        "proof": proof(picture),
        "caption": f"Picture {article}.",
    }


class Corpus:
    """Units of fabricated panels in a store, and the dedup phase over them; `ran` lists the items that it ran."""

    def __init__(self, place):
        self.store = open_store(str(place))
        self.units, self.ran, self.dimension = {}, [], 2

    def add(self, unit, *panels):
        self.dimension = len(panels[0]["embedding"]) if panels else self.dimension
        attempt = Attempt(self.store, Item(f"units/{unit}", token_hex(8), None))
        made = pa.Table.from_pylist(list(panels), schema=PANELS)
        for name, table in {"panels": conform(made, PANELS_FILE), "index": index_of(made)}.items():
            with attempt.create(f"{name}.parquet") as sink:
                pq.write_table(table, sink)
        for name, column in {"thumbnails": "thumbnail", "proofs": "proof"}.items():
            with attempt.create(f"{name}.bin") as sink:
                sink.write(b"".join(each[column] for each in panels))
        rows = dict.fromkeys(("panels", "index", "thumbnails", "proofs"), len(panels))
        self.units[unit] = attempt.settle(rows, {"panels": len(panels)})

    def replace(self, unit, *panels):
        """As a build does: nothing of the unit stays as it was."""
        self.remove(unit)
        self.add(unit, *panels)

    def remove(self, unit):
        del self.units[unit]
        self.store.delete(f"units/{unit}")

    def dedup(self, encoder="encoder", policy="drop", threshold=THRESHOLD):
        """The table SELECTION; the duplicates lie in the store."""
        declared = SimpleNamespace(threshold=threshold, unlike=UNLIKE, dimension=self.dimension)
        stated = SimpleNamespace(version=encoder, declaration=declared)
        config = Config(source="demo", output="out", recipe=Recipe(duplicates=policy))
        self.ran = []
        run = Run(
            config=config,
            store=self.store,
            lease=SimpleNamespace(lost=lambda: None),
            snapshot=None,
            cut=Cut(units=dict.fromkeys(Splits.model_fields, 0)),
            vocabulary="",
            encoder=stated,
            withheld=None,
            engine=self.engine,
            console=Console(quiet=True),
        )
        with mock.patch.object(steps.inline, "run", self.engine):
            steps.deduplicate(run, self.units)
        return read_selection(self.store)

    def engine(self, graph, items, beat):
        self.ran += [item.folder for item in items]
        return run_inline(graph, items, beat)

    @property
    def compared(self):
        """What was done for the panels that are new."""
        return [name for name in self.ran if name.split("/")[1] in ("centroids", "described", "edges")]

    def ran_in(self, kind):
        return [name.removeprefix(f"dedup/{kind}/") for name in self.ran if name.startswith(f"dedup/{kind}/")]

    def part_ids(self):
        return [part.id for part in index.read_index(self.store).parts]

    def index(self):
        return json.loads(self.store.read(index.INDEX_FILE))


def read_duplicates(store):
    """The table DUPLICATES of all buckets, sorted by panel."""
    return pa.concat_tables(find_duplicates(store)).sort_by("panel_id")


def read_selection(store):
    """The table SELECTION."""
    return load_table(store, file_path(the_receipt(store, SELECTION_FOLDER), "selection"), SELECTION)


def groups(corpus):
    """The articles of each group, the canonical one first."""
    found = {}
    for row in read_duplicates(corpus.store).to_pylist():
        members = found.setdefault(row["canonical_id"], [])
        article = int(row["panel_id"].removeprefix("PMC").split("v")[0])
        members.insert(0 if row["kind"] == "canonical" else len(members), article)
    return sorted(found.values())


A, B, C = (drawing(seed, SIZE) for seed in range(3))

FIRST = panel(1, A), panel(2, B), panel(3, half(A))
SECOND = panel(4, C), panel(5, B)
THIRD = panel(6, half(C)), panel(7, A, license="CC0")


def planted(rng, count=240, copies=60):
    """Panels without a hash, so that copies are found by their embeddings alone; a copy's is at a cosine of 0.99."""
    pictures = [drawing(seed, (160, 120)) for seed in range(count)]
    vectors = rng.normal(size=(count, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = vectors[:copies] + 0.14 * rng.normal(size=(copies, 16)) / 4
    panels = [panel(n, *pair) for n, pair in enumerate(zip(pictures, vectors, strict=True), 1)]
    return panels + [
        panel(1000 + n, half(picture), vector)
        for n, (picture, vector) in enumerate(zip(pictures, near, strict=False), 1)
    ]
