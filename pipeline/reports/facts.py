"""What a dataset's documents state of it, read from the run's record, the receipts of its shards and its rows."""

import hashlib
import re
from collections.abc import Iterator
from typing import TypedDict, cast

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.dataset import Dataset

from dags.graph import Receipt
from pipeline.config.recipe import Recipe
from pipeline.phases.corpus import Corpus
from pipeline.phases.dedup.selection import count_withheld
from pipeline.phases.publish import FOLDER, parquet_path
from pipeline.storage.ledger import receipts_below
from pipeline.storage.parquet import load_batches
from schemas.errors import UserError
from schemas.triplets import triplets
from transforms.coverage import COLUMNS, license_counts

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

    `splits` and `licenses` count triplets; a split without one is not among them, a licence that is not stated is None.
    `limit`, `sample`: only so many articles, or this share of them, were taken; `withheld` counts the panels that the
    recipe withholds, `with_metadata` the pictures that carry Exif, XMP, IPTC or comments; `files` are the Parquet files
    and the tars.
    """

    name: str
    pipeline: str
    source: str
    limit: int | None
    sample: float | None
    inventory: str
    config: str
    recipe: Recipe
    vocabulary: str
    encoder: str
    withheld: int
    with_metadata: int
    splits: dict[str, int]
    licenses: dict[str | None, int]
    schema: pa.Schema
    files: list[File]


def read_facts(corpus: Corpus) -> Facts:
    """The facts of a corpus; raises UserError where it is not complete."""
    run = corpus.run
    receipts = _shard_receipts(corpus)
    recipe, files, dataset = run.config.recipe, list(_files(corpus, receipts)), open_triplets(corpus)
    limit, sample = run.config.limit, run.config.sample
    counts = dict.fromkeys(recipe.splits.model_dump(), 0)
    for file in parquet_files(files):
        counts[file["split"]] += file["rows"]
    return {
        "name": "MedConcept",
        "pipeline": run.versions["medconcept"],
        "source": run.config.source,
        "limit": limit if limit is not None and limit < run.snapshot.articles else None,
        "sample": sample if sample is not None and sample < 1 else None,
        "inventory": run.snapshot.id,
        "config": run.key,
        "recipe": recipe,
        "vocabulary": run.vocabulary,
        "encoder": run.encoder,
        "withheld": count_withheld(corpus.selection) if recipe.withheld else 0,
        "with_metadata": sum(receipt["counts"]["with_metadata"] for receipt in receipts.values()),
        "splits": {split: count for split, count in counts.items() if count},
        "licenses": {row["license"]: row["triplets"] for row in license_counts(dataset).to_pylist()},
        "schema": dataset.schema,
        "files": files,
    }


def open_triplets(corpus: Corpus) -> Dataset:
    """The published triplets of a corpus as an Arrow dataset; what is counted of them has been read once.

    For DuckDB, which counts them, would not say which file is damaged.

    Raises:
        UserError: there are none, or a file of them cannot be read.
    """
    store, schema = corpus.store, triplets(corpus.run.dimension)
    paths = [parquet_path(shard.name) for shard in corpus.shards]
    for path in paths:
        for _ in load_batches(store, path, schema, list(COLUMNS)):
            pass
    whole = [f"{store.root}/{path}" for path in paths]
    return ds.dataset(whole, schema=schema, filesystem=store.filesystem, format="parquet")


def parquet_files(files: list[File]) -> list[File]:
    """The Parquet files among `files`."""
    return [file for file in files if file["name"].endswith(".parquet")]


def webdataset_files(files: list[File]) -> list[File]:
    """The tars among `files`."""
    return [file for file in files if file["name"].endswith(".tar")]


def description(facts: Facts) -> str:
    """What the dataset is, in a sentence or two."""
    pictures = "panels of figures" if facts["recipe"].panels == "split" else "figures, one picture a row"
    text = (
        f"Image-text-concept triplets from PubMed Central Open Access: {pictures}, with their captions, the UMLS "
        "concepts that the captions mention, and the provenance and the licence of every row."
    )
    if facts["source"] == "demo":
        text += " This is the demo: its articles and pictures are synthetic, none of them is from PubMed Central."
    return text


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


def _shard_receipts(corpus: Corpus) -> dict[str, Receipt]:
    """The receipts of the shards by their names."""
    below = receipts_below(corpus.store, FOLDER)
    if lost := [shard.name for shard in corpus.shards if f"{FOLDER}/{shard.name}" not in below]:
        raise UserError(f"{corpus.store.uri}: shard {lost[0]} is not done: build it first")
    return {shard.name: below[f"{FOLDER}/{shard.name}"] for shard in corpus.shards}


def _files(corpus: Corpus, receipts: dict[str, Receipt]) -> Iterator[File]:
    for shard in corpus.shards:
        for stamp in receipts[shard.name]["files"].values():
            known = {name: value for name, value in stamp.items() if name != "path"}
            yield cast(File, {"name": stamp["path"].removeprefix("dataset/"), "split": shard.split, **known})
