"""Coverage partials: what some of a corpus covers, in counts that can be added up."""

import pyarrow as pa

#: Counts by `key` in each `table`; null stands for what is not stated. Tables: `concepts` by CUI; `semantic_types` by
#: TUI and `semantic_groups` (DISO); `typed_concepts` by TUI and, as `other`, CUI (which concepts are of a type: no
#: count); `licenses`, `years`, `journals`, `languages`, `modalities`, `modality_tops` (their top levels), `splits`,
#: `methods` (how captions were divided) and `grains` (of what a figure was cut into); `cross_A_B` by a key of A and, as
#: `other`, of B; `histogram_X` by the number of a bin; and `totals`, whose keys are all, with_concept, with_modality,
#: license_clear, license_own and letters_apart. `name` and `semantic_types` are a concept's own.
COVERAGE = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("other", pa.string()),
        pa.field("name", pa.string()),
        pa.field("semantic_types", pa.list_(pa.string())),
        pa.field("triplets", pa.int64(), nullable=False),
        pa.field("figures", pa.int64(), nullable=False),
        pa.field("articles", pa.int64(), nullable=False),
        pa.field("mentions", pa.int64(), nullable=False),
        pa.field("negated", pa.int64(), nullable=False),
        pa.field("uncertain", pa.int64(), nullable=False),
    ],
    metadata={"schema": "medconcept.coverage", "schema_version": "2"},
)
