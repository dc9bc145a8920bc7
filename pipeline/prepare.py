"""What a run needs, opened and checked before anything is written: a start that fails leaves nothing behind."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from pipeline.config.article_list import ArticleList, restrict
from pipeline.config.lock import Lock
from pipeline.config.places import check_source, scheme
from pipeline.config.recipe import Config
from pipeline.config.run_record import RunRecord, SnapshotRecord, read_run, write_run
from pipeline.curation import versions
from pipeline.engines import open_engine, reach
from pipeline.phases.dedup.index import forget
from pipeline.phases.plan import FOLDER as PLAN
from pipeline.phases.plan import cut, limited, newest, sweep_plan, write_plan
from pipeline.phases.snapshot import read_snapshot, snapshot_path, write_snapshot
from pipeline.prior_run import continued_cut, kept_snapshot, prior_record
from pipeline.reports.progress import tell
from pipeline.reports.update import describe_update
from pipeline.resources.encoders import keep_encoder, open_encoder, recover_encoder
from pipeline.resources.images import digest_images
from pipeline.resources.linkers import require_linker
from pipeline.resources.vocabularies import imaging_fault, keep_vocabulary, open_vocabulary, recover_vocabulary
from pipeline.run_context import Run
from pipeline.sources import Desk, Policy, Snapshot, open_source
from pipeline.storage.lease import Lease
from pipeline.storage.ledger import standing
from pipeline.storage.room import disk_warning
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder

#: How the id of a snapshot begins that was an inventory.
_DATED = re.compile(r"\d{4}-\d\d-\d\d")


def start_build(
    config: Config,
    store: Store,
    lease: Lease,
    desk: Desk,
    console: Console,
    replaced: bool,
    listed: ArticleList | None = None,
) -> Run:
    """A run that builds or resumes OUT from the inventory that it began with; of all articles, or of those `listed`.

    Raises:
        UserError: something cannot be opened, or is not what the recipe or the lock says, or OUT was built with other
            settings and is not to be replaced.
    """
    file, imaging = config.vocabulary and Path(config.vocabulary), config.recipe.imaging_terms
    lexicon = open_vocabulary(config.umls, file or None, imaging)
    if fault := imaging_fault(lexicon, imaging):
        raise UserError(f"{config.vocabulary}: {fault}")
    encoder = open_encoder(config.encoder)
    lock = listed if isinstance(listed, Lock) else None
    if lock is not None:
        lock.check(versions(config, store, lexicon.version, encoder.version), _digest_withheld(config))
    told = partial(tell, console)
    before = prior_record(config, store, lexicon, told, replaced)
    snapshot = kept_snapshot(before, config, store, (lexicon.version, encoder.version), told, replaced)
    if snapshot is not None and before is not None and config.snapshot is None:
        config = config.model_copy(update={"snapshot": before.config.snapshot})  # it goes on from the same
    snapshot = snapshot or _snapshot(config, desk)
    if listed is not None:
        snapshot = restrict(snapshot, listed)
    return _begin(config, store, lease, desk, console, before, snapshot, lexicon, encoder, lock)


def start_update(store: Store, lease: Lease, desk: Desk, overrides: dict[str, Any], console: Console) -> Run:
    """A run that brings an output to the newest inventory of its source, with the settings that it was built with.

    `overrides` are parts of its configuration: where the work is done, another source, more articles to exclude.

    Raises:
        UserError: there is no output, or something of it cannot be opened.
    """
    before = read_run(store)
    if before.config.articles:
        raise UserError(
            f"{store.uri} holds the articles alone that a lock or published records name, and is not updated"
        )
    kept = read_snapshot(store, before.snapshot.checksum)
    excluded = {*before.config.exclude, *overrides.get("exclude", ())}
    known = before.config.model_dump() | {"snapshot": None} | overrides
    config = Config.model_validate(known | {"output": store.uri, "exclude": tuple(sorted(excluded))})
    check_source(config.source)
    was, imaging = before.config, config.recipe.imaging_terms
    lexicon = recover_vocabulary(store, before.vocabulary, was.umls, was.vocabulary, imaging)
    encoder = recover_encoder(store, before.encoder, was.encoder)
    encoder.open()
    snapshot = _snapshot(config, desk)
    ids = [snapshot.id, before.snapshot.id]
    taken = "the inventory that is named" if config.snapshot else "its newest whole inventory"
    if config.source == before.config.source and all(map(_DATED.match, ids)) and ids != sorted(ids, reverse=True):
        raise UserError(
            f"{config.source}: {taken} is {snapshot.id}, and {store.uri} was built from the later"
            f" {before.snapshot.id}: nothing is changed"
        )
    run = _begin(config, store, lease, desk, console, before, snapshot, lexicon, encoder)
    if kept is not None:
        run.tell(describe_update(kept, snapshot))
    return run


def _snapshot(config: Config, desk: Desk) -> Snapshot:
    source = open_source(config.source, config.concurrency, Policy(patience=config.patience), desk)
    return source.snapshot(config.snapshot)


def _begin(
    config: Config,
    store: Store,
    lease: Lease,
    desk: Desk,
    console: Console,
    before: RunRecord | None,
    snapshot: Snapshot,
    lexicon: Lexicon,
    encoder: Encoder,
    lock: Lock | None = None,
) -> Run:
    """The run with everything opened, and its plan. After that OUT is written to, `run.json` last."""
    chosen = limited(newest(snapshot.articles), config.limit)
    if not len(chosen):
        raise UserError(f"{config.source} lists no article")
    _check_excluded(config, snapshot)
    require_linker(config.recipe.linker)
    run = Run(
        config,
        store,
        lease,
        SnapshotRecord(id=snapshot.id, checksum=snapshot.checksum, articles=len(snapshot.articles)),
        lock.document.cut if lock else continued_cut(before, config, len(chosen)),
        lexicon.version,
        encoder,
        _digest_withheld(config),
        open_engine(config),
        console,
        lock,
        desk.serve(*reach(config)) if scheme(config.source) else None,
    )
    plan = cut(chosen, run.cut.units, config.recipe.splits.model_dump(), config.sample or 1.0, config.exclude)
    if lack := disk_warning(store, len(plan)):
        LOG.warning(lack)
    if set(config.exclude) - set(before.config.exclude if before else ()):
        forget(store)  # nothing may stay of what is taken down
    write_snapshot(store, snapshot)
    standing(store, PLAN, run.tell)  # what of an earlier plan is damaged is withdrawn
    run = replace(run, units=write_plan(store, plan, run.cut.units))
    keep_vocabulary(store, lexicon)
    keep_encoder(store, encoder)
    lease.lost()
    write_run(store, run.record)
    sweep_plan(store, run.units, snapshot_path(snapshot.checksum))
    return run


def _digest_withheld(config: Config) -> str | None:
    """A digest of the images that are withheld; None where the recipe withholds none."""
    return digest_images(Path(config.recipe.withheld)) if config.recipe.withheld else None


def _check_excluded(config: Config, snapshot: Snapshot) -> None:
    """Warn of ids that exclude nothing: a takedown must not fail by a slip."""
    if not config.exclude:
        return
    listed = snapshot.articles["article_id"].to_pylist()
    known = {*listed, *(article.partition("v")[0] for article in listed)}
    if unknown := [name for name in config.exclude if name not in known]:
        LOG.warning("exclude: %d articles are not in the inventory, the first is %s", len(unknown), unknown[0])
