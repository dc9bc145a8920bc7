"""`medconcept lock`: what rebuilds a corpus elsewhere, in one compact file (config/lock.py)."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commands.lines import check_target, replaced
from pipeline.config.article_ids import to_md5, to_numbers
from pipeline.config.lock import write_lock
from pipeline.config.lock_document import LockDocument, Versions
from pipeline.phases import publish
from pipeline.phases.corpus import Corpus, open_corpus
from pipeline.phases.dedup import steps
from pipeline.phases.dedup.centroids import Centroids, load_centroids
from pipeline.phases.dedup.withheld import FOLDER as WITHHELD
from pipeline.phases.plan import FOLDER as PLAN_FOLDER
from pipeline.phases.published import count_triplets
from pipeline.reports.digest import dataset_digest
from pipeline.reports.facts import read_funnel
from pipeline.reports.lock_coverage import locked_coverage
from pipeline.resources.vocabularies import load_vocabulary
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import is_receipt, load_receipt, stated_path, the_receipt
from pipeline.storage.store import Store
from schemas.articles import PLAN
from schemas.errors import UserError
from schemas.explain import blamed
from schemas.locks import LOCK

#: Where a receipt of a dedup step states its version.
STEPS = ("components", "members", "group", "select", "cap")

#: What the header of a vocabulary says of where its names come from.
COMPILED_FROM = ("origin", "release", "filters", "inputs", "imaging_terms")


def lock(store: Store, target: str) -> Iterator[str]:
    """Write the lock of the corpus in `store` to a file; say in a line what is in it.

    Raises:
        UserError: there is no corpus, it is not complete, or holds what a later run tries again; the file lies in it,
            or in another.
    """
    started = time.monotonic()
    check_target(target, store.uri)
    corpus = open_corpus(store)
    if waiting := sum(unit["counts"]["unconfirmed"] + unit["counts"]["failed"] for unit in corpus.units.values()):
        raise UserError(f"{store.uri}: {waiting} objects or articles are to be tried again: build or update it first")
    articles = planned_articles(store)
    counts = pa.array(count_triplets(corpus, articles["pmc"].to_numpy()))
    articles = articles.append_column(LOCK.field("triplets"), counts)
    document = describe(corpus, len(articles))
    centroids = load_centroids(store, the_receipt(store, Centroids.FOLDER))
    coverage = locked_coverage(corpus)
    if fault := document.contradicts(articles, coverage):
        raise UserError(f"{store.uri}: no lock is written, for {fault}: run `medconcept verify`")
    with blamed(target), replaced(target) as file:
        write_lock(file, document, centroids, coverage, articles)
    size, seconds = os.path.getsize(target), time.monotonic() - started
    yield f"{target}: {len(articles):,} article versions in {size:,} bytes, {seconds:.1f} s"
    yield f"a rebuild ends with the digest {document.digest}"


def planned_articles(store: Store) -> pa.Table:
    """The articles that were planned and not excluded, by number: LOCK without `triplets`. Raises UserError."""
    receipt = the_receipt(store, PLAN_FOLDER)
    parts = [LOCK.empty_table().drop_columns("triplets")]
    for name in receipt["files"]:
        rows = load_table(store, stated_path(store, receipt, name), PLAN, ["article_id", "etag", "reject"])
        rows = rows.filter(pc.is_null(rows["reject"])).combine_chunks()
        ids, etags = (rows[column].combine_chunks() for column in ("article_id", "etag"))
        md5 = to_md5(etags)
        others = pc.if_else(pc.is_null(md5), etags, None)
        parts.append(pa.table([*to_numbers(ids), md5, others], schema=parts[0].schema))
    table = pa.concat_tables(parts)
    return table.take(pc.sort_indices(table["pmc"]))


def describe(corpus: Corpus, articles: int) -> LockDocument:
    """The document of a lock of this corpus with so many articles; raises UserError."""
    run, store = corpus.run, corpus.store
    vocabulary = load_vocabulary(store, run.vocabulary).header
    withheld = the_receipt(store, WITHHELD)["made_by"]["images"] if run.config.recipe.withheld else None
    return LockDocument(
        recipe=run.config.recipe.model_copy(update={"withheld": None}),
        withheld=withheld,
        cut=run.cut,
        versions=_versions(corpus),
        vocabulary={name: value for name, value in vocabulary.items() if name in COMPILED_FROM},
        dimension=run.dimension,
        snapshot=run.snapshot,
        articles=articles,
        counts=dict(read_funnel(corpus)),
        digest=dataset_digest(store),
    )


def _versions(corpus: Corpus) -> Versions:
    """What curation.py states of a run, as the receipts of this one say it: one of the units, one of each step."""
    folders = (*steps.FOLDERS, publish.FOLDER)
    made_by = [next(iter(corpus.units.values()))["made_by"], *filter(None, (_made_by(corpus, f) for f in folders))]
    return Versions(
        medconcept=corpus.run.versions["medconcept"],
        vocabulary=corpus.run.vocabulary,
        encoder=corpus.run.encoder,
        linker=made_by[0]["linker"],
        stages={name: version for made in made_by for name, version in made.get("stages", {}).items()},
        libraries={name: version for made in made_by for name, version in made.get("libraries", {}).items()},
        steps={name: version for made in made_by for name, version in made.items() if name in STEPS},
    )


def _made_by(corpus: Corpus, folder: str) -> dict[str, Any] | None:
    """What made the first item below a folder; None where there is none."""
    path = next(filter(is_receipt, corpus.store.listing(folder)), None)
    made: dict[str, Any] | None = load_receipt(corpus.store, path)["made_by"] if path else None
    return made
