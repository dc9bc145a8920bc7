"""Duplicates: a row for each panel that is one of a group, the canonical member included."""

import pyarrow as pa

#: `kind` is how the panel equals its canonical (canonical, exact, perceptual, embedding), `similarity` in 0..1.
DUPLICATES = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("group_id", pa.string(), nullable=False),
        pa.field("canonical_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.duplicates", "schema_version": "1"},
)
