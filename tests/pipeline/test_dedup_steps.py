"""The steps of the dedup phase: updates, what is lost or damaged, dense cells, buckets, runs that end."""

from unittest import mock

import numpy as np
import pytest
from dedup_corpus import FIRST, SECOND, A, B, C, Corpus, groups, panel, planted, read_duplicates, read_selection

from pipeline.phases.dedup import compare, components, index
from pipeline.storage.receipts import Attempt
from schemas.errors import Damaged
from tests.pictures import half
from transforms.duplicates import edges
from transforms.duplicates.edges import FindEdges


@pytest.fixture
def corpus(tmp_path):
    return Corpus(tmp_path / "out")


@pytest.fixture
def scratch(tmp_path):
    """A second corpus, for what a build from scratch gives."""
    return Corpus(tmp_path / "scratch")


def test_a_unit_in_which_other_articles_change(corpus, scratch):
    """What of a unit stands as it was is not new, though its rows and its thumbnails lie elsewhere now."""
    corpus.add("u1", panel(1, B), *FIRST[2:])
    corpus.add("u2", panel(5, A))
    corpus.dedup()
    assert groups(corpus) == [[5, 3]]
    changed = panel(8, C), *FIRST[2:], panel(9, half(C))
    corpus.replace("u1", *changed)
    asked = fresh_panels(corpus)
    assert asked == {"PMC8v1-f001-p01", "PMC9v1-f001-p01"}
    scratch.add("u1", *changed)
    scratch.add("u2", panel(5, A))
    scratch.dedup()
    assert groups(corpus) == [[5, 3], [8, 9]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def fresh_panels(corpus):
    """The panels that a dedup of the corpus compares with all others."""
    found = set()

    def call(stage, table):
        found.update(table.filter(table["fresh"])["panel_id"].to_pylist())
        return find(stage, table)

    find = FindEdges.__call__
    with mock.patch.object(FindEdges, "__call__", call):
        corpus.dedup()
    return found


def test_a_unit_that_changes_in_every_generation(corpus, scratch):
    """Its old rows are retired: their thumbnails are gone, and nothing asks for them."""
    corpus.add("u0", panel(1, A), panel(2, B))
    corpus.add("u1", panel(3, half(A)))
    corpus.dedup()
    for n in range(3):
        corpus.replace("u1", panel(3, half(A)), *(panel(10 + each, half(B)) for each in range(n + 1)))
        assert fresh_panels(corpus) == {f"PMC{10 + n}v1-f001-p01"}
    assert [part["generation"] for part in corpus.index()["parts"]] == [0, 1, 2, 3]
    assert corpus.index()["parts"][0]["retired"] == {"u1": 1}
    for unit, panels in (
        ("u0", (panel(1, A), panel(2, B))),
        ("u1", (panel(3, half(A)), *(panel(n, half(B)) for n in (10, 11, 12)))),
    ):
        scratch.add(unit, *panels)
    scratch.dedup()
    assert groups(corpus) == [[1, 3], [2, 10, 11, 12]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_what_was_away_while_others_came_is_new_when_it_comes_back(corpus):
    """Panel 2 came while panel 1 was not there to be compared with."""
    corpus.add("u1", panel(1, A))
    corpus.add("u2", panel(9, B))
    corpus.dedup()
    corpus.remove("u1")
    corpus.add("u3", panel(2, half(A)))
    corpus.dedup()
    assert groups(corpus) == []
    corpus.add("u1", panel(1, A))
    corpus.dedup()
    assert groups(corpus) == [[1, 2]]


@pytest.mark.parametrize("lost", [".json", ".parquet"])
def test_lost_edges_between_panels_that_are_gone_make_the_index_anew(corpus, lost):
    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    corpus.dedup()
    corpus.replace("u1", *FIRST[1:], panel(6, half(C)))
    corpus.dedup()
    assert corpus.index()["parts"][0]["retired"] == {"u1": 1}
    (path,) = (path for path in corpus.store.files("dedup/edges/00-00000") if path.endswith(lost))
    corpus.store.delete(path)
    corpus.dedup()
    assert [(part["generation"], list(part["units"])) for part in corpus.index()["parts"]] == [(0, ["u2", "u1"])]
    assert groups(corpus) == [[2, 5], [4, 6]]


def test_a_later_generation_of_which_something_is_lost_is_taken_in_anew(corpus):
    corpus.add("u1", *FIRST)
    corpus.dedup()
    corpus.add("u2", *SECOND)
    corpus.dedup()
    corpus.replace("u2", *SECOND, panel(6, half(C)))
    corpus.dedup()
    for path in corpus.store.files("dedup/edges/01-00000"):
        corpus.store.delete(path)
    corpus.dedup()
    assert [(part["generation"], list(part["units"])) for part in corpus.index()["parts"]] == [(0, ["u1"]), (1, ["u2"])]
    assert corpus.compared == [f"dedup/described/{corpus.part_ids()[1]}", "dedup/edges/01-00000"]
    assert groups(corpus) == [[1, 3], [2, 5], [4, 6]]


def test_a_dense_cell_is_divided(corpus, scratch, monkeypatch):
    """Each part asks for some of the pictures; together they find what one asking for all does."""
    panels = planted(np.random.default_rng(2), 60, 30)
    for each in (corpus, scratch):
        for n in range(3):
            each.add(f"u{n}", *panels[n::3])
    scratch.dedup(threshold=0.9)
    monkeypatch.setattr(compare, "PAIRS", 90 * 90 // 4)
    monkeypatch.setattr(edges, "QUERIES", 10)
    corpus.dedup(threshold=0.9)
    assert corpus.ran_in("edges") == [f"00-00000-{part:03d}" for part in range(4)]
    assert groups(corpus) == [[n, 1000 + n] for n in range(1, 31)]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_the_driver_adds_up_ranges_within_their_budgets(monkeypatch):
    part = index.Part(generation=0, units={"u": ""})
    taken = index.Index(key="", dimension=2, cells=6, centroids="", panels=0, parts=(part,))
    counts = {part.id: np.array([2, 2, 0, 40, 2, 2])}
    monkeypatch.setattr(compare, "BYTES", 4 * taken.row)
    monkeypatch.setattr(compare, "PAIRS", 800)
    cut = [(each.first, each.end, each.part, each.parts) for each in compare.ranges(taken, 0, counts)]
    assert cut == [(0, 3, 0, 1), (3, 4, 0, 2), (3, 4, 1, 2), (4, 6, 0, 1)]


def test_many_buckets_group_what_one_does(corpus, scratch, monkeypatch):
    panels = planted(np.random.default_rng(3), 40, 20)
    for each in (corpus, scratch):
        each.add("u1", *panels[::2])
        each.add("u2", *panels[1::2])
    scratch.dedup(threshold=0.9)
    monkeypatch.setattr(components, "BUCKET", 6)
    selected = corpus.dedup(threshold=0.9)
    assert len(corpus.ran_in("groups")) > 5
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))
    assert selected.equals(read_selection(scratch.store))


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: data[:9] + bytes([data[9] ^ 1]) + data[10:], None]
)
def test_damaged_thumbnails_are_told_by_their_path(corpus, spoil):
    """So that what they are of is made again."""
    corpus.add("u1", *FIRST)
    path = corpus.units["u1"]["files"]["thumbnails"]["path"]
    if spoil:
        corpus.store.write(path, spoil(corpus.store.read(path)))
    else:
        corpus.store.delete(path)
    with pytest.raises(Damaged, match="thumbnail") as raised:
        corpus.dedup()
    assert raised.value.path == path


@pytest.mark.parametrize("step", ["centroids", "described", "edges", "components", "members", "groups", "selection"])
def test_a_run_that_ends_in_any_step_goes_on_there(corpus, scratch, step):
    """Before an item is committed, and after."""
    for each in (corpus, scratch):
        each.add("u1", *FIRST)
        each.add("u2", *SECOND)
    scratch.dedup()
    for after in (False, True):
        with (
            mock.patch.object(Attempt, "settle", ending(Attempt.settle, f"dedup/{step}", after)),
            pytest.raises(SystemExit),
        ):
            corpus.dedup()
    corpus.dedup()
    done = [name.split("/")[1] for name in scratch.ran]
    assert [name.split("/")[1] for name in corpus.ran] == done[done.index(step) + 1 :]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def ending(settle, folder, after):
    """`settle` that ends the process at the first item below a folder."""

    def end(attempt, *arguments):
        mine = attempt._item.folder.startswith(folder)
        if mine and not after:
            raise SystemExit
        receipt = settle(attempt, *arguments)
        if mine:
            raise SystemExit
        return receipt

    return end
