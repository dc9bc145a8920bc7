"""Leakage: which panels of a corpus show an image of an evaluation set, and which triplets these are."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from pipeline.config.recipe import Splits
from pipeline.config.run_record import read_run
from pipeline.phases.dedup.grouping import read_duplicates, read_panels
from pipeline.phases.publish import read_shards
from pipeline.resources.encoders import load_encoder
from pipeline.resources.images import describe_images
from pipeline.storage.store import Store
from schemas.duplicates import IMAGES, LEAKS
from schemas.errors import UserError
from schemas.tables import Row
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.leaks import FindLeaks
from transforms.splits import with_their_groups

_COLUMNS = ["panel_id", "encoder", *IMAGES.names[1:]]


def find_leaks(store: Store, units: Iterable[str], images: pa.Table, encoder: Encoder) -> Iterator[pa.Table]:
    """LEAKS of each unit's panels, in order; `images` (IMAGES) are described by `encoder`.

    Raises:
        UserError: panels are described by another encoder.
    """
    find = FindLeaks(images, encoder.declaration.threshold)
    for panels in read_panels(store, units, _COLUMNS):
        sizes = {*pc.list_value_length(panels["embedding"]).to_pylist(), encoder.declaration.dimension}
        if len(sizes) > 1:
            raise UserError(f"{store.uri}: embeddings of {min(sizes)} and of {max(sizes)} components: verify it")
        if others := set(pc.unique(panels["encoder"]).to_pylist()) - {encoder.version}:
            raise UserError(
                f"{store.uri}: panels are described by {min(others)}, not {encoder.version}: build it first"
            )
        yield find(panels)


def report(store: Store, path: Path, output: Path | None, console: Console) -> Iterator[str]:
    """Compare the images at `path` with an output's panels; write each match to `output`, and sum up in lines.

    Raises:
        UserError: there is no dataset, or there are no images.
    """
    run = read_run(store)
    shards = read_shards(store)
    encoder = load_encoder(store, run.encoder)
    encoder.open()

    def tell(line: str) -> None:
        console.print(f"medconcept: {line}", markup=False, highlight=False, soft_wrap=True)

    images, skipped = describe_images(path, encoder, tell)
    with output.open("w", encoding="utf-8") if output else nullcontext() as file:  # before the long work: it may fail
        units = sorted(pc.unique(shards["unit"]).to_pylist())
        leaks = pa.concat_tables([LEAKS.empty_table(), *find_leaks(store, units, images, encoder)]).to_pylist()
        places = _places(shards, read_duplicates(store), {row["panel_id"] for row in leaks})
        if file:
            file.writelines(json.dumps(_line(row, places), ensure_ascii=False) + "\n" for row in leaks)
    yield _summary(len(images), skipped, leaks, places)


def _places(shards: pa.Table, duplicates: pa.Table, panels: set[str]) -> dict[str, Row]:
    """Where `panels` and their duplicates stand: `split`, null for one that is not published, and `duplicate_group`."""
    wanted = with_their_groups(panels, duplicates)
    rows = shards.filter(pc.is_in(shards["panel_id"], value_set=wanted))
    grouped = duplicates.filter(pc.is_in(duplicates["panel_id"], value_set=wanted)).to_pylist()
    groups = {row["panel_id"]: row["group_id"] for row in grouped}
    return {
        row["panel_id"]: {"split": row["shard"] and row["split"], "duplicate_group": groups.get(row["panel_id"])}
        for row in rows.to_pylist()
    }


def _line(leak: Row, places: dict[str, Row]) -> Row:
    numbers = {name: round(leak[name], 4) for name in ("similarity", "likeness")}  # float32 has more digits as JSON
    return leak | numbers | places.get(leak["panel_id"], {"split": None, "duplicate_group": None})


def _summary(images: int, skipped: int, leaks: list[Row], places: dict[str, Row]) -> str:
    """An image leaks into the triplet of a panel that shows it, and into those of this panel's duplicates."""
    triplets = Counter(place["split"] for place in places.values() if place["split"])
    published = {place["duplicate_group"] for place in places.values() if place["split"]} - {None}

    def is_published(panel: str) -> bool:
        place = places.get(panel)
        return place is not None and (place["split"] is not None or place["duplicate_group"] in published)

    leaking = {leak["image"] for leak in leaks if is_published(leak["panel_id"])}
    into = ", ".join(f"{triplets[split]:,} {split}" for split in Splits.model_fields if triplets[split])
    told = f"{len(leaking):,} of them in {triplets.total():,} triplets" + (f": {into}" if into else "")
    return f"{images:,} images, {skipped:,} skipped; {told}"
