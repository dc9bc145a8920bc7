"""The members of a WebDataset sample: every value has one type, whatever the row."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.articles import ARTICLE
from schemas.panels import PANELS
from schemas.triplets import PROVENANCE
from tests.triplets import CONCEPT, SCHEMA, blank, picture, triplet
from transforms.emit import ToTriplets, sample


def members(row, schema=SCHEMA):
    return {name.split(".", 1)[1]: content for name, content in sample(row, schema)}


def document(row, schema=SCHEMA):
    return json.loads(members(row, schema)["json"])


def kinds(value):
    """The types of a JSON value, all the way down."""
    if isinstance(value, dict):
        return {name: kinds(part) for name, part in value.items()}
    return [kinds(item) for item in value] if isinstance(value, list) else type(value)


SPARSE = triplet(1)
FULL = triplet(
    2,
    "png",
    provenance={
        "year": 2024,
        "license": "CC BY",
        "attribution": "A. (CC BY)",
        "keywords": ["lung"],
        "panel_label": "A",
    },
    phash="0" * 16,
    concepts=[CONCEPT],
    mentions=["See Figure 1."],
    context=[{"mention": 0, "start": 0, "end": 13, "text": "See Figure 1.", "panels": [], "panel": False}],
    language="en",
    modality="CT",
    duplicate_group="PMC1v1-f001-p01",
)


def test_the_picture_has_one_name_whatever_its_format():
    for row, format in ((SPARSE, "jpg"), (FULL, "png")):
        assert list(members(row)) == ["jpg", "json", "txt"]
        assert members(row)["jpg"] == picture(format)
        assert document(row)["format"] == format


def test_a_row_of_nulls_has_the_types_of_a_full_one():
    assert kinds(document(SPARSE)) == kinds(document(FULL))
    assert document(SPARSE)["modality"] == ""
    assert document(SPARSE)["provenance"]["year"] == 0


def test_lists_of_any_length_are_json_text():
    assert [document(SPARSE)[name] for name in ("concepts", "mentions", "context")] == ["[]", "[]", "[]"]
    assert json.loads(document(FULL)["concepts"]) == [CONCEPT]
    assert json.loads(document(FULL)["mentions"]) == ["See Figure 1."]
    assert json.loads(document(FULL)["provenance"]["keywords"]) == ["lung"]


def test_licence_and_credit_line_stand_at_the_top_too():
    found = document(FULL)
    assert (found["license"], found["attribution"]) == ("CC BY", "A. (CC BY)")
    assert (found["provenance"]["license"], found["provenance"]["attribution"]) == ("CC BY", "A. (CC BY)")
    assert (document(SPARSE)["license"], document(SPARSE)["attribution"]) == ("", "")


def test_a_whole_number_among_floats_is_written_as_a_float():
    assert b'"embedding": [0.0, 1.0]' in members(SPARSE)["json"]
    assert b'"detector_score": 0.0' in members(SPARSE)["json"]


def test_context_names_the_panel_by_its_letter():
    mention = "It grew (Fig. 1B). It fell (Fig. 1a, b). See Fig. 1."
    cited = [(0, 18, ["B"]), (19, 40, ["a", "b"]), (41, 52, [])]
    panel = triplet(1) | blank(PROVENANCE) | {"article": blank(ARTICLE), "box": [0, 0, 4, 3], "mentions": [mention]}
    panel["citations"] = [{"mention": 0, "start": a, "end": b, "panels": letters} for a, b, letters in cited]
    for label, named in (("B", [True, True, False]), ("(a)", [False, True, False]), (None, [False] * 3)):
        table = pa.Table.from_pylist([panel | {"panel_label": label}], schema=PANELS)
        table = table.append_column("duplicate_group", pa.nulls(1, pa.string()))
        (row,) = ToTriplets(2, "0", "c")(table).to_pylist()
        assert [each["text"] for each in row["context"]] == [
            "It grew (Fig. 1B).",
            "It fell (Fig. 1a, b).",
            "See Fig. 1.",
        ]
        assert [each["panel"] for each in row["context"]] == named
        assert [each["panels"] for each in row["context"]] == [["B"], ["a", "b"], []]


#: Columns that do not exist yet, of every kind that a later version may add.
LATER = [
    pa.field("text", pa.string()),
    pa.field("number", pa.int64()),
    pa.field("score", pa.float64()),
    pa.field("flag", pa.bool_()),
    pa.field("labels", pa.list_(pa.string())),
    pa.field("boxes", pa.list_(pa.struct([("x", pa.int32()), ("tags", pa.list_(pa.string()))]))),
    pa.field("vector", pa.list_(pa.float32(), 3)),
    pa.field("inner", pa.struct([("year", pa.int32()), ("score", pa.float32()), ("names", pa.list_(pa.string()))])),
]
VALUES = {
    "text": st.text(max_size=3),
    "number": st.integers(-(2**40), 2**40),
    "score": st.integers(0, 2) | st.floats(0, 1),
    "flag": st.booleans(),
    "labels": st.lists(st.text(max_size=2), max_size=2),
    "boxes": st.lists(st.fixed_dictionaries({"x": st.none() | st.integers(0, 9), "tags": st.just([])}), max_size=2),
    "vector": st.lists(st.integers(0, 1), min_size=3, max_size=3),
    "inner": st.fixed_dictionaries(
        {"year": st.none() | st.integers(1900, 2030), "score": st.none() | st.integers(0, 1), "names": st.none()}
    ),
}


@given(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}))
def test_a_column_of_a_later_version_keeps_its_type_too(values):
    schema = pa.schema([*SCHEMA, *LATER])
    empty = dict.fromkeys(VALUES)
    (row,) = pa.Table.from_pylist([SPARSE | values], schema=schema).to_pylist()
    assert kinds(document(row, schema)) == kinds(document(SPARSE | empty, schema))


def test_what_json_cannot_hold_is_a_fault_of_the_schema():
    schema = pa.schema([*SCHEMA, pa.field("thumbnail", pa.binary())])
    with pytest.raises(TypeError, match="not JSON serializable"):
        sample(SPARSE | {"thumbnail": b"..."}, schema)
