"""Every article is in one unit; what comes, goes or changes changes one; workers read what the driver planned."""

import math

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phases.plan import choose_cut, cut, limited, newest, read_unit, units_of, write_plan
from pipeline.phases.snapshot import load_snapshot, read_snapshot, snapshot_path, write_snapshot
from pipeline.sources.base import ARTICLE_VERSIONS, take_snapshot
from pipeline.storage.parquet import Fault
from pipeline.storage.store import open_store
from schemas.rejects import Reason, reject
from transforms.place import split_of

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
HALVED = {"train": 3, "validation": 1, "test": 0}

articles = st.dictionaries(st.integers(1, 10**6).map(lambda n: f"PMC{n}v1"), st.text("0123456789abcdef", min_size=4))


def table(etags):
    return newest(pa.table({"article_id": list(etags), "etag": list(etags.values())}, schema=ARTICLE_VERSIONS))


MANY = {f"PMC{n}v1": "etag" for n in range(2, 4000, 2)}


def contents(etags, **settings):
    return {unit.id: unit.content for unit in units_of([cut(table(etags), HALVED, SHARES, **settings).table()], HALVED)}


@given(articles)
def test_each_article_is_in_one_unit_of_its_split(etags):
    plan = cut(table(etags), HALVED, SHARES).table()
    rows = plan.to_pylist()
    assert sorted(row["article_id"] for row in rows) == sorted(etags)
    assert all(row["unit"].startswith(split_of(row["article_id"][:-2], SHARES)) for row in rows)
    assert sum(unit.articles for unit in units_of([plan], HALVED)) == len(etags)


@given(articles.filter(bool), st.data())
def test_the_plan_does_not_depend_on_the_order_of_the_inventory(etags, data):
    shuffled = dict(data.draw(st.permutations(list(etags.items()))))
    assert cut(table(shuffled), HALVED, SHARES).table().equals(cut(table(etags), HALVED, SHARES).table())


def test_an_article_that_comes_goes_or_changes_changes_one_unit():
    before = contents(MANY)
    gone = {article: etag for article, etag in MANY.items() if article != "PMC1000v1"}
    for after in (contents(MANY | {"PMC1001v1": "etag"}), contents(MANY | {"PMC1000v1": "other"}), contents(gone)):
        assert len(before.items() - after.items()) == 1
        assert before.keys() == after.keys()


def test_a_sample_is_whole_units_and_a_larger_one_holds_the_smaller():
    few, more, everything = (contents(MANY, sample=share) for share in (0.01, 0.4, 1.0))
    assert few.items() < more.items() < everything.items()
    assert sorted(few) == ["test-00000", "train-00000", "validation-00000"]
    assert sum(name.startswith("train") for name in more) == math.ceil(0.4 * 8)


def test_a_larger_limit_holds_the_smaller():
    few, more = (set(limited(table(MANY), limit)["article_id"].to_pylist()) for limit in (10, 100))
    assert (len(few), len(more)) == (10, 100)
    assert few < more
    assert limited(table(MANY), None).equals(table(MANY))


def test_of_several_versions_the_newest_is_planned():
    versions = {"PMC7v1": "a", "PMC7v10": "b", "PMC7v2": "c", "PMC8v1": "d"}
    assert sorted(table(versions)["article_id"].to_pylist()) == ["PMC7v10", "PMC8v1"]


def test_units_are_about_as_large_as_wanted_and_a_small_corpus_has_several():
    assert choose_cut(8_000_000, {"train": 0.9, "test": 0.1}, 256) == {"train": 15, "test": 12}
    assert choose_cut(333, SHARES, 256) == {"train": 4, "validation": 1, "test": 1}
    assert choose_cut(5, SHARES, 256) == {"train": 0, "validation": 0, "test": 0}


def test_an_excluded_article_is_a_reject_of_the_plan():
    rows = cut(
        table({"PMC1v1": "a", "PMC2v3": "b", "PMC3v1": "c"}), HALVED, SHARES, excluded=["PMC1v1", "PMC2"]
    ).table()
    rejects = {row["article_id"]: row["reject"] for row in rows.to_pylist()}
    assert rejects == {"PMC1v1": (gate := reject("plan", Reason.EXCLUDED)), "PMC2v3": gate, "PMC3v1": None}


def test_a_worker_reads_the_articles_of_its_unit(tmp_path):
    store, plan = open_store(str(tmp_path)), cut(table(MANY), HALVED, SHARES)
    units = write_plan(store, plan, HALVED)
    assert write_plan(store, plan, HALVED) == units
    read = [read_unit(store, unit) for unit in units]
    assert pa.concat_tables(read)["article_id"].to_pylist() == plan.table()["article_id"].to_pylist()
    (poisoned,) = (
        row
        for row in read_unit(
            store, units[0].rejecting({read[0]["article_id"][3].as_py(): reject("worker", Reason.POISON)})
        ).to_pylist()
        if row["reject"]
    )
    assert poisoned["article_id"] == read[0]["article_id"][3].as_py()


def test_a_snapshot_is_read_as_it_was_written_and_a_damaged_one_is_none(tmp_path):
    store = open_store(str(tmp_path))
    kept = take_snapshot("2026-11-21T01-00Z", pa.table({"article_id": ["PMC1v1", "PMC2v1"], "etag": ["a", "b"]}))
    assert read_snapshot(store, kept.checksum) is None
    write_snapshot(store, kept)
    assert read_snapshot(store, kept.checksum) == kept
    file = tmp_path / snapshot_path(kept.checksum)
    for damaged in (b"", file.read_bytes()[:-20], file.read_bytes().replace(b"PMC2", b"PMC3")):
        file.write_bytes(damaged)
        assert read_snapshot(store, kept.checksum) is None
        assert isinstance(load_snapshot(store, snapshot_path(kept.checksum)), Fault)
    write_snapshot(store, kept)
    assert read_snapshot(store, kept.checksum) == kept
