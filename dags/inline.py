"""The engine of a single process: one item after the other."""

from collections.abc import Iterator
from typing import Any

from dags.graph import Failure, Graph, Item, Receipt, steps


def run(graph: Graph, items: list[Item]) -> Iterator[Receipt | Failure]:
    """Run every item here."""
    parts = steps(graph)
    for step in parts:
        step.setup()
    for item in items:
        result: Any = None
        for step in parts:
            result = step(item, result)
        yield result
