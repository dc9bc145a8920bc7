"""CITATION.cff: that of a dataset, and that of the software."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker
from test_card import FACTS

from pipeline.config.recipe import Recipe, load_recipe
from pipeline.reports.citation import citation, conceptclip
from tests.running import digest

SCHEMA = json.loads(Path(__file__).parents[1].joinpath("data/cff-1.2.0/schema.json").read_text("utf-8"))
DIGEST = "d" * 64


class OfText(yaml.SafeLoader):
    """Dates stay texts, as the schema wants them."""


OfText.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text):
    """A citation, which must be valid."""
    document = yaml.load(text, OfText)
    assert [
        error.message for error in Draft7Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(document)
    ] == []
    return document


def test_it_names_inventory_recipe_digest_licences_and_pipeline():
    document = read(citation(FACTS, DIGEST))
    assert (document["type"], document["version"][:2]) == ("dataset", "5.")
    assert document["date-released"] == "2026-10-01"
    assert [each["value"] for each in document["identifiers"]] == [DIGEST, "2026-10-01T01-00Z", "9f3c2a7d"]
    assert "CC BY 38, none stated 2." in document["abstract"]
    assert "40 triplets (30 in train, 10 in test)" in document["abstract"]
    assert "Recipe: default; vocabulary umls-2026AA." in document["abstract"]
    article, software = document["references"]
    assert (article["doi"], len(article["authors"])) == ("10.1038/s41551-026-01764-x", 17)
    assert (software["title"], software["version"]) == ("medconcept", "0.1.0")


@pytest.mark.parametrize(
    "changes",
    [
        {"inventory": "listing"},
        {"splits": {}, "licenses": {}, "files": []},
        {"licenses": {'"Quoted": & odd\nwords #': 1, None: 2}},
        {"source": "/a folder: with/odd #names"},
        {"recipe": Recipe(panels="whole", languages=("en", "pt"), modalities=["radiology"])},
    ],
)
def test_it_is_valid_whatever_the_corpus(changes):
    read(citation(FACTS | changes, DIGEST))


def test_a_recipe_is_told_by_what_it_changes():
    recipe = Recipe(panels="whole", withheld="/home/somebody/images")
    abstract = read(citation(FACTS | {"recipe": recipe}, DIGEST))["abstract"]
    assert "Recipe: default, with {panels: whole, withheld: images}; vocabulary" in abstract


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("default", "default;"),
        ("whole-figures", "default, with {duplicates: flag, licenses: noncommercial, panels: whole};"),
        ("coverage-first", "default, with {concept_cap: 20000};"),
    ],
)
def test_a_recipe_of_the_package_is_told_by_what_differs_from_default_yaml(name, told):
    abstract = read(citation(FACTS | {"recipe": load_recipe(name)}, DIGEST))["abstract"]
    assert f"Recipe: {told} vocabulary" in abstract


def test_a_score_that_is_the_linkers_own_is_told_where_the_linker_is_another():
    abstract = read(citation(FACTS | {"recipe": Recipe(linker="trigram")}, DIGEST))["abstract"]
    assert "Recipe: default, with {concept_score: null, linker: trigram}; vocabulary" in abstract


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"limit": 1000}, ", 1,000 of its articles, drawn by hash"),
        ({"sample": 0.025}, ", 2.5 % of its articles, drawn by hash"),
        ({"listed": True}, ", only articles that a list names (a lock, or published records)"),
        ({"limit": 5, "excluded": 2}, ", 5 of its articles, drawn by hash, without the articles of 2 excluded ids"),
    ],
)
def test_it_says_which_articles_of_the_source_were_taken(changes, told):
    abstract = read(citation(FACTS | changes, DIGEST))["abstract"]
    assert f"Source: s3://pmc-oa-opendata{told}. Recipe: " in abstract


def test_that_of_a_built_corpus(demo):
    document = read((demo / "dataset/CITATION.cff").read_text("utf-8"))
    assert document["identifiers"][0]["value"] == digest(demo)


def test_that_of_the_software():
    document = read(Path(__file__).parents[2].joinpath("CITATION.cff").read_text("utf-8"))
    assert (document["type"], document["version"], document["license"]) == (
        "software",
        version("medconcept"),
        "Apache-2.0",
    )
    assert document["references"] == [conceptclip()]
