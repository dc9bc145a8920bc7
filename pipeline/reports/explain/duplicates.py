"""The facts of a panel's duplicates: its group, the edges that lead to it, and what of them is published."""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.curate import FOLDER as UNITS
from pipeline.phases.dedup import withheld
from pipeline.phases.dedup.components import Components
from pipeline.phases.dedup.groups import FOLDER as GROUPS
from pipeline.phases.dedup.selection import FOLDER as SELECTION_FOLDER
from pipeline.reports.explain.found import Found
from schemas.duplicates import BUCKETED_EDGES, COMPONENTS, CONFIRMED, DUPLICATES, INDEX, LEAKS
from schemas.ids import article_of
from schemas.selection import SELECTION
from schemas.tables import Row
from transforms.duplicates.components import to_integers
from transforms.duplicates.select import DUPLICATE, DUPLICATE_SPLIT, WITHHELD

#: Members of a group, and edges, that are told.
TOLD = 50


def duplicate_facts(found: Found, panel: str) -> Row:
    """The duplicates of a panel. A panel in no component has no edge to any other."""
    output, index = found.output, found.index.get(panel)
    facts: Row = {
        "policy": output.run.config.recipe.duplicates,
        "pixel_sha256": index and index["pixel_sha256"],
        "left_out": (found.selection.get(panel) or {}).get("left_out"),
        "group": None,
        "edges": [],
        "published_instead": [],
        "withheld_by": [],
    }
    receipt = output.receipt(Components.FOLDER)
    if index is None or receipt is None:
        return facts
    number = int(to_integers(pa.chunked_array([[index["pixel_sha256"]]]))[0])
    component = output.rows(receipt, "pictures", COMPONENTS, pc.field("picture") == number)
    if component:
        bucket = component[0]["bucket"]
        compared = _compared(found, bucket, index["pixel_sha256"])
        facts |= _grouped(found, panel, bucket, compared)
    if facts["left_out"] == WITHHELD:
        facts["withheld_by"] = _leaks(found, panel, facts["group"])
    elif facts["left_out"] in (DUPLICATE, DUPLICATE_SPLIT):
        facts["published_instead"] = _instead(found, panel, facts)
    return facts


def _compared(found: Found, bucket: int, pixels: str) -> dict[str, Row]:
    """The edges between the panel's picture and others, by the digest of the other's pixels."""
    receipt = found.output.receipt(Components.FOLDER)
    if receipt is None:
        return {}
    ends = (pc.field("one_pixels") == pixels) | (pc.field("other_pixels") == pixels)
    rows = found.output.rows(receipt, "edges", BUCKETED_EDGES, (pc.field("bucket") == bucket) & ends)
    return {row["other_pixels"] if row["one_pixels"] == pixels else row["one_pixels"]: row for row in rows}


def _grouped(found: Found, panel: str, bucket: int, compared: dict[str, Row]) -> Row:
    """The group of a panel and its confirmed edges, each with the likeness of the two pictures."""
    output = found.output
    receipt = output.receipt(f"{GROUPS}/{bucket:05d}")
    if receipt is None:
        return {}
    mine = output.rows(receipt, "duplicates", DUPLICATES, pc.field("panel_id") == panel)
    members: list[Row] = []
    if mine:
        members = output.rows(receipt, "duplicates", DUPLICATES, pc.field("group_id") == mine[0]["group_id"])
    ends = (pc.field("one") == panel) | (pc.field("other") == panel)
    edges = output.rows(receipt, "edges", CONFIRMED, ends)
    edges.sort(key=lambda row: -row["similarity"])
    group = _group(found, mine[0], members) if mine else None
    told = [_edge(found, panel, row, compared) for row in edges[:TOLD]]
    rows = [*(group["members"] if group else ()), *told]
    states = _left_out(found, {row["panel_id"] for row in rows})
    for row in rows:
        row["left_out"] = states.get(row["panel_id"])
    return {"group": group, "edge_count": len(edges), "edges": told}


def _group(found: Found, mine: Row, members: list[Row]) -> Row:
    members.sort(key=lambda row: row["rank"])
    return {
        "group_id": mine["group_id"],
        "canonical_id": mine["canonical_id"],
        "kind": mine["kind"],
        "similarity": round(mine["similarity"], 4),
        "rank": mine["rank"],
        "size": len(members),
        "members": [
            {
                "panel_id": row["panel_id"],
                "rank": row["rank"],
                "kind": row["kind"],
                "similarity": round(row["similarity"], 4),
                "split": found.output.place(article_of(row["panel_id"])).split,
            }
            for row in members[:TOLD]
        ],
    }


def _edge(found: Found, panel: str, row: Row, compared: dict[str, Row]) -> Row:
    """An edge as seen from the panel; `likeness` is null where the two were compared when they were grouped."""
    other = row["other"] if row["one"] == panel else row["one"]
    place = found.output.place(article_of(other))
    edge = compared.get(_pixels(found, other, place.unit))
    return {
        "panel_id": other,
        "kind": row["kind"],
        "similarity": round(row["similarity"], 4),
        "likeness": None if edge is None else round(edge["likeness"], 4),
        "split": place.split,
    }


def _pixels(found: Found, panel: str, unit: str) -> str:
    """The digest of a panel's pixels, as the index of its unit states it; empty where that cannot be read."""
    receipt = found.output.receipt(f"{UNITS}/{unit}")
    if receipt is None:
        return ""
    rows = found.output.rows(receipt, "index", INDEX, pc.field("panel_id") == panel, "embedding", "caption")
    return str(rows[0]["pixel_sha256"]) if rows else ""


def _left_out(found: Found, panels: set[str]) -> dict[str, str]:
    """Why some panels are left out; those that are published are not among them."""
    receipt = found.output.receipt(SELECTION_FOLDER)
    if receipt is None or not panels:
        return {}
    units = sorted({found.output.place(article_of(panel)).unit for panel in panels})
    wanted = pc.field("unit").isin(units) & pc.field("panel_id").isin(sorted(panels))
    rows = found.output.rows(receipt, "selection", SELECTION, wanted)
    return {row["panel_id"]: row["left_out"] for row in rows if row["left_out"]}


def _instead(found: Found, panel: str, facts: Row) -> list[str]:
    """The panels that are published and for which it is left out: in its split, or in a later one."""
    order = [*found.output.run.config.recipe.splits.model_dump()]
    rows = [*(facts["group"]["members"] if facts["group"] else ()), *facts["edges"]]
    mine = order.index(found.place.split)
    others = {row["panel_id"]: order.index(row["split"]) for row in rows if not row["left_out"]}
    is_later = facts["left_out"] == DUPLICATE_SPLIT
    return [name for name, split in others.items() if name != panel and (split > mine if is_later else split == mine)]


def _leaks(found: Found, panel: str, group: Row | None) -> list[Row]:
    """The images of the recipe's `withheld` that the panel, or a member of its group, shows."""
    receipt = found.output.receipt(withheld.FOLDER)
    if receipt is None:
        return []
    panels = [panel, *(row["panel_id"] for row in (group or {}).get("members", ()))]
    return found.output.rows(receipt, "leaks", LEAKS, pc.field("panel_id").isin(panels))[:TOLD]
