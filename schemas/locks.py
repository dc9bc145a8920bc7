"""Locks: the article versions that a corpus was built from, so that it can be built again elsewhere."""

import pyarrow as pa

#: PMC13901.1 is `pmc` 13901, `version` 1. `md5` is that of its metadata, which state the MD5 of each of its files; null
#: where the source's ETag is no MD5: that stands in `etag`. `triplets` counts those that the corpus has of it.
LOCK = pa.schema(
    [
        pa.field("pmc", pa.int64(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("md5", pa.binary(16)),
        pa.field("etag", pa.string()),
        pa.field("triplets", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.lock", "schema_version": "1"},
)

#: What became of locked article versions that are not as they were: `became` is gone (the source no longer lists it),
#: changed (its metadata or files are others), excluded (whoever rebuilds leaves it out), the reason for which it is now
#: rejected as a whole, incomplete (files that it lists are missing or damaged), failed (by a fault of ours), or
#: other_triplets (it is as it was, and of duplicates another is published). `locked` and `rebuilt` count its triplets.
SINCE = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("became", pa.string(), nullable=False),
        pa.field("locked", pa.int32(), nullable=False),
        pa.field("rebuilt", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.since", "schema_version": "1"},
)

#: How many triplets each concept (by its CUI), licence and modality had when a corpus was locked: `table` is that of a
#: coverage partial (schemas/coverage.py); a `key` that is null stands for what is not stated.
LOCKED_COVERAGE = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("triplets", pa.int64(), nullable=False),
    ],
    metadata={"schema": "medconcept.locked_coverage", "schema_version": "1"},
)

#: The rows of LOCKED_COVERAGE whose triplets are others now.
SINCE_COVERAGE = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("locked", pa.int64(), nullable=False),
        pa.field("rebuilt", pa.int64(), nullable=False),
    ],
    metadata={"schema": "medconcept.since_coverage", "schema_version": "1"},
)
