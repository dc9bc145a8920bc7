"""Poison: an article that ends its worker, or fails its unit as a whole, every time.

The articles of a unit that failed are tried one by one; those that fail alone become rejects, and the unit is run again
without them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from dags import graphs
from dags.graph import Graph, Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.bearing import Bearing
from pipeline.phases.committed import Committed
from pipeline.phases.curate import Units
from pipeline.phases.phase import Outcomes, attempt
from pipeline.phases.plan import Unit, read_unit
from pipeline.run_context import Run
from pipeline.storage.receipts import Attempt
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.rejects import Reason, reject

FOLDER = "narrow"


@dataclass(frozen=True)
class _Probe:
    """One article of a unit."""

    unit: Unit
    article: str


class Probes(Committed):
    """Single articles: what becomes of one is computed, and only that it could be is kept."""

    def items(self, unit: Item) -> list[Item]:
        """Each article of a unit that is worked on: it is neither taken over nor rejected already."""
        return [
            Item(f"{FOLDER}/{article}", digest([unit.key, article]), _Probe(unit.payload.unit, article), unit.made_by)
            for fresh in Units(self.store).read(unit)
            for article in fresh.filter(pc.is_null(fresh["reject"]))["article_id"].to_pylist()
        ]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The article."""
        planned = read_unit(self.store, item.payload.unit)
        yield planned.filter(pc.equal(planned["article_id"], item.payload.article))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Leave a receipt when everything is computed."""
        for _ in tables:
            pass
        return Attempt(self.store, item).settle({}, {})


def without_poison(run: Run, graph: Graph, outcomes: Outcomes, bearing: Bearing) -> Outcomes:
    """The outcomes of curation after the units that failed by a fault of ours ran again without their poison.

    Raises:
        UserError: more articles are poison than the run bears, or nothing else is there.
    """
    suspects = [failure.item for failure in outcomes.failures if not (failure.outage or failure.damaged)]
    if not suspects:
        return outcomes
    phase = Probes(run.store)
    narrow = graphs.narrow(phase, graph)
    probes = [probe for unit in suspects for probe in phase.items(unit)]
    _sweep(run.store)  # what an earlier run left
    failing = [failure.item for failure in attempt(run, narrow, probes, {}).failures if not failure.outage]
    # Once more: what ended a worker may have come from outside.
    confirmed = [failure for failure in attempt(run, narrow, failing, {}).failures if not failure.outage]
    _sweep(run.store)
    poison = {
        failure.item.payload.article: reject(
            "worker", Reason.POISON, failure.error.removeprefix(f"{failure.item.folder}: ")
        )
        for failure in confirmed
    }
    bearing.check(next(iter(confirmed), None), len(poison))
    if bearing.failed + len(poison) == bearing.articles:
        raise UserError(f"every article fails, first {confirmed[0].error}")
    again = attempt(run, graph, [_without(unit, poison) for unit in suspects], {})
    kept = [failure for failure in outcomes.failures if failure.outage or failure.damaged]
    return Outcomes(outcomes.receipts | again.receipts, kept + again.failures)


def _sweep(store: Store) -> None:
    """Remove what the probes left, their folders too."""
    if store.listing(FOLDER):
        store.delete(FOLDER)


def _without(unit: Item, poison: dict[str, dict[str, str]]) -> Item:
    """The unit with its poisonous articles rejected; its key stays, for what it depends on is the same."""
    return replace(unit, payload=replace(unit.payload, unit=unit.payload.unit.rejecting(poison)))
