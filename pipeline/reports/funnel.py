"""The funnel of a corpus: how many planned articles, figures and panels became triplets, and why not the rest."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.rejects import REJECTS


def read_rejects(store: Store, units: Iterable[Receipt]) -> pa.Table:
    """The rejects of all units, in their order; raises UserError where they cannot be read."""
    tables = (load_table(store, file_path(unit, "rejects"), REJECTS) for unit in units)
    return pa.concat_tables([REJECTS.empty_table(), *tables])


def funnel(units: list[Receipt], rejects: pa.Table, withheld: int | None, triplets: int) -> list[tuple[str, int]]:
    """The steps from planned article versions to triplets with their counts.

    `withheld` counts the panels that are left out because they show what is withheld; None where nothing is.
    """
    total = {
        name: sum(unit["counts"][name] for unit in units) for name in ("articles", "figures", "graphics", "panels")
    }
    refused = rejects.filter(pc.is_null(rejects["figure_id"]))
    figureless = refused.filter(pc.equal(refused["reason"], "no_figures"))
    lost = rejects.filter(pc.and_(pc.is_valid(rejects["graphic_id"]), pc.is_null(rejects["panel_id"])))
    return [
        ("article versions planned", total["articles"]),
        ("article versions admitted and readable", total["articles"] - len(refused) + len(figureless)),
        ("article versions with figures", total["articles"] - len(refused)),
        ("figures", total["figures"]),
        ("graphics of figures", total["graphics"]),
        ("graphics with a picture and a caption", total["graphics"] - len(lost)),
        ("panels", total["panels"]),
        *([] if withheld is None else [("panels that are not withheld", total["panels"] - withheld)]),
        ("triplets", triplets),
    ]
