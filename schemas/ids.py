"""Identifiers: PMC13901v1, PMC13901v1-f003, PMC13901v1-f003g2, PMC13901v1-f003g2-p01, PMC13901v1-f003g2-p01c02.

Each names its parent, so a row can be placed without a join. None holds a dot: a WebDataset key ends at its first dot.
"""

import re

_PANEL = re.compile(r"PMC(\d+)v(\d+)-f(\d+)(?:g(\d+))?-p(\d+)(?:c(\d+))?", re.ASCII)
#: What the id of a panel adds to that of its graphic.
PANEL_SUFFIX = r"-p\d+(c\d+)?"
_ARTICLE = re.compile(r"(PMC(\d+))v(\d+)", re.ASCII)


def article_id(pmcid: str, version: int) -> str:
    """`PMC13901`, 1 -> `PMC13901v1`: what the source calls PMC13901.1."""
    return f"{pmcid}v{version}"


def parse_article_id(article: str) -> tuple[str, int]:
    """`PMC13901v1` -> `PMC13901`, 1; raises ValueError for anything else."""
    found = _ARTICLE.fullmatch(article)
    if not found:
        raise ValueError(f"{article!r} is no article id such as PMC13901v1")
    return found[1], int(found[3])


def article_of(name: str) -> str:
    """The accession number of the article that a figure, graphic or panel is of, without version: PMC13901."""
    return parse_article_id(name.partition("-")[0])[0]


def figure_id(article: str, n: int) -> str:
    """The n-th figure of an article in document order, from 1."""
    return f"{article}-f{n:03d}"


def graphic_id(figure: str, n: int) -> str:
    """The n-th graphic of a figure, from 1; the first bears the figure's own id."""
    return figure if n == 1 else f"{figure}g{n}"


def graphic_number(graphic: str) -> int:
    """Which graphic of its figure this is, from 1: 2 of PMC13901v1-f003g2."""
    return int(graphic.rpartition("-f")[2].partition("g")[2] or 1)


def panel_id(graphic: str, n: int, cell: int | None = None) -> str:
    """The n-th panel of a graphic in reading order, from 1; or a cell of it, where a panel is cut into several."""
    return f"{graphic}-p{n:02d}" + ("" if cell is None else f"c{cell:02d}")


def panel_order(panel: str) -> tuple[int, ...]:
    """The sort key of a panel id: article number, version, figure, graphic, panel, cell."""
    found = _PANEL.fullmatch(panel)
    if not found:
        raise ValueError(f"{panel!r} is no panel id such as PMC13901v1-f003-p02")
    article, version, figure, graphic, number, cell = found.groups()
    return int(article), int(version), int(figure), int(graphic or 1), int(number), int(cell or 0)
