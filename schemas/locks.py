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
#: changed (its metadata or files are others), excluded (whoever rebuilds leaves it out), or the reason for which it is
#: now rejected as a whole. `locked` and `rebuilt` count its triplets.
SINCE = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("became", pa.string(), nullable=False),
        pa.field("locked", pa.int32(), nullable=False),
        pa.field("rebuilt", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.since", "schema_version": "1"},
)
