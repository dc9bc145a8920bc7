"""The funnel of a corpus and its rejects, from the receipts of its units: what became of what was planned.

What the selection leaves out of the panels is told among the rejects, so that these and the funnel add up.
"""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from schemas.selection import SELECTION
from schemas.tables import Row

#: The stage that leaves sound panels out: duplicates, what is withheld, what a cap on concepts has no room for.
SELECTING = "selection"

_REJECTS = pa.schema(
    [("stage", pa.string()), ("reason", pa.string()), ("rejects", pa.int64()), ("articles", pa.int64())]
)


def funnel(
    units: list[Receipt], triplets: int, withheld: int | None = None, capped: int | None = None
) -> list[tuple[str, int]]:
    """The steps from planned article versions to triplets with their counts.

    `withheld` counts the panels that are left out because they show what is withheld, `capped` those that a cap on
    concepts leaves out; None where the recipe has none of it.
    """
    names = ("articles", "refused", "figureless", "figures", "graphics", "lost", "panels")
    total = {name: sum(unit["counts"][name] for unit in units) for name in names}
    return [
        ("article versions planned", total["articles"]),
        ("article versions admitted and readable", total["articles"] - total["refused"] + total["figureless"]),
        ("article versions with figures", total["articles"] - total["refused"]),
        ("figures", total["figures"]),
        ("graphics of figures", total["graphics"]),
        ("graphics admitted and readable", total["graphics"] - total["lost"]),
        ("panels", total["panels"]),
        *([] if withheld is None else [("panels that are not withheld", total["panels"] - withheld)]),
        *([] if capped is None else [("panels to be published before the cap on concepts", triplets + capped)]),
        ("triplets", triplets),
    ]


def reject_counts(units: Iterable[Receipt], selections: Iterable[pa.Table] = ()) -> pa.Table:
    """The rejects by stage and reason with the articles that they are of, the most frequent first.

    `selections` are rows of SELECTION, all of a corpus.
    """
    rejects: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    for unit in units:
        rejects.update(unit["counts"]["rejects_by_stage"])
        articles.update(unit["counts"]["articles_by_stage"])
    rows = _selection_counts(selections)
    for name, count in rejects.items():
        stage, _, reason = name.rpartition("/")
        rows.append({"stage": stage, "reason": reason, "rejects": count, "articles": articles[name]})
    order = [("rejects", "descending"), ("stage", "ascending"), ("reason", "ascending")]
    return pa.Table.from_pylist(rows, schema=_REJECTS).sort_by(order)


def _selection_counts(selections: Iterable[pa.Table]) -> list[Row]:
    """The panels that are left out by reason, and their articles."""
    counted = [_by_article(SELECTION.empty_table()), *map(_by_article, selections)]
    whole = (
        pa.concat_tables(counted).group_by("reason").aggregate([("count_all", "sum"), ("article", "count_distinct")])
    )
    return [
        {
            "stage": SELECTING,
            "reason": row["reason"],
            "rejects": row["count_all_sum"],
            "articles": row["article_count_distinct"],
        }
        for row in whole.to_pylist()
    ]


def _by_article(selection: pa.Table) -> pa.Table:
    """How many panels of each article are left out for each reason."""
    out = selection.filter(pc.is_valid(selection["left_out"]))
    articles = pc.replace_substring_regex(out["panel_id"], "v.*", "")
    named = pa.table({"reason": out["left_out"], "article": articles})
    return named.group_by(["reason", "article"]).aggregate([([], "count_all")])
