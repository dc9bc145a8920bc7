"""Shards: which output shard each panel of the corpus goes into, or that it is left out."""

import pyarrow as pa

SHARDS = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("shard", pa.string()),  # train-00000-of-00012, null for a dropped duplicate or a withheld panel
        pa.field("duplicate_group", pa.string()),
    ],
    metadata={"schema": "medconcept.shards", "schema_version": "1"},
)
