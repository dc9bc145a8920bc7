"""The log and the metrics of a real run: they say what its receipts say, and what the dashboard asks for is there."""

import json
import re
import socket
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from dags.graph import Failure, Item
from pipeline.config.recipe import Config, load_recipe
from pipeline.run import build
from pipeline.verbosity import LOG
from pipeline.watch.events import EVENTS, ItemFailed, Listener, RunEnded, heard, publish, running
from pipeline.watch.log import JsonLog
from schemas.errors import UserError

prometheus = pytest.importorskip("prometheus_client")
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

from pipeline.watch.metrics import Metrics  # noqa: E402

DASHBOARD = Path(__file__).parents[2] / "docker" / "grafana.json"


class Built:
    """A small run that was logged and measured."""

    def __init__(self, folder, recipe):
        self.out, self.file, metrics = folder / "out", folder / "run.jsonl", Metrics()
        config = Config(source="demo", output=str(self.out), recipe=load_recipe(str(recipe)), engine="inline")
        log = JsonLog(self.file.open("a"))
        LOG.addHandler(log)
        with heard(log), heard(metrics):
            build(config, Console(quiet=True))
            LOG.warning("a warning with password=secret")
            log.close()
        self.lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        self.scrape = prometheus.generate_latest(metrics.registry).decode()
        self.receipts = [json.loads(path.read_text()) for path in self.out.glob("units/*/*.json")]

    def events(self, name):
        return [line for line in self.lines if line["event"] == name]

    def samples(self, name):
        """The samples of a metric by their labels."""
        families = text_string_to_metric_families(self.scrape)
        return {
            frozenset(sample.labels.items()): sample.value
            for family in families
            for sample in family.samples
            if sample.name == name
        }

    def value(self, name, **labels):
        return self.samples(name)[frozenset(labels.items())]


@pytest.fixture(scope="module")
def built(tmp_path_factory, small_units):
    return Built(tmp_path_factory.mktemp("logged"), small_units)


def test_each_line_has_its_time_and_its_run(built):
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"]) for line in built.lines)
    assert {line["run"] for line in built.lines} == {json.loads((built.out / "progress.json").read_text())["run"]}
    assert [built.lines[0]["event"], built.lines[-2]["event"]] == ["run_started", "run_ended"]
    assert built.lines[-2]["outcome"] == "done"


def test_the_log_has_each_item_as_its_receipt_has_it(built):
    done = {line["item"]: line for line in built.events("item_done") if line["phase"] == "curate"}
    assert done.keys() == {receipt["folder"] for receipt in built.receipts}
    for receipt in built.receipts:
        line = done[receipt["folder"]]
        assert line["rejects"] == receipt["counts"]["rejects"]
        assert line["rows"] == {name: stamp["rows"] for name, stamp in receipt["files"].items()}
        assert (line["seconds"], line["stages"]) == (receipt["work"]["seconds"], receipt["work"]["stages"])
        assert line["attempt"] == 1


def test_phases_begin_and_end(built):
    begun = [line["phase"] for line in built.events("phase_started")]
    assert begun == [line["phase"] for line in built.events("phase_ended")]
    assert (begun[0], begun[-1]) == ("curate", "publish")


def test_what_fails_is_a_line_with_its_fault(tmp_path):
    item = Item("units/u1", "k", None)
    log = JsonLog((tmp_path / "log").open("w"))

    def fail():
        with running("abc", "build", "out", "ray"):
            tried = Failure(item, "units/u1: no room", True, "Traceback …", attempts=3, seconds=1.5)
            publish(ItemFailed("curate", tried))
            publish(ItemFailed("curate", Failure(item, "units/u1: its worker died (SIGKILL)")))
            raise UserError("given up")

    with heard(log), pytest.raises(UserError):
        fail()
    log.close()
    _, first, second, last = map(json.loads, (tmp_path / "log").read_text().splitlines())
    stated = {"phase": "curate", "item": "units/u1", "attempt": 3, "seconds": 1.5, "error": "units/u1: no room"}
    assert first.items() >= (stated | {"level": "error", "outage": True, "trace": "Traceback …", "run": "abc"}).items()
    assert (second["attempt"], second["seconds"], second["trace"]) == (None, None, None)
    assert (last["level"], last["outcome"], last["error"]) == ("error", "failed", "given up")


def test_a_warning_is_a_line_and_tells_no_secret(built):
    assert built.lines[-1]["level"] == "warning"
    assert built.lines[-1]["message"] == "a warning with password=***"


def test_metrics_are_the_sums_of_the_receipts(built):
    count = len(built.receipts)
    assert built.value("medconcept_phase_items", phase="curate") == count
    assert built.value("medconcept_phase_items_done", phase="curate") == count
    assert built.value("medconcept_items_total", phase="curate") == count
    assert set(built.samples("medconcept_phase_active").values()) == {0}
    rejects = sum((Counter(receipt["counts"]["rejects"]) for receipt in built.receipts), Counter())
    told = {dict(labels)["reason"]: value for labels, value in built.samples("medconcept_rejects_total").items()}
    assert told == rejects
    written = sum(stamp["bytes"] for receipt in built.receipts for stamp in receipt["files"].values())
    assert built.value("medconcept_written_bytes_total", phase="curate") == written
    seconds = sum(receipt["work"]["stages"]["panels"]["seconds"] for receipt in built.receipts)
    assert built.value("medconcept_stage_seconds_total", phase="curate", stage="panels") == pytest.approx(seconds)
    assert built.value("medconcept_item_seconds_count", phase="curate") == count


def test_stages_give_what_the_next_ones_get(built):
    """What `panels` gives, `concepts` gets: the counts of a receipt hang together."""
    for receipt in built.receipts:
        stages, counts = receipt["work"]["stages"], receipt["counts"]
        assert stages["panels"]["rows_out"] == stages["concepts"]["rows_in"]
        assert stages["modality"]["rows_out"] == counts["panels"]
        assert stages["read"]["rows_out"] == counts["articles"]
        assert sum(stage["rejects"] for stage in stages.values()) == sum(counts["rejects"].values())


def queries():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


#: What stands in a query and is no metric and no label.
METRIC = re.compile(r"\bmedconcept_\w+")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


@pytest.mark.parametrize(("title", "query"), queries(), ids=[title for title, _ in queries()])
def test_what_the_dashboard_asks_for_is_in_the_scrape(built, title, query):
    names = METRIC.findall(query)
    assert names
    for name in names:
        samples = built.samples(name)
        assert samples, f"{name} is not served"
        labels = {label for found in samples for label, _ in found}
        asked = {label.strip() for group in GROUPED.findall(query) for label in group.split(",")}
        assert asked <= labels, name


def test_the_dashboard_shows_labels_that_are_there(built):
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            labels = {label for found in built.samples(METRIC.findall(target["expr"])[0]) for label, _ in found}
            assert shown <= labels


@pytest.mark.parametrize(("title", "query"), queries(), ids=[title for title, _ in queries()])
def test_the_dashboard_speaks_promql(title, query):
    parser = pytest.importorskip("promql_parser", reason="promql-parser is not installed")
    parser.parse(query)


def test_the_dashboard_shows_every_metric(built):
    asked = {name for _, query in queries() for name in METRIC.findall(query)}
    served = {family.name for family in text_string_to_metric_families(built.scrape)}
    shown = {re.sub(r"_(total|bucket)$", "", name) for name in asked}
    assert {name for name in served if not name.endswith("_created")} == shown


class Scraping(Listener):
    """Scrapes when a run ends."""

    def __init__(self, port):
        super().__init__()
        self.port, self.text = port, ""

    def take(self, event):
        if isinstance(event, RunEnded):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
                self.text = answer.read().decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_options_of_the_command_line(built, run, tmp_path):
    port, log = free_port(), tmp_path / "verify.jsonl"
    with heard(Scraping(port)) as scraping:
        status, output, _ = run("verify", built.out, "--log", log, "--metrics-port", port)
    assert (status, output.splitlines()[-1]) == (0, "no fault found")
    items = [json.loads(line) for line in log.read_text().splitlines()]
    assert [items[0]["command"], items[-1]["outcome"]] == ["verify", "done"]
    count = sum(line["event"] == "item_done" for line in items)
    assert count > 5
    assert f'medconcept_items_total{{phase="verify"}} {count}.0' in scraping.text
    assert not [handler for handler in EVENTS.handlers if isinstance(handler, (JsonLog, Metrics))]
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics")


def test_a_log_to_standard_output(built, run):
    _, output, _ = run("verify", built.out, "--log", "-")
    *lines, last = output.splitlines()
    assert [json.loads(line)["event"] for line in lines][-1] == "run_ended"
    assert last == "no fault found"


def test_options_that_cannot_be_had(built, run, tmp_path):
    assert run("verify", built.out, "--log", tmp_path / "none" / "log")[0] == 1
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, told = run("verify", built.out, "--metrics-port", port)
    assert (status, told) == (1, f"medconcept: --metrics-port {port}: Address already in use\n")


def test_a_log_that_cannot_be_written_ends_and_the_run_goes_on(built, run):
    status, output, told = run("verify", built.out, "--log", "/dev/full")
    assert (status, output.splitlines()[-1]) == (0, "no fault found")
    assert told.count("the log ends here: it cannot be written") == 1
