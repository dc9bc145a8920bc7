"""Rights of figures through the whole pipeline: claims, licences without derivatives, sources."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from servers import Mirror

from pipeline.config.recipe import Config, load_recipe
from pipeline.phases.verify import faults
from pipeline.run import build
from pipeline.sources.demo.drawings import draw
from pipeline.storage.store import open_store

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
BY_NC = '<license xlink:href="http://creativecommons.org/licenses/by-nc/4.0/"><license-p>x</license-p></license>'
PARTS = "(A) Chest CT of the lung. (B) MRI of the brain."

#: What stands in the caption of an article's one figure, and what beside it.
FIGURES = {
    1: ("", ""),
    2: ("", "<permissions><copyright-statement>© 2013, Some Press.</copyright-statement></permissions>"),
    3: ("", f"<permissions>{BY_NC}</permissions>"),
    4: (" Reproduced with permission from Elsevier.", ""),
    5: (" Panel B is reproduced with permission from Elsevier.", ""),
    6: (" Adapted from [3].", ""),
    7: ("", "<attrib>Abbreviations: CT, computed tomography.</attrib>"),
    8: ("", "<permissions><license><license-p>Under CC BY-ND 4.0.</license-p></license></permissions>"),
}


def article(credit: str, beside: str) -> bytes:
    return (
        f"<article {XLINK}><front><article-meta><permissions><license><license-p>CC BY 4.0</license-p></license>"
        '</permissions></article-meta></front><body><fig id="f1"><label>Figure 1</label>'
        f'<caption><p>{PARTS}{credit}</p></caption><graphic xlink:href="a.png"/>{beside}</fig></body></article>'
    ).encode()


def picture(seed: int) -> bytes:
    buffer = io.BytesIO()
    draw(((f"chest_ct {seed}", f"brain_mri {seed}"),), "AB").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    mirror = Mirror(tmp_path_factory.mktemp("mirror"))
    for number, figure in FIGURES.items():
        mirror.add(f"PMC{number}.1", article(*figure), {"a.png": picture(number)}, title=f"Article {number}")
    mirror.add("PMC9.1", article("", ""), {"a.png": picture(9)}, license_code="CC BY-ND")
    return mirror.inventory().root


def built(source, out, recipe="default", **settings):
    """Rows by article as (number of the panel, licence, credit, third party), and rejects."""
    recipe = load_recipe(recipe, duplicates="keep", splits={"train": 1, "validation": 0, "test": 0}, **settings)
    build(Config(source=str(source), output=str(out), recipe=recipe, engine="inline"), Console(quiet=True))
    assert list(faults(open_store(str(out)))) == []
    rows, rejects = {}, {}
    for path in sorted(out.glob("dataset/data/*.parquet")):
        for row in pq.read_table(path).to_pylist():
            source = row["provenance"]
            entry = row["panel_id"].rpartition("-p")[2], source["license"], source["attribution"], row["third_party"]
            rows.setdefault(int(source["pmcid"][3:]), []).append(entry)
            assert source["license_article"] == ("CC BY-ND" if source["pmcid"] == "PMC9" else "CC BY")
            assert source["license_url"] or source["license"] is None
    tables = [pq.read_table(path) for path in sorted(out.glob("units/*/rejects-*.parquet"))]
    for row in pa.concat_tables(tables).to_pylist():
        entry = row["stage"], row["reason"], row["panel_id"] and row["panel_id"].rpartition("-p")[2]
        rejects.setdefault(int(row["article_id"][3:-2]), []).append(entry)
    return rows, rejects


def licenses(rows):
    return {number: [(panel, license) for panel, license, *_ in found] for number, found in rows.items()}


def test_the_default_recipe_publishes_what_claims_and_licences_admit(source, tmp_path):
    rows, rejects = built(source, tmp_path / "out")
    both = [("01", "CC BY"), ("02", "CC BY")]
    whole = [("01", "CC BY-ND")]
    assert licenses(rows) == {1: both, 5: both[:1], 6: both, 7: both, 8: whole, 9: whole}
    assert rows[6][0][3] == "Adapted from [3]."
    crops = [("panels", "figure_license", "02"), ("panels", "figure_license", "03")]
    refused = [("jats", "figure_license", None)]
    assert rejects == {2: refused, 3: refused, 4: refused, 5: crops[:1], 8: crops, 9: crops}
    card = (tmp_path / "out" / "dataset" / "README.md").read_text()
    assert "Triplets under another licence than their article: 1." in card
    assert "a figure under an ND licence is one row, with the whole picture" in card


def test_crops_and_sources_by_recipe(source, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("crop_noderivatives: true\nthird_party: drop\n")
    rows, rejects = built(source, tmp_path / "out", str(recipe))
    assert licenses(rows)[9] == [("01", "CC BY-ND"), ("02", "CC BY-ND")]
    assert rejects[6] == [("jats", "third_party", None)]


def test_whole_figures_are_under_all_of_their_claims(source, tmp_path):
    rows, rejects = built(source, tmp_path / "out", "whole-figures")
    assert licenses(rows) == {
        number: [("01", license)]
        for number, license in [
            (1, "CC BY"),
            (3, "CC BY-NC"),
            (6, "CC BY"),
            (7, "CC BY"),
            (8, "CC BY-ND"),
            (9, "CC BY-ND"),
        ]
    }
    assert rejects[5] == [("panels", "figure_license", None)]


def test_all_licences_keep_figures_that_grant_none_with_their_credit(source, tmp_path):
    rows, _ = built(source, tmp_path / "out", "whole-figures", licenses="all")
    assert rows[2] == [("01", None, "© 2013, Some Press.", None)]
    assert rows[4] == [("01", None, "Reproduced with permission from Elsevier.", None)]
    assert rows[3][0][2] == "http://creativecommons.org/licenses/by-nc/4.0/"
    [(_, license, credit, _)] = rows[5]
    assert license is None
    assert credit.endswith("Panel B is reproduced with permission from Elsevier.")
    assert "(CC BY, https://creativecommons.org/licenses/by/4.0/)" in credit
