"""Published records as they are read: each line is a record or a fault, and names what finds its figure again."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config.records import graphic_digest, letters_digest, read_records

FIELDS = ["pmc", "pmid", "fig_id", "fig_label", "fig_caption", "caption", "graphic_ref", "href", "image"]
#: Half a surrogate pair among them, as JSON can escape it.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.lists(TEXTS, max_size=2)
LINES = st.one_of(st.dictionaries(st.sampled_from(FIELDS), VALUES), VALUES).map(json.dumps) | st.just("{")


def read(tmp_path, *lines):
    file = tmp_path / "records.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines))
    counted = []
    records = read_records(file, counted.append)
    assert sum(counted) == len(records)
    return records


def rows(records):
    return {row["line"]: row for row in records.rows(records.table["line"].to_numpy().argsort())}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES))
def test_any_line_is_a_record_or_a_fault(tmp_path, lines):
    records = read(tmp_path, *lines, '{"pmc": 7}')
    found = [*rows(records), *records.faults["line"].to_pylist()]
    assert sorted(found) == list(range(1, len(lines) + 2))


def test_a_record_is_kept_as_digests_of_what_is_compared(tmp_path):
    said = {"pmc": "PMC31.2", "fig_id": "F1", "fig_label": "Fig. 1", "fig_caption": "CT\u00a0scan.", "href": "a/G1.tif"}
    (row,) = rows(read(tmp_path, json.dumps(said))).values()
    assert (row["pmc"], row["figure"], row["repeats"]) == (31, "F1", None)
    assert row["label"] == letters_digest("fig 1")
    assert row["graphics"] == [graphic_digest("oa_package/0a/1b/PMC31/g1.jpg")]
    assert row["caption"] == letters_digest("CT scan")


def test_a_record_repeats_the_first_that_says_the_same(tmp_path):
    one, other = {"pmc": "1", "fig_id": "F1"}, {"pmc": "2", "fig_id": "F1"}
    lines = map(json.dumps, [one, other, one, one | {"fig_id": "F2"}, one, {"fig_id": "F1"}, {"fig_id": "F1"}])
    assert [row["repeats"] for row in rows(read(tmp_path, *lines)).values()] == [None, None, 1, None, 1, None, None]
