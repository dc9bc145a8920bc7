"""How a run curates: the graph of the phase, and the versions of all that shapes a dataset."""

from functools import partial
from importlib.metadata import version as installed
from typing import Any

from dags import graphs
from dags.graph import Graph
from pipeline.config.recipe import Config
from pipeline.phases import curate
from pipeline.phases.curate import Units
from pipeline.phases.dedup.components import MADE_BY as COMPONENTS_BY
from pipeline.phases.dedup.members import MADE_BY as MEMBERS_BY
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.resources.encoders import load_encoder
from pipeline.resources.linkers import open_run_linker
from pipeline.sources import Bounds, Opening, Policy
from pipeline.storage.store import Store
from transforms.concepts import cap
from transforms.duplicates import groups, select
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.embed import EmbedPanels
from transforms.emit import ToTriplets
from transforms.modality import NameModality
from transforms.panels.grain import Grain
from transforms.versions import LIBRARIES, library_versions, made_by

#: The stages behind curation whose versions shape a dataset.
LATER = (AssignCells, FindEdges, ToTriplets)


def curate_graph(
    config: Config, store: Store, vocabulary: str, encoder: str, bounds: Bounds | None = None
) -> tuple[Graph, dict[str, Any]]:
    """The graph of the phase, and what a unit depends on beside its articles; both versions are the run's.

    `bounds` are what its workers keep to together when they read from the source.
    """
    recipe = config.recipe
    source = Opening(config.source, config.concurrency, Policy(patience=config.patience), bounds)
    graph = graphs.curate(
        Units(store),
        FetchArticles(source, recipe.licenses, config.concurrency),
        FetchImages(source, config.concurrency),
        partial(open_run_linker, recipe, store, vocabulary),
        graphs.Gates(recipe.licenses, recipe.third_party == "keep", recipe.languages, recipe.crop_noderivatives),
        graphs.Cut(
            recipe.panels != "whole",
            Grain(recipe.grain, recipe.min_side),
            recipe.max_triplets_per_figure,
            recipe.panels == "single",
        ),
        EmbedPanels(partial(load_encoder, store, encoder), encoder),
        NameModality(recipe.modalities),
    )
    return graph, made_by(graph.stages) | curate.settings(recipe, vocabulary)


def versions(config: Config, store: Store, vocabulary: str, encoder: str) -> dict[str, Any]:
    """What a dataset depends on beside its articles, recipe, cut and centroids, as a lock states it."""
    _, curated = curate_graph(config, store, vocabulary, encoder)
    steps = COMPONENTS_BY | MEMBERS_BY | {"group": groups.VERSION, "select": select.VERSION}
    modules = {module for stage in LATER for module in LIBRARIES.get(stage.name, ())}
    return {
        "medconcept": installed("medconcept"),
        "vocabulary": vocabulary,
        "encoder": encoder,
        "linker": curated["linker"],
        "stages": curated["stages"] | {stage.name: stage.version for stage in LATER},
        "libraries": curated["libraries"] | library_versions(modules),
        "steps": steps | ({"cap": cap.VERSION} if config.recipe.concept_cap else {}),
    }
