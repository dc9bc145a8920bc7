"""Verification as a phase: the same lines on every engine, nothing written, and one line where it cannot go on."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_terminal import denied, said, start, until
from test_verify import first, found, replace, rewrite

from dags import inline
from dags.graph import Failure
from pipeline.commands.verify import Where, _answers
from pipeline.engines import open_engine
from pipeline.phases.dedup import components, index
from pipeline.phases.verify import comparison, faults, items
from pipeline.phases.verify.contents import BLOCK
from pipeline.storage.lease import lease
from pipeline.storage.store import open_store
from schemas.errors import UserError
from tests.running import MEDCONCEPT, medconcept
from transforms.duplicates import cells


@pytest.fixture
def out(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "out")


def harm(out):
    """Damage of every kind of item."""
    first(out, "units/*/rejects-*.parquet").unlink()
    panels = max(out.glob("units/*/panels-*.parquet"), key=lambda path: path.stat().st_size)
    rewrite(out, panels, lambda table: replace(table, "encoder", ["another"] * len(table)))
    data = bytearray((tar := max(out.glob("dataset/webdataset/*.tar"))).read_bytes())
    data[len(data) // 2] ^= 1
    tar.write_bytes(data)
    rewrite(out, min(out.glob("dataset/data/*")), lambda table: table.slice(1))
    groups = first(out, "dedup/groups/*/duplicates-*.parquet")
    rewrite(out, groups, lambda table: replace(table, "panel_id", ["PMC1v1-f001-p01", *table["panel_id"][1:]]))
    (out / "publish" / "left.txt").write_text("left")


@pytest.mark.parametrize(
    "engine",
    [
        ["local", "--workers", "2"],
        pytest.param(["ray"], marks=[pytest.mark.slow, pytest.mark.full]),
        pytest.param(["beam"], marks=pytest.mark.slow),
        pytest.param(
            ["beam", "--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"],
            marks=[pytest.mark.slow, pytest.mark.full],
        ),
    ],
    ids=" ".join,
)
def test_every_engine_tells_the_same_lines_in_the_same_order(out, engine):
    assert medconcept("verify", out, "--engine", *engine).stdout == "no fault found\n"
    harm(out)
    lines = found(out)
    assert len(lines) > 10
    done = medconcept("verify", out, "--engine", *engine, check=False)
    assert done.returncode == 1
    assert "medconcept" not in done.stderr  # Beam's own workers may tell what is not installed
    assert done.stdout.splitlines() == lines


def test_the_dedup_phase_of_several_cells_is_looked_at_by_workers(run, out, small_units, monkeypatch):
    for module in (cells, index):
        monkeypatch.setattr(module, "CELL", 4)
    (out / "dedup" / "index.json").unlink()
    assert run("build", "demo", out, "--recipe", small_units, "--engine", "inline")[0] == 0
    seen, engine = [], open_engine(Where("local", (), 2))

    def watched(graph, items, beat):
        seen.extend(item.folder for item in items)
        return engine(graph, items, beat)

    assert list(faults(open_store(str(out)), watched)) == []
    made = {str(path.parent.relative_to(out)) for path in out.glob("dedup/*/**/*.json")}
    assert made - {*seen} == {"dedup/centroids"}
    assert len(seen) == len({*seen})
    harm(out)
    assert list(faults(open_store(str(out)), watched)) == found(out)


def test_the_order_of_lines_does_not_hang_on_which_item_is_done_first(out):
    harm(out)
    backwards = faults(open_store(str(out)), lambda graph, items, beat: inline.run(graph, items[::-1], beat))
    assert list(backwards) == found(out)


def contents(folder):
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


@pytest.mark.parametrize("engine", ["inline", "local", pytest.param("beam", marks=pytest.mark.slow)])
def test_nothing_is_written_into_an_output(out, engine, monkeypatch):
    before = contents(out)
    with tempfile.TemporaryDirectory() as folder:  # a short name, for sockets stand in it
        monkeypatch.setenv("TMPDIR", folder)
        medconcept("verify", out, "--engine", engine)
        assert [*Path(folder).glob("medconcept-*")] == []
    assert contents(out) == before


def test_an_output_that_can_only_be_read_is_verified(out):
    with lease(open_store(str(out))):
        left = (out / "lease.json").read_bytes()
    (out / "lease.json").write_bytes(left)  # a driver that died long ago
    os.utime(out / "lease.json", (0, 0))
    for path in [out, *out.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run([*MEDCONCEPT, "verify", out], capture_output=True, text=True, preexec_fn=denied)
    for path in [out, *out.rglob("*")]:
        path.chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no fault found\n", "")


def test_an_item_tells_so_many_lines_at_most(out, monkeypatch):
    monkeypatch.setattr(items, "LINES", 2)
    panels = max(out.glob("units/*/panels-*.parquet"), key=lambda path: path.stat().st_size)
    place = f"units/{panels.parent.name}"
    rewrite(out, panels, lambda table: replace(table, "image", [b"another"] * len(table)))
    count = pq.read_metadata(panels).num_rows
    lines = [line for line in found(out) if line.startswith(place)]
    assert all("the image has another SHA-256" in line for line in lines[:2])
    assert lines[2:] == [f"{place}: and {count - 2:,} more"]


@pytest.mark.parametrize("size", [1, 2, 1024])
def test_a_panel_that_no_unit_holds_is_found_in_whatever_buckets_it_is_looked_for(
    run, out, small_units, size, monkeypatch
):
    for module in (components, comparison):
        monkeypatch.setattr(module, "BUCKET", size)
    shutil.rmtree(out / "dedup" / "components")
    shutil.rmtree(out / "ledger")
    assert run("build", "demo", out, "--recipe", small_units, "--engine", "inline")[0] == 0
    assert found(out) == []
    assert (len([*out.glob("dedup/groups/*")]) > 1) == (size < 3)
    path = first(out, "dedup/groups/*/edges-*.parquet")
    nobody = [f"PMC{number}v1-f001-p01" for number in range(pq.read_metadata(path).num_rows)]
    rewrite(out, path, lambda table: replace(table, "one", nobody))
    told = [line for line in found(out) if "there is no panel" in line]
    assert sorted(told) == [f"{path.relative_to(out)}: there is no panel {name}" for name in nobody]


def test_a_unit_is_compared_with_the_snapshot_even_where_the_plan_is_lost(out):
    plan, articles = first(out, "plan/train-*.parquet"), first(out, "units/train-*/articles-*.parquet")
    plan.unlink()
    rewrite(out, articles, lambda table: replace(table, "etag", ["another", *table["etag"].to_pylist()[1:]]))
    lines = found(out)
    assert f"{plan.relative_to(out)}: missing" in lines
    assert f"{articles.relative_to(out)}: not the articles of the plan" in lines


def test_what_could_not_be_looked_at_is_told_when_the_rest_is(out):
    first(out, "units/train-*/rejects-*.parquet").unlink()

    def lossy(graph, items, beat):
        yield Failure(items[-1], f"{items[-1].folder}: its worker died (SIGKILL)")
        yield from inline.run(graph, items[:-1], beat)

    lines = faults(open_store(str(out)), lossy)
    assert next(lines).endswith("parquet: missing")
    with pytest.raises(UserError, match=r"^units/test-\d+: its worker died \(SIGKILL\); run it again$"):
        list(lines)


@pytest.fixture
def busy(out):
    """A verification whose one worker reads a file without end; gives the driver, and the worker's pid."""
    path = first(out, "units/train-*/articles-*.parquet")
    os.truncate(path, 1 << 40)  # a hole takes no room
    process = start(*MEDCONCEPT, "verify", out, "--engine", "local", "--workers", "1")
    until(lambda: readers(path), process)
    return process, readers(path)[0]


def readers(path):
    """The processes that have a file open."""
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            found += [int(folder.parent.name) for each in folder.iterdir() if each.resolve() == path]
    return found


def test_a_signal_ends_driver_and_workers_with_a_line(busy):
    process, worker = busy
    process.send_signal(signal.SIGINT)
    assert said(process) == (["medconcept: interrupted by SIGINT"], 130)
    assert not Path(f"/proc/{worker}").exists()


def test_a_worker_that_dies_is_a_line(busy):
    process, worker = busy
    os.kill(worker, signal.SIGKILL)
    lines, status = said(process)
    assert (len(lines), status) == (1, 1)
    assert lines[0].startswith("medconcept: units/train-00000: its worker died (SIGKILL)")


def test_an_output_that_vanishes_meanwhile_is_told_in_lines(out):
    lines = faults(open_store(str(out)))
    first(out, "units/train-*/rejects-*.parquet").unlink()
    assert next(lines).endswith("parquet: missing")
    shutil.rmtree(out)
    rest = list(lines)
    assert "dataset/README.md: missing" in rest
    assert any(line.endswith(": no receipt can be read") or "cannot be read" in line for line in rest)


@pytest.mark.parametrize("options", [["--engine", "inline", "--workers", "2"], ["--engine", "ray", "--", "--runner=X"]])
def test_options_that_do_not_go_with_the_engine_are_wrong_usage(run, options):
    assert run("verify", "nowhere", *options)[0] == 2


@pytest.mark.slow
def test_workers_of_beam_leave_what_they_find_in_its_temporary_bucket(bucket):
    with _answers(Where("beam", ("--temp_location=s3://bucket/tmp",), None)) as answers:
        answers.write("answers/one.json", b"{}")
        assert bucket.list_objects_v2(Bucket="bucket")["Contents"][0]["Key"].startswith("tmp/medconcept-verify-")
    assert "Contents" not in bucket.list_objects_v2(Bucket="bucket")


@pytest.mark.slow
def test_requests_are_few_and_big(demo, bucket, relay):
    """A GET for each block of a file, and some for each."""
    sizes = {path.relative_to(demo): path.stat().st_size for path in demo.rglob("*") if path.is_file()}
    for path in sizes:
        bucket.upload_file(str(demo / path), "bucket", f"out/{path}")
    relay.count.clear()
    assert found("s3://bucket/out") == []
    assert relay.count["GET"] <= sum(4 + size // BLOCK for size in sizes.values())
