"""An id that an output does not hold: what is wrong with it, and the nearest ids that it does hold."""

from collections.abc import Iterable

import pyarrow.compute as pc

from pipeline.reports.explain.asked import parse
from pipeline.reports.explain.found import Found
from pipeline.reports.explain.output import Output
from pipeline.reports.explain.page import counted
from schemas.errors import UserError

#: Ids that are named.
NAMED = 3

#: Versions of an article that are looked for.
VERSIONS = range(1, 6)


def check(found: Found) -> None:
    """Raise UserError where the output knows nothing of the id, in a line that names the nearest ids."""
    output, asked = found.output, found.asked
    snapshot = f"the inventory {output.run.snapshot.id} of {output.store.uri}"
    if found.article is None:
        told = _listed(_near_articles(output, asked.pmcid))
        never = "it never was there, or was withdrawn before, of which nothing stays"
        raise UserError(f"{asked.pmcid} is not in {snapshot}: {never}{told}")
    known = {row["article_id"] for row in (*found.listed, *([found.curated] if found.curated else []))}
    if asked.version_id and asked.version_id not in known:
        told = _listed(asked.in_article(article) for article in sorted(known))
        raise UserError(f"{asked.version_id} is not in {snapshot}{told}")
    if asked.version_id and asked.version_id != found.article:
        newer = asked.in_article(found.article)
        raise UserError(f"{asked.version_id} is not built, for an article has one version{_listed([newer])}")
    if asked.kind == "article" or found.article_reject or not found.figures:
        return
    ids = _ids(found)
    name = asked.in_article(found.article)
    if name not in ids[asked.kind] and not _is_cell(found):
        near = _nearest(name, ids[asked.kind] or ids["figure"])
        raise UserError(f"{name} is not in {output.store.uri}: {_counted(found, ids)}{_listed(near)}")


def _counted(found: Found, ids: dict[str, set[str]]) -> str:
    """How many of its kind there are: panels of the graphic where that is known, else figures of the article."""
    graphic = found.asked.graphic_of(found.article or "")
    if found.asked.panel is not None and graphic in ids["graphic"]:
        return f"{graphic} has {counted(len(found.panels_of(graphic)), 'panel')}"
    return f"{found.article} has {counted(len(ids['figure']), 'figure')}"


def _ids(found: Found) -> dict[str, set[str]]:
    """The ids that stand in the article, by what they name."""
    rows = (*found.figures, *found.rejects)
    panels = {panel for graphic in _graphics(found) for panel in found.panels_of(graphic)}
    return {
        "figure": {row["figure_id"] for row in rows} - {None},
        "graphic": _graphics(found),
        "panel": panels,
        "cell": panels,
    }


def _graphics(found: Found) -> set[str]:
    return {row["graphic_id"] for row in (*found.figures, *found.rejects) if row["graphic_id"]}


def _is_cell(found: Found) -> bool:
    """Whether a cell is asked for that is one of the boxes of a panel."""
    if found.asked.kind != "cell" or found.article is None:
        return False
    panel = found.panel(found.asked.panel_of(found.article))
    return panel is not None and 1 <= (found.asked.cell or 0) <= len(panel["cells"])


def _near_articles(output: Output, pmcid: str) -> list[str]:
    """The articles of the inventory that are one slip away: a digit changed, missing, added, or two turned round."""
    digits = pmcid.removeprefix("PMC")
    slips = {digits[:n] + digits[n + 1 :] for n in range(len(digits))}
    slips |= {digits[:n] + new + digits[n + 1 :] for n in range(len(digits)) for new in "0123456789"}
    slips |= {digits[:n] + new + digits[n:] for n in range(len(digits) + 1) for new in "0123456789"}
    slips |= {digits[:n] + digits[n + 1] + digits[n] + digits[n + 2 :] for n in range(len(digits) - 1)}
    names = [f"PMC{each}v{version}" for each in slips if each for version in VERSIONS]
    found = [row["article_id"] for row in output.listed(pc.field("article_id").isin(names))]
    for shorter in range(len(digits) - 2, 0, -1):  # those that begin alike
        if found:
            break
        start = f"PMC{digits[:shorter]}"
        wanted = (pc.field("article_id") >= start) & (pc.field("article_id") < f"{start}~")
        found = [row["article_id"] for row in output.listed(wanted)]
    return _nearest(pmcid, found)


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """The ids whose numbers differ least: first by article, then by figure, graphic, panel and cell."""
    wanted = _numbers(name)

    def distance(other: str) -> tuple[int, ...]:
        return tuple(abs(one - two) for one, two in zip(wanted, _numbers(other), strict=True))

    return sorted(known, key=lambda other: (distance(other), other))[:NAMED]


def _numbers(name: str) -> tuple[int, ...]:
    asked = parse(name)
    parts = asked.version, asked.figure, asked.graphic, asked.panel, asked.cell
    return int(asked.pmcid.removeprefix("PMC")), *(part or 1 for part in parts)


def _listed(names: Iterable[str]) -> str:
    told = ", ".join(names)
    return f"; nearest: {told}" if told else ""
