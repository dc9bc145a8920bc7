"""The cap on concepts: what all mention is thinned out, so that rare concepts weigh.

As MetaCLIP balances its texts (Xu et al., "Demystifying CLIP Data", arXiv:2309.16671, algorithm 1): a panel is kept
with the greatest of its concepts' chances min(1, cap / count), which is that of its rarest one. Its own hash decides,
so the outcome is the same on any machine, in any order, and for a larger cap more panels are kept, never others. Panels
without a concept count as those of one concept of their own, NO_CONCEPT.
"""

import hashlib
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from schemas.selection import CONCEPT_COUNTS

VERSION = "1"

#: Stands for the concept of a panel that has none.
NO_CONCEPT = ""

#: Hashes lie below this.
HASHES = 1 << 64


def count_concepts(cuis: pa.ChunkedArray) -> pa.Table:
    """The table CONCEPT_COUNTS of panels, given the concepts of each (a list in which each stands once)."""
    found = pc.list_flatten(cuis)
    none = pa.repeat(NO_CONCEPT, pc.sum(pc.equal(pc.list_value_length(cuis), 0)).as_py() or 0)
    counted = pa.chunked_array([*found.chunks, none.cast(found.type)]).value_counts()
    table = pa.table([counted.field("values"), counted.field("counts")], schema=CONCEPT_COUNTS)
    return table.sort_by("cui")


def add_counts(tables: Iterable[pa.Table]) -> pa.Table:
    """The sum of tables CONCEPT_COUNTS; it and one of them are held at a time."""
    total = CONCEPT_COUNTS.empty_table()
    for table in tables:
        both = pa.concat_tables([total, table]).group_by("cui", use_threads=False)
        total = both.aggregate([("panels", "sum")]).rename_columns(CONCEPT_COUNTS.names).cast(CONCEPT_COUNTS)
    return total.sort_by("cui")


def find_frequent(counts: pa.Table, cap: int) -> pa.Table:
    """The concepts of CONCEPT_COUNTS that more than `cap` panels mention."""
    return counts.filter(pc.greater(counts["panels"], cap))


def find_capped(panels: pa.Table, frequent: pa.Table, cap: int) -> pa.Table:
    """Those of `panels` (`panel_id`, `cuis`) that are left out, given the concepts that are frequent for this cap."""
    counts = dict(zip(frequent["cui"].to_pylist(), frequent["panels"].to_pylist(), strict=True))
    named = zip(panels["panel_id"].to_pylist(), panels["cuis"].to_pylist(), strict=True)
    return panels.filter(pa.array([not _is_kept(panel, cuis, counts, cap) for panel, cuis in named], pa.bool_()))


def _is_kept(panel: str, cuis: list[str], counts: dict[str, int], cap: int) -> bool:
    rarest = min(counts.get(cui, 0) for cui in cuis or [NO_CONCEPT])
    return rarest <= cap or panel_hash(panel) * rarest < cap * HASHES


def panel_hash(panel: str) -> int:
    """The first 8 bytes of the SHA-256 of a panel's id, the highest first: it is below HASHES."""
    return int.from_bytes(hashlib.sha256(panel.encode()).digest()[:8], "big")
