"""The table of duplicates: every panel in at most one group, every group with its canonical member.

And that of the panels that show a withheld image.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from pipeline.dedup.grouping import DUPLICATES_FILE
from pipeline.dedup.members import MEMBERS_FILE, find_members
from pipeline.dedup.withheld import WITHHELD, WITHHELD_FILE
from pipeline.store import Store
from pipeline.verify.files import read_exact, receipt_faults
from schemas.duplicates import DUPLICATES, LEAKS, MEMBERS


def duplicate_faults(store: Store, panels: Collection[str], units: list[str]) -> Iterator[str]:
    """Faults of the duplicates among the `panels` of all units."""
    yield from receipt_faults(store, "dedup")
    files = (path for kind in ("slices", "edges") for path in store.files(f"dedup/{kind}"))
    for place in sorted({path.rsplit("/", 1)[0] for path in files}):
        yield from receipt_faults(store, place)
    table = read_exact(store, DUPLICATES_FILE, DUPLICATES)
    if table is None:
        yield f"{DUPLICATES_FILE}: missing, or not in its schema"
        return
    members = read_exact(store, MEMBERS_FILE, MEMBERS)
    if members is None or not members.equals(find_members(store, units)):
        yield f"{MEMBERS_FILE}: missing, or not what {DUPLICATES_FILE} and the panels say"
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


def withheld_faults(store: Store, panels: Collection[str]) -> Iterator[str]:
    """Faults of what says which of the `panels` of all units are withheld."""
    yield from receipt_faults(store, WITHHELD)
    table = read_exact(store, WITHHELD_FILE, LEAKS)
    if table is None:
        yield f"{WITHHELD_FILE}: missing, or not in its schema"
        return
    for panel in sorted(set(table["panel_id"].to_pylist()).difference(panels)):
        yield f"{WITHHELD_FILE}: there is no panel {panel}"
