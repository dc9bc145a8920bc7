"""What a run needs, opened and checked before anything is written: a start that fails leaves nothing behind."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from rich.console import Console

from dags.graph import Engine
from pipeline.config.changes import changes
from pipeline.config.locked import Locked
from pipeline.config.places import check_source
from pipeline.config.recipe import Config
from pipeline.config.restriction import Restriction, restricted
from pipeline.config.run_record import (
    Cut,
    NoRun,
    RunRecord,
    SnapshotRecord,
    dataset_key,
    describe_run,
    read_run,
    write_run,
)
from pipeline.curation import versions
from pipeline.engines import open_engine
from pipeline.phases.curate import holds_excluded, settings, standing_settings
from pipeline.phases.dedup.index import forget
from pipeline.phases.plan import FOLDER as PLAN
from pipeline.phases.plan import Unit, choose_cut, cut, limited, newest, sweep_plan, write_plan
from pipeline.phases.snapshot import kept_snapshots, read_snapshot, snapshot_path, write_snapshot
from pipeline.reports.progress import tell
from pipeline.reports.update import describe_update
from pipeline.resources.encoders import keep_encoder, open_encoder, recover_encoder
from pipeline.resources.images import digest_images
from pipeline.resources.linkers import require_linker
from pipeline.resources.vocabularies import imaging_fault, keep_vocabulary, open_vocabulary, recover_vocabulary
from pipeline.sources import Policy, Snapshot, open_source
from pipeline.storage.lease import PATH as LEASE
from pipeline.storage.lease import Lease
from pipeline.storage.ledger import standing
from pipeline.storage.room import disk_warning
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder
from transforms.place import has_outgrown

#: The parts of a recipe that say how a corpus is cut.
CUT_BY = ("splits", "unit_articles", "shard_rows")

#: How the id of a snapshot begins that was an inventory.
_DATED = re.compile(r"\d{4}-\d\d-\d\d")

ADVICE = "name these again, choose another output, or say --replace to build it anew with the new ones"


@dataclass(frozen=True)
class Run:
    """A configured run: what the phases need beside their items.

    `withheld` digests the images that are withheld; `locked` is the lock that the corpus is rebuilt from, if it is.
    """

    config: Config
    store: Store
    lease: Lease
    snapshot: SnapshotRecord
    cut: Cut
    vocabulary: str
    encoder: Encoder
    withheld: str | None
    engine: Engine
    console: Console
    locked: Locked | None = None
    units: list[Unit] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The digest of all that shapes the dataset beside the articles; `provenance.config` in its rows."""
        recipe = self.config.recipe.model_dump()
        return dataset_key(recipe, self.withheld, self.vocabulary, self.encoder.version, installed("medconcept"))

    @property
    def record(self) -> RunRecord:
        """What `run.json` says."""
        return describe_run(self.config, self.key, self.snapshot, self.cut, self.vocabulary, self.encoder)

    def tell(self, line: str) -> None:
        """Tell a line on the terminal."""
        tell(self.console, line)


def start_build(
    config: Config, store: Store, lease: Lease, console: Console, replaced: bool, only: Restriction | None = None
) -> Run:
    """A run that builds or resumes OUT from the inventory that it began with; `only` restricts it to some articles.

    Raises:
        UserError: something cannot be opened, or is not what the recipe or the lock says, or OUT was built with other
            settings and is not to be replaced.
    """
    file, imaging = config.vocabulary and Path(config.vocabulary), config.recipe.imaging_terms
    lexicon = open_vocabulary(config.umls, file or None, imaging)
    if fault := imaging_fault(lexicon, imaging):
        raise UserError(f"{config.vocabulary}: {fault}")
    encoder = open_encoder(config.encoder)
    locked = only if isinstance(only, Locked) else None
    if locked is not None:
        locked.check(versions(config, store, lexicon.version, encoder.version), _digest_withheld(config))
    before = _record(config, store, lexicon, partial(tell, console), replaced)
    kept = None
    if before is None:
        stands = not replaced and standing_settings(store) is not None  # else another source may be named now
        kept = next(iter(kept_snapshots(store)), None) if stands else None
    else:
        changed = "; ".join(changes(before, config, lexicon.version, encoder.version))
        if changed and not replaced:
            raise UserError(f"{config.output} was built with other settings ({changed}): {ADVICE}")
        same = (before.config.source, before.config.only) == (config.source, config.only)
        if same and (kept := read_snapshot(store, before.snapshot.checksum)) is None:
            tell(console, f"{config.output}: its snapshot is missing or damaged: the newest inventory is taken")
    snapshot = kept or _newest(config)
    if only is not None:
        snapshot = restricted(snapshot, only)
    return _begin(config, store, lease, console, before, snapshot, lexicon, encoder, locked)


def _record(
    config: Config, store: Store, lexicon: Lexicon, tell: Callable[[str], None], replaced: bool
) -> RunRecord | None:
    """The record of the run before, None where there is none.

    One that is missing or damaged is written anew, where what was curated agrees with the settings.
    """
    try:
        return read_run(store)
    except NoRun as error:
        found = standing_settings(store)
        if found is None:
            return None
        if not (replaced or config.exclude) and holds_excluded(store):
            raise UserError(f"{error}; articles were excluded: name --exclude again, or say --replace") from None
        if replaced or found == settings(config.recipe, lexicon.version):
            tell(f"{error}: it is written anew")
            return None
        raise UserError(f"{error}; what it was built with is not known: {ADVICE}") from None
    except UserError as error:
        if replaced:
            _clear(store)
            return None
        raise UserError(f"{error}: choose another output, or say --replace to build it anew") from None


def _clear(store: Store) -> None:
    """Remove an output that this version does not understand."""
    for name in {path.partition("/")[0] for path in store.listing("")} - {LEASE}:
        store.delete(name)


def start_update(store: Store, lease: Lease, overrides: dict[str, Any], console: Console) -> Run:
    """A run that brings an output to the newest inventory of its source, with the settings that it was built with.

    `overrides` are parts of its configuration: where the work is done, another source, more articles to exclude.

    Raises:
        UserError: there is no output, or something of it cannot be opened.
    """
    before = read_run(store)
    if before.config.only:
        raise UserError(
            f"{store.uri} holds the articles alone that a lock or published records name, and is not updated"
        )
    kept = read_snapshot(store, before.snapshot.checksum)
    excluded = {*before.config.exclude, *overrides.get("exclude", ())}
    known = before.config.model_dump() | overrides | {"output": store.uri, "exclude": tuple(sorted(excluded))}
    config = Config.model_validate(known)
    check_source(config.source)
    was, imaging = before.config, config.recipe.imaging_terms
    lexicon = recover_vocabulary(store, before.vocabulary, was.umls, was.vocabulary, imaging)
    encoder = recover_encoder(store, before.encoder, was.encoder)
    encoder.open()
    snapshot = _newest(config)
    ids = [snapshot.id, before.snapshot.id]
    if config.source == before.config.source and all(map(_DATED.match, ids)) and ids != sorted(ids, reverse=True):
        raise UserError(
            f"{config.source}: its newest whole inventory is {snapshot.id}, and {store.uri} was built from the later"
            f" {before.snapshot.id}: nothing is changed"
        )
    run = _begin(config, store, lease, console, before, snapshot, lexicon, encoder)
    if kept is not None:
        run.tell(describe_update(kept, snapshot))
    return run


def _newest(config: Config) -> Snapshot:
    return open_source(config.source, config.concurrency, Policy(patience=config.patience)).snapshot()


def _begin(
    config: Config,
    store: Store,
    lease: Lease,
    console: Console,
    before: RunRecord | None,
    snapshot: Snapshot,
    lexicon: Lexicon,
    encoder: Encoder,
    locked: Locked | None = None,
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
        locked.document.cut if locked else _cut(before, config, len(chosen)),
        lexicon.version,
        encoder,
        _digest_withheld(config),
        open_engine(config),
        console,
        locked,
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


def _cut(before: RunRecord | None, config: Config, articles: int) -> Cut:
    """How a corpus of so many articles is cut: as before, unless it has outgrown that."""
    recipe = config.recipe
    fresh = choose_cut(articles, recipe.splits.model_dump(), recipe.unit_articles)
    if before is None or any(getattr(before.config.recipe, name) != getattr(recipe, name) for name in CUT_BY):
        return Cut(units=fresh)
    if any(has_outgrown(before.cut.units[split], times) for split, times in fresh.items()):
        LOG.warning("%s: the corpus has outgrown its units fourfold: it is cut anew", config.output)
        return Cut(units=fresh)
    return before.cut


def _check_excluded(config: Config, snapshot: Snapshot) -> None:
    """Warn of ids that exclude nothing: a takedown must not fail by a slip."""
    if not config.exclude:
        return
    listed = snapshot.articles["article_id"].to_pylist()
    known = {*listed, *(article.partition("v")[0] for article in listed)}
    if unknown := [name for name in config.exclude if name not in known]:
        LOG.warning("exclude: %d articles are not in the inventory, the first is %s", len(unknown), unknown[0])
