"""The engine of a single process, for debugging: one item after the other, and what ends the process ends the run."""

from collections.abc import Iterator

from dags.graph import Failure, Graph, Item, Receipt, run_steps, steps
from dags.stage import Beat, silent


def run(graph: Graph, items: list[Item], beat: Beat = silent) -> Iterator[Receipt | Failure]:
    """Run every item here."""
    parts = steps(graph, beat)
    for step in parts:
        step.setup()
    for item in items:
        yield run_steps(parts, item)
