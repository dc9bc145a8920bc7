"""A run: the phases in order. What is done already is left alone, so a run that was cut short is simply run again."""

from collections import Counter
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from dags import graphs
from dags.graph import Receipt
from pipeline.config.recipe import Config
from pipeline.phases.curate import Units
from pipeline.phases.dedup.grouping import read_duplicates, read_panels, write_duplicates
from pipeline.phases.dedup.index import bring_up_to_date
from pipeline.phases.dedup.matches import Matches
from pipeline.phases.dedup.members import write_members
from pipeline.phases.dedup.slices import Slices
from pipeline.phases.dedup.withheld import drop_withheld, read_withheld, write_withheld
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.phases.narrow import bearable, without_poison
from pipeline.phases.phase import attempt, require_all, run_phase, sweep
from pipeline.phases.publish import Dataset, write_shards
from pipeline.prepare import Run, start_build, start_update
from pipeline.reports.documents import drop_card, write_card, write_report
from pipeline.resources.encoders import load_encoder
from pipeline.resources.linkers import linker_version, open_run_linker
from pipeline.sources import open_source
from pipeline.storage.receipts import FAILURES
from schemas.rejects import Reason
from schemas.triplets import triplets
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.embed import EmbedPanels
from transforms.emit import ToTriplets
from transforms.splits import assign
from transforms.versions import made_by


def build(config: Config, console: Console, replace: bool = False) -> list[str]:
    """Build or resume the corpus that `config` describes, and return the lines that sum it up.

    An output stays with the inventory that it began with; `replace` lets it change its other settings.
    Raises UserError when something could not be done; what was committed until then stays.
    """
    return _run(start_build(config, console, replace))


def update(output: str, overrides: dict[str, Any], console: Console) -> list[str]:
    """Bring an output to the newest inventory of its source, and return the lines that sum it up.

    `overrides` are parts of the configuration that it was built with: where the work is done, another source, articles
    to exclude. Raises UserError as `build` does.
    """
    return _run(start_update(output, overrides, console))


def _run(run: Run) -> list[str]:
    sweep(run.store, FAILURES)  # of an earlier run
    units = _curate(run)
    sweep(run.store, FAILURES)
    shards = _dedup(run, units)
    drop_card(run.store)
    _emit(run, units, shards)
    write_members(run.store, units)
    write_card(run.store)
    return [*write_report(run.store), *_closing(run, units, shards)]


def _closing(run: Run, units: dict[str, Receipt], shards: pa.Table) -> list[str]:
    """Where the result lies; and that it is empty, with the reasons."""
    if shards["shard"].null_count < len(shards):
        return [f"dataset in {run.store.uri}/dataset, audit in {run.store.uri}/audit/index.html"]
    reasons = sum((Counter(receipt["counts"]["rejects"]) for receipt in units.values()), Counter[str]())
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common(6)) or "nothing was rejected"
    return [f"the dataset is empty: not one triplet ({why})"]


def _curate(run: Run) -> dict[str, Receipt]:
    """The receipts of all units by their id, in order."""
    recipe, concurrency = run.config.recipe, run.config.concurrency
    phase, source = Units(run.store), partial(open_source, run.config.source, concurrency)
    graph = graphs.curate(
        phase,
        FetchArticles(source, recipe.licenses, concurrency),
        FetchImages(source, concurrency),
        partial(open_run_linker, recipe, run.store, run.vocabulary),
        recipe.licenses,
        recipe.panels == "split",
        EmbedPanels(partial(load_encoder, run.store, run.encoder.version), run.encoder.version),
    )
    depends = made_by(graph.stages) | {
        "licenses": recipe.licenses,
        "panels": recipe.panels,
        "linker": linker_version(recipe.linker),
        "concept_groups": recipe.concept_groups,
        "concept_score": recipe.concept_score,
        "vocabulary": run.vocabulary,
    }
    items = [phase.item(unit, depends) for unit in run.units]
    outcomes = without_poison(run, graph, attempt(run, graph, items, bearable(run)))
    require_all(outcomes, items)
    receipts = {unit.id: outcomes.receipts[item.key] for unit, item in zip(run.units, items, strict=True)}
    _tell_failures(run, receipts)
    sweep(run.store, "units", items)
    return receipts


def _tell_failures(run: Run, units: dict[str, Receipt]) -> None:
    counts = [receipt["counts"] for receipt in units.values()]
    if passing := sum(each["rejects"].get(Reason.FETCH_FAILED.value, 0) for each in counts):
        told = f"{passing} fetch_failed, which is a passing reason: run it again to try them again"
        run.console.print(told, highlight=False, soft_wrap=True)
    if failed := sum(each["failed"] for each in counts):
        told = f"{failed} articles failed by a fault of ours (internal_error, poison): the next run tries them again"
        run.console.print(told, highlight=False, soft_wrap=True)


def _dedup(run: Run, units: dict[str, Receipt]) -> pa.Table:
    """The table SHARDS: where each panel goes, now that duplicates are known."""
    stated = run.encoder.declaration
    index, middles = bring_up_to_date(run.store, units, run.encoder.version, stated.dimension)
    slices, matches = Slices(run.store), Matches(run.store)
    graph = graphs.slices(slices, AssignCells(middles))
    items = slices.items(index, made_by(graph.stages))
    run_phase(run, graph, items)
    sweep(run.store, "dedup/slices", items)
    graph = graphs.matches(matches, stated.threshold)
    items = matches.items(index, made_by(graph.stages) | {"threshold": stated.threshold})
    found = run_phase(run, graph, items)
    sweep(run.store, "dedup/edges", items)
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
    items = phase.items(shards, units, made_by(graph.stages) | {"inventory": run.snapshot.id, "config": run.key})
    receipts = run_phase(run, graph, items)
    sweep(run.store, "emit", items)
    written = {path for receipt in receipts for path in receipt["files"]}
    for path in run.store.files("dataset/data") + run.store.files("dataset/webdataset"):
        if path not in written:
            run.store.delete(path)
