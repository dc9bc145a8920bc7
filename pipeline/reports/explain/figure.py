"""The facts of a figure and its graphics: its form, its rights, its objects at the source, what was found in them."""

from typing import Any

from pipeline.config.recipe import Recipe
from pipeline.reports.explain.caption import caption_facts
from pipeline.reports.explain.found import Found
from pipeline.reports.explain.outcomes import outcome
from pipeline.reports.explain.reasons import reject_facts
from schemas.panels import UNCROPPED
from schemas.tables import Row
from transforms.captions.whole import full_caption
from transforms.panels.finder import NOTHING, UNSOUGHT
from transforms.panels.grain import SINGLE, SMALL, UNTOLD
from transforms.rights.figures import rights_of
from transforms.rights.licenses import admitted

#: Why a picture stayed whole, by the end of `detector`.
WHOLE = {
    NOTHING: "no panel was found in it",
    SINGLE: "one panel fills it",
    UNTOLD: "the caption does not tell its panels apart",
    SMALL: "each panel would be smaller than the recipe admits",
    UNCROPPED: "its licence permits no derivatives",
}


def form_facts(figure: Row) -> Row:
    """What the JATS holds of a figure."""
    group, own = figure["group_caption"], figure["figure_caption"]
    return {
        "figure_id": figure["figure_id"],
        "kind": figure["figure_kind"],
        "xml_id": figure["figure_xml_id"],
        "label": figure["figure_label"],
        "graphics": figure["graphic_count"],
        "group_caption": group,
        "caption_of_group": bool(group and group == own),
        "caption": full_caption(figure),
        "language": figure["language"],
        "mentions": len(figure["mentions"] or ()),
        "citations": [
            {"text": figure["mentions"][each["mention"]][each["start"] : each["end"]], "panels": each["panels"]}
            for each in figure["citations"] or ()
        ],
        "abbreviations": {each["short"]: each["long"] for each in figure["abbreviations"] or ()},
    }


def rights_facts(figure: Row, recipe: Recipe) -> Row:
    """The claims about a picture, where each stands, and the licence that follows for it as a whole."""
    claims, caption = figure["claims"] or (), full_caption(figure)
    whole = [claim for claim in claims if not claim["panels"]]
    rights = rights_of(figure["article"], whole)
    return {
        "claims": [claim | {"stated_in": _stated_in(claim["text"], caption)} for claim in claims],
        "third_party": figure["third_party"],
        "third_party_policy": recipe.third_party,
        **rights._asdict(),
        "own": bool(whole),
        "admitted": admitted(rights.license, recipe.licenses),
    }


def _stated_in(text: str, caption: str) -> str:
    plain = " ".join(caption.split())
    return "the caption" if " ".join(text.split()) in plain else "an element of the figure or around it"


def graphic_facts(found: Found, figure: Row) -> Row:
    """The object of a graphic at the source, what was found in it, how the caption was split for it, its panels."""
    graphic = figure["graphic_id"]
    ids = found.panels_of(graphic) if graphic else []
    panels = [row for panel in ids if (row := found.panel(panel))]
    reject = found.reject_of(graphic_id=graphic, figure_id=figure["figure_id"], panel_id=None)
    stages = (found.unit or {}).get("made_by", {}).get("stages", {})
    return {
        "graphic_id": graphic,
        "hrefs": figure["hrefs"],
        "graphic": figure["graphic"],
        "source_uri": figure["source_uri"],
        "source_md5": figure["source_md5"],
        "reject": reject and reject_facts(reject),
        "picture": picture_facts(panels) if panels else None,
        "caption_split": caption_facts(figure, panels, stages.get("panels")) if panels else None,
        "panels": [panel_line(found, panel) for panel in ids],
        "forgotten": found.given_up and any(panel in found.index and not found.panel(panel) for panel in ids),
    }


def picture_facts(panels: list[Row]) -> Row:
    """What was found in a graphic, of which these panels were made. Only of a whole one the size is stored."""
    first = panels[0]
    name, slash, end = first["detector"].partition("/")
    whole = first["box"] if slash or name == UNSOUGHT else None
    return {
        "sha256": first["parent_sha256"],
        "truncated": first["truncated"],
        "size": whole and whole[2:],
        "reaches": [max(row["box"][side] for row in panels) for side in (2, 3)],
        "detector": name,
        "whole": WHOLE.get(slash + end) if slash else ("panels were not looked for" if name == UNSOUGHT else None),
        "panel_count": first.get("panel_count"),
        "letters_without_panel": first["letters_without_panel"],
        "letters_without_text": first["letters_without_text"],
    }


def panel_line(found: Found, panel: str) -> dict[str, Any]:
    """A panel in short: its box, score and letter, and what became of it."""
    row = found.panel(panel)
    known = {"panel_id": panel, "outcome": outcome(found, panel)}
    if row is None:
        return known
    return known | {
        "label": row["panel_label"],
        "box": row["box"],
        "score": round(row["detector_score"], 3),
        "cells": [{"box": cell["box"], "score": round(cell["score"], 3)} for cell in row["cells"]],
        "caption_method": row["caption_method"],
        "caption_confidence": round(row["caption_confidence"], 4),
        "concepts": len(row["concepts"]),
        "modality": row["modality"],
    }
