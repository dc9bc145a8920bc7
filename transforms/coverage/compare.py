"""What differs between the coverage of two corpora, and whether that is more than chance.

Triplets of an article are no independent draws, so what is tested is how many of all articles have a key: a G-test of
two by two counts (Sokal, Rohlf: Biometry, 1981), its p-values adjusted for all keys of a table by Benjamini and
Hochberg (J R Stat Soc B 1995; 57: 289-300). Corpora that share articles differ less than the test takes for chance: of
an output and its update it is conservative.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2, false_discovery_control

from transforms.coverage.database import query
from transforms.coverage.names import GROUP_NAMES, semantic_types

Floats = NDArray[np.float64]

NOTE = (
    "p: G-test of how many of all articles have the key, here and there, adjusted within a table "
    "by Benjamini and Hochberg; corpora that share articles differ less than it takes for chance."
)

#: What becomes of a key, told from here: the other lacks it, only the other has it, both differ, or both agree.
CHANGES = ("gained", "lost", "changed", "same")


def change(same: str) -> str:
    """The change of a row with the counts `here` and `there`, as SQL; `same` is what else holds of an equal one."""
    return f"""
        CASE WHEN there = 0 THEN 'gained' WHEN here = 0 THEN 'lost'
             WHEN here = there AND {same} THEN 'same' ELSE 'changed' END
    """


_ALL = "SELECT coalesce(sum(articles), 0)::BIGINT AS articles FROM sums WHERE \"table\" = 'totals' AND key = 'all'"

_SIDES = f"""
    SELECT *, {change("true")} AS change FROM (
        SELECT coalesce(one.key, other.key) AS key, coalesce(one.name, other.name) AS name,
               coalesce(one.triplets, 0) AS here, coalesce(other.triplets, 0) AS there,
               coalesce(one.articles, 0) AS articles_here, coalesce(other.articles, 0) AS articles_there
        FROM (FROM here WHERE "table" = '{{table}}') AS one FULL JOIN (FROM there WHERE "table" = '{{table}}') AS other
            ON one.key IS NOT DISTINCT FROM other.key
    ) ORDER BY abs(here - there) DESC, key NULLS LAST
"""


def compare(table: str, here: pa.Table, there: pa.Table) -> pa.Table:
    """What a table of two sums of partials has of each key: key, name, triplets here and there, p, change.

    The largest change comes first.
    """
    sides = query(_SIDES.format(table=table), {"here": here, "there": there})
    totals = [query(_ALL, {"sums": sums})["articles"][0].as_py() for sums in (here, there)]
    counts = [sides[name].to_numpy().astype(np.float64) for name in ("articles_here", "articles_there")]
    chances = adjusted(g_test(counts[0], totals[0], counts[1], totals[1]))
    compared = sides.select(["key", "name", "here", "there", "change"])
    return compared.add_column(4, "p", pa.array(chances))


def g_test(one: Floats, all_one: float, other: Floats, all_other: float) -> Floats:
    """The chance that `one` of `all_one` and `other` of `all_other` differ as much, if both are drawn alike.

    It is 1 where there is nothing to draw from.
    """
    if not all_one or not all_other:
        return np.ones(len(one))
    found = np.array([[one, other], [all_one - one, all_other - other]])
    rows, columns = found.sum(axis=1), np.array([all_one, all_other])
    expected = rows[:, None, :] * columns[None, :, None] / columns.sum()
    statistic = 2 * (xlogy(found, found) - xlogy(found, np.maximum(expected, 1e-300))).sum(axis=(0, 1))
    return np.asarray(chi2.sf(np.maximum(statistic, 0), 1), np.float64)


def adjusted(chances: Floats) -> Floats:
    """p-values adjusted by Benjamini and Hochberg."""
    return np.asarray(false_discovery_control(chances), np.float64) if len(chances) else chances


def key_name(table: str, key: str | None) -> str | None:
    """The name of a semantic type or group; None for other keys, which are their names."""
    if table == "semantic_types":
        return dict(zip(*semantic_types().to_pydict().values(), strict=True)).get(key)
    return GROUP_NAMES.get(key or "") if table == "semantic_groups" else None
