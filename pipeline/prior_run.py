"""What an earlier run left in an output, and what of it a new run goes on from: its record, its snapshot, its cut."""

from collections.abc import Callable

from pipeline.config.changes import changes
from pipeline.config.recipe import Config
from pipeline.config.run_record import Cut, NoRun, RunRecord, read_run
from pipeline.phases.curate import holds_excluded, settings, standing_settings
from pipeline.phases.plan import choose_cut
from pipeline.phases.snapshot import kept_snapshots, read_snapshot
from pipeline.sources import Snapshot
from pipeline.storage.lease import PATH as LEASE
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.place import has_outgrown

#: The parts of a recipe that say how a corpus is cut.
CUT_BY = ("splits", "unit_articles", "shard_rows")

ADVICE = "name these again, choose another output, or say --replace to build it anew with the new ones"


def prior_record(
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


def kept_snapshot(
    before: RunRecord | None,
    config: Config,
    store: Store,
    versions: tuple[str, str],
    tell: Callable[[str], None],
    replaced: bool,
) -> Snapshot | None:
    """The snapshot that an output stays with; None where the newest inventory is to be taken.

    `versions` are those of the vocabulary and the encoder.

    Raises:
        UserError: the output was built with other settings, and is not to be replaced; or from another inventory than
            that of the day which the run names.
    """
    if before is None:
        stands = not replaced and standing_settings(store) is not None  # else another source may be named now
        return _of_the_day(next(iter(kept_snapshots(store)), None) if stands else None, config)
    changed = "; ".join(changes(before, config, *versions))
    if changed and not replaced:
        raise UserError(f"{config.output} was built with other settings ({changed}): {ADVICE}")
    if (before.config.source, before.config.articles) != (config.source, config.articles):
        return None
    if (kept := read_snapshot(store, before.snapshot.checksum)) is None:
        taken = f"the inventory of {config.snapshot}" if config.snapshot else "the newest inventory"
        tell(f"{config.output}: its snapshot is missing or damaged: {taken} is taken")
    return _of_the_day(kept, config)


def _of_the_day(kept: Snapshot | None, config: Config) -> Snapshot | None:
    """The snapshot; raises UserError where it is not that of the day which the run names."""
    if kept and config.snapshot and not kept.id.startswith(str(config.snapshot)):
        raise UserError(
            f"{config.output} was built from {kept.id}, not from the inventory of {config.snapshot}: leave out"
            f" --snapshot, or bring it there by medconcept update --snapshot {config.snapshot}"
        )
    return kept


def continued_cut(before: RunRecord | None, config: Config, articles: int) -> Cut:
    """How a corpus of so many articles is cut: as before, unless it has outgrown that."""
    recipe = config.recipe
    fresh = choose_cut(articles, recipe.splits.model_dump(), recipe.unit_articles)
    if before is None or any(getattr(before.config.recipe, name) != getattr(recipe, name) for name in CUT_BY):
        return Cut(units=fresh)
    if any(has_outgrown(before.cut.units[split], times) for split, times in fresh.items()):
        LOG.warning("%s: the corpus has outgrown its units fourfold: it is cut anew", config.output)
        return Cut(units=fresh)
    return before.cut


def _clear(store: Store) -> None:
    """Remove an output that this version does not understand."""
    for name in {path.partition("/")[0] for path in store.listing("")} - {LEASE}:
        store.delete(name)
