"""Triplets of every schema version that there was, as rows of the newest."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import UserError
from schemas.older import NEW, newest, source_columns
from schemas.triplets import TRIPLETS, triplets
from tests.schemas.older_triplets import NAMES, SCHEMAS, rows, table

#: What a row has that its version lacks, where that is not what the newest says of the same panel.
STATED = {
    "cells": [],
    "caption_own": "Chest CT.",
    "caption_shared": "",
    "text_spans": [],
    "markup": [],
    "language": None,
    "third_party": None,
    "context": [],
    "modality": None,
    "modality_evidence": [],
}
STATED_OF_CONCEPTS = {"uncertain": False}
STATED_OF_PROVENANCE = {
    "truncated": False,
    "license_article": "CC BY",
    "license_source": None,
    "license_url": None,
    "caption_confidence": 0.0,
    "letters_without_panel": [],
    "letters_without_text": [],
}


def expected(schema):
    """The rows of a schema with what is stated for those of the newest that it lacks."""
    for row in rows(schema):
        concepts = [STATED_OF_CONCEPTS | each for each in row["concepts"]]
        provenance = STATED_OF_PROVENANCE | row["provenance"]
        provenance.pop("inventory", None)
        lacks_evidence = {} if "modality_evidence" in row else {"modality": None}
        yield STATED | row | {"concepts": concepts, "provenance": provenance} | lacks_evidence


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMES)
def test_a_file_of_each_version_reads_as_the_newest(schema, tmp_path):
    pq.write_table(table(schema), tmp_path / "old.parquet")
    found = newest(pq.read_table(tmp_path / "old.parquet"))
    assert found.schema.equals(triplets(2), check_metadata=True)
    found.validate(full=True)
    assert found.to_pylist() == [{name: row[name] for name in found.column_names} for row in expected(schema)]
    pq.write_table(found, tmp_path / "new.parquet")
    assert pq.read_table(tmp_path / "new.parquet").to_pylist() == found.to_pylist()


def test_the_newest_schema_is_the_last_and_is_left_as_it_is():
    assert SCHEMAS[-1].equals(triplets(2), check_metadata=True), "new columns: a new version, and its entry in older.py"
    assert newest(table(SCHEMAS[-1])).equals(table(SCHEMAS[-1]))


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMES)
@pytest.mark.parametrize(
    "columns", [["caption_own"], ["provenance", "panel_id"], ["modality", "concepts"], ["context"]]
)
def test_of_some_columns_only_what_they_need_is_read(schema, columns, tmp_path):
    pq.write_table(table(schema), tmp_path / "old.parquet")
    needed = source_columns(pq.read_schema(tmp_path / "old.parquet"), columns)
    assert "image" not in needed
    found = newest(pq.read_table(tmp_path / "old.parquet", columns=needed or ["panel_id"]), columns)
    assert found.to_pylist() == [{name: row[name] for name in columns} for row in expected(schema)]


def test_slices_and_chunks_are_read_like_the_whole():
    old = pa.concat_tables([table(SCHEMAS[0])] * 3)
    whole = newest(old)
    assert newest(old.slice(1, 3)).equals(whole.slice(1, 3))
    assert newest(old.combine_chunks().slice(1, 4)).equals(whole.slice(1, 4))
    assert newest(old.slice(0, 0)).num_rows == 0


def restated(number, **metadata):
    return table(SCHEMAS[number]).replace_schema_metadata(
        {"schema": "medconcept.triplets", "schema_version": "1"} | metadata
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (table(SCHEMAS[0]).replace_schema_metadata(None), "states no schema medconcept.triplets"),
        (restated(0, schema="medconcept.panels"), "states no schema medconcept.triplets"),
        (restated(-1, schema_version="6"), "schema version 6, and this medconcept reads versions up to 5"),
        (restated(0, schema_version="one"), "no known schema version: 'one'"),
        (restated(0, schema_version="0"), "no known schema version: '0'"),
        (restated(0, schema_version="2"), "without concepts.uncertain, which those of schema version 2 have"),
        (restated(4, schema_version="5"), "without cells, which those of schema version 5 have"),
        (table(SCHEMAS[2]).drop_columns(["caption"]), "without caption, which those of schema version 3 have"),
        (table(SCHEMAS[-1]).drop_columns(["sha256"]), "without sha256, which those of schema version 5 have"),
        (
            table(SCHEMAS[0]).set_column(3, "width", pa.array(["wide"] * 2)),
            "whose width is string, not int32",
        ),
        (
            table(SCHEMAS[0]).set_column(14, "provenance", pa.array(["none"] * 2)),
            "whose provenance is string, not struct",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(found, told):
    with pytest.raises(UserError, match=told) as error:
        newest(found)
    assert "\n" not in str(error.value)


def test_what_is_new_may_be_null_where_the_newest_schema_says_so():
    for path, new in NEW.items():
        column, _, part = path.partition(".")
        field = TRIPLETS.field(column)
        if part:
            kind = field.type.value_type if pa.types.is_list(field.type) else field.type
            field = kind.field(part)
        assert field.nullable or new.copied or new.value is not None


def test_the_page_on_loading_names_whatever_is_new():
    page = (Path(__file__).parents[2] / "docs/loading.md").read_text("utf-8")
    table = page.partition("| since version |")[2]
    assert {path for path in NEW if f"`{path}`" in table} == set(NEW)
