"""docs/recipes.md: it describes every shipped recipe, and its query runs as printed."""

import re
from pathlib import Path

import duckdb

from pipeline.config import recipe

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
SHIPPED = {path.stem for path in (Path(recipe.__file__).parent / "recipes").glob("*.yaml")}


def test_every_shipped_recipe_has_a_section_and_a_row_of_the_table():
    sections = {name for line in re.findall("^## (.*)$", PAGE, re.MULTILINE) for name in line.split(", ")}
    assert sections >= SHIPPED
    assert {*re.findall(r"^\| `([\w-]+)`(?: \||, `concept_cap)", PAGE, re.MULTILINE)} >= SHIPPED


def test_the_query_joins_captions_with_what_the_article_says_of_the_picture(demo):
    (query,) = re.findall("```sql\n(.*?)```", PAGE, re.DOTALL)
    texts = dict(duckdb.sql(query.replace("OUT/", f"{demo}/")).fetchall())
    rows = duckdb.sql(f"SELECT panel_id, caption, context FROM '{demo}/dataset/data/*.parquet'").fetchall()
    assert texts.keys() == {panel for panel, *_ in rows}
    for panel, caption, context in rows:
        said = [each["text"] for each in context if each["panel"] or not each["panels"]]
        assert texts[panel] == " ".join([caption, " ".join(said)])
