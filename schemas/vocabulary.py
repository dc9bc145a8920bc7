"""The vocabulary of the concept linkers as a table: a row for each name of a concept."""

import pyarrow as pa

#: `preferred` is the concept's own name, the same in all of its rows; `semantic_types` are UMLS type ids (T023), empty
#: where the source states none; `source` is the vocabulary that the name comes from; the smaller `rank` (0 to 65,535),
#: the better the name.
VOCABULARY = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("cui", pa.string(), nullable=False),
        pa.field("preferred", pa.string(), nullable=False),
        pa.field("semantic_types", pa.list_(pa.string()), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.vocabulary", "schema_version": "1"},
)
