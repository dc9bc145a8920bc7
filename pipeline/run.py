"""A run: the phases in order. What is done already is left alone, so a run that was cut short is simply run again."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version as installed
from typing import Any

from rich.console import Console

from dags import graphs
from dags.graph import Graph, Item, Receipt
from pipeline.config.article_list import ArticleList
from pipeline.config.places import check_apart, check_source
from pipeline.config.recipe import Config
from pipeline.config.run_record import read_run, write_run
from pipeline.curation import curate_graph
from pipeline.phases import curate, documents, publish
from pipeline.phases.bearing import Bearing
from pipeline.phases.corpus import Corpus
from pipeline.phases.curate import Units
from pipeline.phases.dedup import selection
from pipeline.phases.dedup.steps import Deduplicated, deduplicate
from pipeline.phases.narrow import without_poison
from pipeline.phases.phase import attempt, done, end_phase, require_all, run_pending
from pipeline.phases.publish import DATA, WEBDATASET, Dataset, Shard, choose_shards, shards_of, units_lacking
from pipeline.phases.rounds import give_up_panels, pending
from pipeline.prepare import start_build, start_update
from pipeline.reports.progress import tell
from pipeline.run_context import Run
from pipeline.sources import Desk
from pipeline.storage.heal import heal
from pipeline.storage.lease import lease
from pipeline.storage.ledger import standing
from pipeline.storage.receipts import file_path, receipt_path
from pipeline.storage.store import Store, open_store
from pipeline.watch.keeper import kept_progress
from pipeline.watch.throttling import tell_cut
from schemas.errors import Damaged
from schemas.triplets import triplets
from transforms.emit import ToTriplets
from transforms.versions import made_by

#: Receipts written at once.
WRITERS = 32

#: How often what lies at a place is made again: in the folder of an item, or under a name that is always the same.
HEALED = 3
STABLE = ("dataset/", "audit/")


def build(config: Config, console: Console, replaced: bool = False, listed: ArticleList | None = None) -> list[str]:
    """Build or resume the corpus that `config` describes, and return the lines that sum it up.

    An output stays with the inventory that it began with; `replaced` lets it change its other settings; of
    the articles of the source only those are taken that are `listed`, if a list is given.
    Raises UserError when something could not be done; what was committed until then stays.
    """
    check_source(config.source)
    check_apart(config.source, config.output)
    store = dataclasses.replace(open_store(config.output), patience=config.patience)
    with (
        lease(store) as held,
        kept_progress(store, held, "build", config.engine),
        Desk(config.requests, config.connections, partial(tell_cut, console)) as desk,
    ):
        store.discard_drafts()
        return _healing(store, console, partial(start_build, config, store, held, desk, console, replaced, listed))


def update(output: str, overrides: dict[str, Any], console: Console) -> list[str]:
    """Bring an output to the newest inventory of its source, and return the lines that sum it up.

    `overrides` are parts of the configuration that it was built with: where the work is done, another source, articles
    to exclude. Raises UserError as `build` does.
    """
    store = open_store(output)
    store = dataclasses.replace(store, patience=overrides.get("patience", store.patience))
    before = read_run(store)  # where there is none, nothing is written
    engine, requests, connections = (
        overrides.get(name, getattr(before.config, name)) for name in ("engine", "requests", "connections")
    )
    with (
        lease(store) as held,
        kept_progress(store, held, "update", engine),
        Desk(requests, connections, partial(tell_cut, console)) as desk,
    ):
        store.discard_drafts()
        return _healing(store, console, partial(start_update, store, held, desk, overrides, console))


def _healing(store: Store, console: Console, start: Callable[[], Run]) -> list[str]:
    """Run the phases; what one of them, or the start, finds damaged is made again.

    An item that comes out damaged each time is a fault of ours, or of the place: it is told.
    """
    healed: Counter[str] = Counter()
    while True:
        try:
            return _phases(start())
        except Damaged as error:
            place = error.path if error.path.startswith(STABLE) else error.path.rpartition("/")[0]
            healed[place] += 1
            if healed[place] > HEALED or not heal(store, error.path):
                raise
            tell(console, f"{error}: it is made again")


def _phases(run: Run) -> list[str]:
    needed: set[str] = set()
    while True:
        units = _curate(run, needed)
        run = _with_shards(run, units)
        duplicates = deduplicate(run, units)
        counts = selection.read_counts(run.store)
        corpus = Corpus(run.store, run.record, units, counts, shards_of(units, counts, run.cut.shards or {}))
        graph, items = _shards(run, corpus, duplicates)
        there = standing(run.store, publish.FOLDER, run.tell, (DATA, WEBDATASET))
        if not (lacking := units_lacking(corpus.shards, items, there)):
            break
        run.tell(f"{len(lacking)} units gave up the panels that shards are now made of: they are curated again")
        needed |= lacking
    lines = _publish(run, corpus, duplicates, graph, items, there)
    if not run.config.keep_units:
        _give_up_panels(run, units)
    return [*lines, *_closing(run, units, corpus.shards)]


def _closing(run: Run, units: dict[str, Receipt], shards: list[Shard]) -> list[str]:
    """Where the result lies; and that it is empty, with the reasons."""
    if shards:
        return [f"dataset in {run.store.uri}/dataset, audit in {run.store.uri}/audit/index.html"]
    reasons = sum((Counter(receipt["counts"]["rejects"]) for receipt in units.values()), Counter[str]())
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common(6)) or "nothing was rejected"
    return [f"the dataset is empty: not one triplet ({why})"]


def _curate(run: Run, needed: Collection[str]) -> dict[str, Receipt]:
    """The receipts of all units by their id, in order; the panels of the units `needed` are there."""
    config, phase = run.config, Units(run.store)
    graph, depends = curate_graph(config, run.store, run.vocabulary, run.encoder.version, run.bounds)
    there = standing(run.store, curate.FOLDER, run.tell)
    items = [phase.item(unit, depends, config.max_missing) for unit in run.units]
    items = pending(items, there.values(), needed)
    bearing = Bearing(sum(unit.articles for unit in run.units), config.max_failed, config.max_missing)
    outcomes = attempt(run, graph, items, done(items, there), bearing)
    outcomes = without_poison(run, graph, outcomes, bearing)
    require_all(outcomes, items)
    receipts = {unit.id: outcomes.receipts[item.key] for unit, item in zip(run.units, items, strict=True)}
    end_phase(run, curate.FOLDER, receipts.values())
    _tell_failures(run, receipts.values())
    return receipts


def _tell_failures(run: Run, units: Iterable[Receipt]) -> None:
    counts = [receipt["counts"] for receipt in units]
    if doubted := sum(each["unconfirmed"] for each in counts):
        run.tell(f"{doubted} objects are missing or damaged, though listed: run it again to confirm or heal them")
    if failed := sum(each["failed"] for each in counts):
        run.tell(f"{failed} articles failed by a fault of ours (internal_error, poison): the next run tries them again")


def _with_shards(run: Run, units: dict[str, Receipt]) -> Run:
    """The run with its cut complete: the first that has curated chooses how many units are a shard."""
    if run.cut.shards is not None:
        return run
    chosen = choose_shards(units, run.cut.units, run.config.recipe.shard_rows)
    run = dataclasses.replace(run, cut=run.cut.model_copy(update={"shards": chosen}))
    write_run(run.store, run.record)
    return run


def _shards(run: Run, corpus: Corpus, duplicates: Deduplicated) -> tuple[Graph, list[Item]]:
    """The phase that writes the shards, and each shard as work for it."""
    dimension = run.encoder.declaration.dimension
    phase = Dataset(run.store, triplets(dimension))
    graph = graphs.publish(phase, ToTriplets(dimension, installed("medconcept"), run.key))
    path = file_path(duplicates.selection, "selection")
    depends = made_by(graph.stages) | {"config": run.key}
    return graph, phase.items(corpus.shards, corpus.selected, path, depends)


def _publish(
    run: Run,
    corpus: Corpus,
    duplicates: Deduplicated,
    graph: Graph,
    items: list[Item],
    there: Mapping[str, Receipt],
) -> list[str]:
    """Write the shards and what goes with them; the headline figures in lines. `there` are shards that stand."""
    item = documents.documents_item(corpus, items, duplicates.groups)
    told = standing(run.store, documents.FOLDER, run.tell, (documents.AUDIT, "dataset")).get(receipt_path(item))
    if told is None:
        run.lease.lost()
        documents.withdraw_documents(run.store)
    run_pending(run, graph, items, there, publish.FOLDER, (DATA, WEBDATASET))
    receipt = told or documents.write_documents(corpus, item)
    end_phase(run, documents.FOLDER, [receipt], (documents.AUDIT,), documents.page_data(run.store))
    return run.store.read(documents.HEADLINE).decode().splitlines()


def _give_up_panels(run: Run, units: dict[str, Receipt]) -> None:
    """Give up the panels of units, now that all stands that is made of them."""
    run.lease.lost()
    with ThreadPoolExecutor(WRITERS) as pool:
        receipts = list(pool.map(partial(give_up_panels, run.store), units.values()))
    end_phase(run, curate.FOLDER, receipts)
