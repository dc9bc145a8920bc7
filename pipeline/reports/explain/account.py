"""The account of an id: a document for machines, which text.py tells to people."""

from pipeline.reports.explain import article as of_article
from pipeline.reports.explain.asked import Asked
from pipeline.reports.explain.cap import cap_facts
from pipeline.reports.explain.duplicates import duplicate_facts
from pipeline.reports.explain.figure import form_facts, graphic_facts, rights_facts
from pipeline.reports.explain.found import Found, find
from pipeline.reports.explain.outcomes import outcome, outcome_of_article, outcome_of_figure
from pipeline.reports.explain.output import Output
from pipeline.reports.explain.panel import panel_facts
from pipeline.reports.explain.reasons import reject_facts
from pipeline.reports.explain.unknown import check
from schemas.tables import Row


def account(output: Output, asked: Asked) -> Row:
    """All that an output tells of an id, in the order of the chain.

    Parts that do not go with what is asked are None. `faults` says what of the output could not be read.

    Raises:
        UserError: the output holds nothing of that id.
    """
    found = find(output, asked)
    check(found)
    name = found.article or asked.pmcid
    kind = asked.kind if found.figures and not found.article_reject else "article"
    told: Row = {
        "id": asked.in_article(name),
        "kind": asked.kind,
        "outcome": outcome_of_article(found),
        "source": of_article.source_facts(found),
        "article": _article(found),
        "figures": None,
        "figure": None,
        "rights": None,
        "graphics": None,
        "panel": None,
        "duplicates": None,
        "place": of_article.place_facts(found),
        "made_by": of_article.made_by_facts(found),
        "given_up": found.given_up,
        "faults": output.faults,
    }
    if kind == "article":
        told["figures"] = _figures(found) if asked.kind == "article" else None
    else:
        told |= _of_figure(found, name)
    if kind in ("panel", "cell"):
        told |= _of_panel(found, name)
    return told | {"faults": list(dict.fromkeys(output.faults))}


def _article(found: Found) -> Row | None:
    """What the rows of the article's figures repeat of it; None where it has none."""
    if not found.figures:
        return None
    stated, group = found.figures[0]["article"], found.output.run.config.recipe.licenses
    return of_article.bibliography(stated) | {"rights": of_article.license_facts(stated, group)}


def _figures(found: Found) -> list[Row]:
    """Each figure of the article in short."""
    names = dict.fromkeys(row["figure_id"] for row in found.figures)
    lines = []
    for name in names:
        rows = [row for row in found.figures if row["figure_id"] == name]
        form = {part: rows[0][part] for part in ("figure_id", "figure_kind", "figure_label")}
        lines.append(form | {"graphics": len(rows), "outcome": outcome_of_figure(found, rows)})
    return lines


def _of_figure(found: Found, name: str) -> Row:
    """What is told of the figure that is asked for, or that the panel is of."""
    asked = found.asked
    rows = [row for row in found.figures if row["figure_id"] == asked.figure_of(name)]
    if asked.kind != "figure":
        rows = [row for row in rows if row["graphic_id"] == asked.graphic_of(name)] or rows
    if not rows:
        return {}
    return {
        "outcome": outcome_of_figure(found, rows),
        "figure": form_facts(rows[0]),
        "rights": rights_facts(rows[0], found.output.run.config.recipe),
        "graphics": [graphic_facts(found, row) for row in rows],
    }


def _of_panel(found: Found, name: str) -> Row:
    """What is told of a panel, of the panel that a cell is in."""
    asked = found.asked
    panel = asked.in_article(name)
    own = found.panel(panel) or found.reject_of(panel_id=panel) or panel in found.index
    if asked.kind == "cell" and not own:
        panel = asked.panel_of(name)
    row, reject = found.panel(panel), found.reject_of(panel_id=panel)
    figure = next((each for each in found.figures if each["graphic_id"] == panel.rpartition("-p")[0]), None)
    facts: Row = panel_facts(found, row, figure) if row else {"panel_id": panel}
    facts["reject"] = reject and reject_facts(reject)
    facts["index"] = _of_index(found, panel) if row is None else None
    return {
        "outcome": outcome(found, panel),
        "panel": facts,
        "duplicates": None if reject else duplicate_facts(found, panel),
        "cap": None if reject else cap_facts(found, panel),
    }


def _of_index(found: Found, panel: str) -> Row | None:
    """What the index keeps of a panel whose unit gave up its panels."""
    row = found.index.get(panel)
    names = ("width", "height", "license", "year", "caption", "encoder", "pixel_sha256")
    return row and {name: row[name] for name in names}
