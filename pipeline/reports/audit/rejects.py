"""Examples of what is left out: a few of each stage and reason, chosen by hash."""

from collections.abc import Iterable
from itertools import chain

import pyarrow as pa

from dags.graph import Receipt
from pipeline.reports.facts import read_selections
from pipeline.reports.funnel import SELECTING
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.rejects import REJECTS
from schemas.tables import regroup
from transforms.coverage.database import query

#: Examples of a stage and reason, and characters of what is said of one.
EACH, DETAIL = 5, 200

#: Rows from which the first are chosen at once.
ROWS = 100_000

_NAMES = ["article_id", "figure_id", "graphic_id", "panel_id", "stage", "reason", "detail"]

_NAMED = f"""
    SELECT stage, reason, coalesce(panel_id, graphic_id, figure_id, article_id) AS id, left(detail, {DETAIL}) AS detail
    FROM rejects
"""

#: The panels that the selection leaves out; the group of one is named by the panel that stands for it.
_SELECTED = f"""
    SELECT '{SELECTING}' AS stage, left_out AS reason, panel_id AS id,
           coalesce('of the group ' || duplicate_group, '') AS detail
    FROM selection WHERE left_out IS NOT NULL
"""

_CHOOSE = f"""
    SELECT stage, reason, id, detail FROM (FROM chosen UNION ALL FROM found)
    QUALIFY row_number() OVER (PARTITION BY stage, reason ORDER BY md5_number_upper(id), id, detail) <= {EACH}
    ORDER BY stage, reason, md5_number_upper(id), id, detail
"""


def find_reject_examples(store: Store, units: Iterable[Receipt]) -> pa.Table:
    """Rejects with what they name most precisely: stage, reason, id, detail. Raises Damaged."""
    rejects = (load_table(store, file_path(unit, "rejects"), REJECTS, _NAMES) for unit in units)
    chosen = query(_NAMED, {"rejects": REJECTS.empty_table()})
    for found in chain(
        (query(_NAMED, {"rejects": table}) for table in regroup(rejects, ROWS)),
        (query(_SELECTED, {"selection": table}) for table in regroup(read_selections(store), ROWS)),
    ):
        chosen = query(_CHOOSE, {"chosen": chosen, "found": found})
    return chosen
