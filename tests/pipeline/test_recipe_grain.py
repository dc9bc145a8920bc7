"""The grain of a corpus from a figure to its rows: which pictures it has, by the recipe, and that all of it holds."""

from io import BytesIO

import pyarrow.parquet as pq
import pytest
from corpora import jats
from PIL import Image
from servers import Mirror

from pipeline.sources.demo.drawings import draw
from tests.pictures import encoded
from tests.running import medconcept, verify

SCANS = (("chest_ct 1", "brain_mri 2"),)
CAPTION = "<caption><p>{}</p></caption>"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Articles with a figure of two lettered scans each: the caption of the first tells them apart."""
    made = Mirror(tmp_path_factory.mktemp("source") / "mirror")
    media = {"g1.png": encoded(draw(SCANS, "AB"), "PNG")}
    made.add("PMC1.1", jats(1, CAPTION.format("Scans. (A) A chest CT. (B) A brain MRI.")), media, license_code="CC BY")
    made.add("PMC2.1", jats(1, CAPTION.format("A chest CT and a brain MRI.")), media, license_code="CC BY")
    return made.inventory().root


@pytest.mark.parametrize(
    ("recipe", "panels", "reasons"),
    [
        ("", {"PMC1v1-f001-p01", "PMC1v1-f001-p02", "PMC2v1-f001-p01"}, []),
        ("grain: cell", {"PMC1v1-f001-p01", "PMC1v1-f001-p02", "PMC2v1-f001-p01c01", "PMC2v1-f001-p01c02"}, []),
        ("min_side: 2000", {"PMC1v1-f001-p01", "PMC2v1-f001-p01"}, []),
        ("max_triplets_per_figure: 1", {"PMC1v1-f001-p01", "PMC2v1-f001-p01"}, ["too_many_panels"]),
        ("modalities: [visible]", set(), ["modality"] * 3),
    ],
)
def test_the_recipe_says_what_a_triplet_is(source, tmp_path, recipe, panels, reasons):
    file = tmp_path / "recipe.yaml"
    file.write_text(f"duplicates: keep\nsplits: {{train: 1.0, validation: 0.0, test: 0.0}}\n{recipe}\n")
    medconcept("build", source, tmp_path / "out", "--recipe", file, "--engine", "inline")
    verify(tmp_path / "out")
    rows = [row for path in tmp_path.glob("out/dataset/data/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert {row["panel_id"] for row in rows} == panels
    assert all(Image.open(BytesIO(row["image"])).size == (row["width"], row["height"]) for row in rows)
    rejects = [row for path in tmp_path.glob("out/units/*/rejects*.parquet") for row in pq.read_table(path).to_pylist()]
    assert [row["reason"] for row in rejects] == reasons


def test_a_grain_of_cells_is_told_to_say_nothing_of_whole_figures(source, tmp_path, run):
    file = tmp_path / "recipe.yaml"
    file.write_text("grain: cell\npanels: whole\n")
    _, _, told = run("build", source, tmp_path / "out", "--recipe", file, "--engine", "inline", "--limit", "1")
    assert "medconcept: grain: cell says nothing of figures that stay whole (panels: whole)\n" in told
