"""Articles that end their worker or raise every time: each is found and filed, and the rest is published."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from servers import Mirror

from tests.pictures import drawing, encoded
from tests.running import medconcept, verify

#: The drills patch the code of this checkout, whichever is installed.
HERE = Path(__file__).parent
DRILLS = {"PYTHONPATH": f"{HERE / 'drills'}:{HERE.parents[1]}"}
JATS = b"""<article xmlns:xlink="http://www.w3.org/1999/xlink"><body><fig id="f1"><label>Figure 1</label>
<caption><p>Chest CT of the lung.</p></caption><graphic xlink:href="g1"/></fig></body></article>"""


def mirror(folder, articles, hurting):
    """A mirror of so many articles, each with a picture of its own; `hurting` marks those of some."""
    made = Mirror(folder)
    for n in range(1, articles + 1):
        made.add(f"PMC{n}.1", JATS, {"g1.png": encoded(drawing(n, (96, 72)), "PNG") + hurting.get(n, b"")})
    return made.inventory().root


def rows(out, table):
    return [row for file in sorted(out.glob(table)) for row in pq.read_table(file).to_pylist()]


def build(source, out, *options, check=True, articles=1):
    recipe = out.parent / "recipe.yaml"
    recipe.write_text(f"unit_articles: {articles}\npanels: whole\n")
    return medconcept("build", source, out, "--recipe", recipe, *options, check=check, **DRILLS)


IN_PROCESS = {5: b"OSERROR", 9: b"MEMORY"}
ENGINES = [
    pytest.param("local", 1, IN_PROCESS | {12: b"KILL"}, marks=pytest.mark.full),
    ("local", 6, IN_PROCESS | {12: b"KILL"}),
    ("inline", 1, IN_PROCESS),
    pytest.param("ray", 6, IN_PROCESS | {12: b"KILL"}, marks=[pytest.mark.slow, pytest.mark.full]),
    pytest.param("beam", 6, IN_PROCESS, marks=[pytest.mark.slow, pytest.mark.full]),
]


@pytest.mark.parametrize(("engine", "articles", "hurting"), ENGINES)
def test_what_hurts_is_a_reject_and_the_rest_is_published(tmp_path, engine, articles, hurting):
    source, out = mirror(tmp_path / "mirror", 17, hurting), tmp_path / "out"
    build(source, out, "--engine", engine, articles=articles)
    rejects = {row["article_id"]: (row["reason"], row["detail"]) for row in rows(out, "units/*/rejects-*.parquet")}
    assert rejects.keys() == {f"PMC{n}v1" for n in hurting}
    assert {reason for reason, _ in rejects.values()} == {"poison"}
    told = {b"KILL": "died", b"OSERROR": "encoder error -2", b"MEMORY": "MemoryError"}
    assert all(told[mark] in rejects[f"PMC{n}v1"][1] for n, mark in hurting.items())
    assert len(rows(out, "dataset/data/*.parquet")) == 17 - len(hurting)
    verify(out)
    assert not [*out.glob("failures/*"), *out.glob("narrow/*")]


def test_what_was_killed_from_outside_comes_back_with_the_next_run(tmp_path):
    source, out = mirror(tmp_path / "mirror", 5, {2: b"KILL", 3: b"KILL"}), tmp_path / "out"
    for _ in range(2):  # those of the run before do not count
        told = build(source, out).stderr
        assert "2 articles failed by a fault of ours (internal_error, poison): the next run tries them again" in told
        assert len(rows(out, "dataset/data/*.parquet")) == 3
    medconcept("build", source, out, "--recipe", tmp_path / "recipe.yaml")  # where nothing hurts
    assert len(rows(out, "dataset/data/*.parquet")) == 5
    assert not rows(out, "units/*/rejects-*.parquet")


def test_a_row_that_breaks_a_stage_is_a_reject_of_its_own_however_small_the_unit(tmp_path):
    source, out = mirror(tmp_path / "mirror", 5, {3: b"BUG"}), tmp_path / "out"
    told = build(source, out).stderr
    (row,) = rows(out, "units/*/rejects-*.parquet")
    assert (row["graphic_id"], row["reason"], row["detail"]) == (
        "PMC3v1-f001",
        "internal_error",
        "KeyError: 'no such thing'",
    )
    assert "1 articles failed by a fault of ours" in told
    assert "passing reason" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(("share", "borne"), [("0", False), ("0.5", True)])
def test_how_much_a_run_bears_is_a_setting(tmp_path, share, borne):
    hurting = dict.fromkeys(range(1, 6), b"OSERROR")
    source, out = mirror(tmp_path / "mirror", 10, hurting), tmp_path / "out"
    done = build(source, out, "--max-failed", share, "--engine", "inline", check=False)
    assert done.returncode == (0 if borne else 1)
    assert ("encoder error -2" in done.stderr) is not borne
    assert len(rows(out, "units/*/rejects-*.parquet")) == (5 if borne else 0)


def test_by_default_a_run_gives_up_when_much_fails(tmp_path):
    source = mirror(tmp_path / "mirror", 10, dict.fromkeys(range(1, 6), b"OSERROR"))
    done = build(source, tmp_path / "out", check=False)
    assert done.returncode == 1
    assert "--max-failed" in done.stderr
    assert not rows(tmp_path / "out", "units/*/rejects-*.parquet")


def test_where_every_article_fails_nothing_is_blamed_on_them(tmp_path):
    source = mirror(tmp_path / "mirror", 2, {1: b"OSERROR", 2: b"OSERROR"})
    done = build(source, tmp_path / "out", check=False)
    assert done.returncode == 1
    assert "every article fails" in done.stderr
