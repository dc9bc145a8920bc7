"""The facts of an article: the inventory, the plan, the gates, its licence, and its place by hash."""

from dataclasses import asdict

from pipeline.reports.explain.found import Found
from pipeline.reports.explain.reasons import reject_facts
from schemas.ids import parse_article_id
from schemas.tables import Row
from transforms.rights.licenses import Licenses, admitted, told

#: What of a recipe decides over rows.
RECIPE = {
    *("licenses", "crop_noderivatives", "third_party", "languages"),
    *("panels", "grain", "min_side", "max_triplets_per_figure"),
    *("concept_groups", "concept_score", "modalities", "duplicates", "concept_cap", "withheld"),
}


def source_facts(found: Found) -> Row:
    """What the inventory lists of the article, which version is planned, and whether that is what the unit holds."""
    run, planned, curated = found.output.run, found.planned, found.curated
    return {
        "source": run.config.source,
        "inventory": run.snapshot.id,
        "listed": [{"article_id": row["article_id"], "etag": row["etag"]} for row in found.listed],
        "planned": planned and {"article_id": planned["article_id"], "etag": planned["etag"]},
        "not_planned": None if planned else _why_not_planned(found),
        "curated": curated and {"article_id": curated["article_id"], "etag": curated["etag"]},
        "metadata_key": None if found.article is None else _metadata_key(found.article),
        "up_to_date": bool(planned and curated and planned["etag"] == curated["etag"]),
        "reject": found.article_reject and reject_facts(found.article_reject),
    }


def _metadata_key(article: str) -> str:
    """Where the source in PMC's layout keeps what it states of the article."""
    pmcid, version = parse_article_id(article)
    return f"metadata/{pmcid}.{version}.json"


def _why_not_planned(found: Found) -> str:
    config, place = found.output.run.config, found.place
    if not found.listed:
        return "the inventory does not list it any more"
    if not place.sampled:
        return f"--sample {config.sample:g} takes the first units of each split; {place.unit} is beyond them"
    if config.limit is not None:
        return f"--limit {config.limit} takes the articles of smallest second hash, and this is not among them"
    return "the plan was made of another inventory: build or update to bring it up"


def license_facts(article: Row, group: Licenses) -> Row:
    """What source and JATS state of the article's licence, and whether the recipe admits it."""
    names = ("license", "license_source", "license_jats", "license_url", "attribution")
    code, source, jats = (article[name] for name in names[:3])
    return {name: article[name] for name in names} | {
        "contradiction": None not in (source, jats) and source != jats,
        "group": told(group),
        "admitted": admitted(code, group),
    }


def bibliography(article: Row) -> Row:
    """What names the article to people."""
    names = ("pmcid", "version", "pmid", "doi", "title", "journal", "year", "article_type")
    return {name: article[name] for name in names}


def place_facts(found: Found) -> Row:
    """The split, unit and shard by the hash of the accession number."""
    place = asdict(found.place)
    files = {}
    for name, receipt in (("unit", found.unit), ("shard", found.shard)):
        stamps = receipt["files"] if receipt else {}
        files[f"{name}_receipt"] = receipt and f"{receipt['folder']}/{receipt['key']}.json"
        files[f"{name}_files"] = {each: stamp["path"] for each, stamp in stamps.items()}
    return place | files


def made_by_facts(found: Found) -> Row:
    """What worked on the article: the recipe, and versions of all of it, as the receipt of the unit states."""
    run = found.output.run
    made_by = found.unit["made_by"] if found.unit else {}
    return {
        "medconcept": run.versions["medconcept"],
        "config": run.key,
        "vocabulary": run.vocabulary,
        "encoder": run.encoder,
        "recipe": run.config.recipe.model_dump(mode="json", include=RECIPE),
        **{name: made_by.get(name) for name in ("stages", "linker", "libraries")},
    }
