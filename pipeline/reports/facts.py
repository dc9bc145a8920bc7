"""What a dataset's documents state of it, read from the run's record and receipts."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypedDict, cast

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.places import public_name
from pipeline.config.recipe import Recipe
from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.phases.dedup import selection
from pipeline.reports.funnel import funnel, reject_counts
from pipeline.storage.parquet import load_batches
from pipeline.storage.receipts import file_path, the_receipt
from pipeline.storage.store import Store
from schemas.selection import SELECTION
from schemas.triplets import triplets

#: PMC's notice of copyrights and licences.
LICENSE_URL = "https://pmc.ncbi.nlm.nih.gov/about/copyright/"


class File(TypedDict):
    """A file of the dataset; `name` is its path in the dataset's folder."""

    name: str
    bytes: int
    sha256: str
    rows: int
    split: str


class Facts(TypedDict):
    """What the documents state.

    `splits` and `licenses` count triplets; a split without one is not among them, a licence that is not stated is None;
    `own_licenses` counts those under another licence than their article.
    `limit`, `sample`: only so many articles, or this share of them, were taken; `listed`: only those that a list names;
    `excluded` counts the article ids that were excluded; `withheld` counts the panels that the
    recipe withholds, `with_metadata` the pictures that carry Exif, XMP, IPTC or comments; `files` are the Parquet files
    and the tars.
    """

    name: str
    pipeline: str
    source: str
    limit: int | None
    sample: float | None
    listed: bool
    excluded: int
    inventory: str
    config: str
    recipe: Recipe
    vocabulary: str
    encoder: str
    withheld: int
    with_metadata: int
    splits: dict[str, int]
    licenses: dict[str | None, int]
    own_licenses: int
    schema: pa.Schema
    files: list[File]


def read_facts(corpus: Corpus) -> Facts:
    """The facts of a corpus; raises UserError where it is not complete."""
    run = corpus.run
    receipts = shard_receipts(corpus)
    recipe, files = run.config.recipe, list(_files(corpus, receipts))
    limit, sample = run.config.limit, run.config.sample
    counts = dict.fromkeys(recipe.splits.model_dump(), 0)
    for file in parquet_files(files):
        counts[file["split"]] += file["rows"]
    return {
        "name": "MedConcept",
        "pipeline": run.versions["medconcept"],
        "source": public_name(run.config.source),
        "limit": limit if limit is not None and limit < run.snapshot.articles else None,
        "sample": sample if sample is not None and sample < 1 else None,
        "listed": run.config.articles is not None,
        "excluded": len(run.config.exclude),
        "inventory": run.snapshot.id,
        "config": run.key,
        "recipe": recipe,
        "vocabulary": run.vocabulary,
        "encoder": run.encoder,
        "withheld": count_withheld(corpus) if recipe.withheld else 0,
        "with_metadata": sum(receipt["counts"]["with_metadata"] for receipt in receipts.values()),
        "splits": {split: count for split, count in counts.items() if count},
        "licenses": _licenses(receipts.values()),
        "own_licenses": sum(receipt["counts"]["own_licenses"] for receipt in receipts.values()),
        "schema": triplets(run.dimension),
        "files": files,
    }


def count_withheld(corpus: Corpus) -> int:
    """The panels that are left out because they show what is withheld."""
    return pc.sum(corpus.selected["withheld"]).as_py() or 0


def count_capped(corpus: Corpus) -> int:
    """The panels that are left out because their concepts are in too many others."""
    return pc.sum(corpus.selected["capped"]).as_py() or 0


def read_funnel(corpus: Corpus) -> list[tuple[str, int]]:
    """The funnel of a corpus; raises UserError where it is not complete."""
    recipe, shards = corpus.run.config.recipe, shard_receipts(corpus).values()
    return funnel(
        list(corpus.units.values()),
        sum(shard["counts"]["triplets"] for shard in shards),
        withheld=count_withheld(corpus) if recipe.withheld else None,
        capped=count_capped(corpus) if recipe.concept_cap else None,
    )


def read_rejects(corpus: Corpus) -> pa.Table:
    """What is left out by stage and reason, also of the sound panels; raises UserError or Damaged."""
    return reject_counts(corpus.units.values(), read_selections(corpus.store))


def read_selections(store: Store) -> Iterator[pa.Table]:
    """What is left out of the panels and why, some at a time: rows of SELECTION. Raises UserError or Damaged."""
    path = file_path(the_receipt(store, selection.FOLDER), "selection")
    yield from load_batches(store, path, SELECTION, ["panel_id", "left_out", "duplicate_group"])


def parquet_files(files: list[File]) -> list[File]:
    """The Parquet files among `files`."""
    return [file for file in files if file["name"].endswith(".parquet")]


def webdataset_files(files: list[File]) -> list[File]:
    """The tars among `files`."""
    return [file for file in files if file["name"].endswith(".tar")]


def description(facts: Facts) -> str:
    """What the dataset is, in a sentence or two."""
    pictures = {"split": "panels of figures", "single": "figures of one picture"}.get(
        facts["recipe"].panels, "figures, one picture a row"
    )
    text = (
        f"Image-text-concept triplets from PubMed Central Open Access: {pictures}, with their captions, the UMLS "
        "concepts that the captions mention, and the provenance and the licence of every row."
    )
    if facts["source"] == "demo":
        text += " This is the demo: its articles and pictures are synthetic, none of them is from PubMed Central."
    return text


def source_share(facts: Facts) -> str:
    """The source, and which of its articles were taken where not all were."""
    parts = [facts["source"]]
    if facts["limit"]:
        parts.append(f"{facts['limit']:,} of its articles, drawn by hash")
    if facts["sample"]:
        parts.append(f"{100 * facts['sample']:.3g} % of its articles, drawn by hash")
    if facts["listed"]:
        parts.append("only articles that a list names (a lock, or published records)")
    if facts["excluded"]:
        parts.append(f"without the articles of {facts['excluded']:,} excluded ids")
    return ", ".join(parts)


def inventory_date(facts: Facts) -> str | None:
    """The day of the inventory; None for a source without one, whose files were listed instead."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", facts["inventory"])
    return found and found[0]


def content_version(facts: Facts) -> str:
    """The version of the content, such as 2.76528973504513.194944822283254: equal files have an equal one.

    It is the schema's version and 96 bits of a digest of all files. The library `datasets` keeps what it loaded under
    the folder's name and this version.
    """
    listing = "".join(f"{file['name']} {file['sha256']}\n" for file in sorted(facts["files"], key=lambda f: f["name"]))
    digest = hashlib.sha256(listing.encode()).hexdigest()
    schema = facts["schema"].metadata[b"schema_version"].decode()
    return f"{schema}.{int(digest[:12], 16)}.{int(digest[12:24], 16)}"


def _files(corpus: Corpus, receipts: dict[str, Receipt]) -> Iterator[File]:
    for shard in corpus.shards:
        stamps = receipts[shard.name]["files"]
        for stamp in (stamps["parquet"], stamps["webdataset"]):
            known = {name: value for name, value in stamp.items() if name != "path"}
            yield cast(File, {"name": stamp["path"].removeprefix("dataset/"), "split": shard.split, **known})


def _licenses(shards: Iterable[Receipt]) -> dict[str | None, int]:
    """The triplets by licence, the most frequent first, of those without one last among equals."""
    counts = sum((Counter(shard["counts"]["licenses"]) for shard in shards), Counter[str]())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], not pair[0], pair[0]))
    return {license or None: count for license, count in ordered}
