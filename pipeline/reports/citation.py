"""dataset/CITATION.cff: how a dataset is cited, in the Citation File Format 1.2.0.

See https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md.
"""

from importlib.resources import files

import yaml

from pipeline.config.recipe import load_recipe
from pipeline.reports.facts import LICENSE_URL, Facts, content_version, description, inventory_date, source_share
from schemas.tables import Row
from transforms.concepts.dictionary import LEAST

#: Who wrote and drew what the rows hold. The format wants an author; who built a corpus does not say so.
AUTHORS = "The authors of the source articles, whom each row's provenance.attribution names"


def citation(facts: Facts, digest: str) -> str:
    """CITATION.cff of the dataset with these facts and this digest of its content."""
    date = inventory_date(facts)
    document = {
        "cff-version": "1.2.0",
        "message": "Cite the dataset with its version, and the article that describes MedConcept-23M. Whoever "
        "redistributes rows carries the attribution of each.",
        "type": "dataset",
        "title": f"{facts['name']}: image-text-concept triplets from PubMed Central Open Access",
        "authors": [{"name": AUTHORS}],
        "version": content_version(facts),
        **({"date-released": date} if date else {}),
        "abstract": " ".join([description(facts), _rows(facts), _licenses(facts), _built_from(facts)]),
        "keywords": ["medical images", "vision-language", "UMLS", "PubMed Central"],
        "license-url": LICENSE_URL,
        "identifiers": [
            _identifier(digest, "digest of the content, as `medconcept digest` prints it"),
            _identifier(facts["inventory"], "inventory of the source that it was built from"),
            _identifier(facts["config"], "key of its configuration: recipe, vocabulary and encoder"),
        ],
        "references": [conceptclip(), _software(facts["pipeline"])],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def conceptclip() -> Row:
    """The reference of the article that describes MedConcept-23M and ConceptCLIP."""
    text = files(__package__).joinpath("templates/conceptclip.yaml").read_text("utf-8")
    reference: Row = yaml.safe_load(text)
    return reference


def _software(version: str) -> Row:
    return {
        "type": "software",
        "title": "medconcept",
        "version": version,
        "authors": [{"name": "The contributors to medconcept"}],
        "license": "Apache-2.0",
        "notes": "It built the dataset.",
    }


def _identifier(value: str, described: str) -> Row:
    return {"type": "other", "value": value, "description": described}


def _rows(facts: Facts) -> str:
    splits = ", ".join(f"{count:,} in {split}" for split, count in facts["splits"].items())
    return f"It holds {sum(facts['splits'].values()):,} triplets{f' ({splits})' if splits else ''}."


def _licenses(facts: Facts) -> str:
    """The licences of the rows, most frequent first."""
    counts = ", ".join(f"{license or 'none stated'} {count:,}" for license, count in facts["licenses"].items())
    return f"Each row has the licence of its panel{f': {counts}' if counts else ''}."


def _built_from(facts: Facts) -> str:
    """The source with the articles that were taken of it, the recipe, the vocabulary."""
    changed = _changed(facts)
    told = yaml.safe_dump(changed, default_flow_style=True, width=float("inf")).strip()
    recipe = f"default{f', with {told}' if changed else ''}"
    return f"Source: {source_share(facts)}. Recipe: {recipe}; vocabulary {facts['vocabulary']}."


def _changed(facts: Facts) -> Row:
    """The settings that are not those of the recipe `default`; a path of withheld images is none of the reader's."""
    settings: Row = facts["recipe"].model_dump(mode="json")
    if settings["linker"] == "dictionary" and settings["concept_score"] is None:
        settings["concept_score"] = LEAST  # the linker's own
    if settings["withheld"] is not None:
        settings["withheld"] = "images"
    default = load_recipe("default").model_dump(mode="json")
    return {name: value for name, value in settings.items() if value != default[name]}
