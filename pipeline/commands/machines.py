"""The machines of machines.yaml with their prices, and layouts: how many of which a build runs on."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.config.documents import read_mapping
from schemas.errors import UserError
from schemas.explain import explain, nearest

FILE = Path(__file__).with_name("machines.yaml")

#: GiB that a worker asks for: 1.96 GB, as docs/clusters.md says.
WORKER_GIB = 1.96e9 / 2**30

#: A number, or many of them: how many machines there are in each of many layouts.
Number = float | NDArray[np.float64]

#: Machines of a type in a layout, at most.
MOST = 1000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Cloud(_Strict):
    """Prices: a million requests to the output, a GB kept for a month, a GB that leaves a region or the cloud."""

    get: float = Field(ge=0)
    put: float = Field(ge=0)
    gb_month: float = Field(ge=0)
    between_regions: float = Field(ge=0)
    internet: float = Field(ge=0)


class Machine(_Strict):
    """A type of machines: see the comments in machines.yaml. Its name is its key there."""

    name: str = Field("", pattern=r"^[^:\s]*$")
    cloud: str
    region: str
    cores: int = Field(ge=0)
    memory_gib: float = Field(ge=0)
    gpus: int = Field(0, ge=0)
    hour: float = Field(ge=0)
    speed: float = Field(1.0, gt=0)
    gpu_speedup: float | None = Field(None, gt=0)

    @property
    def workers(self) -> int:
        """The cores that have the memory of a worker."""
        return min(self.cores, int(self.memory_gib / WORKER_GIB))


def _named(machines: Any) -> Any:
    """The machines, each with its key as its name."""
    if not isinstance(machines, dict):
        return machines
    return {key: each | {"name": key} if isinstance(each, dict) else each for key, each in machines.items()}


class Machines(_Strict):
    """The document; `core` and `gpu` are what `--cores` and `--gpus` count."""

    dated: datetime.date
    currency: str
    clouds: dict[str, Cloud]
    core: Machine
    gpu: Machine
    machines: Annotated[dict[str, Machine], BeforeValidator(_named), Field(min_length=1)]


@dataclass(frozen=True)
class Layout:
    """Machines, and how many of each. With arrays as counts it stands for many layouts, and so do all figures of it.

    A `generic` one counts cores and GPUs of whatever machines.
    """

    machines: tuple[Machine, ...]
    counts: tuple[Number, ...]
    generic: bool = False

    @property
    def has_gpus(self) -> bool:
        """Whether GPUs do the networks."""
        return any(machine.gpus for machine in self.machines)

    @property
    def hour(self) -> Number:
        """The price of an hour."""
        return sum((count * each.hour for each, count in zip(self.machines, self.counts, strict=True)), 0.0)

    @property
    def speed(self) -> float:
        """That of the fastest core, on which the driver runs, and a worker that works alone."""
        return max(machine.speed for machine in self.machines if machine.workers)

    def total(self, name: str) -> Number:
        """How many `workers` or `gpus` there are."""
        return sum((count * getattr(each, name) for each, count in zip(self.machines, self.counts, strict=True)), 0.0)

    def cores(self, items: float) -> Number:
        """What so many independent items keep busy, in cores of speed 1: the fastest first, one item a core."""
        return self._busy(items, [(each.workers, each.speed) for each in self.machines])

    def networks(self, items: float, speedup: float) -> Number:
        """What the GPUs do of the networks, in cores of speed 1: `speedup` is of those that name none."""
        return self._busy(items, [(each.gpus, each.gpu_speedup or speedup) for each in self.machines])

    def _busy(self, items: float, parts: Sequence[tuple[int, float]]) -> Number:
        left, found = np.asarray(items, float), np.zeros(())
        for (each, speed), count in sorted(zip(parts, self.counts, strict=True), key=lambda one: -one[0][1]):
            taken = np.minimum(left, count * each)
            left, found = left - taken, found + taken * speed
        return found

    def without_gpus(self) -> "Layout":
        """What is kept after curate: the machines without GPUs, or all where there is none of these."""
        kept = [one for one in zip(self.machines, self.counts, strict=True) if not one[0].gpus]
        if not kept:
            return self
        machines, counts = zip(*kept, strict=True)
        return replace(self, machines=machines, counts=counts)

    def __str__(self) -> str:
        parts = zip(self.machines, self.counts, strict=True)
        return " + ".join(f"{count:,.0f} {machine.name}" for machine, count in parts)


def load_machines(file: Path | None = None) -> Machines:
    """The machines of the package, or those of a file; raises UserError where they are faulty."""
    file = file or FILE
    try:
        found = Machines.model_validate(read_mapping(file))
    except ValidationError as error:
        raise UserError(f"{file}: {explain(error, Machines)}") from None
    named = {f"machines.{name}": machine for name, machine in found.machines.items()}
    places = {"core": found.core, "gpu": found.gpu} | named
    for place, machine in places.items():
        if machine.cloud not in found.clouds:
            raise UserError(f"{file}: {place}: clouds has no {machine.cloud}")
        if place != "gpu" and not machine.workers:
            raise UserError(f"{file}: {place}: without a core and {WORKER_GIB:.2g} GiB it has no worker")
    return found


def parse_layout(named: Sequence[str], known: Machines) -> Layout:
    """The layout that texts such as "c7i.4xlarge:2" name, each a type and how many of it; a type alone is one machine.

    Raises:
        UserError: a type is not known or named twice, or a count is none.
    """
    counts: dict[str, float] = {}
    for each in named:
        name, colon, count = each.partition(":")
        if name not in known.machines:
            raise UserError(f"no machine {name}{nearest(name, known.machines)}; there are {', '.join(known.machines)}")
        if name in counts:
            raise UserError(f"--machine names {name} twice")
        if colon and not (count.isdecimal() and 0 < int(count[:9]) <= MOST):
            raise UserError(f"--machine {each}: how many must be 1 to {MOST:,}")
        counts[name] = int(count or 1)
    return Layout(tuple(known.machines[name] for name in counts), tuple(counts.values()))


def any_cores(known: Machines, cores: int, gpus: int, core_hour: float | None, gpu_hour: float | None) -> Layout:
    """Cores and GPUs of any machines, at the prices of the file where none is given."""
    core, gpu = (
        machine if hour is None else machine.model_copy(update={"hour": hour})
        for machine, hour in ((known.core, core_hour), (known.gpu, gpu_hour))
    )
    return Layout((core, gpu), (cores, gpus), generic=True) if gpus else Layout((core,), (cores,), generic=True)


def check_region(layout: Layout) -> None:
    """Raise UserError unless all machines are in one region."""
    if len({machine.region for machine in layout.machines}) > 1:
        regions = ", ".join(f"{machine.name} in {machine.region}" for machine in layout.machines)
        raise UserError(f"the machines of a layout must be in one region: {regions}")
