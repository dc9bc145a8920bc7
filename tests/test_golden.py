"""No output changes under an old version: each stage's on a fixed input is compared with the golden file.

Whoever changes what a stage makes raises its version and writes the file anew: python -m tests.golden.
"""

import json
from dataclasses import dataclass

import pyarrow as pa
import pytest

from tests.golden import stages
from tests.golden.stages import GOLDEN, compare, outputs, summary
from transforms.emit import ToTriplets


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What each stage made."""
    return dict(outputs(tmp_path_factory.mktemp("golden")))


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text("utf-8"))


def summarised(made, **others):
    """The summaries, those of `others` in the place of the stages of these names."""
    return {name: summary(each) for name, each in (made | others).items()}


def test_every_output_is_the_golden_one(made, golden):
    assert list(compare(summarised(made), golden)) == []


def test_the_input_reaches_every_corner(made):
    """Rejects, several panels, concepts that are denied and that are uncertain, edges of all kinds, groups."""
    rows = {name: each.table.to_pylist() for name, each in made.items()}
    reasons = {row["reject"]["reason"] for row in rows["embed"] if row["reject"]}
    assert reasons == {"retracted", "image_corrupt", "image_missing"}
    assert {row["panel_label"] for row in rows["panels"]} >= {"A", "B"}
    concepts = [concept for row in rows["concepts"] for concept in row["concepts"] or ()]
    assert {(each["negated"], each["uncertain"]) for each in concepts} == {(False, False), (True, False), (False, True)}
    assert {row["kind"] for row in rows["edges"]} >= {"exact", "perceptual"}
    assert {row["kind"] for row in rows["groups"]} == {"canonical", "exact", "perceptual", "embedding"}
    assert len(rows["triplets"]) >= 4


def changed(table, column):
    """The table with another value in the first row of a column that has one."""
    values = table[column].to_pylist()
    row = next(n for n, value in enumerate(values) if value is not None)
    values[row] = other(values[row])
    index = table.column_names.index(column)
    return table.set_column(index, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def other(value):
    if isinstance(value, list) and value:
        return [other(value[0]), *value[1:]]
    if isinstance(value, dict):
        return value | {key: other(item) for key, item in value.items() if isinstance(item, (str, bool))}
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes):
        return b"other"
    return f"{value}x" if isinstance(value, str) else value + 1


@pytest.mark.parametrize(
    ("stage", "column"),
    [
        ("fetch_articles", "xml"),
        ("jats", "figure_caption"),
        ("jats", "article"),
        ("fetch_images", "image"),
        ("panels", "box"),
        ("panels", "image"),
        ("panels", "reject"),
        ("panels", "detector_score"),
        ("panels:whole", "panel_id"),
        ("panels", "caption"),
        ("panels", "text_spans"),
        ("concepts", "concepts"),
        ("dictionary", "concepts"),
        ("trigram", "concepts"),
        ("modality", "modality"),
        ("embed", "pixel_sha256"),
        ("embed", "embedding"),
        ("cells", "cell"),
        ("edges", "kind"),
        ("edges", "likeness"),
        ("groups", "canonical_id"),
        ("triplets", "provenance"),
    ],
)
def test_a_change_under_the_same_version_is_found(made, golden, stage, column):
    another = made[stage]._replace(table=changed(made[stage].table, column))
    assert list(compare(summarised(made | {stage: another}), golden)) == [
        f"{stage}: its output changed under the version {another.version}: raise the version"
    ]


def test_a_row_less_a_column_less_or_another_order_is_a_change(made, golden):
    panels = made["panels"]
    table = panels.table
    for another in (table.slice(1), table.take(list(range(len(table)))[::-1]), table.drop_columns(["caption"])):
        (line,) = compare(summarised(made, panels=panels._replace(table=another)), golden)
        assert line.endswith("raise the version")


def test_a_raised_version_asks_for_a_new_golden_file(made, golden):
    (line,) = compare(summarised(made, panels=made["panels"]._replace(version="99")), golden)
    assert line.startswith("panels: its version is 99, the golden one ")
    assert line.endswith("python -m tests.golden")


def test_who_is_given_something_else_is_not_to_blame(made, golden):
    panels = made["panels"]
    panels = panels._replace(given=panels.given.slice(1), table=panels.table.slice(1))
    (line,) = compare(summarised(made, panels=panels), golden)
    assert line.startswith("panels: what it is given changed; ")


def test_a_stage_that_comes_or_goes_asks_for_one_too(made, golden):
    found = summarised(made)
    found["more"] = found.pop("cells")
    assert [line.partition(";")[0] for line in compare(found, golden)] == ["cells: gone", "more: new"]


def test_what_floats_only_is_borne(made, golden):
    """Another processor sums up in another order."""
    table = made["edges"].table
    moved = pa.array([value - 0.01 for value in table["likeness"].to_pylist()], pa.float32())
    table = table.set_column(table.column_names.index("likeness"), table.schema.field("likeness"), moved)
    assert list(compare(summarised(made, edges=made["edges"]._replace(table=table)), golden)) == []


@dataclass
class Broken:
    """A stage that does something else under the name and version of another."""

    stage: object

    def __getattr__(self, name):
        return getattr(self.stage, name)

    def __call__(self, table):
        return self.stage(table).slice(1)


def test_a_stage_that_is_patched_is_caught(tmp_path, monkeypatch, golden):
    monkeypatch.setattr(stages, "ToTriplets", lambda *given: Broken(ToTriplets(*given)))
    lines = list(compare(stages.summaries(tmp_path), golden))
    assert f"triplets: its output changed under the version {ToTriplets.version}: raise the version" in lines
