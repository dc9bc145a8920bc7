"""The rates of rates.yaml: what each phase takes of each thing that there is to do, measured by benchmarks/rates.py."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config.documents import read_mapping
from schemas.errors import UserError
from schemas.explain import explain

FILE = Path(__file__).with_name("rates.yaml")

#: What a rate is of: a run, an article, one that passes the gates, a figure, a panel, a megabyte of the source's
#: pictures, one of its texts (JATS and metadata).
Thing = Literal["run", "article", "admitted", "figure", "panel", "megabyte", "text"]

#: How many there are of each.
Amounts = Mapping[Thing, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(_Strict):
    """How much of something each thing takes; what is not named takes none."""

    run: float = Field(0.0, ge=0)
    article: float = Field(0.0, ge=0)
    admitted: float = Field(0.0, ge=0)
    figure: float = Field(0.0, ge=0)
    panel: float = Field(0.0, ge=0)
    megabyte: float = Field(0.0, ge=0)
    text: float = Field(0.0, ge=0)

    def of(self, amounts: Amounts) -> float:
        """How much all of them take."""
        return sum(float(getattr(self, thing)) * amount for thing, amount in amounts.items())


class Phase(_Strict):
    """Rates of a phase: CPU seconds, megabytes, requests to the output and to the source.

    `worker_s`: of the workers, `serial_s` the part of it that one of them does alone, `network_s` the part that a GPU
    would do; `driver_s`: of the driver.
    """

    worker_s: Rate = Rate()
    serial_s: Rate = Rate()
    network_s: Rate = Rate()
    driver_s: Rate = Rate()
    read_mb: Rate = Rate()
    written_mb: Rate = Rate()
    gets: Rate = Rate()
    puts: Rate = Rate()
    source_gets: Rate = Rate()


class Where(_Strict):
    """Where and by what the rates were measured."""

    date: datetime.date
    machine: str
    corpora: str
    commands: tuple[str, ...]


class Shape(_Strict):
    """Panels of a figure, and the share of panels that is published."""

    panels_per_figure: float = Field(gt=0)
    published: float = Field(gt=0, le=1)


class Memory(_Strict):
    """MiB that a worker holds at most, and the driver."""

    worker: float = Field(gt=0)
    driver: Rate


class Assumed(_Strict):
    """What was not measured: see the comments in rates.yaml."""

    figures_per_picture: float = Field(gt=0, le=1)
    gpu_speedup: float = Field(gt=0)
    core_hour: float = Field(ge=0)
    gpu_hour: float = Field(ge=0)
    get_price: float = Field(ge=0)
    put_price: float = Field(ge=0)
    gb_month: float = Field(ge=0)


class Rates(_Strict):
    """The document. The phases stand in the order in which they run."""

    measured: Where
    shape: Shape
    phases: dict[str, Phase]
    memory_mib: Memory
    assumed: Assumed


@dataclass(frozen=True)
class Cluster:
    """Where a build would run, and what an hour of a core and of a GPU costs: by default what `assumed` says."""

    cores: int
    gpus: int = 0
    core_hour: float | None = None
    gpu_hour: float | None = None

    def hourly(self, assumed: Assumed, with_gpus: bool) -> float:
        """What an hour of it costs."""
        core = assumed.core_hour if self.core_hour is None else self.core_hour
        gpu = assumed.gpu_hour if self.gpu_hour is None else self.gpu_hour
        return self.cores * core + (self.gpus * gpu if with_gpus else 0.0)


@dataclass(frozen=True)
class Need:
    """What a phase would take: hours, gigabytes, requests to the output and to the source, money."""

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

    @classmethod
    def of(cls, phase: Phase, amounts: Amounts, cluster: Cluster, units: int, assumed: Assumed) -> "Need":
        """That of a phase. A corpus of few units keeps no more cores busy; GPUs are paid for where they are used."""
        network = phase.network_s.of(amounts) if cluster.gpus else 0.0
        core_h, gpu_h = (phase.worker_s.of(amounts) - network) / 3600, network / assumed.gpu_speedup / 3600
        driver_h, serial_h = phase.driver_s.of(amounts) / 3600, phase.serial_s.of(amounts) / 3600
        shared = max((core_h - serial_h) / min(cluster.cores, units), gpu_h / max(1, cluster.gpus))
        wall_h, gets, puts = shared + serial_h + driver_h, phase.gets.of(amounts), phase.puts.of(amounts)
        cost = wall_h * cluster.hourly(assumed, gpu_h > 0) + gets * assumed.get_price + puts * assumed.put_price
        read_gb, written_gb = phase.read_mb.of(amounts) / 1000, phase.written_mb.of(amounts) / 1000
        asked = gets, puts, phase.source_gets.of(amounts)
        return cls(core_h, gpu_h, driver_h, wall_h, read_gb, written_gb, *asked, cost)

    @classmethod
    def total(cls, needs: Sequence["Need"]) -> "Need":
        """That of all phases, one after the other."""
        return cls(*map(sum, zip(*map(astuple, needs), strict=True)))


def load_rates(file: Path = FILE) -> Rates:
    """The rates of the package, or those of a file; raises UserError where they are faulty."""
    try:
        return Rates.model_validate(read_mapping(file))
    except ValidationError as error:
        raise UserError(f"{file}: {explain(error, Rates)}") from None
