"""What a build is likely to take: room on a disk, and hours, bytes, requests and money."""

import json
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import boto3
import corpora
import pytest

from pipeline.commands.estimate import Sample, take_sample
from pipeline.commands.machines import FILE
from pipeline.commands.rates import load_rates
from pipeline.sources import Metadata, ObjectRef, SourceReject, s3
from pipeline.sources.s3 import bucket_region
from pipeline.storage.room import disk_warning
from pipeline.storage.store import open_store
from schemas.errors import UserError
from schemas.rejects import Reason

Usage = namedtuple("Usage", "total used free")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def free(monkeypatch):
    """Sets the bytes that are free on every disk."""

    def set_free(count):
        monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(0, 0, count) if place.is_dir() else None)

    return set_free


def test_a_disk_with_too_little_room_is_told(free, tmp_path):
    free(12_300_000_000)
    store = open_store(f"{tmp_path}/not/yet/there")
    assert disk_warning(store, 1_000_000) == (
        f"{tmp_path}/not/yet/there: 12.3 GB are free, and 1,000,000 articles are likely to take 1.7 TB"
    )
    assert disk_warning(store, 10, bytes_per_article=2e9).endswith("10 articles are likely to take 20.0 GB")


def test_nothing_is_told_where_there_is_room_or_none_can_be_known(free, tmp_path, credentials):
    free(12_300_000_000)
    assert disk_warning(open_store(str(tmp_path)), 1000) is None
    assert disk_warning(open_store("s3://bucket/out"), 10**9) is None


class Sizes:
    """A source that states metadata and sizes, and has no bytes to give."""

    def __init__(self, *articles, **sizes):
        self._articles, self._sizes = articles, {name.replace("_", "."): size for name, size in sizes.items()}

    def metadata(self, article_id, etag):
        stated = self._articles[int(article_id)]
        if stated is None:
            raise SourceReject(Reason.METADATA_MISSING, article_id)
        return stated

    def size(self, article_id, item):
        if item.name not in self._sizes:
            raise SourceReject(Reason.IMAGE_MISSING, item.name)
        return self._sizes[item.name]


def metadata(*media, license="CC BY", retracted=False):
    """An article with an XML and these media."""
    files = [ObjectRef(name, f"s3://bucket/{name}") for name in ("a.xml", *media)]
    return Metadata(None, None, license, True, retracted, False, files[0], files[1:])


def sample(*articles, **sizes):
    return take_sample(Sizes(*articles, **sizes), [(str(n), "") for n in range(len(articles))], "commercial")


def test_a_sample_counts_what_passes_the_gates():
    articles = (metadata("f1.jpg"), metadata("f1.jpg", license="CC BY-NC"), metadata("f1.jpg", retracted=True), None)
    found = sample(*articles, f1_jpg=500, a_xml=3000)
    assert (found.articles, found.missing) == (4, 1)
    assert (found.admitted, found.pictures, found.picture_bytes) == (0.25, 0.25, 125)
    assert found.text_bytes == (3 * 2000 + 3000) / 4  # metadata of three, the XML of one


def test_a_licence_that_the_source_does_not_state_is_judged_later():
    assert sample(metadata(license=None)).admitted == 1


def test_a_licence_that_is_not_known_is_not_admitted():
    assert sample(metadata(license="CC BY-XX")).admitted == 0


def test_renderings_of_one_picture_are_one_picture():
    found = sample(metadata("F1.gif", "f1.jpg", "table.pdf", "f2.png"), f1_jpg=500, F1_gif=20, f2_png=100)
    assert (found.pictures, found.picture_bytes) == (2, 600)


def test_a_picture_that_is_not_there_is_none():
    assert sample(metadata("f1.jpg", "f2.jpg"), f1_jpg=500).pictures == 1


def test_how_far_the_mean_may_be_off():
    found = sample(metadata("f1.jpg"), metadata("f1.jpg", "f2.jpg", "f3.jpg"), f1_jpg=1, f2_jpg=1, f3_jpg=1)
    assert (found.pictures, found.deviation) == (2, pytest.approx(1 / 2**0.5 / 2))
    assert Sample(1, 1, 0, 0, 0, 0, 0) == sample(None)


def test_rates_say_what_measured_them():
    rates = load_rates()
    assert list(rates.phases) == ["curate", "dedup", "publish", "documents", "verify"]
    for command in rates.measured.commands:
        module = re.fullmatch(r"python -m ([\w.]+)", command)
        assert (ROOT / f"{module[1].replace('.', '/')}.py").is_file()


def test_faulty_rates_are_told_in_one_line(tmp_path):
    (tmp_path / "rates.yaml").write_text("phases: {curate: {worker_s: {pages: 1}}}")
    with pytest.raises(UserError, match=r"rates\.yaml: .*pages"):
        load_rates(tmp_path / "rates.yaml")


def table(told):
    """The words of each line of the table of phases, by phase."""
    lines = told.partition("\nphase ")[2].partition("\n\n")[0].splitlines()[1:]
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_a_plan_tells_each_phase(run):
    _, told, _ = run("plan", "demo", "--cores", "8", "--gpus", "2", "--core-hour", "0.5", "--gpu-hour", "3")
    phases = table(told)
    assert list(phases) == ["curate", "dedup", "publish", "documents", "verify", "all"]
    assert {len(words) for words in phases.values()} == {9}
    assert "18 versions in 3 units" in told  # as a build has them
    assert "8 cores, 2 GPUs" in told
    assert "at 10.00 an hour, 4.00 when the GPUs are let go" in told
    assert "no GPU was at hand" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_deadline_gives_a_table_of_machines(run, tmp_path):
    file = tmp_path / "machines.yaml"
    file.write_text(FILE.read_text().replace("hour: 0.8064", "hour: 0.0001"))
    _, told, _ = run("plan", "demo", "--deadline", "30m", "--machines", file)
    first = next(line for line in told.splitlines() if line.startswith(">"))
    assert first.split()[-2:] == ["1", "m7i.4xlarge"]
    assert "machines   1 m7i.4xlarge (16 cores, no GPU)" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_type_called_core_is_a_machine_like_any(run, tmp_path):
    file = tmp_path / "machines.yaml"
    file.write_text(FILE.read_text().replace("c7i.4xlarge:", "core:"))
    _, told, _ = run("plan", "demo", "--machine", "core:2", "--machines", file)
    assert "machines   2 core (32 cores, no GPU)" in told
    assert "hours\n" in told  # too few for it to be told what bounds them


def test_a_plan_goes_by_what_an_output_took(run, demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    for file in (*out.glob("units/**/*.json"), *out.glob("dedup/**/*.json"), *out.glob("publish/**/*.json")):
        receipt = json.loads(file.read_text())
        if "work" in receipt:
            waited = {"seconds": 1e6, "rows_in": 1, "rows_out": 1, "rejects": 0}  # which is no work
            worked = 3600.0 * receipt["counts"]["panels"] if "units" in file.parts else 0.0
            receipt["work"] |= {"seconds": 1e6 + worked, "stages": {"fetch_images": waited}}
            file.write_text(json.dumps(receipt))
    shutil.rmtree(out / "ledger")
    _, told, _ = run("plan", "demo", "--cores", "1", "--like", out)
    panels = sum(json.loads(file.read_text())["counts"]["panels"] for file in out.glob("units/*/*.json"))
    assert f"{panels} panels" in told
    assert float(table(told)["curate"][0]) == pytest.approx(panels, rel=0.05)  # an hour a panel
    assert "by our rates alone: dedup, publish, which took less than" in " ".join(told.split())
    assert "another source" not in told
    units = len({file.parent for file in out.glob("units/*/*.json")})
    assert f"18 versions in {units} units" in told  # by the recipe of OUT


def test_a_sample_of_one_unit_from_elsewhere(run, tmp_path):
    near, far = (corpora.mirror(tmp_path / name, [1], [2]) for name in ("near", "far"))
    assert run("build", near, tmp_path / "out", "--engine", "inline")[0] == 0
    _, told, _ = run("plan", far, "--like", tmp_path / "out")
    assert f"it was built from another source, {near}" in " ".join(told.split())
    assert "±" not in told


def test_a_bucket_tells_its_region(run, moto):
    client = boto3.client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert bucket_region("s3://far/prefix") == "eu-west-1"
    assert bucket_region("s3://nowhere") is None


def test_a_bucket_whose_server_says_nothing_holds_nobody_up(credentials, monkeypatch):
    monkeypatch.setattr(s3, "REGION_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert bucket_region("s3://far") is None
        silent.settimeout(0.2)
        silent.accept()
        with pytest.raises(TimeoutError):
            silent.accept()  # it was asked once


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--deadline", "48"], "--deadline is a time such as 30m, 48h or 2d, not 48"),
        (["--deadline", "0h"], "--deadline is a time such as"),
        (["--deadline", "2h", "--machine", "c7i.4xlarge:2"], "--machine c7i.4xlarge:2 must name no count"),
        (["--machine", "c7i.4xlarge", "--cores", "3"], "leave out --cores"),
        (["--snapshot", "yesterday"], "yesterday"),
        (["--requests", "0"], "at least 1"),
    ],
)
def test_wrong_usage_of_plan(run, options, told):
    status, output, error = run("plan", "demo", *options)
    assert (status, output, error.count("\n")) == (2, "", 1)
    assert told in error


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--machine", "c7i.4xlrage"], "no machine c7i.4xlrage; did you mean c7i.4xlarge?"),
        (["--machine", "c7i.4xlarge:0"], "how many must be 1 to 1,000"),
        (["--machine", "c7i.4xlarge:many"], "how many must be 1 to 1,000"),
        (["--machine", "c7i.4xlarge", "--machine", "c7i.4xlarge"], "names c7i.4xlarge twice"),
        (["--machine", "c7i.4xlarge", "--machine", "n2-standard-16"], "must be in one region"),
        (["--machines", "{tmp}/none.yaml"], "there is no such file"),
        (["--machines", "{tmp}"], "is a directory, not a file"),
        (["--machines", "{tmp}/infinite.yaml"], "core.hour must be a number, not Infinity"),
        (["--machines", "{tmp}/core.yaml"], "machines.core: clouds has no azure"),
        (["--machines", "{tmp}/unknown.yaml"], "machines.m.core is no setting; did you mean cores?"),
        (["--machines", "{tmp}/cloud.yaml"], "m7i.4xlarge: clouds has no awss"),
        (["--machines", "{tmp}/small.yaml"], "c7i.4xlarge: without a core and 1.8 GiB it has no worker"),
        (["--like", "{tmp}"], "holds no run"),
        (["--snapshot", "2026-09-01"], "has no inventory of 2026-09-01; the nearest: 2026-10-01"),
    ],
)
def test_wrong_input_of_plan(run, options, told, tmp_path):
    text = FILE.read_text()
    (tmp_path / "unknown.yaml").write_text(text.replace("machines:", "machines:\n  m: {core: 1}"))
    (tmp_path / "infinite.yaml").write_text(text.replace("hour: 0.04", "hour: .inf"))
    (tmp_path / "core.yaml").write_text(text.replace("  c7i.4xlarge: {cloud: aws", "  core: {cloud: azure"))
    (tmp_path / "cloud.yaml").write_text(text.replace("m7i.4xlarge: {cloud: aws", "m7i.4xlarge: {cloud: awss"))
    (tmp_path / "small.yaml").write_text(text.replace("memory_gib: 32", "memory_gib: 1"))
    status, output, error = run("plan", "demo", *(option.format(tmp=tmp_path) for option in options))
    assert (status, output, error.count("\n")) == (1, "", 1)
    assert told in error


@pytest.mark.slow
@pytest.mark.full
def test_a_plan_beside_a_build(run, pmc, tmp_path, capsys):
    """Prints how the plan of the real mirror compares with the CPU seconds of its build, which nothing asserts."""
    _, told, _ = run("plan", pmc)
    phases = {name: [float(each.replace(",", "")) for each in words[:3]] for name, words in table(told).items()}
    planned = 3600 * sum(core + driver for name, (core, _, driver) in phases.items() if name not in ("verify", "all"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    build = [sys.executable, "-m", "pipeline", "build", pmc, tmp_path / "out", "--engine", "inline"]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with capsys.disabled():
        print(f"\nplanned {planned:.0f} CPU seconds, built in {taken:.0f}: {planned / taken:.2f} times")
    assert planned > 0
