"""The Beam engine: the items as a collection, a ParDo for each step. Any runner: its options are passed through."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from dags.graph import Failure, Graph, Item, Receipt, Step, steps
from dags.stage import Beat
from schemas.errors import UserError, told


class _Work(beam.DoFn):  # type: ignore[misc]
    """A step on each (item, tables) pair; a failure is reported at the last one."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def setup(self) -> None:
        self.step.setup()

    def process(self, element: tuple[Item, Any]) -> Iterator[tuple[Item, Any]]:
        item, tables = element
        outcome = self.step(item, tables)
        if self.step.last and isinstance(outcome, Failure):
            self.step.graph.report(outcome)
        yield item, outcome


def parse(options: list[str]) -> PipelineOptions:
    """The options of the runner; raises UserError for those that name none."""
    try:
        parsed = PipelineOptions(options)
        beam.Pipeline(options=parsed)
    except ValueError as error:
        raise UserError(f"Beam: {error}") from error
    return parsed


def run(graph: Graph, items: list[Item], beat: Beat, options: PipelineOptions) -> Iterator[Receipt | Failure]:
    """Run the items as one Beam job; the outcomes are read from what it left when it has ended. It sends no beats."""
    pipeline = beam.Pipeline(options=options)
    work = pipeline | beam.Create([(item, None) for item in items]) | beam.Reshuffle()
    for n, step in enumerate(steps(graph)):
        hints = {"accelerator": "type:nvidia-gpu;count:1"} if step.gpus else {}
        work |= f"{graph.name}-{n}" >> beam.ParDo(_Work(step)).with_resource_hints(**hints)
    trouble = ""
    try:
        pipeline.run().wait_until_finish()
    except RuntimeError as error:  # of a job that its runner gave up
        trouble = f": {told(error)}"
    for item in items:
        lost = Failure(item, f"{item.folder}: left without a receipt by the Beam job{trouble}")
        yield graph.done(item) or graph.reported(item) or lost
