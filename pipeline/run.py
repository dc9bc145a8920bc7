"""A run: the phases in order. What is done already is left alone, so a run that was cut short is simply run again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from dags import graphs
from dags.graph import Engine, Failure, Graph, Item, Receipt
from pipeline.commit import settled
from pipeline.config import Config
from pipeline.dataset import Dataset, write_shards
from pipeline.dedup.grouping import read_duplicates, read_panels, write_duplicates
from pipeline.dedup.index import bring_up_to_date
from pipeline.dedup.matches import Matches
from pipeline.dedup.members import write_members
from pipeline.dedup.slices import Slices
from pipeline.dedup.withheld import drop_withheld, read_withheld, write_withheld
from pipeline.encoders import keep_encoder, load_encoder
from pipeline.engines import open_engine
from pipeline.evaluation import digest_images
from pipeline.fetch import FetchArticles, FetchImages
from pipeline.linkers import open_run_linker
from pipeline.plan import Unit, cut, limited, read_snapshot, write_snapshot, write_units
from pipeline.progress import PhaseProgress
from pipeline.publish import write_card, write_report
from pipeline.run_file import dataset_key, read_run, write_run
from pipeline.sources import Snapshot, open_source
from pipeline.store import Store, open_store
from pipeline.units import Units
from pipeline.update import describe_update
from pipeline.vocabularies import keep_vocabulary
from schemas.errors import UserError
from schemas.triplets import triplets
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.emit import ToTriplets
from transforms.splits import assign

#: Items that fail one after the other before the run gives up: the source, the disk or the cluster is gone.
FAILURES_IN_A_ROW = 3

#: Receipts read at once when a run looks for what is done.
READERS = 32


@dataclass(frozen=True)
class Run:
    """A configured run: what the phases need beside their items. `withheld` digests the images that are withheld."""

    config: Config
    store: Store
    snapshot: Snapshot
    units: list[Unit]
    vocabulary: str
    encoder: Encoder
    withheld: str | None
    engine: Engine
    console: Console

    @property
    def key(self) -> str:
        """The digest of all that shapes the dataset beside the articles; `provenance.config` in its rows."""
        recipe = self.config.recipe.model_dump()
        return dataset_key(recipe, self.withheld, self.vocabulary, self.encoder.version, installed("medconcept"))


def build(config: Config, console: Console, update: bool = False) -> list[str]:
    """Build or resume the corpus that `config` describes, and return the lines that sum it up.

    With `update` the output moves to the source's newest inventory; else it stays with the one that it began with.
    Raises UserError when something could not be done; what was committed until then stays.
    """
    run = _prepare(config, console, update)
    units = _curate(run)
    shards = _dedup(run, units)
    _emit(run, units, shards)
    write_members(run.store, units)
    write_card(run.store)
    return list(write_report(run.store))


def _prepare(config: Config, console: Console, update: bool) -> Run:
    store = open_store(config.output)
    kept = read_snapshot(store)
    if kept is not None and not update:
        _check_same_source(store, config)
    snapshot = open_source(config.source, config.concurrency).snapshot() if kept is None or update else kept
    units = list(cut(limited(snapshot, config.limit), config.recipe.unit_articles))
    if not units:
        raise UserError(f"{config.source} lists no article")
    withheld = digest_images(Path(config.recipe.withheld)) if config.recipe.withheld else None
    vocabulary = keep_vocabulary(store, config.umls, config.vocabulary)
    encoder = keep_encoder(store, config.encoder)
    run = Run(config, store, snapshot, units, vocabulary, encoder, withheld, open_engine(config), console)
    if kept is not None and update:
        console.print(describe_update(kept, snapshot), highlight=False)
    write_run(store, config, run.key, snapshot, vocabulary, encoder)
    write_units(store, units)
    write_snapshot(store, snapshot)  # last: from now on a run resumes
    return run


def _check_same_source(store: Store, config: Config) -> None:
    before = read_run(store).config.source
    if before != config.source:
        raise UserError(f"{config.output} was built from {before}: choose another output, or `medconcept update`")


def _curate(run: Run) -> dict[str, Receipt]:
    """The receipts of all units by their id, in order."""
    recipe, concurrency = run.config.recipe, run.config.concurrency
    phase, source = Units(run.store), partial(open_source, run.config.source, concurrency)
    graph = graphs.curate(
        phase,
        FetchArticles(source, recipe.licenses, concurrency),
        FetchImages(source, concurrency),
        partial(open_run_linker, recipe.linker, run.store, run.vocabulary),
        recipe.licenses,
        recipe.panels == "split",
        EmbedPanels(partial(load_encoder, run.store, run.encoder.version), run.encoder.version),
    )
    made_by = _made_by(graph) | {
        "licenses": recipe.licenses,
        "panels": recipe.panels,
        "linker": recipe.linker,
        "vocabulary": run.vocabulary,
    }
    items = [phase.item(unit, made_by) for unit in run.units]
    receipts = _run_phase(run, graph, items)
    if passing := sum(not settled(receipt) for receipt in receipts):
        run.console.print(f"{passing} units hold rejects for a passing reason: run it again to try them again")
    _sweep(run.store, "units", items)
    return {unit.id: receipt for unit, receipt in zip(run.units, receipts, strict=True)}


def _dedup(run: Run, units: dict[str, Receipt]) -> pa.Table:
    """The table SHARDS: where each panel goes, now that duplicates are known."""
    stated = run.encoder.declaration
    index, middles = bring_up_to_date(run.store, units, run.encoder.version)
    slices, matches = Slices(run.store), Matches(run.store)
    graph = graphs.slices(slices, AssignCells(middles))
    items = slices.items(index, _made_by(graph))
    _run_phase(run, graph, items)
    _sweep(run.store, "dedup/slices", items)
    graph = graphs.matches(matches, stated.threshold)
    items = matches.items(index, _made_by(graph) | {"threshold": stated.threshold})
    found = _run_phase(run, graph, items)
    _sweep(run.store, "dedup/edges", items)
    write_duplicates(run.store, units, found, stated.unlike)
    _withhold(run, units)
    return _assign(run, units)


def _withhold(run: Run, units: dict[str, Receipt]) -> None:
    if run.config.recipe.withheld and run.withheld:
        write_withheld(run.store, units, Path(run.config.recipe.withheld), run.withheld, run.encoder, run.console)
    else:
        drop_withheld(run.store)


def _assign(run: Run, units: dict[str, Receipt]) -> pa.Table:
    recipe = run.config.recipe
    panels = pa.concat_tables(read_panels(run.store, units, ["panel_id", "article.pmcid"])).flatten()
    owners = pa.concat_arrays([pa.repeat(unit, receipt["counts"]["panels"]) for unit, receipt in units.items()])
    named = panels.rename_columns(["panel_id", "pmcid"]).append_column("unit", owners)
    splits = recipe.splits.model_dump()
    withheld = read_withheld(run.store)["panel_id"].to_pylist() if recipe.withheld else []
    shards = assign(named, read_duplicates(run.store), splits, recipe.shard_rows, recipe.duplicates, withheld)
    write_shards(run.store, shards)
    return shards


def _emit(run: Run, units: dict[str, Receipt], shards: pa.Table) -> None:
    dimension = run.encoder.declaration.dimension
    phase = Dataset(run.store, triplets(dimension))
    graph = graphs.emit(phase, ToTriplets(dimension, run.snapshot.id, installed("medconcept"), run.key))
    items = phase.items(shards, units, _made_by(graph) | {"inventory": run.snapshot.id, "config": run.key})
    receipts = _run_phase(run, graph, items)
    _sweep(run.store, "emit", items)
    written = {path for receipt in receipts for path in receipt["files"]}
    for path in run.store.files("dataset/data") + run.store.files("dataset/webdataset"):
        if path not in written:
            run.store.delete(path)


def _made_by(graph: Graph) -> dict[str, Any]:
    return {"stages": {stage.name: stage.version for stage in graph.stages}}


def _run_phase(run: Run, graph: Graph, items: list[Item]) -> list[Receipt]:
    """Every item of a phase done: the receipts, in the items' order. Raises UserError where some failed."""
    with ThreadPoolExecutor(READERS) as pool:
        receipts = dict(zip((item.key for item in items), pool.map(graph.done, items), strict=True))
    pending = [item for item in items if not settled(receipts[item.key])]
    failures: list[Failure] = []
    row = 0
    with PhaseProgress(run.console, graph.name, len(items), len(items) - len(pending)) as progress:
        for outcome in run.engine(graph, pending) if pending else ():
            if isinstance(outcome, Failure):
                failures.append(outcome)
                row += 1
                if row == FAILURES_IN_A_ROW:
                    raise UserError(f"{outcome.error} ({row} failures in a row: given up; run it again to resume)")
            else:
                receipts[outcome["key"]] = outcome
                progress.advance(outcome)
                row = 0
    if failures:
        raise UserError(f"{len(failures)} of {len(items)} failed, first {failures[0].error}; run it again to resume")
    return [receipt for item in items if (receipt := receipts[item.key]) is not None]


def _sweep(store: Store, folder: str, wanted: list[Item]) -> None:
    """Remove what an earlier plan left behind in `folder`."""
    depth = len(folder.split("/")) + 1
    for place in {"/".join(path.split("/")[:depth]) for path in store.files(folder)} - {item.folder for item in wanted}:
        store.delete(place)
