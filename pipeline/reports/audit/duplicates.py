"""Duplicates and splits: how large groups are, some of them side by side, and what stands in two splits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.phases.dedup.groups import find_members
from pipeline.reports.audit.data import columns
from pipeline.storage.store import Store

#: Groups that are shown at most, and members of one.
EXAMPLES, MEMBERS = 50, 8

#: Characters of a member's caption.
CAPTION = 500

#: The members of groups; the split of those that are published, the others have none.
_MEMBERS = """
    CREATE TABLE members AS
    SELECT panel_id, group_id, kind, similarity, place, caption, license, grouped.year AS year, triplets.split AS split
    FROM grouped LEFT JOIN triplets ON md5_number_upper(panel_id) = triplets.rank
"""

_LISTED = "SELECT panel_id, group_id, kind, similarity, rank AS place, caption, license, year FROM found"

_SIZES = """
    SELECT size, count(*) AS groups FROM (SELECT count(*) AS size FROM members GROUP BY group_id)
    GROUP BY size ORDER BY size
"""

_KINDS = "SELECT kind, count(*) AS members FROM members GROUP BY kind ORDER BY members DESC, kind"

#: Triplets whose picture, by its bytes or by its group, another split has as well: each once, with its picture.
_LEAKS = """
    CREATE TABLE leaks AS
    WITH shown AS (
        SELECT split, coalesce(group_id, max(group_id) OVER same, sha256) AS picture
        FROM triplets LEFT JOIN grouped ON md5_number_upper(panel_id) = triplets.rank
        WINDOW same AS (PARTITION BY sha256)
    )
    FROM shown SEMI JOIN (
        SELECT picture FROM shown GROUP BY picture HAVING count(DISTINCT split) > 1
    ) USING (picture)
"""

_LEAKS_BY_SPLIT = "SELECT split, count(*) FROM leaks GROUP BY split"

_EXAMPLES = f"""
    SELECT panel_id, group_id, kind, similarity, license, year, split,
           CASE WHEN length(caption) > {CAPTION} THEN left(caption, {CAPTION}) || '…' ELSE caption END AS caption,
           count(*) OVER (PARTITION BY group_id) AS size
    FROM members SEMI JOIN (
        SELECT group_id FROM members GROUP BY group_id ORDER BY md5_number_upper(group_id), group_id LIMIT {EXAMPLES}
    ) USING (group_id)
    QUALIFY row_number() OVER (PARTITION BY group_id ORDER BY place) <= {MEMBERS}
    ORDER BY md5_number_upper(group_id), group_id, place
"""


def find_duplicates(
    store: Store,
    rows: duckdb.DuckDBPyConnection,
    splits: pa.Table,
    samples: Mapping[tuple[int, int], str],
    pictures: Callable[[Sequence[str]], Mapping[str, str]],
) -> dict[str, Any]:
    """What the page shows of duplicates; `shared` counts the pictures that stand in more than one split.

    `splits` is the table of coverage, `samples` are ids of samples by place; `pictures` gives those of members that are
    none, by their ids.
    """
    for number, table in enumerate(find_members(store)):
        rows.register("found", table)
        rows.execute(f"{'INSERT INTO' if number else 'CREATE TABLE'} grouped {'' if number else 'AS'} {_LISTED}")
        rows.unregister("found")
    rows.execute(_MEMBERS)
    sizes = rows.sql(_SIZES).to_arrow_table()
    rows.execute(_LEAKS)
    leaks = dict(rows.execute(_LEAKS_BY_SPLIT).fetchall())
    [(shared,)] = rows.execute("SELECT count(DISTINCT picture) FROM leaks").fetchall()
    counted = splits.append_column("leaks", pa.array([leaks.get(split, 0) for split in splits["split"].to_pylist()]))
    return {
        "groups": sum(sizes["groups"].to_pylist()),
        "members": sum(size * groups for size, groups in zip(*sizes.to_pydict().values(), strict=True)),
        "sizes": columns(sizes),
        "kinds": columns(rows.sql(_KINDS).to_arrow_table()),
        "splits": columns(counted),
        "shared": shared,
        "examples": _examples(rows, {id.partition("/")[2]: id for id in samples.values()}, pictures),
    }


def _examples(
    rows: duckdb.DuckDBPyConnection,
    samples: Mapping[str, str],
    pictures: Callable[[Sequence[str]], Mapping[str, str]],
) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    listed = rows.sql(_EXAMPLES).to_arrow_table().to_pylist()
    for row in listed:
        found.setdefault(row["group_id"], []).append(row)
    shown = pictures([row["panel_id"] for row in listed if row["panel_id"] not in samples])
    return [
        {
            "group": group,
            "kind": max(row["kind"] for row in members),
            "size": members[0]["size"],
            "samples": [samples[row["panel_id"]] for row in members if row["panel_id"] in samples],
            "members": [
                {"id": row["panel_id"], "published": row["split"] is not None, "thumb": shown.get(row["panel_id"])}
                | {name: row[name] for name in ("caption", "kind", "similarity", "license", "year")}
                for row in members
            ],
        }
        for group, members in found.items()
    ]
