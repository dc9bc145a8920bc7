"""The plan against the snapshot that it was made of, and both against run.json."""

from collections.abc import Iterator

from pipeline.config.recipe import digest
from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.plan import SNAPSHOT, UNITS, Unit, read_snapshot, read_units
from pipeline.sources import Snapshot
from pipeline.sources.base import take_snapshot
from pipeline.storage.store import Store
from schemas.errors import UserError


def planned(store: Store) -> list[Unit] | str:
    """The planned units, or the fault of the plan."""
    try:
        return read_units(store)
    except UserError as error:
        return str(error)


def plan_faults(store: Store, units: list[Unit] | None, run: RunRecord | None) -> Iterator[str]:
    """Faults of the snapshot and of the `units` that were cut from it."""
    if units is not None:
        yield from _unit_faults(units)
    try:
        snapshot = read_snapshot(store)
    except UserError as error:
        yield str(error)
        return
    if snapshot is None:
        yield f"{SNAPSHOT}: missing"
        return
    if take_snapshot(snapshot.id, snapshot.articles).checksum != snapshot.checksum:
        yield f"{SNAPSHOT}: its articles have another checksum than it states"
    if run is not None:
        stated = (run.snapshot.id, run.snapshot.checksum, run.snapshot.articles)
        if (snapshot.id, snapshot.checksum, len(snapshot.articles)) != stated:
            yield f"{SNAPSHOT}: not the snapshot that {PATH} names"
    if units is not None:
        yield from _coverage_faults(units, snapshot, run)


def _unit_faults(units: list[Unit]) -> Iterator[str]:
    seen: set[str] = set()
    for unit in units:
        if digest(unit.articles) != unit.id:
            yield f"{UNITS}: unit {unit.id} has other articles than its id says"
        for article, _ in unit.articles:
            if article in seen:
                yield f"{UNITS}: article {article} is planned twice"
            seen.add(article)


def _coverage_faults(units: list[Unit], snapshot: Snapshot, run: RunRecord | None) -> Iterator[str]:
    listed = set(zip(*(snapshot.articles[name].to_pylist() for name in ("article_id", "etag")), strict=True))
    articles = {article for unit in units for article in unit.articles}
    for article, etag in sorted(articles - listed):
        yield f"{UNITS}: {article} with the ETag {etag} is not in {SNAPSHOT}"
    if run is not None:
        wanted = min(len(listed), run.config.limit or len(listed))
        if len(articles) != wanted:
            yield f"{UNITS}: {len(articles)} articles are planned, not {wanted} as {SNAPSHOT} and {PATH} say"
