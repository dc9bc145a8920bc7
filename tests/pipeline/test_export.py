"""`medconcept export`: records of MedConcept-23M and rows as JSON; where they are written, and what is left out."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.commands.lines import opened
from pipeline.config.records import read_records
from pipeline.reports.export.coco import Coco
from pipeline.reports.export.records import Records
from schemas.errors import UserError
from schemas.tables import without
from tests.running import medconcept
from tests.triplets import CONCEPT, triplet

FORMATS = {"medconcept23m": ".jsonl", "jsonl": ".jsonl", "coco": ".json"}


def lines(path):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def published(out):
    """The rows of the dataset by shard, without their pictures."""
    files = sorted(out.glob("dataset/data/*.parquet"))
    files.sort(key=lambda path: ("train", "validation", "test").index(path.name.split("-")[0]))
    return {path.stem: pq.read_table(path).drop_columns("image") for path in files}


def figures_of(rows):
    """The rows of each graphic by its id."""
    figures = {}
    for row in rows:
        figures.setdefault(row["panel_id"].rpartition("-p")[0], []).append(row)
    return figures


# A row a triplet


def test_rows_are_those_of_parquet_and_name_their_pictures(demo, run, tmp_path):
    status, told, error = run("export", "jsonl", demo, "-o", tmp_path / "rows.jsonl")
    rows, tables = lines(tmp_path / "rows.jsonl"), published(demo)
    assert (status, told) == (0, f"{len(rows)} rows\n")
    assert "left out: pictures; `image` names the file" in error
    expected = pa.concat_tables(tables.values())
    schema = without(expected.schema, "image")
    named = [{"split": row.pop("split"), **row.pop("image")} for row in rows]
    assert pa.Table.from_pylist(rows, schema=schema).to_pylist() == expected.to_pylist()
    assert [each["split"] for each in named] == [
        name.split("-")[0] for name, table in tables.items() for _ in range(len(table))
    ]
    for row, each in zip(rows, named, strict=True):
        with tarfile.open(demo / "dataset" / each["tar"]) as archive:
            data = archive.extractfile(each["name"]).read()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]


# A record a figure


def test_a_figure_is_a_record_with_the_concepts_of_its_panels(demo, run, tmp_path):
    status, told, error = run("export", demo, tmp_path / "records.jsonl")
    records = lines(tmp_path / "records.jsonl")
    assert (status, told) == (0, f"{len(records)} records\n")
    figures = figures_of(row for table in published(demo).values() for row in table.to_pylist())
    named = [rows for rows in figures.values() if any(row["concepts"] for row in rows)]
    assert len(records) == len(named) < sum(map(len, named))
    for record, rows in zip(records, named, strict=True):
        assert record["caption"] == rows[0]["figure_caption"]
        assert record["image"] == rows[0]["provenance"]["source_uri"].removeprefix("s3://pmc-oa-opendata/")
        assert record["fig_label"] == rows[0]["provenance"]["figure_label"]
        found = record["umls_meta_info"]
        assert {each["umls_cui"] for each in found} <= {link["cui"] for row in rows for link in row["concepts"]}
        assert all(record["caption"][each["start"] : each["end"]] == each["text"] for each in found)
        assert all(one["end"] <= two["start"] for one, two in pairwise(found))
    triplets = sum(map(len, named))
    assert f"left out: panels: {triplets} triplets are joined to {len(records)} records, one a figure\n" in error


def test_records_are_read_as_those_that_were_published(demo, run, tmp_path):
    run("export", "medconcept23m", demo, tmp_path / "records.jsonl")
    found, records = read_records(tmp_path / "records.jsonl", lambda _: None).table, lines(tmp_path / "records.jsonl")
    assert sorted(found["pmc"].to_pylist()) == sorted(int(record["pmc"]) for record in records)
    assert all(len(names) == 1 for names in found["graphics"].to_pylist())  # `href` and `image` name one graphic


class OneFigure:
    """A shard of one figure, of which a panel has these concepts."""

    def __init__(self, concepts):
        self.row = triplet(1, caption="Lung", figure_caption="Lung", concepts=concepts)
        self.row["text_spans"] = [{"kind": "own", "start": 0, "end": 4}]
        self.row["provenance"] |= {"pmcid": "PMC1", "source_uri": "s3://pmc-oa-opendata/PMC1.1/g%201.jpg"}

    def figures(self, columns):
        names = {"figure_xml_id": "F1", "figure_label": None, "figure_caption": "Lung", "hrefs": ["g 1", "g 1.tif"]}
        return {"PMC1v1-f001": names}

    def graphics(self, columns):
        return iter([("PMC1v1-f001", [self.row, self.row])])


def test_a_record_names_the_graphic_as_the_article_and_as_the_source_do():
    (record,) = map(json.loads, Records().document([OneFigure([CONCEPT])]))
    assert (record["pmc"], record["fig_id"], record["href"], record["image"]) == ("1", "F1", "g 1", "PMC1.1/g 1.jpg")
    assert [each["text"] for each in record["umls_meta_info"]] == ["Lung"]


def test_a_figure_without_a_concept_is_no_record_and_counted():
    records = Records()
    assert list(records.document([OneFigure([]), OneFigure([CONCEPT])])) != []
    assert records.summary() == "1 records"
    assert "2 triplets of 1 figures without a concept" in list(records.left_out())


# Every triplet, everywhere


@pytest.mark.full
def test_every_triplet_of_the_mirror_is_exported_or_counted(whole, run, tmp_path):
    count = sum(map(len, published(whole).values()))
    told = {}
    for format, suffix in FORMATS.items():
        status, summary, error = run("export", format, whole, "-o", tmp_path / f"{format}{suffix}")
        assert status == 0
        told[format] = summary + error
    assert f"{count} rows\n" in told["jsonl"]
    assert f" {count:,} panels," in told["coco"]
    numbers = [int(line.split()[n].replace(",", "")) for line, n in _counted(told["medconcept23m"])]
    assert sum(numbers) == count
    rows = [row for table in published(whole).values() for row in table.to_pylist()]
    linked = {name for name, figure in figures_of(rows).items() if any(row["concepts"] for row in figure)}
    assert len(lines(tmp_path / "medconcept23m.jsonl")) == len(linked)


def _counted(told):
    """The lines that count triplets, and which word of them is the number."""
    for line in told.splitlines():
        if line.startswith("left out: panels:"):
            yield line, 3
        elif line.endswith("without a concept"):
            yield line, 2


# Where it is written


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_has_a_file_a_shard(demo, run, tmp_path, format):
    suffix = FORMATS[format]
    assert run("export", format, demo, "-o", f"{tmp_path}/shards/")[0] == 0
    files = sorted(path.name for path in (tmp_path / "shards").iterdir())
    assert files == sorted(f"{name}{suffix}" for name in published(demo))
    assert run("export", format, demo, "-o", tmp_path / "whole")[0] == 0
    if format != "coco":
        parts = [(tmp_path / "shards" / f"{name}{suffix}").read_bytes() for name in published(demo)]
        assert b"".join(parts) == (tmp_path / "whole").read_bytes()
    (tmp_path / "shards" / f"train-77777{suffix}").touch()
    status, _, error = run("export", format, demo, "-o", tmp_path / "shards")
    assert (status, error.count("\n")) == (1, 1)
    assert "train-77777" in error


def test_standard_output_has_the_rows_alone(demo, tmp_path):
    done = medconcept("export", demo, "-")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr.startswith(f"{len(records)} records\nleft out: ")


SLOW = """
import time
from pathlib import Path
from pipeline.cli import main
from pipeline.reports.export.shards import PublishedShard
rows = PublishedShard.rows
def slow(self, columns):
    for row in rows(self, columns):
        yield row
        if self.name == "train-00001":
            Path(FLAG).touch()
            time.sleep(600)
PublishedShard.rows = slow
main()
"""


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_stays_until_the_next_is_whole_though_the_export_is_killed(demo, tmp_path, format):
    target, flag = tmp_path / "export", tmp_path / "flag"
    target.write_text("what was there")
    arguments = ["export", format, str(demo), "-o", str(target)]
    process = subprocess.Popen([sys.executable, "-c", SLOW.replace("FLAG", repr(str(flag))), *arguments])
    while not flag.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert target.read_text() == "what was there"
    medconcept(*arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"export", "flag"}  # and no draft of the one that was killed
    medconcept(*arguments[:-1], tmp_path / "other")
    assert target.read_bytes() == (tmp_path / "other").read_bytes()


def test_an_output_in_a_bucket(demo, bucket, run, tmp_path):
    for path in demo.rglob("*"):
        if path.is_file():
            bucket.put_object(Bucket="bucket", Key=f"out/{path.relative_to(demo)}", Body=path.read_bytes())
    for format in FORMATS:
        assert run("export", format, "s3://bucket/out", "-o", tmp_path / "there")[0] == 0
        assert run("export", format, demo, "-o", tmp_path / "here")[0] == 0
        assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()


def test_an_empty_dataset_is_a_whole_document():
    document = json.loads(b"".join(Coco({"version": "1"}, None, None).document([])))
    assert (document["images"], document["annotations"], document["licenses"]) == ([], [], [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{demo}"], "name OUT, and one FILE"),
        (["{demo}", "a.jsonl", "-o", "b.jsonl"], "name OUT, and one FILE"),
        (["jsonl"], "name OUT, and one FILE"),
        (["{demo}"], "no FILE is named"),
        (["coco", "{demo}"], "no FILE is named"),
        (["coco"], "no OUT is named"),
        (["xml", "{demo}", "-o", "a.xml"], "xml is no format (medconcept23m, jsonl, coco)"),
        (["xml", "{demo}", "a.xml"], "xml is no format (medconcept23m, jsonl, coco)"),
        (["xml", "{demo}"], "xml is no format (medconcept23m, jsonl, coco), and no output"),
        (["{demo}", "a.jsonl", "--images", "demo"], "--images goes with coco"),
        (["coco", "{demo}", "-", "--images", "demo"], "--images goes with coco and a FILE"),
    ],
)
def test_wrong_usage(run, demo, arguments, told):
    status, output, error = run("export", *(word.format(demo=demo) for word in arguments))
    assert (status, output) == (2, "")
    assert told in error


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_read_is_not_written_over(run, demo, format):
    card = demo / "dataset/README.md"
    before = card.read_bytes()
    status, _, error = run("export", format, demo, "-o", card)
    assert (status, card.read_bytes()) == (1, before)
    assert "name another file to write" in error


@pytest.mark.parametrize("name", ["dataset/new.json", "new.json", "new/", "dataset/data/"])
def test_nothing_is_added_to_an_output(run, demo, tmp_path, name):
    """Neither to the one that is read nor to another; a folder that is read and is no output is not added to."""
    other = tmp_path / "other"
    (other / "plan").mkdir(parents=True)
    (other / "run.json").touch()
    for out in (demo, other):
        before = sorted(out.rglob("*"))
        status, _, error = run("export", "coco", demo, "-o", f"{out}/{name}")
        assert (status, error.count("\n"), sorted(out.rglob("*"))) == (1, 1, before)
        assert "name another" in error


def test_the_source_of_pictures_is_not_written_over(run, demo, tmp_path):
    file = tmp_path / "mirror" / "PMC1.1.json"
    (file.parent / "metadata").mkdir(parents=True)
    file.touch()
    status, _, error = run("export", "coco", demo, "-o", file, "--images", file.parent)
    assert (status, file.read_bytes()) == (1, b"")
    assert "name another file to write" in error


def test_what_another_process_writes_is_left_to_it(tmp_path):
    with opened(str(tmp_path / "file")) as first:
        first.write(b"one")
        with pytest.raises(UserError, match="another process writes it"), opened(str(tmp_path / "file")):
            pass
    assert (tmp_path / "file").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_signal_that_comes_when_the_file_has_its_place_is_answered(tmp_path, monkeypatch):
    real = os.replace

    def interrupted(draft, place):
        real(draft, place)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), opened(str(tmp_path / "file")) as file:
        file.write(b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_a_folder_of_another_format_is_left(run, demo, tmp_path):
    assert run("export", "jsonl", demo, "-o", f"{tmp_path}/rows/")[0] == 0
    before = {path: path.read_bytes() for path in (tmp_path / "rows").iterdir()}
    status, _, error = run("export", "medconcept23m", demo, "-o", tmp_path / "rows")
    assert (status, error.count("\n")) == (1, 1)
    assert "is in another format" in error
    assert {path: path.read_bytes() for path in (tmp_path / "rows").iterdir()} == before


# What a receipt states


def fewer_rows(path):
    table = pq.read_table(path)
    pq.write_table(table.slice(0, len(table) - 1), path)


def padded(path):
    """The file with as many rows and more bytes."""
    path.write_bytes(path.read_bytes()[:-8] + bytes(9) + path.read_bytes()[-8:])


def no_file(path):
    path.unlink()


@pytest.mark.parametrize("damage", [fewer_rows, padded, no_file])
@pytest.mark.parametrize("command", [*FORMATS, "lock"])
def test_a_shard_that_is_not_as_its_receipt_states_is_told(run, demo, tmp_path, command, damage):
    out, file = shutil.copytree(demo, tmp_path / "out"), tmp_path / "file"
    damage(min(out.glob("dataset/data/*.parquet")))
    words = ["lock", out, file] if command == "lock" else ["export", command, out, "-o", file]
    status, _, error = run(*words)
    assert (status, error.count("\n"), file.exists()) == (1, 1, False)
    assert "its receipt states" in error or ": missing" in error


@pytest.mark.parametrize("command", [*FORMATS, "lock"])
def test_rows_are_counted_though_the_size_is_as_stated(run, demo, tmp_path, command, monkeypatch):
    monkeypatch.setattr("pipeline.phases.published.load_batches", lambda *_: iter([]))
    file = tmp_path / "file"
    words = ["lock", demo, file] if command == "lock" else ["export", command, demo, "-o", file]
    status, _, error = run(*words)
    assert (status, file.exists()) == (1, False)
    assert "0 rows, and its receipt states" in error


def test_a_bucket_is_no_disk(run, demo):
    status, _, error = run("export", demo, "-o", "s3://bucket/rows.jsonl")
    assert status == 1
    assert "written to a disk" in error
