"""Leakage: which panels of a corpus show an image of an evaluation set, and which triplets these are."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from pipeline.commands.lines import written
from pipeline.config.recipe import Splits
from pipeline.phases.corpus import Corpus, open_corpus
from pipeline.phases.dedup.groups import find_duplicates
from pipeline.phases.dedup.leaks import Described, find_leaks, searched
from pipeline.phases.dedup.selection import read_selection
from pipeline.phases.pictures import FigurePictures, Pictures, picture_paths
from pipeline.reports.progress import tell
from pipeline.resources.encoders import load_encoder
from pipeline.resources.images import describe_images
from pipeline.storage.store import Store
from schemas.duplicates import LEAKS
from schemas.ids import article_of
from schemas.tables import Row
from transforms.duplicates.leaks import FindLeaks
from transforms.duplicates.select import with_their_groups
from transforms.place import split_of


def report(store: Store, path: Path, output: Path | None, console: Console) -> Iterator[str]:
    """Compare the images at `path` with an output's panels and the figures that these are crops of; write each match to
    `output`, and sum up in lines.

    Raises:
        UserError: there is no dataset, there are no images, or `output` lies in what is read.
    """
    corpus = open_corpus(store)
    encoder = load_encoder(store, corpus.run.encoder)
    encoder.open()

    with written(str(output), str(path), store.uri) if output else nullcontext() as write:
        images, skipped = describe_images(path, encoder, lambda line: tell(console, f"medconcept: {line}"))
        stated, fetch = encoder.declaration, Pictures(store, picture_paths(corpus.units))
        find = FindLeaks(images, stated.threshold, fetch, FigurePictures(store))
        found = find_leaks(store, searched(corpus.units), find, Described(encoder.version, stated.dimension))
        leaks = pa.concat_tables([LEAKS.empty_table(), *found]).to_pylist()
        places = _places(corpus, {row["panel_id"] for row in leaks})
        if write:
            write([_line(row, places) for row in leaks])
    yield _summary(len(images), skipped, leaks, places)


def _places(corpus: Corpus, panels: set[str]) -> dict[str, Row]:
    """Where `panels` and their duplicates stand: `split`, null for one that is not published, and `duplicate_group`."""
    groups: dict[str, str] = {}
    for duplicates in find_duplicates(corpus.store):
        members = pc.is_in(duplicates["panel_id"], value_set=with_their_groups(panels, duplicates))
        groups |= zip(*duplicates.filter(members).select(["panel_id", "group_id"]).to_pydict().values(), strict=True)
    wanted = panels | groups.keys()
    shares = corpus.run.config.recipe.splits.model_dump()
    selection = read_selection(corpus.store, pa.array(wanted, pa.string()))
    out = set(selection.filter(pc.is_valid(selection["left_out"]))["panel_id"].to_pylist())
    return {
        panel: {
            "split": None if panel in out else split_of(article_of(panel), shares),
            "duplicate_group": groups.get(panel),
        }
        for panel in wanted
    }


def _line(leak: Row, places: dict[str, Row]) -> Row:
    # float32 has more digits as JSON
    numbers = {name: leak[name] and round(leak[name], 4) for name in ("similarity", "likeness")}
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
