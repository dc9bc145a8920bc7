"""Datasets that another version wrote, or that lie by themselves, as `audit --compare` reads them."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_audit_compare import compared

from pipeline.reports.published import published_files, read_published
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import open_store
from schemas.errors import Damaged, UserError
from schemas.triplets import TRIPLETS
from tests.schemas.older_triplets import NAMES, PROVENANCE, SCHEMAS, cut

#: What two datasets with the same triplets agree in, whatever of their columns one lacks.
SAME = ("triplets", "figures", "articles", "concepts", "only", "shared_figures", "shared_links")


def triplets(out):
    """The published rows by split."""
    found = {}
    for path in sorted(out.glob("dataset/data/*.parquet")):
        found.setdefault(path.name.split("-")[0], []).extend(pq.read_table(path).to_pylist())
    return found


def write_as(schema, rows, folder, name="{split}-{number:05d}-of-{count:05d}.parquet", size=5):
    """Rows in a schema of old, in files of a few rows each: an article may go on in the next."""
    folder.mkdir(parents=True)
    dimension = len(next(iter(rows.values()))[0]["embedding"])
    place = schema.get_field_index("embedding")
    schema = schema.set(place, pa.field("embedding", pa.list_(pa.float16(), dimension), nullable=False))
    for split, all_rows in rows.items():
        parts = [all_rows[start : start + size] for start in range(0, len(all_rows), size)]
        for number, part in enumerate(parts):
            old = [cut(row | {"provenance": PROVENANCE | row["provenance"]}, schema) for row in part]
            path = folder / name.format(split=split, number=number, count=len(parts))
            pq.write_table(pa.Table.from_pylist(old, schema=schema), path)


@pytest.mark.parametrize("number", range(len(SCHEMAS)), ids=NAMES)
def test_a_dataset_of_each_version_is_compared(demo, tmp_path, number):
    write_as(SCHEMAS[number], triplets(demo), tmp_path / "old" / "dataset" / "data")
    _, headline, tables, concepts = compared(demo, tmp_path / "old")
    assert all(headline[id][0] == headline[id][1] for id in SAME)
    assert headline["triplets"][0] == sum(map(len, triplets(demo).values()))
    assert tables["article"]["rows"] == 0
    assert concepts["columns"]["here"] == concepts["columns"]["there"]
    for table in ("type", "license", "year", *(["modality"] if number == len(SCHEMAS) - 1 else [])):
        assert tables[table]["columns"]["here"] == tables[table]["columns"]["there"]


def test_an_output_whose_layout_is_another_versions_is_compared_by_its_rows(demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "old")
    for path in (out / "dataset/data").iterdir():
        path.unlink()
    (out / "dataset/data").rmdir()
    write_as(SCHEMAS[2], triplets(demo), out / "dataset/data")
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"layout": 2}))
    _, headline, *_ = compared(demo, out)
    assert all(headline[id][0] == headline[id][1] for id in SAME)


def test_an_output_whose_sums_another_version_wrote_is_compared_by_its_rows(demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "old")
    for path in out.glob("publish/*/coverage.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.replace_schema_metadata(table.schema.metadata | {b"schema_version": b"1"}), path)
    assert compared(demo, out)[1:] == compared(demo, demo)[1:]


@pytest.mark.parametrize("inside", [True, False])
def test_a_dataset_by_itself_is_compared_like_its_output(demo, tmp_path, inside):
    folder = shutil.copytree(demo / "dataset", tmp_path / "downloaded")
    other = folder if inside else shutil.copytree(folder, tmp_path / "out" / "dataset").parent
    assert compared(demo, other)[1:] == compared(demo, demo)[1:]


def test_a_folder_without_a_dataset_is_named(demo, tmp_path):
    with pytest.raises(UserError, match="holds no dataset: there is no Parquet file in dataset/data or data"):
        compared(demo, tmp_path)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (pa.table({"panel_id": ["PMC1v1-f001-p01"]}), r"data/train-00000\.parquet: no triplets"),
        (
            TRIPLETS.empty_table().replace_schema_metadata({"schema": "medconcept.triplets", "schema_version": "9"}),
            r"data/train-00000\.parquet: triplets of schema version 9, and this medconcept reads versions up to 5",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_line(tmp_path, written, told):
    (tmp_path / "data").mkdir()
    pq.write_table(written, tmp_path / "data" / "train-00000.parquet")
    store = open_store(str(tmp_path))
    assert published_files(store) == {"train": ["data/train-00000.parquet"]}
    with pytest.raises(UserError, match=told):
        list(read_published(store, "data/train-00000.parquet", ["panel_id"], 5))


@pytest.mark.parametrize(
    ("stated", "told"),
    [("4", "written by schema version 4 of medconcept.triplets, not 5"), ("\nx", "not in its schema")],
)
def test_what_takes_the_newest_schema_alone_says_which_wrote_a_file(tmp_path, stated, told):
    old = SCHEMAS[5].with_metadata(SCHEMAS[5].metadata | {b"schema_version": stated})
    pq.write_table(old.empty_table(), tmp_path / "old.parquet")
    assert read_table(open_store(str(tmp_path)), "old.parquet", TRIPLETS) == Fault(
        f"old.parquet: {told}", "old.parquet"
    )


def test_a_damaged_file_is_told_as_that(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train-00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(Damaged, match="cannot be read"):
        list(read_published(open_store(str(tmp_path)), "data/train-00000.parquet", ["panel_id"], 5))
