"""What a rebuild from a lock came to: the same digest, or what of the locked articles is gone or changed since."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.article_ids import to_etags, to_ids
from pipeline.config.lock import Lock
from pipeline.config.lock_document import LockDocument
from pipeline.phases.corpus import Corpus, open_corpus
from pipeline.phases.published import count_triplets
from pipeline.phases.snapshot import read_snapshot
from pipeline.reports.digest import dataset_digest
from pipeline.reports.facts import read_funnel
from pipeline.reports.lock_coverage import compare_coverage, describe_coverage, locked_coverage
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.locks import SINCE
from schemas.rejects import DOUBTFUL, FETCHING, OURS, REJECTS, Reason

#: Where an output keeps the tables SINCE, of the articles that are not as they were, and SINCE_COVERAGE, of the counts
#: that are others; neither is there where there are none.
ARTICLES_PATH, COVERAGE_PATH = "since.parquet", "since_coverage.parquet"

#: What became of an article, and how it is told: the reason of a reject, or one of these.
SAME, CHANGED, GONE, OTHER_TRIPLETS = "same", "changed", "gone", "other_triplets"
INCOMPLETE, FAILED = "incomplete", "failed"
TOLD = {
    SAME: "as they were",
    OTHER_TRIPLETS: "as they were, with other triplets (another duplicate stands, or this processor rounds otherwise)",
    INCOMPLETE: "as they were, but files that they list are missing or damaged",
    FAILED: "as they were, but failed here by a fault of ours: the next run tries them again",
    CHANGED: "changed, and taken as they are now",
    GONE: "no longer listed by the source",
    Reason.RETRACTED.value: "retracted",
    Reason.NOT_OPEN_ACCESS.value: "no longer open access",
    Reason.LICENSE_EXCLUDED.value: "under another licence, which the recipe does not admit",
    Reason.EXCLUDED.value: "left out by --exclude",
}

#: What a reject of an article says of what became of it: the kinds that it makes more exact, its reasons, and the kind
#: that it makes of them (None: the reason is the kind).
REFINED = (
    ((CHANGED,), (Reason.RETRACTED, Reason.NOT_OPEN_ACCESS, Reason.LICENSE_EXCLUDED), None),
    ((SAME, OTHER_TRIPLETS, CHANGED), (Reason.EXCLUDED,), None),
    ((OTHER_TRIPLETS,), tuple(DOUBTFUL), INCOMPLETE),
    ((OTHER_TRIPLETS,), tuple(OURS), FAILED),
)

#: Which rejects say so: of a file that is missing or damaged those by a stage that fetches what the metadata list.
#: The JATS may name graphics that they never listed.
TELLING = ~pc.field("reason").isin([reason.value for reason in DOUBTFUL]) | pc.field("stage").isin(FETCHING)

#: Ids of articles that are told of each kind.
SHOWN = 5


def describe_rebuild(store: Store, lock: Lock) -> Iterator[str]:
    """Whether the digest is that of the lock, and what of its articles and counts is not as it was, in lines.

    The tables SINCE and SINCE_COVERAGE are left in the output. Raises UserError where there is no corpus.
    """
    corpus, document = open_corpus(store), lock.document
    digest = dataset_digest(store)
    same = digest == document.digest
    yield f"the digest is {digest}, {'that' if same else f'not {document.digest}'} of {lock.name}"
    articles = compare_articles(corpus, lock)
    other = articles.filter(pc.not_equal(articles["became"], SAME))
    coverage = compare_coverage(lock.coverage, locked_coverage(corpus))
    counts = coverage.filter(pc.not_equal(coverage["locked"], coverage["rebuilt"]))
    kept = [_keep(store, path, table) for path, table in ((ARTICLES_PATH, other), (COVERAGE_PATH, counts))]
    if len(other):
        yield from _article_lines(articles)
    if not same:
        yield from _count_lines(corpus, document, coverage)
    if not same and not len(other):
        yield (
            "every article version is as it was: this processor or a library of it decides otherwise, or the lock "
            "states the digest of another corpus"
        )
    if any(kept):
        yield f"all of them stand in {' and '.join(filter(None, kept))}"


def _count_lines(corpus: Corpus, document: LockDocument, coverage: pa.Table) -> Iterator[str]:
    """The steps of the funnel and the parts of the coverage that have other counts now."""
    counts = [(document.counts[step], count, step) for step, count in read_funnel(corpus) if step in document.counts]
    changed = [each for each in counts if each[0] != each[1]]
    if told := [*changed, *describe_coverage(corpus, coverage)]:
        yield f"{'then':>12} {'now':>12}"
        yield from (f"{then:>12,} {now:>12,}  {what}" for then, now, what in told)


def compare_articles(corpus: Corpus, lock: Lock) -> pa.Table:
    """SINCE for every article of the lock, those that are as they were too; raises UserError."""
    listed = read_snapshot(corpus.store, corpus.run.snapshot.checksum)
    if listed is None:
        raise UserError(f"{corpus.store.uri}: its snapshot is missing or damaged: run it again")
    locked = lock.articles()
    ids = to_ids(locked)
    etags = listed.articles["etag"].take(pc.index_in(ids, value_set=listed.articles["article_id"].combine_chunks()))
    same = pc.equal(etags.cast(pa.large_string()).combine_chunks(), to_etags(locked))
    rebuilt = pa.array(count_triplets(corpus, locked["pmc"].to_numpy()))
    alike = pc.if_else(pc.equal(rebuilt, locked["triplets"].combine_chunks()), SAME, OTHER_TRIPLETS)
    became = pc.if_else(pc.is_null(etags.combine_chunks()), GONE, pc.if_else(same, alike, CHANGED))
    return pa.table([ids, _by_rejects(corpus, ids, became), locked["triplets"], rebuilt], schema=SINCE)


def _by_rejects(corpus: Corpus, ids: pa.Array, became: pa.Array) -> pa.Array:
    """`became`, made more exact by the rejects of each article."""
    rejects = _rejects(corpus)
    for kinds, reasons, kind in REFINED:
        mine = rejects.filter(pc.is_in(rejects["reason"], value_set=_values(reasons)))
        told = pa.repeat(kind, len(mine)) if kind else mine["reason"].combine_chunks()
        found = told.take(pc.index_in(ids, value_set=mine["article_id"].combine_chunks()))
        became = pc.if_else(pc.is_in(became, value_set=pa.array(kinds)), pc.coalesce(found, became), became)
    return became


def _rejects(corpus: Corpus) -> pa.Table:
    """The rejects of a corpus that say what became of an article."""
    wanted = {reason.value for _, reasons, _ in REFINED for reason in reasons}
    found = [REJECTS.empty_table().select(["article_id", "reason"])]
    for receipt in corpus.units.values():
        if not receipt["counts"]["rejects"].keys().isdisjoint(wanted):
            path, mine = file_path(receipt, "rejects"), TELLING & pc.field("reason").isin(sorted(wanted))
            found.append(load_table(corpus.store, path, REJECTS, ["article_id", "reason"], mine))
    return pa.concat_tables(found)


def _values(reasons: Iterable[Reason]) -> pa.Array:
    return pa.array(sorted(reason.value for reason in reasons))


def _keep(store: Store, path: str, table: pa.Table) -> str | None:
    """Leave a table in the output, and say where; none that is empty, nor one of an earlier run."""
    if len(table):
        with store.create(path) as sink:
            pq.write_table(table, sink, **WRITING)
        return f"{store.uri}/{path}"
    if store.size(path) is not None:
        store.delete(path)
    return None


def _article_lines(articles: pa.Table) -> Iterator[str]:
    """The sums of what became of the articles, and some of each kind by their ids."""
    counted = [("article_id", "count"), ("locked", "sum"), ("rebuilt", "sum")]
    sums = articles.group_by("became").aggregate(counted).to_pylist()
    yield f"{'articles':>12} {'triplets then':>14} {'now':>12}"
    for row in sorted(sums, key=lambda row: (row["became"] != SAME, -row["article_id_count"], row["became"])):
        kind, count = row["became"], row["article_id_count"]
        line = f"{count:>12,} {row['locked_sum']:>14,} {row['rebuilt_sum']:>12,}  {TOLD[kind]}"
        if kind != SAME:
            named = articles.filter(pc.equal(articles["became"], kind))["article_id"][:SHOWN].to_pylist()
            line += f": {', '.join(named)}" + (f" and {count - SHOWN:,} more" if count > SHOWN else "")
        yield line
