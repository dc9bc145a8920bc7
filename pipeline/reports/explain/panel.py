"""The facts of a panel: its picture, rights, text, concepts and modality; and whether its shard says the same."""

from collections.abc import Iterable

from pipeline.reports.explain.caption import METHODS
from pipeline.reports.explain.found import Found, published_rows
from schemas.tables import Row
from transforms.captions.whole import full_caption
from transforms.modality.evidence import CERTAIN, decide, posterior
from transforms.modality.text import Cue

#: Modalities whose chances are told.
LIKELIEST = 3

#: What unit and shard must agree on.
_AGREED = ("sha256", "caption", "text_spans", "concepts", "modality", "cells")


def panel_facts(found: Found, panel: Row, figure: Row | None) -> Row:
    """All that is stored of a panel that was made."""
    caption = panel["figure_caption"] if figure is None else full_caption(figure)
    spans = [span | {"text": caption[span["start"] : span["end"]]} for span in panel["text_spans"]]
    return {
        "panel_id": panel["panel_id"],
        "label": panel["panel_label"],
        "box": panel["box"],
        "score": round(panel["detector_score"], 4),
        "cells": [{"box": cell["box"], "score": round(cell["score"], 4)} for cell in panel["cells"]],
        "format": panel["format"],
        "size": [panel["width"], panel["height"]],
        "sha256": panel["sha256"],
        "rights": {name: panel[name] for name in ("license", "license_url", "attribution")},
        "text": {
            "method": panel["caption_method"],
            "meaning": METHODS.get(panel["caption_method"]),
            "confidence": round(panel["caption_confidence"], 4),
            "caption": panel["caption"],
            "spans": spans,
        },
        "concepts": [_rounded(each) for each in panel["concepts"]],
        "linker": panel["linker"],
        "vocabulary": panel["vocabulary"],
        "modality": _modality(panel),
        "published": _published(found, panel),
    }


def _published(found: Found, panel: Row) -> Row | None:
    """Where the panel stands in its shard, and in what the shard differs from the unit; None where it is in none."""
    place = found.published.get(panel["panel_id"])
    if place is None or found.shard is None:
        return None
    files = {name: stamp["path"] for name, stamp in found.shard["files"].items()}
    known = place | {"parquet": files["parquet"], "webdataset": files["webdataset"]}
    if panel.get("is_published"):
        return known | {"differs": None}
    rows = published_rows(found, panel["panel_id"])
    return known | {"differs": list(_differing(panel, rows[0])) if rows else None}


def _differing(panel: Row, triplet: Row) -> Iterable[str]:
    return (name for name in _AGREED if panel[name] != triplet[name])


def _modality(panel: Row) -> Row:
    """The modality, its evidence, and the likeliest by the chances that follow from it, worked out again."""
    evidence = panel["modality_evidence"]
    seen = {each["name"]: each["score"] for each in evidence if each["source"] == "picture"}
    cues = [Cue(each["name"], each["score"], 0, 0) for each in evidence if each["source"] == "text"]
    chances = posterior(seen, cues)
    best = sorted(chances, key=lambda name: -chances[name])[:LIKELIEST]
    return {
        "name": panel["modality"],
        "evidence": [_rounded(each) for each in evidence],
        "chances": {name: round(chances[name], 4) for name in best},
        "least": CERTAIN,
        "same": decide(chances) == panel["modality"],
    }


def _rounded(row: Row) -> Row:
    """The row with a score as its digits mean it: float32 has more as JSON."""
    return row | {"score": round(row["score"], 4)}
