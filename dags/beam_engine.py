"""The Beam engine: the items as a collection, a ParDo for each step. Any runner: its options are passed through."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from dags.graph import Failure, Graph, Item, Receipt, Step, steps
from schemas.errors import UserError


class _Work(beam.DoFn):  # type: ignore[misc]
    """A step on each (item, tables) pair."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def setup(self) -> None:
        self.step.setup()

    def process(self, element: tuple[Item, Any]) -> Iterator[tuple[Item, Any]]:
        item, tables = element
        yield item, self.step(item, tables)


def run(graph: Graph, items: list[Item], options: list[str]) -> Iterator[Receipt | Failure]:
    """Run the items as one Beam job; the outcomes are read from the receipts when it has ended.

    Raises UserError for options that name no runner.
    """
    try:
        job = beam.Pipeline(options=PipelineOptions(options))
    except ValueError as error:
        raise UserError(f"Beam: {error}") from error
    with job as pipeline:
        work = pipeline | beam.Create([(item, None) for item in items]) | beam.Reshuffle()
        for n, step in enumerate(steps(graph)):
            hints = {"accelerator": "type:nvidia-gpu;count:1"} if step.gpus else {}
            work |= f"{graph.name}-{n}" >> beam.ParDo(_Work(step)).with_resource_hints(**hints)
    for item in items:
        yield graph.done(item) or Failure(item, f"{item.folder}: left without a receipt by the Beam job")
