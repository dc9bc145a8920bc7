"""The table of duplicates: every panel in at most one group, every group with its canonical member."""

from collections import Counter
from collections.abc import Collection, Iterator

from pipeline.dedup import DUPLICATES_FILE
from pipeline.store import Store
from pipeline.verify.files import read_exact, receipt_faults
from schemas.duplicates import DUPLICATES


def duplicate_faults(store: Store, panels: Collection[str]) -> Iterator[str]:
    """Faults of the duplicates among the `panels` of all units."""
    yield from receipt_faults(store, "dedup")
    table = read_exact(store, DUPLICATES_FILE, DUPLICATES)
    if table is None:
        yield f"{DUPLICATES_FILE}: missing, or not in its schema"
        return
    rows = table.to_pylist()
    canonicals = {row["group_id"]: row["panel_id"] for row in rows if row["kind"] == "canonical"}
    for panel, count in Counter(row["panel_id"] for row in rows).items():
        if count > 1:
            yield f"{DUPLICATES_FILE}: panel {panel} is in {count} groups"
        if panel not in panels:
            yield f"{DUPLICATES_FILE}: there is no panel {panel}"
    for row in rows:
        if canonicals.get(row["group_id"]) != row["canonical_id"]:
            yield f"{DUPLICATES_FILE}: the canonical of {row['panel_id']} is not in its group"
