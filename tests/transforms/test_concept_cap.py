"""The cap on concepts: rare ones keep their panels, frequent ones are thinned out, and nothing hangs on the order."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas.selection import CONCEPT_COUNTS
from transforms.concepts.cap import HASHES, add_counts, count_concepts, find_capped, find_frequent, panel_hash

PANELS = pa.schema([("panel_id", pa.string()), ("cuis", pa.list_(pa.string()))])

#: Corpora: the concepts of each panel; its id is its number.
CORPORA = st.lists(st.sets(st.sampled_from(["C1", "C2", "C3", "C4", "C5"])).map(sorted), max_size=60)


def table(corpus, start=0):
    names = [f"PMC{n}v1-f001-p01" for n in range(start, start + len(corpus))]
    return pa.table([names, pa.array(corpus, pa.list_(pa.string()))], schema=PANELS)


def capped(corpus, cap):
    panels = table(corpus)
    return find_capped(panels, find_frequent(count_concepts(panels["cuis"]), cap), cap)["panel_id"].to_pylist()


def test_each_concept_of_a_panel_counts_once_and_none_is_one_of_its_own():
    counts = count_concepts(table([["C1", "C2"], ["C1"], [], []])["cuis"])
    assert counts.schema == CONCEPT_COUNTS
    assert counts.to_pydict() == {"cui": ["", "C1", "C2"], "panels": [2, 2, 1]}
    assert count_concepts(table([])["cuis"]).num_rows == 0


def test_a_panel_with_a_rare_concept_stays_however_frequent_its_others():
    assert "PMC0v1-f001-p01" not in capped([["C1", "C2"], *[["C1"]] * 200], 2)


def test_about_as_many_panels_of_a_frequent_concept_stay_as_the_cap_says():
    corpus = [["C1"]] * 2000 + [["C1", "C2"]] * 1000 + [[]] * 1000
    out = capped(corpus, 300)
    kept = [n for n in range(4000) if f"PMC{n}v1-f001-p01" not in set(out)]
    only_frequent, with_other, without = (
        sum(start <= n < end for n in kept) for start, end in ((0, 2000), (2000, 3000), (3000, 4000))
    )
    assert 150 < only_frequent < 250  # 2,000 times 300 / 3,000
    assert 260 < with_other < 340  # 1,000 times 300 / 1,000: the chance is that of the rarer
    assert 260 < without < 340


def test_the_hash_of_a_panel_is_that_of_its_id():
    assert panel_hash("PMC13901v1-f003-p02") == 0x5661DD0F975BA5C4 < HASHES


@given(CORPORA, st.integers(1, 30), st.integers(0, 30))
def test_a_larger_cap_keeps_all_that_a_smaller_one_keeps(corpus, cap, more):
    assert {*capped(corpus, cap + more)} <= {*capped(corpus, cap)}
    assert capped(corpus, max(1, len(corpus))) == []


@given(CORPORA, st.integers(1, 30), st.integers(0, 60))
def test_units_count_and_decide_apart_as_all_do_together(corpus, cap, cut):
    parts = [table(corpus[:cut]), table(corpus[cut:], min(cut, len(corpus)))]
    counts = [count_concepts(part["cuis"]) for part in parts]
    assert add_counts(counts).equals(add_counts(reversed(counts)))
    assert add_counts(counts).equals(count_concepts(table(corpus)["cuis"]))
    frequent = find_frequent(add_counts(counts), cap)
    apart = pa.concat_tables([find_capped(part, frequent, cap) for part in parts])
    assert apart["panel_id"].to_pylist() == capped(corpus, cap)


@given(CORPORA, st.integers(1, 30))
def test_every_concept_keeps_a_panel_unless_it_is_frequent(corpus, cap):
    out, panels = {*capped(corpus, cap)}, table(corpus).to_pylist()
    counts = dict(zip(*count_concepts(table(corpus)["cuis"]).to_pydict().values(), strict=True))
    for panel in panels:
        if min(counts[cui] for cui in panel["cuis"] or [""]) <= cap:
            assert panel["panel_id"] not in out
