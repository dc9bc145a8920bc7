"""The steps of the dedup phase in order, each a phase that any engine runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dags import graphs, inline
from dags.graph import Item, Receipt
from dags.graphs import Phase
from pipeline.phases.dedup.cap import COUNTED_BY, Capped, Concepts, Frequent, Joined, Selected, capped_by
from pipeline.phases.dedup.centroids import Centroids, load_centroids
from pipeline.phases.dedup.compare import Compare, described_files
from pipeline.phases.dedup.components import MADE_BY as COMPONENTS_BY
from pipeline.phases.dedup.components import Components
from pipeline.phases.dedup.describe import Describe
from pipeline.phases.dedup.groups import FOLDER as GROUPS
from pipeline.phases.dedup.groups import Groups, Settings, group_items
from pipeline.phases.dedup.index import Index, contents_of, describes, find_index, forget, take_in, write_index
from pipeline.phases.dedup.leaks import Described
from pipeline.phases.dedup.members import MADE_BY as MEMBERS_BY
from pipeline.phases.dedup.members import Members
from pipeline.phases.dedup.selection import FOLDER as SELECTION
from pipeline.phases.dedup.selection import UNCAPPED, Selection, load_counts, selection_item
from pipeline.phases.dedup.withheld import FOLDER as WITHHELD
from pipeline.phases.dedup.withheld import (
    IMAGES_FOLDER,
    SEARCH_FOLDER,
    Images,
    Search,
    Withheld,
    images_item,
    search_items,
    withheld_item,
)
from pipeline.phases.phase import end_phase, run_pending, run_phase
from pipeline.phases.pictures import Pictures, picture_paths
from pipeline.run_context import Run
from pipeline.storage.ledger import standing
from pipeline.storage.receipts import receipt_path
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.edges import FindEdges
from transforms.versions import made_by

Units = Mapping[str, Receipt]

#: Where the steps leave what they made of a cap on concepts.
CAPPING = (UNCAPPED, Concepts.FOLDER, Frequent.FOLDER, Capped.FOLDER)

#: Where the steps leave what they made.
FOLDERS = (
    Centroids.FOLDER,
    Describe.FOLDER,
    Compare.FOLDER,
    Components.FOLDER,
    Members.FOLDER,
    IMAGES_FOLDER,
    SEARCH_FOLDER,
    WITHHELD,
    GROUPS,
    *CAPPING,
    SELECTION,
)


@dataclass(frozen=True)
class Deduplicated:
    """The receipts of the buckets' groups, in order, and of the table SELECTION, which says what is published."""

    groups: list[Receipt]
    selection: Receipt


def deduplicate(run: Run, units: Units) -> Deduplicated:
    """Find the duplicates among the panels of `units` (receipts by id)."""
    fetch = Pictures(run.store, picture_paths(units))
    index, described = _describe(run, units)
    while (edges := _compare(_here(run, index), index, described, units, fetch)) is None:
        index, described = _describe(run, units)
    run = _here(run, index)
    joined = Components(run.store)
    (components,) = _run(run, joined, [joined.item(edges, COMPONENTS_BY)], joined.FOLDER)
    phase = Members(run.store)
    members = _run(run, phase, phase.items(units, components, MEMBERS_BY), phase.FOLDER)
    leaks = _withhold(run, units, fetch)
    stated, recipe = run.encoder.declaration, run.config.recipe
    settings = Settings(stated.threshold, stated.unlike, recipe, run.cut.units)
    items = group_items(components, members, leaks, settings.made_by)
    groups = _run(run, Groups(run.store, settings, fetch), items, GROUPS)
    item = selection_item(groups, leaks, recipe, run.cut.units)
    (selection,) = _run(run, Selection(run.store, recipe, run.cut.units), [item], item.folder)
    return Deduplicated(groups, _cap(run, units, selection))


def _here(run: Run, index: Index) -> Run:
    """The run, whose items are done in this process where all panels are compared in one cell.

    They take a minute of one core at most; to start workers anew for each of so many steps costs as much.
    """
    return replace(run, engine=inline.run) if index.cells == 1 else run


def _run(run: Run, phase: Phase, items: list[Item], folder: str) -> list[Receipt]:
    """The receipts of a step that reads and commits."""
    return run_phase(run, graphs.plain(folder.rpartition("/")[2], phase), items, folder)


def _describe(run: Run, units: Units) -> tuple[Index, dict[str, Receipt]]:
    """The index with every unit in it, and the receipts of its parts by id.

    A generation of which something is lost that cannot be made again, for its units are gone, is taken in anew.
    """
    stated, contents = run.encoder.declaration, contents_of(units)
    key = describes(run.encoder.version, stated.dimension)
    given = run.lock.centroids if run.lock else None
    phase, learn = Describe(run.store), Centroids(run.store, stated.dimension, given)
    index = kept = find_index(run.store)
    if index and receipt_path(learn.item(index, units)) not in standing(run.store, learn.FOLDER, run.tell):
        index = None
    panels = sum(receipt["counts"]["panels"] for receipt in units.values())
    while True:
        index = take_in(learn.before(index, key, panels), units, key, stated.dimension)
        if index != kept:
            write_index(run.store, index)
            kept = index
        here = _here(run, index)
        (centroids,) = _run(here, learn, [learn.item(index, units)], learn.FOLDER)
        graph = graphs.describe(phase, AssignCells(load_centroids(run.store, centroids)))
        items = phase.items(index, centroids, made_by(graph.stages), units)
        there = standing(run.store, Describe.FOLDER, run.tell)
        missing = (part for part, item in zip(index.parts, items, strict=True) if receipt_path(item) not in there)
        lost = [part.generation for part in missing if not part.units.items() <= contents.items()]
        if not lost:
            described = run_pending(here, graph, items, there, Describe.FOLDER)
            return index, {part.id: receipt for part, receipt in zip(index.parts, described, strict=True)}
        index = index.before(min(lost))


def _compare(
    run: Run, index: Index, described: dict[str, Receipt], units: Units, fetch: Pictures
) -> list[Receipt] | None:
    """The receipts of the edges; None where some are lost that cannot be made again: the index is cut short before."""
    stated, contents = run.encoder.declaration, contents_of(units)
    phase = Compare(run.store, described_files(index, described))
    graph = graphs.compare(phase, stated.threshold, fetch)
    items = phase.items(index, described, made_by(graph.stages) | {"threshold": stated.threshold})
    there = standing(run.store, phase.FOLDER, run.tell)
    missing = {item.payload.generation for item in items if receipt_path(item) not in there}
    lost = [generation for generation in missing if not index.standing(generation).items() <= contents.items()]
    if lost:
        rest = index.before(min(lost))
        write_index(run.store, rest) if rest else forget(run.store)
        return None
    return run_pending(run, graph, items, there, phase.FOLDER)


def _withhold(run: Run, units: Units, fetch: Pictures) -> Receipt | None:
    """The receipt of the panels that show an image which the recipe withholds; None where it withholds nothing."""
    path, stated = run.config.recipe.withheld, run.encoder.declaration
    if not (path and run.withheld):
        for folder in (IMAGES_FOLDER, SEARCH_FOLDER, WITHHELD):
            end_phase(run, folder, [])
        return None
    item = images_item(run.encoder.version, run.withheld)
    # The images lie where the run was started: no worker elsewhere may find them.
    here, phase = replace(run, engine=inline.run), Images(run.store, Path(path), run.encoder, run.tell)
    (images,) = _run(here, phase, [item], IMAGES_FOLDER)
    described = Described(run.encoder.version, stated.dimension)
    search = Search(run.store, described, stated.threshold, fetch)
    depends = {"edges": FindEdges.version, "threshold": stated.threshold}
    found = _run(run, search, search_items(units, images, depends), SEARCH_FOLDER)
    item = withheld_item(images, found)
    told = receipt_path(item) in standing(run.store, WITHHELD, run.tell)
    (leaks,) = _run(run, Withheld(run.store), [item], WITHHELD)
    if not told:
        counts, matches = images["counts"], leaks["counts"]["leaks"]
        run.tell(f"withheld: {counts['images']} images, {counts['skipped']} skipped; {matches} matches")
    return leaks


def _cap(run: Run, units: Units, selection: Receipt) -> Receipt:
    """The receipt of the selection with what the recipe's cap on concepts leaves out; the same where it has none."""
    if (cap := run.config.recipe.concept_cap) is None:
        for folder in CAPPING:
            end_phase(run, folder, [])
        return selection
    selected, made_by = Selected(selection, load_counts(run.store, selection)), capped_by(cap)
    count, find, leave, join = Concepts(run.store), Frequent(run.store), Capped(run.store), Joined(run.store)
    counted = _run(run, count, count.items(units, selected, COUNTED_BY), count.FOLDER)
    (frequent,) = _run(run, find, [find.item(counted, made_by)], find.FOLDER)
    capped = _run(run, leave, leave.items(units, selected, frequent, made_by), leave.FOLDER)
    (joined,) = _run(run, join, [join.item(units, selection, capped, made_by)], SELECTION)
    return joined
