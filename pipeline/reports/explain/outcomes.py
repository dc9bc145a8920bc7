"""What became of a panel, a figure or an article: one state, and why."""

from collections import Counter

from pipeline.reports.explain.found import Found
from pipeline.reports.explain.reasons import MEANING, reject_facts
from schemas.rejects import Reason
from schemas.tables import Row
from transforms.duplicates.select import DUPLICATE, DUPLICATE_SPLIT, WITHHELD

LEFT_OUT = {
    DUPLICATE: "it shows the same as another panel of its split, which is published for it",
    DUPLICATE_SPLIT: "it shows the same as a panel that is published in another split",
    Reason.CONCEPT_CAP.value: MEANING[Reason.CONCEPT_CAP],
    WITHHELD: "it, or a duplicate of it, shows a picture that the recipe withholds",
}


def outcome(found: Found, panel: str) -> Row:
    """The state of a panel: published, left_out, rejected, or curated where it is not published yet."""
    if panel in found.published:
        return {"state": "published", "why": None, "split": found.place.split, "shard": found.place.shard}
    if reject := found.reject_of(panel_id=panel):
        return {"state": "rejected", **_why(reject)}
    if why := (found.selection.get(panel) or {}).get("left_out"):
        return {"state": "left_out", "reason": why, "why": LEFT_OUT[why]}
    if panel in found.index:
        return {"state": "curated", "why": f"its shard {found.place.shard or ''} does not hold it: build to publish it"}
    return {"state": "unknown", "why": "the unit's files do not tell"}


def outcome_of_figure(found: Found, graphics: list[Row]) -> Row:
    """The state of a figure or of some of its graphics: published where one panel is."""
    panels = [panel for row in graphics if row["graphic_id"] for panel in found.panels_of(row["graphic_id"])]
    states = Counter(outcome(found, panel)["state"] for panel in panels)
    counts = {"panels": dict(states)}
    if states["published"]:
        return {"state": "published", "why": None, **counts}
    for row in graphics:
        if reject := found.reject_of(graphic_id=row["graphic_id"], figure_id=row["figure_id"], panel_id=None):
            return {"state": "rejected", **_why(reject), **counts}
    if panels:
        return outcome(found, panels[0]) | counts
    return {"state": "unknown", "why": "the unit's files do not tell", **counts}


def outcome_of_article(found: Found) -> Row:
    """The state of an article: rejected, not planned, not curated, or what became of its figures."""
    if reject := found.article_reject:
        return {"state": "rejected", **_why(reject)}
    if found.planned is None and found.curated is None:
        return {"state": "not_planned", "why": "it is in no plan"}
    if found.unit is None:
        if found.place.shard is not None:  # a corpus has shards once all its units are curated
            return {"state": "unknown", "why": f"its unit {found.place.unit} is gone from the output: build it again"}
        return {"state": "not_curated", "why": f"its unit {found.place.unit} is not curated yet: build first"}
    figures = dict.fromkeys(row["figure_id"] for row in found.figures)
    states = Counter(
        outcome_of_figure(found, [row for row in found.figures if row["figure_id"] == name])["state"]
        for name in figures
    )
    panels = [outcome(found, panel)["state"] for panel in _panels(found)]
    state = "published" if states["published"] else next(iter(states), "unknown")
    return {"state": state, "why": None, "figures": dict(states), "panels": dict(Counter(panels))}


def _panels(found: Found) -> list[str]:
    graphics = [row["graphic_id"] for row in found.figures if row["graphic_id"]]
    return [panel for graphic in graphics for panel in found.panels_of(graphic)]


def _why(reject: Row) -> Row:
    told = reject_facts(reject)
    return {"reason": told["reason"], "why": told["meaning"], "stage": told["stage"], "detail": told["detail"]}
