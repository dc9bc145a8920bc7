"""Verification finds every kind of damage: each test harms a copy of a sound corpus in one way."""

import hashlib
import io
import json
import shutil
import tarfile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.phases.plan import Unit
from pipeline.phases.verify import faults
from pipeline.phases.verify.dataset import triplet_faults
from pipeline.phases.verify.units import conservation_faults
from pipeline.storage.store import open_store


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


def restamp(out, path):
    """Make the receipt of a file vouch for it as it is now."""
    for marker in out.rglob("_SUCCESS.json"):
        receipt = json.loads(marker.read_text())
        if (stamp := receipt["files"].get(str(path.relative_to(out)))) is not None:
            data = path.read_bytes()
            stamp |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            if path.suffix == ".parquet":
                stamp["rows"] = pq.read_metadata(path).num_rows
                receipt["counts"] |= {name: stamp["rows"] for name in ROWS if name in receipt["counts"]}
            marker.write_text(json.dumps(receipt))


def replace(table, column, values):
    place = table.column_names.index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def test_a_sound_corpus_has_no_fault(out):
    assert found(out) == []


def test_a_flipped_byte(out):
    path = first(out, "units/*/panels.parquet")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "another SHA-256" in found(out)[0]


def test_a_missing_file_and_a_missing_receipt(out):
    first(out, "units/*/rejects.parquet").unlink()
    max(out.glob("units/*/_SUCCESS.json")).unlink()
    lines = "\n".join(found(out))
    assert "rejects.parquet: missing" in lines
    assert "_SUCCESS.json: missing" in lines


def test_a_unit_that_nobody_planned(out):
    shutil.copytree(first(out, "units/*"), out / "units" / "stray")
    assert found(out) == ["units/stray: not in the plan"]


def test_a_lost_panel(out):
    rewrite(out, max(out.glob("units/*/panels.parquet"), key=lambda p: p.stat().st_size), lambda table: table.slice(1))
    lines = "\n".join(found(out))
    assert "panels" in lines or "is lost" in lines
    assert "is not both in its unit and" in lines


def test_a_lost_reject(out):
    path = max(out.glob("units/*/rejects.parquet"), key=lambda p: pq.read_metadata(p).num_rows)
    rewrite(out, path, lambda table: table.slice(1))
    assert "is lost" in found(out)[0]


def test_a_concept_beside_its_place(out):
    def shift(table):
        concepts = [[c | {"start": c["start"] + 1} for c in row] for row in table["concepts"].to_pylist()]
        return replace(table, "concepts", concepts)

    rewrite(out, first(out, "dataset/data/*.parquet"), shift)
    assert any("is not at" in line for line in found(out))


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
    assert "differs from its Parquet row" in found(out)[0]


def test_a_duplicate_in_two_splits_and_one_that_was_not_dropped(out):
    path = out / "plan" / "shards.parquet"

    def scatter(table):
        split = ["elsewhere" if n == 0 else split for n, split in enumerate(table["split"].to_pylist())]
        return replace(table, "split", split)

    grouped = pq.read_table(path).filter(pc.is_valid(pc.field("duplicate_group"))).sort_by("duplicate_group")
    rest = pq.read_table(path).filter(pc.is_null(pc.field("duplicate_group")))
    pq.write_table(pa.concat_tables([scatter(grouped), rest]).sort_by("shard"), path)
    assert any("stands in the splits" in line for line in found(out))


def test_a_panel_in_no_shard(out):
    path = out / "plan" / "shards.parquet"
    table = pq.read_table(path)
    pq.write_table(replace(table, "shard", [None, *table["shard"].to_pylist()[1:]]), path)
    assert any("left out but no duplicate" in line for line in found(out))


UNIT = Unit("u", (("PMC1v1", "e"), ("PMC2v1", "e")))
FIGURE = {"article_id": "PMC1v1", "figure_id": "PMC1v1-f001", "graphic_id": "PMC1v1-f001", "graphic_count": 1}
PANEL = FIGURE | {"panel_id": "PMC1v1-f001-p01", "panel_count": 1}
REFUSED = {"article_id": "PMC2v1", "figure_id": None, "graphic_id": None, "panel_id": None, "reason": "retracted"}
AGAIN = REFUSED | {"article_id": "PMC1v1"}


@pytest.mark.parametrize(
    ("figures", "panels", "rejects", "fault"),
    [
        ([FIGURE], [PANEL], [REFUSED], None),
        ([FIGURE], [PANEL], [], "article PMC2v1 is lost"),
        ([FIGURE], [PANEL], [REFUSED, REFUSED], "article PMC2v1 is rejected 2 times"),
        ([FIGURE], [PANEL], [REFUSED, REFUSED | {"article_id": "PMC3v1"}], "article PMC3v1 is not in the plan"),
        ([FIGURE], [PANEL], [REFUSED, AGAIN], "article PMC1v1 is rejected and has figures"),
        ([FIGURE], [], [REFUSED], "graphic PMC1v1-f001 is lost"),
        ([FIGURE], [PANEL | {"panel_count": 2}], [REFUSED], "graphic PMC1v1-f001: 1 of 2 panels"),
        ([FIGURE], [PANEL], [REFUSED, FIGURE | REFUSED | FIGURE], "graphic PMC1v1-f001 is rejected and has panels"),
        ([FIGURE | {"graphic_count": 2}], [PANEL], [REFUSED], "figure PMC1v1-f001: 1 of 2 graphics"),
        ([FIGURE], [PANEL], [REFUSED | {"reason": "whim"}], "reject for unknown reason 'whim'"),
    ],
)
def test_conservation(figures, panels, rejects, fault):
    assert list(conservation_faults(UNIT, figures, panels, rejects)) == ([fault] if fault else [])


def test_a_gap_in_the_numbers_of_an_article_is_a_lost_figure():
    second = {"figure_id": "PMC1v1-f002", "graphic_id": "PMC1v1-f002"}
    lines = conservation_faults(UNIT, [FIGURE | second], [PANEL | second], [REFUSED])
    assert "article PMC1v1: figures are missing" in next(lines)


def test_overlapping_concepts_are_told():
    concept = {"cui": "C1", "start": 0, "end": 4, "text": "lung"}
    row = {
        "image": b"",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "width": 2,
        "height": 1,
        "caption": "lungs",
        "concepts": [concept, concept | {"cui": "C2", "start": 3, "end": 5, "text": "gs"}],
        "provenance": {"box": [0, 0, 2, 1]},
    }
    assert list(triplet_faults(row)) == ["concept C2 overlaps the one before it"]
