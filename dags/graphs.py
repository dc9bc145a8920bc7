"""The graph of each phase, stated once: which stages it is, in which order. Reading and committing are handed in."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import pyarrow as pa

from dags.graph import Failure, Graph, Item, Receipt
from dags.stage import Stage
from transforms.captions.language import Languages
from transforms.concepts import LinkConcepts
from transforms.concepts.linker import Linker
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.thumbnails import Fetch
from transforms.emit import ToTriplets
from transforms.jats.read import ReadFigures
from transforms.modality import NameModality
from transforms.panels import SplitPanels
from transforms.panels.grain import Grain
from transforms.rights.licenses import Licenses


class Phase(Protocol):
    """What a phase reads and commits."""

    def read(self, item: Item) -> Iterable[pa.Table]:
        """The tables of an item."""

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Store what became of them."""

    def done(self, item: Item) -> Receipt | None:
        """The receipt of an item that need not run again."""

    def report(self, failure: Failure) -> None:
        """Keep a failure for the driver."""

    def reported(self, item: Item) -> Failure | None:
        """The failure that was kept of an item."""


class Gates(NamedTuple):
    """What is kept: licences, figures that name a third party, captions in languages, crops under ND."""

    licenses: Licenses
    third_party: bool
    languages: Languages
    crop_noderivatives: bool


class Cut(NamedTuple):
    """Whether pictures are cut, how finely, how many panels of a figure are kept, and whether single ones alone are."""

    split: bool
    grain: Grain
    most: int | None
    single: bool


def curate(
    phase: Phase,
    fetch_articles: Stage,
    fetch_images: Stage,
    linker: Callable[[], Linker],
    gates: Gates,
    cut: Cut,
    embed: EmbedPanels,
    modality: NameModality,
) -> Graph:
    """Article versions to panels with text, concepts, embeddings and modality; a unit at a time."""
    stages: tuple[Stage, ...] = (
        fetch_articles,
        ReadFigures(gates.licenses, gates.third_party, gates.languages),
        fetch_images,
        SplitPanels(cut.split, gates.licenses, gates.crop_noderivatives, cut.grain, cut.most, cut.single),
        LinkConcepts(linker),
        embed,
        modality,
    )
    return _graph("curate", phase, stages)


def narrow(phase: Phase, curate: Graph) -> Graph:
    """The chain of `curate` over one article at a time, to find those that it cannot bear."""
    return _graph("narrow", phase, curate.stages)


def describe(phase: Phase, assign_cells: AssignCells) -> Graph:
    """What describes the panels of some units, by the cells that they are compared in."""
    return _graph("describe", phase, (assign_cells,))


def compare(phase: Phase, threshold: float, fetch: Fetch) -> Graph:
    """The panels of a cell to the edges between the pictures that they show; a range of cells at a time."""
    return _graph("compare", phase, (FindEdges(threshold, fetch),))


def plain(name: str, phase: Phase) -> Graph:
    """What a phase reads is committed as it is: its work is on tables as a whole."""
    return _graph(name, phase, ())


def publish(phase: Phase, to_triplets: ToTriplets) -> Graph:
    """Panels to published triplets; an output shard at a time."""
    return _graph("publish", phase, (to_triplets,))


def _graph(name: str, phase: Phase, stages: tuple[Stage, ...]) -> Graph:
    return Graph(name, phase.read, stages, phase.commit, phase.done, phase.report, phase.reported)
