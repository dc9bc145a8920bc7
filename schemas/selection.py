"""The selection: what of the panels that have duplicates, are withheld or have frequent concepts, is published."""

import pyarrow as pa

#: A row for each panel that is left out or stands in a group; what has none is published. `left_out`: withheld (it
#: shows what the recipe withholds, or a duplicate of it does), duplicate (of another in its split), duplicate_split (of
#: one in another split), concept_cap (of its concepts there are enough); null where the panel is published.
#: `duplicate_group`: null where the recipe does not flag it.
SELECTION = pa.schema(
    [
        pa.field("unit", pa.string(), nullable=False),
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("left_out", pa.string()),
        pa.field("duplicate_group", pa.string()),
    ],
    metadata={"schema": "medconcept.selection", "schema_version": "1"},
)

#: What the driver knows of SELECTION: a row for each unit that stands in it. `left_out` counts its panels that are left
#: out, `withheld` those of them that are withheld, `capped` those for which its concepts are too frequent; `digest` is
#: that of its rows.
SELECTED_COUNTS = pa.schema(
    [
        pa.field("unit", pa.string(), nullable=False),
        pa.field("left_out", pa.int64(), nullable=False),
        pa.field("withheld", pa.int64(), nullable=False),
        pa.field("capped", pa.int64(), nullable=False),
        pa.field("digest", pa.string(), nullable=False),
    ],
    metadata={"schema": "medconcept.selected_counts", "schema_version": "2"},
)

#: In how many panels a concept is mentioned, of those that are published but for the cap on concepts. The panels
#: without a concept are counted under an empty `cui`.
CONCEPT_COUNTS = pa.schema(
    [
        pa.field("cui", pa.string(), nullable=False),
        pa.field("panels", pa.int64(), nullable=False),
    ],
    metadata={"schema": "medconcept.concept_counts", "schema_version": "1"},
)

#: The panels of units that the cap on concepts leaves out.
CAPPED = pa.schema(
    [
        pa.field("unit", pa.string(), nullable=False),
        pa.field("panel_id", pa.string(), nullable=False),
    ],
    metadata={"schema": "medconcept.capped", "schema_version": "1"},
)
