"""Units are cut by content: every article in one of them, and a change in one article changes one unit."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phases.plan import CAP, cut, limited, read_snapshot, read_units, write_snapshot, write_units
from pipeline.sources import Snapshot
from pipeline.storage.store import open_store

articles = st.dictionaries(st.integers(1, 10**6).map(lambda n: f"PMC{n}v1"), st.text("0123456789abcdef", min_size=4))


@given(articles, st.integers(1, 8))
def test_each_article_is_in_one_unit_in_order_and_no_unit_exceeds_the_cap(etags, mean):
    units = list(cut(list(etags.items()), mean))
    planned = [article for unit in units for article in unit.articles]
    assert planned == sorted(etags.items(), key=lambda pair: int(pair[0][3:-2]))
    assert all(0 < len(unit.articles) <= CAP * mean for unit in units)
    assert len({unit.id for unit in units}) == len(units)


@given(articles.filter(bool), st.data())
def test_the_plan_does_not_depend_on_the_order_of_the_inventory(etags, data):
    shuffled = data.draw(st.permutations(list(etags.items())))
    assert list(cut(shuffled, 4)) == list(cut(list(etags.items()), 4))


def test_an_article_that_comes_changes_at_most_the_unit_that_it_comes_into():
    before = [(f"PMC{n}v1", "etag") for n in range(2, 4000, 2)]
    old = {unit.id for unit in cut(before, 64)}
    new = {unit.id for unit in cut([*before, ("PMC1001v1", "etag")], 64)}
    assert len(new - old) <= 2  # the unit is also cut in two where the new article's hash says so
    assert len(old - new) == 1


def snapshot(**etags):
    table = pa.table({"article_id": list(etags), "etag": list(etags.values())})
    return Snapshot("2026-11-21T01-00Z", "checksum", table)


def test_a_limit_takes_the_first_articles_by_number():
    assert limited(snapshot(PMC100v1="a", PMC9v2="b", PMC9v1="c"), 2) == [("PMC9v1", "c"), ("PMC9v2", "b")]


def test_plan_and_snapshot_are_read_as_they_were_written(tmp_path):
    store = open_store(str(tmp_path))
    assert read_snapshot(store) is None
    kept = snapshot(PMC1v1="a", PMC2v1="b")
    write_snapshot(store, kept)
    assert read_snapshot(store) == kept
    units = list(cut(limited(kept, None), 1))
    write_units(store, units)
    assert read_units(store) == units
