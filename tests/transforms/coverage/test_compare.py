"""Coverage of two corpora side by side."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chi2_contingency

from schemas.coverage import COVERAGE
from schemas.tables import conform
from transforms.coverage.compare import adjusted, compare, g_test


def sums(articles, **concepts):
    """A sum over so many articles; of each concept the articles that mention it, once each."""
    rows = [("totals", "all", None, articles, articles)]
    rows += [("concepts", cui, cui.lower(), count, count) for cui, count in concepts.items()]
    names = ("table", "key", "name", "triplets", "articles")
    return conform(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), COVERAGE)


def test_the_g_test_is_that_of_scipy():
    one, other = np.array([12.0, 0, 30]), np.array([3.0, 5, 70])
    expected = [
        chi2_contingency([[a, b], [100 - a, 250 - b]], correction=False, lambda_="log-likelihood").pvalue
        for a, b in zip(one, other, strict=True)
    ]
    assert g_test(one, 100, other, 250) == pytest.approx(expected)


def test_of_what_all_or_none_have_nothing_is_said():
    assert g_test(np.array([10.0, 0.0]), 10, np.array([20.0, 0.0]), 20) == pytest.approx([1, 1])
    assert list(g_test(np.array([0.0]), 0, np.array([5.0]), 20)) == [1]


def test_p_values_are_adjusted_for_how_many_there_are():
    assert adjusted(np.array([0.01, 0.5, 0.04, 1.0])) == pytest.approx([0.04, 2 / 3, 0.08, 1.0])
    assert len(adjusted(np.empty(0))) == 0


def test_gained_lost_and_changed():
    found = compare("concepts", sums(100, SAME=50, GAINED=40, MORE=60), sums(100, SAME=50, LOST=10, MORE=58))
    rows = {row["key"]: row for row in found.to_pylist()}
    assert list(rows) == ["GAINED", "LOST", "MORE", "SAME"]
    assert (rows["GAINED"]["here"], rows["GAINED"]["there"], rows["LOST"]["here"]) == (40, 0, 0)
    assert rows["LOST"]["name"] == "lost"
    assert rows["GAINED"]["p"] < 1e-9
    assert rows["MORE"]["p"] > 0.5
    assert rows["SAME"]["p"] == 1


def test_chance_alone_is_seldom_told():
    """Of 1,000 concepts of two corpora that are drawn alike, as good as none differs."""
    chance = np.random.default_rng(2)
    one, other = ({f"C{n}": int(count) for n, count in enumerate(chance.binomial(500, 0.1, 1000))} for _ in range(2))
    found = compare("concepts", sums(500, **one), sums(500, **other))
    assert sum(p < 0.05 for p in found["p"].to_pylist()) <= 1
