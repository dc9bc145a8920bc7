"""The stage that names the modality of panels."""

import pyarrow as pa
import pytest

from schemas.panels import PANELS
from transforms.modality import NameModality

CT = [{"name": "radiology/ct", "score": 0.5}, {"name": "radiology/mr", "score": 0.375}]
PLOT = [{"name": "drawn/plot", "score": 0.96875}]
NOTHING = [{"name": "drawn/plot", "score": 0.25}, {"name": "radiology/ct", "score": 0.25}]


def panels(*rows):
    named = [
        {"article_id": "PMC1v1", "panel_id": f"PMC1v1-f001-p{n:02d}", "image": b"-", "caption": caption, "seen": seen}
        for n, (caption, seen) in enumerate(rows, 1)
    ]
    return pa.Table.from_pylist(named, schema=PANELS)


ROWS = panels(("Axial MRI of the brain.", CT), ("PET over time", PLOT), ("A tree.", NOTHING), (None, CT))


def test_each_panel_has_its_modality_and_what_speaks_for_it():
    named = NameModality()(ROWS)
    assert named.schema.equals(PANELS)
    assert named["modality"].to_pylist() == ["radiology/mr", "drawn/plot", None, "radiology/ct"]
    assert named["reject"].null_count == 4
    assert named["modality_evidence"][0].as_py() == [
        {"source": "text", "name": "radiology/mr", "score": pytest.approx(0.9), "detail": "MRI"},
        {"source": "picture", "name": "radiology/ct", "score": 0.5, "detail": None},
        {"source": "picture", "name": "radiology/mr", "score": 0.375, "detail": None},
    ]


@pytest.mark.parametrize(
    ("admitted", "rejected"),
    [
        (("radiology",), [None, "drawn/plot", "unknown", None]),
        (("radiology/ct", "unknown"), ["radiology/mr", "drawn/plot", None, None]),
        (("drawn",), ["radiology/mr", None, "unknown", "radiology/ct"]),
    ],
)
def test_a_recipe_leaves_out_other_modalities(admitted, rejected):
    rows = NameModality(admitted)(ROWS).to_pylist()
    assert [row["reject"] and row["reject"]["detail"] for row in rows] == rejected
    assert {row["reject"]["reason"] for row in rows if row["reject"]} == {"modality"}
    assert all((row["image"] is None) == (row["reject"] is not None) for row in rows)


def test_a_row_does_not_depend_on_its_batch():
    stage = NameModality()
    assert pa.concat_tables([stage(ROWS.slice(n, 1)) for n in range(4)]).equals(stage(ROWS).combine_chunks())


def test_no_rows_are_no_rows():
    assert NameModality()(PANELS.empty_table()).equals(PANELS.empty_table())
