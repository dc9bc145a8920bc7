"""What a run needs, opened and checked before anything is written: a start that fails leaves nothing behind."""

from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from rich.console import Console

from dags.graph import Engine
from pipeline.commands.estimate import disk_warning
from pipeline.config.changes import changes
from pipeline.config.places import check_apart, check_source
from pipeline.config.recipe import Config
from pipeline.config.run_record import RunRecord, dataset_key, read_run, write_run
from pipeline.engines import open_engine
from pipeline.phases.dedup.index import forget
from pipeline.phases.plan import Unit, cut, exclude, limited, read_snapshot, write_snapshot, write_units
from pipeline.reports.update import describe_update
from pipeline.resources.encoders import keep_encoder, load_encoder, open_encoder
from pipeline.resources.images import digest_images
from pipeline.resources.linkers import require_linker
from pipeline.resources.vocabularies import imaging_fault, keep_vocabulary, load_vocabulary, open_vocabulary
from pipeline.sources import Snapshot, open_source
from pipeline.storage.store import Store, open_store
from pipeline.verbosity import LOG
from schemas.errors import UserError
from schemas.ids import parse_article_id
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder


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


def start_build(config: Config, console: Console, replace: bool) -> Run:
    """A run that builds or resumes OUT from the inventory that it began with.

    Raises:
        UserError: something cannot be opened, or is not what the recipe says, or OUT was built with other settings and
            is not to be replaced.
    """
    check_source(config.source)
    store = open_store(config.output)
    file, imaging = config.vocabulary and Path(config.vocabulary), config.recipe.imaging_terms
    lexicon = open_vocabulary(config.umls, file or None, imaging)
    if fault := imaging_fault(lexicon, imaging):
        raise UserError(f"{config.vocabulary}: {fault}")
    encoder = open_encoder(config.encoder)
    kept = read_snapshot(store)
    if kept is not None:
        kept = _continued(store, kept, config, lexicon, encoder, replace)
    return _begin(config, store, kept or _newest(config), lexicon, encoder, console)


def _continued(
    store: Store, kept: Snapshot, config: Config, lexicon: Lexicon, encoder: Encoder, replace: bool
) -> Snapshot | None:
    """The snapshot that a build of an existing output goes on with; None if it needs the newest of another source.

    Raises:
        UserError: its settings are other ones or cannot be read, and it is not to be replaced.
    """
    advice = "name these again, choose another output, or say --replace to build it anew with the new ones"
    try:
        before = read_run(store)
    except UserError as error:
        if not replace:
            raise UserError(f"{error}; what it was built with is not known: {advice}") from None
        forget(store)
        return None
    changed = "; ".join(changes(before, config, lexicon.version, encoder.version))
    if changed and not replace:
        raise UserError(f"{config.output} was built with other settings ({changed}): {advice}")
    _take_down(store, before, config)
    return kept if before.config.source == config.source else None


def start_update(output: str, overrides: dict[str, Any], console: Console) -> Run:
    """A run that brings an output to the newest inventory of its source, with the settings that it was built with.

    `overrides` are parts of its configuration: where the work is done, another source, more articles to exclude.

    Raises:
        UserError: there is no output, or something of it cannot be opened.
    """
    store = open_store(output)
    before, kept = read_run(store), read_snapshot(store)
    excluded = {*before.config.exclude, *overrides.get("exclude", ())}
    known = before.config.model_dump() | overrides | {"output": output, "exclude": tuple(sorted(excluded))}
    config = Config.model_validate(known)
    check_source(config.source)
    lexicon, encoder = load_vocabulary(store, before.vocabulary), load_encoder(store, before.encoder)
    encoder.open()
    snapshot = _newest(config)
    _take_down(store, before, config)
    run = _begin(config, store, snapshot, lexicon, encoder, console)
    if kept is not None:
        console.print(describe_update(kept, snapshot), highlight=False, soft_wrap=True)
    return run


def _check_excluded(config: Config, snapshot: Snapshot) -> None:
    """Warn of ids that exclude nothing: a takedown must not fail by a slip."""
    listed = snapshot.articles["article_id"].to_pylist() if config.exclude else []
    known = {*listed, *(parse_article_id(article)[0] for article in listed)}
    if unknown := [name for name in config.exclude if name not in known]:
        LOG.warning("exclude: %d articles are not in the inventory, the first is %s", len(unknown), unknown[0])


def _take_down(store: Store, before: RunRecord, config: Config) -> None:
    if set(config.exclude) - set(before.config.exclude):
        forget(store)


def _newest(config: Config) -> Snapshot:
    return open_source(config.source, config.concurrency).snapshot()


def _begin(
    config: Config, store: Store, snapshot: Snapshot, lexicon: Lexicon, encoder: Encoder, console: Console
) -> Run:
    """The run with everything opened; after that OUT is written to, the snapshot last: from then on a run resumes."""
    check_apart(config.source, config.output)
    excluded = frozenset(config.exclude)
    units = [exclude(unit, excluded) for unit in cut(limited(snapshot, config.limit), config.recipe.unit_articles)]
    if not units:
        raise UserError(f"{config.source} lists no article")
    _check_excluded(config, snapshot)
    require_linker(config.recipe.linker)
    withheld = digest_images(Path(config.recipe.withheld)) if config.recipe.withheld else None
    run = Run(config, store, snapshot, units, lexicon.version, encoder, withheld, open_engine(config), console)
    if lack := disk_warning(store, sum(len(unit.articles) for unit in units)):
        LOG.warning(lack)
    keep_vocabulary(store, lexicon)
    keep_encoder(store, encoder)
    write_run(store, config, run.key, snapshot, lexicon.version, encoder)
    write_units(store, units)
    write_snapshot(store, snapshot)
    return run
