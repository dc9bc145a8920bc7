"""The funnel of a corpus and its rejects, from the receipts of its units: what became of what was planned."""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from dags.graph import Receipt

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


def reject_counts(units: Iterable[Receipt]) -> pa.Table:
    """The rejects by stage and reason with the articles that they are of, the most frequent first."""
    rejects: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    for unit in units:
        rejects.update(unit["counts"]["rejects_by_stage"])
        articles.update(unit["counts"]["articles_by_stage"])
    rows = []
    for name, count in rejects.items():
        stage, _, reason = name.rpartition("/")
        rows.append({"stage": stage, "reason": reason, "rejects": count, "articles": articles[name]})
    order = [("rejects", "descending"), ("stage", "ascending"), ("reason", "ascending")]
    return pa.Table.from_pylist(rows, schema=_REJECTS).sort_by(order)
