"""The list of all kinds of contents.

A file that draws ends in `KINDS`, the kinds that it draws by name. A new kind is a row there; a new file is one more
name below. The order counts: kinds are drawn by chance in this order, so that a seed gives other pictures after it
changes.
"""

from __future__ import annotations

from training.detector.draw.bench import gels_plates, western_blots
from training.detector.draw.images import clinical_views, micrographs, radiology, scenes_renderings
from training.detector.draw.kind import Picture, Plot
from training.detector.draw.plots import charts, clinical_plots, distributions, matrices, point_clouds, signals
from training.detector.draw.schemes import (
    diagrams,
    divided_schemes,
    gene_maps,
    graphical_abstracts,
    protein_domains,
    sheets,
    tables,
)

PLOT_FILES = (charts, distributions, clinical_plots, matrices, point_clouds, signals)
PICTURE_FILES = (
    western_blots,
    gels_plates,
    micrographs,
    radiology,
    clinical_views,
    scenes_renderings,
    diagrams,
    graphical_abstracts,
    tables,
    gene_maps,
    protein_domains,
    divided_schemes,
    sheets,
)

PLOTS: dict[str, Plot] = {name: kind for file in PLOT_FILES for name, kind in file.KINDS.items()}
PICTURES: dict[str, Picture] = {name: kind for file in PICTURE_FILES for name, kind in file.KINDS.items()}
#: The kinds that fill a page, too, by how often they do.
PAGES = {name: kind.page for name, kind in {**PLOTS, **PICTURES}.items() if kind.page}
