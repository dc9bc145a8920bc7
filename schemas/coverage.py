"""Coverage partials: what some of a corpus covers, in counts that can be added up."""

import pyarrow as pa

#: Counts by `key` in each `table`; null stands for what is not stated. Tables: `concepts` by CUI, `semantic_types` by
#: TUI, `typed_concepts` by TUI and `cui` (which concepts are of a type: no count), `licenses`, `years`, `journals`,
#: `languages`, `modalities`, `modality_tops` (their top levels); and `totals`, whose keys are all, with_concept,
#: with_modality, license_clear, license_own and letters_apart. `name` and `semantic_types` are a concept's own.
COVERAGE = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("cui", pa.string()),
        pa.field("name", pa.string()),
        pa.field("semantic_types", pa.list_(pa.string())),
        pa.field("triplets", pa.int64(), nullable=False),
        pa.field("figures", pa.int64(), nullable=False),
        pa.field("articles", pa.int64(), nullable=False),
        pa.field("mentions", pa.int64(), nullable=False),
        pa.field("negated", pa.int64(), nullable=False),
    ],
    metadata={"schema": "medconcept.coverage", "schema_version": "1"},
)
