"""What a rebuild from a lock came to: the same digest, or what of the locked articles is gone or changed since."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.articles import to_etags, to_ids
from pipeline.config.locked import Locked
from pipeline.phases.corpus import Corpus, open_corpus
from pipeline.phases.published import count_triplets
from pipeline.phases.snapshot import read_snapshot
from pipeline.reports.digest import dataset_digest
from pipeline.reports.funnel import funnel
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.locks import SINCE
from schemas.rejects import REJECTS, Reason

#: Where an output keeps the table SINCE of the articles that are not as they were; none where all are.
SINCE_PATH = "since.parquet"

#: What became of an article, where no gate rejects it.
SAME, CHANGED, GONE, EXCLUDED = "as they were", "changed", "gone", Reason.EXCLUDED.value

#: The gates that say what became of a changed article: it was withdrawn, or its licence is another.
GATES = {reason.value for reason in (Reason.RETRACTED, Reason.NOT_OPEN_ACCESS, Reason.LICENSE_EXCLUDED)}

#: Ids of articles that are told of each kind.
SHOWN = 5


def describe_rebuild(store: Store, lock: Locked) -> Iterator[str]:
    """Whether the digest is that of the lock, and what of its articles is not as it was, in lines.

    The table SINCE is left in the output. Raises UserError where there is no corpus.
    """
    corpus, document = open_corpus(store), lock.document
    digest = dataset_digest(store)
    same = digest == document.digest
    yield f"the digest is {digest}, {'that' if same else f'not {document.digest}'} of {lock.name}"
    table = compare(corpus, lock)
    other = table.filter(pc.not_equal(table["became"], SAME))
    _keep(store, other)
    if len(other) or not same:
        yield from _lines(table, other)
    if not same:
        yield from _counts(corpus, document.counts, pc.sum(table["rebuilt"]).as_py() or 0)
        if not len(other):
            yield "every article version is as it was: this processor or a library of it decides otherwise"


def compare(corpus: Corpus, lock: Locked) -> pa.Table:
    """SINCE for every article of the lock, those that are as they were too; raises UserError."""
    listed = read_snapshot(corpus.store, corpus.run.snapshot.checksum)
    if listed is None:
        raise UserError(f"{corpus.store.uri}: its snapshot is missing or damaged: run it again")
    locked = lock.articles()
    ids = to_ids(locked)
    etags = listed.articles["etag"].take(pc.index_in(ids, value_set=listed.articles["article_id"].combine_chunks()))
    same = pc.equal(etags.cast(pa.large_string()).combine_chunks(), to_etags(locked))
    became = pc.if_else(pc.is_null(etags.combine_chunks()), GONE, pc.if_else(same, SAME, CHANGED))
    became = _by_gates(corpus, ids, became)
    rebuilt = pa.array(count_triplets(corpus, locked["pmc"].to_numpy()))
    return pa.table([ids, became, locked["triplets"], rebuilt], schema=SINCE)


def _by_gates(corpus: Corpus, ids: pa.Array, became: pa.Array) -> pa.Array:
    """`became` with the reason of each changed article that a gate rejects now, and of each that is excluded."""
    wanted = pa.array(sorted({*GATES, EXCLUDED}))
    found = [REJECTS.empty_table().select(["article_id", "reason"])]
    for receipt in corpus.units.values():
        if not receipt["counts"]["rejects"].keys().isdisjoint({*GATES, EXCLUDED}):
            mine = pc.field("reason").isin(wanted) & pc.field("figure_id").is_null()
            path = file_path(receipt, "rejects")
            found.append(load_table(corpus.store, path, REJECTS, ["article_id", "reason"], mine))
    rejects = pa.concat_tables(found)
    reasons = rejects["reason"].combine_chunks()
    mine = reasons.take(pc.index_in(ids, value_set=rejects["article_id"].combine_chunks()))
    told = pc.or_(pc.equal(became, CHANGED), pc.equal(mine, EXCLUDED))
    return pc.if_else(pc.fill_null(told, False), pc.coalesce(mine, became), became)


def _keep(store: Store, other: pa.Table) -> None:
    if len(other):
        with store.create(SINCE_PATH) as sink:
            pq.write_table(other, sink, **WRITING)
    elif store.size(SINCE_PATH) is not None:
        store.delete(SINCE_PATH)


def _lines(table: pa.Table, other: pa.Table) -> Iterator[str]:
    """The sums of what became of the articles, and some of each kind by their ids."""
    counted = [("article_id", "count"), ("locked", "sum"), ("rebuilt", "sum")]
    sums = table.group_by("became").aggregate(counted).to_pylist()
    yield f"{'articles':>12} {'triplets then':>14} {'now':>12}"
    for row in sorted(sums, key=lambda row: (row["became"] != SAME, -row["article_id_count"], row["became"])):
        kind, count = row["became"], row["article_id_count"]
        line = f"{count:>12,} {row['locked_sum']:>14,} {row['rebuilt_sum']:>12,}  {kind}"
        if kind != SAME:
            named = other.filter(pc.equal(other["became"], kind))["article_id"][:SHOWN].to_pylist()
            line += f": {', '.join(named)}" + (f" and {count - SHOWN:,} more" if count > SHOWN else "")
        yield line


def _counts(corpus: Corpus, before: dict[str, int], triplets: int) -> Iterator[str]:
    """What that changes in the counts."""
    for step, count in funnel(list(corpus.units.values()), triplets):
        if step in before and before[step] != count:
            yield f"{count:>12,}  {step}, {before[step]:,} when it was locked"
