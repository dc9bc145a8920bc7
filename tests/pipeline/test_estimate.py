"""What a build is likely to take: room on a disk, and hours, bytes, requests and money."""

import re
import resource
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from pipeline.commands.estimate import Sample, take_sample
from pipeline.commands.rates import Cluster, Need, Phase, Rate, load_rates
from pipeline.sources import Metadata, ObjectRef, SourceReject
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


def test_what_a_phase_needs():
    phase = Phase(
        worker_s=Rate(panel=3.6), serial_s=Rate(panel=0.36), driver_s=Rate(panel=0.036), puts=Rate(run=7, panel=1)
    )
    free = load_rates().assumed.model_copy(update={"core_hour": 1.0, "put_price": 0.1})
    need = Need.of(phase, {"run": 1, "panel": 1000}, Cluster(cores=10), 100, free)
    assert (need.core_h, need.driver_h, need.puts) == (pytest.approx(1), pytest.approx(0.01), 1007)
    assert need.wall_h == pytest.approx(0.9 / 10 + 0.1 + 0.01)  # what one worker does alone, and what the driver does
    assert need.cost == pytest.approx(10 * need.wall_h + 100.7)
    few = Need.of(phase, {"run": 1, "panel": 1000}, Cluster(cores=10), 2, free)
    assert few.wall_h == pytest.approx(0.9 / 2 + 0.1 + 0.01)  # two units keep two cores busy


def test_gpus_take_the_networks_from_the_cores():
    phase = Phase(worker_s=Rate(figure=36.0), network_s=Rate(figure=27.0))
    assumed = load_rates().assumed.model_copy(update={"gpu_speedup": 15.0, "core_hour": 1.0, "gpu_hour": 8.0})
    need = Need.of(phase, {"figure": 1000}, Cluster(cores=5, gpus=1), 100, assumed)
    assert (need.core_h, need.gpu_h) == (pytest.approx(2.5), pytest.approx(0.5))
    assert need.wall_h == pytest.approx(0.5)  # both work at once
    assert need.cost == pytest.approx(0.5 * (5 + 8))


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


def test_a_plan_tells_each_phase(run):
    _, told, _ = run("plan", "demo", "--cores", "8", "--gpus", "2", "--core-hour", "0.5", "--gpu-hour", "3")
    phases = told.split("\n\n")[1].splitlines()[1:]
    assert [line.split()[0] for line in phases] == ["curate", "dedup", "publish", "documents", "verify", "all"]
    assert {len(line.split()) for line in phases} == {10}
    assert "8 cores, 2 GPUs" in told
    assert "at 10.00 an hour of the cluster" in told
    assert "no GPU was at hand" in told


@pytest.mark.slow
@pytest.mark.full
def test_a_plan_beside_a_build(run, pmc, tmp_path, capsys):
    """Prints how the plan of the real mirror compares with the CPU seconds of its build, which nothing asserts."""
    _, told, _ = run("plan", pmc)
    phases = {line.split()[0]: [float(each.replace(",", "")) for each in line.split()[1:4]] for line in
              told.split("\n\n")[1].splitlines()[1:]}  # fmt: skip
    planned = 3600 * sum(core + driver for name, (core, _, driver) in phases.items() if name not in ("verify", "all"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    build = [sys.executable, "-m", "pipeline", "build", pmc, tmp_path / "out", "--engine", "inline"]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with capsys.disabled():
        print(f"\nplanned {planned:.0f} CPU seconds, built in {taken:.0f}: {planned / taken:.2f} times")
    assert planned > 0
