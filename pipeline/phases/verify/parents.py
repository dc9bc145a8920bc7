"""The table PARENTS of a unit: it has the graphics of which panels are crops, as figures name them."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from schemas.panels import is_whole
from schemas.tables import Row
from transforms.duplicates.proofs import is_proof
from transforms.duplicates.registration import SIDE


def parent_faults(parents: pa.Table, figures: pa.Table, panels: list[Row], cut: pa.Table | None) -> Iterator[str]:
    """Faults of PARENTS beside the other tables of its unit; `cut` is that of panels, None where it is given up.

    Several panels of a graphic are crops. A single panel may be all of it: its detector says so, and a box that starts
    away from the corner of the picture says that it is not.
    """
    rows = parents.to_pylist()
    names = [row["graphic_id"] for row in rows]
    if names != sorted(set(names)):
        yield "parents are not sorted by graphic, or name one twice"
    counts, whole = Counter(row["graphic_id"] for row in panels), set()
    crops = {name for name, count in counts.items() if count > 1}
    if cut is not None:
        for row in cut.select(["graphic_id", "detector", "box"]).to_pylist():
            if is_whole(row["detector"]):
                whole.add(row["graphic_id"])
            elif any(row["box"][:2]):
                crops.add(row["graphic_id"])
    yield from (f"parents lack {name}, of which panels are crops" for name in sorted(crops - {*names}))
    strange = [name for name in names if name not in counts or name in whole - crops]
    yield from (f"parents have {name}, of which no panel is a crop" for name in strange)
    known = {row["graphic_id"]: row for row in figures.to_pylist()}
    for row in rows:
        figure = known.get(row["graphic_id"], {})
        if differing := [name for name in ("article_id", "figure_id", "graphic") if row[name] != figure.get(name)]:
            yield f"parents and figures differ in {', '.join(differing)} of {row['graphic_id']}"
        if len(row["thumbnail"]) != SIDE * SIDE or not is_proof(row["proof"]):
            yield f"parents: the pictures of {row['graphic_id']} are not of their size"
