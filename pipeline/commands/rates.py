"""The rates of rates.yaml: what each phase takes of each thing that there is to do, measured by benchmarks/rates.py."""

import datetime
from collections.abc import Mapping
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

    def times(self, factor: float) -> "Rate":
        """So many times as much of each."""
        return Rate.model_validate({thing: rate * factor for thing, rate in self})


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


class Rates(_Strict):
    """The document. The phases stand in the order in which they run."""

    measured: Where
    shape: Shape
    phases: dict[str, Phase]
    memory_mib: Memory
    assumed: Assumed


def load_rates(file: Path = FILE) -> Rates:
    """The rates of the package, or those of a file; raises UserError where they are faulty."""
    try:
        return Rates.model_validate(read_mapping(file))
    except ValidationError as error:
        raise UserError(f"{file}: {explain(error, Rates)}") from None
