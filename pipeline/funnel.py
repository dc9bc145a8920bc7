"""The funnel of a corpus: how many planned articles, figures and panels became triplets, and why not the rest."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Receipt
from pipeline.store import Store
from pipeline.units import folder
from schemas.rejects import REJECTS


def read_rejects(store: Store, units: list[str]) -> pa.Table:
    """The rejects of all units, in their order."""
    tables = [REJECTS.empty_table()]
    for unit in units:
        with store.open(f"{folder(unit)}/rejects.parquet") as file:
            tables.append(pq.read_table(file))
    return pa.concat_tables(tables)


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
