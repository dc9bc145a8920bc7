"""The facts of a panel that the cap on concepts may leave out: its rarest concept, and the chance that its hash met."""

import pyarrow.compute as pc

from pipeline.phases.dedup.cap import Frequent
from pipeline.reports.explain.found import Found
from schemas.selection import CONCEPT_COUNTS
from schemas.tables import Row
from transforms.concepts.cap import HASHES, NO_CONCEPT, panel_hash


def cap_facts(found: Found, panel: str) -> Row | None:
    """The recipe's cap and how often each concept of the panel is published without it; None without a cap.

    `panels` is None of a concept that is in no more panels than the cap; `chance` is that of the rarest concept.
    """
    cap, index = found.output.run.config.recipe.concept_cap, found.index.get(panel)
    receipt = found.output.receipt(Frequent.FOLDER) if cap else None
    if cap is None or index is None or receipt is None:
        return None
    cuis = index["cuis"] or [NO_CONCEPT]
    rows = found.output.rows(receipt, "frequent", CONCEPT_COUNTS, pc.field("cui").isin(cuis))
    counts = {row["cui"]: row["panels"] for row in rows}
    rarest = min(counts.get(cui, 0) for cui in cuis)
    return {
        "cap": cap,
        "concepts": [{"cui": cui or None, "panels": counts.get(cui)} for cui in cuis],
        "chance": round(min(1.0, cap / rarest), 4) if rarest else 1.0,
        "hash": round(panel_hash(panel) / HASHES, 4),
    }
