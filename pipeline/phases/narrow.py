"""Poison: an article that ends its worker, or fails its unit as a whole, every time.

The articles of a unit that failed are tried one by one; those that fail alone become rejects, and the unit is run again
without them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from dags import graphs
from dags.graph import Graph, Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.phase import Outcomes, attempt, check_borne, sweep
from pipeline.phases.plan import Unit
from pipeline.prepare import Run
from pipeline.storage.receipts import Committed, write_receipt
from schemas.errors import UserError
from schemas.rejects import Reason, reject

#: So many articles may fail in any case: a small corpus is not given up for one of them.
FEW = 3


class Probes(Committed):
    """Single articles: what becomes of one is computed, and only that it could be is kept."""

    def items(self, unit: Item) -> list[Item]:
        """Each article of a unit that is not rejected already."""
        articles = [pair for pair in unit.payload.articles if pair[0] not in unit.payload.rejects]
        return [
            Item(f"narrow/{pair[0]}", digest([unit.key, *pair]), Unit(pair[0], (pair,)), unit.made_by)
            for pair in articles
        ]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The article."""
        yield item.payload.table()

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Leave a receipt when everything is computed."""
        for _ in tables:
            pass
        return write_receipt(self.store, item, {}, {})


def bearable(run: Run) -> int:
    """How many articles may fail by our own fault before the run gives up."""
    share = run.config.max_failed
    return max(FEW, int(share * _planned(run))) if share else 0


def without_poison(run: Run, graph: Graph, outcomes: Outcomes) -> Outcomes:
    """The outcomes of curation after the units that failed by a fault of ours ran again without their poison.

    Raises:
        UserError: more articles are poison than the run bears, or nothing else is there.
    """
    suspects = [failure.item for failure in outcomes.failures if not failure.outage]
    if not suspects:
        return outcomes
    phase = Probes(run.store)
    narrow = graphs.narrow(phase, graph)
    probes = [probe for unit in suspects for probe in phase.items(unit)]
    failing = [failure.item for failure in attempt(run, narrow, probes).failures if not failure.outage]
    # Once more: what ended a worker may have come from outside.
    confirmed = attempt(run, narrow, failing).failures if failing else []
    poison = {
        failure.item.payload.id: reject("worker", Reason.POISON, failure.error.removeprefix(f"{failure.item.folder}: "))
        for failure in confirmed
        if not failure.outage
    }
    before = {unit.key for unit in suspects}  # of whom an earlier run may have left receipts
    sound = [receipt for key, receipt in outcomes.receipts.items() if key not in before]
    failed = sum(receipt["counts"]["failed"] for receipt in sound) + len(poison)
    check_borne(failed, bearable(run), confirmed)
    if failed == _planned(run):
        raise UserError(f"every article fails, first {confirmed[0].error}")
    sweep(run.store, "narrow")
    again = attempt(run, graph, [_without(unit, poison) for unit in suspects])
    outages = [failure for failure in outcomes.failures if failure.outage]
    return Outcomes(outcomes.receipts | again.receipts, outages + again.failures)


def _without(unit: Item, poison: dict[str, dict[str, str]]) -> Item:
    """The unit with its poisonous articles rejected; its key stays, for what it depends on is the same."""
    mine = {article: poison[article] for article, _ in unit.payload.articles if article in poison}
    return replace(unit, payload=unit.payload.rejecting(mine))


def _planned(run: Run) -> int:
    return sum(len(unit.articles) for unit in run.units)
