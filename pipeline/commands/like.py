"""What a build here really took, by its receipts, and the rates as they are after that."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dags.graph import Receipt
from pipeline.commands.rates import Amounts, Phase, Rates
from pipeline.config.recipe import Recipe
from pipeline.config.run_record import read_run
from pipeline.phases import curate, publish
from pipeline.phases.dedup.steps import FOLDERS as DEDUP
from pipeline.storage.ledger import receipts_below
from pipeline.storage.store import open_store
from schemas.errors import UserError
from schemas.rejects import FETCHING

#: Seconds of work from which on a phase says something: less is mostly the start of processes.
LEAST = 10.0

#: Where the receipts of each phase lie.
FOLDERS = {"curate": (curate.FOLDER,), "dedup": DEDUP, "publish": (publish.FOLDER,)}


@dataclass(frozen=True)
class Built:
    """What an output is made of, and the seconds that workers spent on each phase of it, without fetching.

    `deviation` is the relative standard error of the figures of an article; None where there is one unit alone.
    """

    output: str
    source: str
    recipe: Recipe
    articles: int
    figures: int
    panels: int
    triplets: int
    deviation: float | None
    seconds: dict[str, float]


def read_built(uri: str) -> Built:
    """The sums of an output's receipts, a ledger a folder; raises UserError where nothing is built there."""
    store = open_store(uri)
    config = read_run(store).config
    found = {
        phase: [receipt for folder in folders for receipt in receipts_below(store, folder).values()]
        for phase, folders in FOLDERS.items()
    }
    units = [receipt["counts"] for receipt in found["curate"]]
    articles, figures, panels = (sum(unit[name] for unit in units) for name in ("articles", "pictures", "panels"))
    if not panels:
        raise UserError(f"{uri} has no panel that --like could go by: build a sample first")
    triplets = sum(receipt["counts"]["triplets"] for receipt in found["publish"])
    residuals = np.array([unit["pictures"] - figures / articles * unit["articles"] for unit in units])
    return Built(
        output=uri,
        source=config.source,
        recipe=config.recipe,
        articles=articles,
        figures=figures,
        panels=panels,
        triplets=triplets,
        deviation=float(np.sqrt((residuals**2).sum())) / max(figures, 1) if len(units) > 1 else None,
        seconds={phase: _worked(receipts) for phase, receipts in found.items()},
    )


def _worked(receipts: Iterable[Receipt]) -> float:
    """The seconds of all stages but those that fetch: they wait for the source, whose requests are reckoned apart."""
    works = [receipt["work"] for receipt in receipts if "work" in receipt]
    waited = sum(work["stages"][name]["seconds"] for work in works for name in FETCHING if name in work["stages"])
    return float(sum(work["seconds"] for work in works) - waited)


def factors(built: Built, amounts: Amounts, rates: Rates) -> dict[str, float]:
    """By phase, how much more work the build took than `rates` say of its `amounts`.

    A phase that took less than LEAST seconds is left out.
    """
    return {
        name: seconds / rates.phases[name].worker_s.of(amounts)
        for name, seconds in built.seconds.items()
        if seconds >= LEAST
    }


def shaped(rates: Rates, built: Built) -> Rates:
    """The rates with the panels of a figure that were found, and the share of them that was published."""
    published = built.triplets / built.panels if built.triplets else rates.shape.published
    shape = {"panels_per_figure": built.panels / built.figures, "published": published}
    return rates.model_copy(update={"shape": rates.shape.model_copy(update=shape)})


def multiplied(rates: Rates, factors: dict[str, float]) -> Rates:
    """The rates with the work of each phase multiplied by its factor."""

    def work(phase: Phase, factor: float) -> Phase:
        kinds = ("worker_s", "serial_s", "network_s")
        return phase.model_copy(update={kind: getattr(phase, kind).times(factor) for kind in kinds})

    phases = {name: work(phase, factors.get(name, 1.0)) for name, phase in rates.phases.items()}
    return rates.model_copy(update={"phases": phases})
