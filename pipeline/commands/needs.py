"""What each phase needs of a layout of machines: hours, bytes, requests, money, and what bounds it.

All figures of a layout that stands for many are arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipeline.commands.machines import Cloud, Layout, Number
from pipeline.commands.rates import Amounts, Phase, Rates
from pipeline.phases.dedup.compare import BYTES
from pipeline.phases.dedup.index import ROW
from pipeline.sources.quota.rate import SHARE
from transforms.duplicates.cells import CELL

#: Panels that an item of `compare`, which is most of dedup, reads: its bytes by those of a row (256 components).
COMPARED = BYTES // (ROW + 2 * 256)

#: What bounds a phase, as it is told.
CORES, ITEMS, GPUS, REQUESTS = "cores", "too few items", "GPUs", "requests"
WORKER, DRIVER = "one worker", "driver"


@dataclass(frozen=True)
class Work:
    """What a phase has to do, whatever does it: hours of the workers (`serial_h`: of one alone; `network_h`: that GPUs
    would do) and of the driver, on cores of speed 1; gigabytes; requests to the output and to the source.

    `items` is how many may be worked on at once.
    """

    items: float
    worker_h: float
    serial_h: float
    network_h: float
    driver_h: float
    read_gb: float
    written_gb: float
    gets: float
    puts: float
    source_gets: float

    @classmethod
    def of(cls, phase: Phase, amounts: Amounts, items: float) -> "Work":
        """That of a phase."""
        return cls(
            items=items,
            worker_h=phase.worker_s.of(amounts) / 3600,
            serial_h=phase.serial_s.of(amounts) / 3600,
            network_h=phase.network_s.of(amounts) / 3600,
            driver_h=phase.driver_s.of(amounts) / 3600,
            read_gb=phase.read_mb.of(amounts) / 1000,
            written_gb=phase.written_mb.of(amounts) / 1000,
            gets=phase.gets.of(amounts),
            puts=phase.puts.of(amounts),
            source_gets=phase.source_gets.of(amounts),
        )


def works_of(rates: Rates, amounts: Amounts, units: int, shard_rows: int) -> dict[str, Work]:
    """The work of each phase, in order.

    Panels that fit into one cell are compared by the driver alone; of more, items of `compare` are worked on at once.
    """
    panels = amounts["panel"]
    items = {
        "dedup": np.ceil(panels / COMPARED) if panels > CELL else 1,
        "publish": min(units, max(1, np.ceil(panels / shard_rows))),
    }
    return {name: Work.of(phase, amounts, float(items.get(name, units))) for name, phase in rates.phases.items()}


@dataclass(frozen=True)
class Site:
    """What a build is reckoned with beside its machines: prices by cloud, our bound of GETs a second to the source (0:
    none), and the cores of which a GPU does the networks' work.
    """

    clouds: Mapping[str, Cloud]
    requests: int
    gpu_speedup: float

    @property
    def pace(self) -> float:
        """GETs a second that the source gets on average."""
        return self.requests * SHARE

    def cloud(self, layout: Layout) -> Cloud:
        """The prices where a layout runs."""
        return self.clouds[layout.machines[0].cloud]


@dataclass(frozen=True)
class Need:
    """What phases take on a layout. `bounds` are the hours by what bounds them; `wall_h` is their sum."""

    core_h: float
    gpu_h: float
    driver_h: float
    wall_h: float
    read_gb: float
    written_gb: float
    gets: float
    puts: float
    source_gets: float
    cost: float
    bounds: Mapping[str, float]

    @classmethod
    def of(cls, work: Work, layout: Layout, site: Site) -> "Need":
        """That of a phase on one layout."""
        kept, network = _kept(work, layout)
        shared, alone = _hours(work, kept, site)
        if work.items < float(np.asarray(kept.total("workers"))):
            shared = {ITEMS if name == CORES else name: hours for name, hours in shared.items()}
        most = max(shared, key=lambda name: float(shared[name]))
        speedup = site.gpu_speedup
        return cls(
            core_h=work.worker_h - network,
            gpu_h=network * float(kept.total("gpus")) / float(kept.networks(np.inf, speedup)) if network else 0.0,
            driver_h=alone[DRIVER],
            wall_h=float(wall(work, layout, site)),
            read_gb=work.read_gb,
            written_gb=work.written_gb,
            gets=work.gets,
            puts=work.puts,
            source_gets=work.source_gets,
            cost=float(cost(work, layout, site)),
            bounds={most: float(shared[most])} | alone,
        )

    @classmethod
    def total(cls, needs: Sequence["Need"]) -> "Need":
        """That of all phases, one after the other."""
        sums = {
            each.name: sum(getattr(need, each.name) for need in needs) for each in fields(cls) if each.name != "bounds"
        }
        names = {name for need in needs for name in need.bounds}
        return cls(**sums, bounds={name: sum(need.bounds.get(name, 0.0) for need in needs) for name in sorted(names)})

    @property
    def bound(self) -> str:
        """What bounds most of its hours."""
        return max(self.bounds, key=lambda name: self.bounds[name])


def wall(work: Work, layout: Layout, site: Site) -> Number:
    """The hours of a phase by the clock."""
    shared, alone = _hours(work, _kept(work, layout)[0], site)
    first, *others = shared.values()
    for each in others:
        first = np.maximum(first, each)
    return first + sum(alone.values())


def cost(work: Work, layout: Layout, site: Site) -> Number:
    """The price of a phase: machines for as long as they are kept, and requests to the output."""
    prices = site.cloud(layout)
    asked = (work.gets * prices.get + work.puts * prices.put) / 1e6
    return wall(work, layout, site) * _kept(work, layout)[0].hour + asked


def _kept(work: Work, layout: Layout) -> tuple[Layout, float]:
    """The machines that are kept in a phase, and the hours of its networks that GPUs do."""
    if not work.network_h:
        return layout.without_gpus(), 0.0
    return layout, work.network_h if layout.has_gpus else 0.0


def _hours(work: Work, kept: Layout, site: Site) -> tuple[dict[str, Number], dict[str, float]]:
    """Hours of a phase by what bounds it: what goes on at once, and what one does alone."""
    network = work.network_h if kept.has_gpus else 0.0
    shared: dict[str, Number] = {CORES: (work.worker_h - network - work.serial_h) / kept.cores(work.items)}
    if network:
        shared[GPUS] = network / kept.networks(work.items, site.gpu_speedup)
    if site.requests:
        shared[REQUESTS] = np.asarray(work.source_gets / site.pace / 3600)
    return shared, {WORKER: work.serial_h / kept.speed, DRIVER: work.driver_h / kept.speed}
