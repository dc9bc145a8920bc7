"""The dedup phase: its steps in order, each of which rests on those before it."""

from collections.abc import Generator, Iterator

from dags.graph import Item, Receipt
from pipeline.phases.dedup.centroids import Centroids
from pipeline.phases.dedup.compare import Compare
from pipeline.phases.dedup.components import MADE_BY, Components
from pipeline.phases.dedup.describe import Describe
from pipeline.phases.dedup.index import INDEX_FILE, Index, contents_of, read_index
from pipeline.phases.verify.comparison import CentroidCheck, ComponentCheck, DescribedCheck, EdgeCheck
from pipeline.phases.verify.groups import group_faults, member_faults
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.selection import selection_faults
from pipeline.phases.verify.steps import Keys, Sound, one_fault, places_of, step_faults
from pipeline.phases.verify.withheld import withheld_faults
from pipeline.storage.store import Store


def duplicate_faults(store: Store, known: Known, workers: Workers) -> Iterator[str]:
    """Faults of all that says which panels show the same, and which of them are published."""
    known.named.add(INDEX_FILE)
    index: Index | None = None
    try:
        index = read_index(store)
    except FileNotFoundError:
        yield f"{INDEX_FILE}: missing"
    except (OSError, ValueError) as error:
        yield f"{INDEX_FILE}: {' '.join(str(error).split())}"
    if index is not None:
        yield from _index_faults(index, known)
        workers = workers.here if index.cells == 1 else workers  # as they were made: it takes seconds
    centroids = yield from _centroid_faults(known, workers, index)
    described = yield from _described_faults(store, known, workers, index, centroids)
    compared = yield from _edge_faults(store, known, workers, index, described)
    components = yield from _component_faults(store, known, workers, compared)
    leaks = yield from withheld_faults(known, workers)
    members = yield from member_faults(store, known, workers, components)
    yield from group_faults(known, workers, components, members, leaks)
    yield from selection_faults(store, known, workers, leaks)


def _index_faults(index: Index, known: Known) -> Iterator[str]:
    taken = index.standing(index.generations)
    readable = {unit: receipt for unit, receipt in known.units.items() if receipt is not None}
    for unit, content in contents_of(readable).items():
        if taken.get(unit) != content:
            yield f"{INDEX_FILE}: unit {unit} is not taken in as it is"


def _centroid_faults(known: Known, workers: Workers, index: Index | None) -> Generator[str, None, Receipt | None]:
    if index is None:
        return (yield from one_fault(known, workers.here, CentroidCheck(None), None))
    key, place = index.centroids, Centroids.FOLDER
    keys = Keys(lambda made_by: [Item(place, key, None, made_by)])
    return (yield from one_fault(known, workers.here, CentroidCheck((index.cells, index.dimension)), keys))


def _described_faults(
    store: Store, known: Known, workers: Workers, index: Index | None, centroids: Receipt | None
) -> Sound:
    expected = None if index is None else [part.folder for part in index.parts]
    keys = None
    if index is not None and centroids is not None:
        keys = Keys(lambda made_by: Describe(store).items(index, centroids, made_by, {}))
    places = yield from places_of(known, Describe.FOLDER, expected)
    cells = None if index is None else index.cells
    sound = yield from step_faults(known, workers, [DescribedCheck(place, cells) for place in places], keys)
    return None if index is None else sound


def _edge_faults(
    store: Store, known: Known, workers: Workers, index: Index | None, described: list[Receipt] | None
) -> Sound:
    keys, expected = None, None
    if index is not None and described is not None:
        by_id = {part.id: receipt for part, receipt in zip(index.parts, described, strict=True)}
        phase = Compare(store, [])
        keys = Keys(lambda made_by: phase.items(index, by_id, made_by))
        expected = [item.folder for item in phase.items(index, by_id, {})]
    places = yield from places_of(known, Compare.FOLDER, expected)
    sound = yield from step_faults(known, workers, [EdgeCheck(place) for place in places], keys)
    return None if expected is None else sound


def _component_faults(
    store: Store, known: Known, workers: Workers, compared: list[Receipt] | None
) -> Generator[str, None, Receipt | None]:
    if compared is None:
        return (yield from one_fault(known, workers, ComponentCheck(None), None))
    phase, edges = Components(store), compared
    keys = Keys(lambda made_by: [phase.item(edges, made_by)])
    return (yield from one_fault(known, workers, ComponentCheck(phase.item(edges, MADE_BY)), keys))
