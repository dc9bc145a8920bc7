"""Verification finds every kind of damage: each test harms a copy of a sound corpus in one way."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from corpora import mirror

from pipeline.config.recipe import digest
from pipeline.phases.snapshot import read_snapshot, write_snapshot
from pipeline.phases.sums import ShardSums
from pipeline.phases.verify import faults
from pipeline.phases.verify.conservation import conservation_faults, name_faults, reject_faults
from pipeline.phases.verify.shard import triplet_faults
from pipeline.sources.base import ARTICLE_VERSIONS, take_snapshot
from pipeline.storage.lease import lease
from pipeline.storage.store import open_store
from schemas.errors import UserError
from schemas.rejects import REJECTS


@pytest.fixture
def out(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "out")


def found(out):
    return list(faults(open_store(str(out))))


def first(out, pattern):
    return min(out.glob(pattern))


def rewrite(out, path, change):
    """Change a Parquet file and make its receipt vouch for it again, as a bug of ours would."""
    table = change(pq.read_table(path))
    pq.write_table(table, path)
    restamp(out, path)


#: What a receipt counts that is the rows of its one table.
ROWS = ("leaks", "duplicates", "edges", "triplets")


def receipts(out):
    """The receipts below a folder of an output."""
    parts = ("plan", "units", "dedup", "publish")
    return [path for part in parts for path in (out / part).rglob("*.json") if path.name != "index.json"]


def receipt_of(out, path):
    """The receipt that names a file."""
    name = str(path.relative_to(out))
    return next(receipt for receipt in receipts(out) if name in receipt.read_text())


def restamp(out, path):
    """Make the receipt of a file vouch for it as it is now, in its sums too; the ledgers, which say otherwise, go."""
    shutil.rmtree(out / "ledger", ignore_errors=True)
    if not any(str(path.relative_to(out)) in receipt.read_text() for receipt in receipts(out)):
        return
    marker = receipt_of(out, path)
    receipt = json.loads(marker.read_text())
    name, stamp = next(pair for pair in receipt["files"].items() if pair[1]["path"] == str(path.relative_to(out)))
    data = path.read_bytes()
    stamp |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if path.suffix == ".parquet":
        stamp["rows"] = pq.read_metadata(path).num_rows
        if name in ROWS:
            receipt["counts"] |= {name: stamp["rows"]}
        if name == "parquet":
            table, sums = pq.read_table(path), ShardSums(path.name.rpartition("-")[0])
            sums.add(table, table.to_pylist())
            receipt["counts"] = sums.counts()
            coverage = out / receipt["files"]["coverage"]["path"]
            pq.write_table(sums.coverage(), coverage)
            receipt["files"]["coverage"] |= stamped(coverage)
    marker.write_text(json.dumps(signed(receipt)))


def stamped(path):
    """What a receipt says of a Parquet file."""
    data = path.read_bytes()
    rows = pq.read_metadata(path).num_rows
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "rows": rows}


def signed(receipt):
    """A receipt with the digest of what it states."""
    stated = {name: value for name, value in receipt.items() if name not in ("digest", "work")}
    return receipt | {"digest": digest(stated)}


def replace(table, column, values):
    place = table.column_names.index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def test_a_sound_corpus_has_no_fault(out):
    assert found(out) == []


def test_a_flipped_byte(out):
    path = first(out, "units/*/panels-*.parquet")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "another SHA-256" in found(out)[0]


def test_a_missing_file_and_a_missing_receipt(out):
    first(out, "units/*/rejects-*.parquet").unlink()
    marker = max(out.glob("units/*/*.json"))
    marker.unlink()
    lines = found(out)
    assert any("/rejects-" in line and line.endswith("parquet: missing") for line in lines)
    assert f"{marker.parent.relative_to(out)}: no receipt" in lines


def test_a_unit_that_nobody_planned(out):
    shutil.copytree(first(out, "units/*"), out / "units" / "stray")
    assert found(out) == ["units/stray: not in the plan"]


def test_a_lost_panel(out):
    rewrite(
        out, max(out.glob("units/*/panels-*.parquet"), key=lambda p: p.stat().st_size), lambda table: table.slice(1)
    )
    lines = "\n".join(found(out))
    assert "panels" in lines or "is lost" in lines
    assert "not what the panels say: panel_id" in lines
    assert any(line.startswith("dedup/members/") and "its key is not" in line for line in lines.splitlines())
    assert "should stand" in lines or "it ends before" in lines


def test_a_lost_reject(out):
    path = max(out.glob("units/*/rejects-*.parquet"), key=lambda p: pq.read_metadata(p).num_rows)
    rewrite(out, path, lambda table: table.slice(1))
    assert any("is lost" in line for line in found(out))


def test_a_concept_beside_its_place(out):
    def shift(table):
        concepts = [[c | {"start": c["start"] + 1} for c in row] for row in table["concepts"].to_pylist()]
        return replace(table, "concepts", concepts)

    rewrite(out, first(out, "dataset/data/*.parquet"), shift)
    assert any("is not at" in line for line in found(out))


def test_a_sentence_beside_its_place(out):
    said = {"mention": 0, "start": 0, "end": 3, "text": "See", "panels": [], "panel": False}

    def beside(table):
        table = replace(table, "mentions", [["Yet another."]] * len(table))
        return replace(table, "context", [[said], [said | {"mention": 1}], *[[]] * (len(table) - 2)])

    rewrite(out, first(out, "dataset/data/*.parquet"), beside)
    lines = found(out)
    assert any("context 0:0-3 is not what the mention says there" in line for line in lines)
    assert any("there is no 1:0-3 of the mentions" in line for line in lines)


def test_another_picture(out):
    def swap(table):
        return replace(table, "image", [b"another", *table["image"].to_pylist()[1:]])

    rewrite(out, first(out, "dataset/data/*.parquet"), swap)
    lines = "\n".join(found(out))
    assert "the image has another SHA-256" in lines
    assert "differs from its Parquet row" in lines


def test_a_tar_that_tells_another_story(out):
    path = first(out, "dataset/webdataset/*.tar")
    with tarfile.open(path) as archive:
        members = [(member, archive.extractfile(member).read()) for member in archive]
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for member, data in members:
            data = b"another text" if member.name.endswith(".txt") else data
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    restamp(out, path)
    assert any("differs from its Parquet row" in line for line in found(out))


def test_a_duplicate_in_two_splits_and_one_that_was_not_dropped(out):
    path = first(out, "dedup/selection/selection-*.parquet")
    table = pq.read_table(path)
    left_out = table.filter(pc.is_valid(table["left_out"]))["panel_id"].to_pylist()
    assert {"duplicate", "duplicate_split"} <= {*table["left_out"].to_pylist()}
    rewrite(out, path, lambda table: replace(table, "left_out", [None] * len(table)))
    lines = found(out)
    assert any("is published in two splits" in line for line in lines)
    assert any(min(left_out) in line and "lead to" in line for line in lines)


def test_a_panel_that_is_left_out_for_no_reason(out):
    path, panels = first(out, "dedup/selection/selection-*.parquet"), first(out, "units/*/panels-*.parquet")
    table = pq.read_table(path)
    listed = {*table["panel_id"].to_pylist()}
    name = next(name for name in pq.read_table(panels)["panel_id"].to_pylist() if name not in listed)
    row = {"unit": panels.parent.name, "panel_id": name, "left_out": "duplicate", "duplicate_group": None}
    more = pa.Table.from_pylist([row, *table.to_pylist()], schema=table.schema)
    rewrite(out, path, lambda _: more.sort_by([("unit", "ascending"), ("panel_id", "ascending")]))
    assert any(name in line and "not what the groups" in line for line in found(out))


def test_two_receipts_of_one_item(out):
    marker = first(out, "units/*/*.json")
    receipt = json.loads(marker.read_text())
    again = marker.with_name(f"{marker.stem}-1.json")
    again.write_text(json.dumps(signed(receipt | {"key": again.stem})))
    place = marker.parent.relative_to(out)
    assert any(line.startswith(f"{place}: 2 receipts: {place}/") for line in found(out))


@pytest.mark.parametrize(
    "path",
    [
        "units/train-00000/panels-0123456789abcdef.parquet",
        "plan/train-0000-0123456789abcdef.parquet",
        "plan/snapshot-0123456789abcdef.parquet",
        "dedup/left.parquet",
        "dedup/withheld/leaks-0123456789abcdef.parquet",
        "dataset/data/train-00009.parquet",
        "dataset/webdataset/train-000009.tar",
        "publish/train-00009/left.txt",
        "narrow/PMC1v1/left.txt",
        "failures/left.json",
    ],
)
def test_a_file_that_belongs_to_nothing(out, path):
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_bytes(b"left")
    assert found(out) == [f"{path}: no receipt names it"]


DRAFTS = ["dataset/data/.train-00000.part", "ledger/.units.part"]


def test_a_draft_is_a_fault_wherever_it_lies(out):
    for path in DRAFTS:
        (out / path).write_bytes(b"left")
    assert found(out) == [f"{path}: a draft that nobody finished" for path in DRAFTS]


def test_a_ledger_is_a_cache_that_may_be_missing_but_not_wrong(out):
    ledger = out / "ledger" / "units.parquet"
    table = pq.read_table(ledger)
    pq.write_table(table.slice(1), ledger)
    name = table["path"][0].as_py()
    assert found(out) == [f"ledger/units.parquet: not what the receipts say of {name}"]
    shutil.rmtree(out / "ledger")
    assert found(out) == []


def test_an_output_that_is_worked_on_is_not_verified(out):
    store = open_store(str(out))
    with lease(store), pytest.raises(UserError, match="is worked on by pid"):
        list(faults(store))
    assert found(out) == []


def test_the_lease_of_a_dead_driver_is_no_fault(out):
    with lease(open_store(str(out))):
        left = json.loads((out / "lease.json").read_text())
    process = subprocess.Popen(["true"])
    process.wait()
    (out / "lease.json").write_text(json.dumps(left | {"pid": process.pid}))
    assert found(out) == []


def test_what_is_unconfirmed_is_counted_and_no_fault(tmp_path, run):
    source = mirror(tmp_path / "mirror", [1, 2], [3])
    (source / "PMC1.1" / "g2.png").unlink()
    assert run("build", source, tmp_path / "out", "--engine", "inline")[0] == 0
    status, told, _ = run("verify", tmp_path / "out")
    assert (status, told.splitlines()[0]) == (0, "no fault found")
    assert told.splitlines()[1].startswith("1 objects are missing or damaged, though listed")
    assert run("build", source, tmp_path / "out", "--engine", "inline")[0] == 0
    assert run("verify", tmp_path / "out")[:2] == (0, "no fault found\n")


def test_a_newer_inventory_that_lists_the_same_is_the_one_that_is_kept(tmp_path):
    store = open_store(str(tmp_path))
    articles = pa.table({"article_id": ["PMC1v1"], "etag": ["e"]}, schema=ARTICLE_VERSIONS)
    for name in ("2026-10-01T01-00Z", "2026-10-02T01-00Z"):
        snapshot = take_snapshot(name, articles)
        write_snapshot(store, snapshot)
        assert read_snapshot(store, snapshot.checksum).id == name


def mark(reason, stage, unconfirmed):
    rejects = [{"article_id": "PMC1v1", "stage": stage, "reason": reason, "detail": "", "unconfirmed": unconfirmed}]
    return list(reject_faults(pa.Table.from_pylist(rejects, schema=REJECTS), None))


def test_only_what_a_source_that_is_ill_says_is_unconfirmed():
    assert mark("image_missing", "fetch_images", True) == []
    assert mark("image_missing", "fetch_images", False) == []  # said twice
    assert mark("fetch_failed", "fetch_images", True) == []
    assert len(mark("fetch_failed", "fetch_images", False)) == 1
    assert len(mark("retracted", "fetch_articles", True)) == 1
    assert len(mark("image_missing", "panels", True)) == 1


PLANNED = {"PMC1v1", "PMC2v1"}
FIGURE = {"article_id": "PMC1v1", "figure_id": "PMC1v1-f001", "graphic_id": "PMC1v1-f001", "graphic_count": 1}
PANEL = FIGURE | {"panel_id": "PMC1v1-f001-p01", "panel_count": 1}
REFUSED = {"article_id": "PMC2v1", "figure_id": None, "graphic_id": None, "panel_id": None, "reason": "retracted"}
UNWANTED, SECOND = PANEL | {"reason": "modality"}, {"panel_id": "PMC1v1-f001-p02"}
AGAIN = REFUSED | {"article_id": "PMC1v1"}


@pytest.mark.parametrize(
    ("figures", "panels", "rejects", "fault"),
    [
        ([FIGURE], [PANEL], [REFUSED], None),
        ([FIGURE], [PANEL], [], "article PMC2v1 is lost"),
        ([FIGURE], [PANEL | {"panel_count": 2}] * 2, [REFUSED], "panel PMC1v1-f001-p01 is listed 2 times"),
        ([FIGURE], [PANEL], [REFUSED, REFUSED], "article PMC2v1 is rejected 2 times"),
        ([FIGURE], [PANEL], [REFUSED, REFUSED | {"article_id": "PMC3v1"}], "article PMC3v1 is not in the plan"),
        ([FIGURE], [PANEL], [REFUSED, AGAIN], "article PMC1v1 is rejected and has figures"),
        ([FIGURE], [], [REFUSED], "graphic PMC1v1-f001 is lost"),
        ([FIGURE], [], [REFUSED, UNWANTED], None),
        ([FIGURE], [], [REFUSED, UNWANTED | SECOND], "graphic PMC1v1-f001: panels are missing between 1 and 2"),
        ([FIGURE], [PANEL | {"panel_count": 2}], [REFUSED], "graphic PMC1v1-f001: 1 of 2 panels"),
        ([FIGURE], [PANEL], [REFUSED, FIGURE | REFUSED | FIGURE], "graphic PMC1v1-f001 is rejected and has panels"),
        ([FIGURE | {"graphic_count": 2}], [PANEL], [REFUSED], "figure PMC1v1-f001: 1 of 2 graphics"),
        ([FIGURE], [PANEL], [REFUSED | {"reason": "whim"}], "reject for unknown reason 'whim'"),
    ],
)
def test_conservation(figures, panels, rejects, fault):
    assert list(conservation_faults(PLANNED, figures, panels, rejects)) == ([fault] if fault else [])


def test_a_gap_in_the_numbers_of_an_article_is_a_lost_figure():
    second = {"figure_id": "PMC1v1-f002", "graphic_id": "PMC1v1-f002"}
    lines = conservation_faults(PLANNED, [FIGURE | second], [PANEL | second], [REFUSED])
    assert "article PMC1v1: figures are missing" in next(lines)


def triplet(**fields):
    """A triplet of a picture without bytes, in two cells, whose text is the second half of its figure's caption."""
    return {
        "image": b"",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "width": 2,
        "height": 1,
        "figure_caption": "Two lungs",
        "caption": "lungs Two",
        "caption_own": "lungs",
        "caption_shared": "Two",
        "text_spans": [{"kind": "own", "start": 4, "end": 9}, {"kind": "shared", "start": 0, "end": 3}],
        "cells": [{"box": [3, 0, 4, 1], "score": 1.0}, {"box": [4, 0, 5, 1], "score": 0.5}],
        "concepts": [],
        "context": [],
        "provenance": {"box": [3, 0, 5, 1]},
    } | fields


def test_overlapping_concepts_are_told():
    concept = {"cui": "C1", "start": 0, "end": 4, "text": "lung"}
    row = triplet(concepts=[concept, concept | {"cui": "C2", "start": 3, "end": 5, "text": "gs"}])
    assert list(triplet_faults(row)) == ["concept C2 overlaps the one before it"]


OUTSIDE = [{"kind": "own", "start": 4, "end": 10}]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, []),
        ({"caption": "Two lungs"}, ["caption is not what the text spans say"]),
        ({"caption_own": "lung"}, ["caption_own is not what the text spans say"]),
        ({"caption_shared": ""}, ["caption_shared is not what the text spans say"]),
        ({"text_spans": OUTSIDE}, ["the text span own 4-10 is none of the caption"]),
        ({"text_spans": [OUTSIDE[0] | {"end": 4}]}, ["the text span own 4-4 is none of the caption"]),
        ({"text_spans": [OUTSIDE[0] | {"kind": "bold"}]}, ["the text span bold 4-10 is none of the caption"]),
        ({"cells": [{"box": [2, 0, 4, 1], "score": 1.0}]}, ["cell [2, 0, 4, 1] reaches out of the box"]),
        ({"cells": [{"box": [4, 0, 4, 1], "score": 1.0}]}, ["cell [4, 0, 4, 1] reaches out of the box"]),
        ({"cells": []}, []),
    ],
)
def test_a_text_is_that_of_its_spans_and_cells_lie_in_the_box(fields, faults):
    assert list(triplet_faults(triplet(**fields))) == faults


def test_cells_of_panels_have_ids_of_their_own():
    cell = PANEL | {"panel_id": "PMC1v1-f001-p01c02"}
    assert list(name_faults([cell])) == []
    assert list(name_faults([cell | {"panel_id": "PMC1v1-f001-p01c"}])) == [
        "PMC1v1-f001-p01c is no panel of PMC1v1-f001"
    ]
