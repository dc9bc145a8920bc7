"""The engine of a single process, for debugging: one item after the other, and what ends the process ends the run."""

from collections.abc import Iterator

from dags.graph import Chain, Failure, Graph, Item, Receipt
from dags.stage import Beat, silent


def run(graph: Graph, items: list[Item], beat: Beat = silent) -> Iterator[Receipt | Failure]:
    """Run every item here."""
    work = Chain(graph, beat)
    for item in items:
        yield work(item)
