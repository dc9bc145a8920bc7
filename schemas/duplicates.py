"""Duplicates: what is compared of a panel, which panels are alike, and the groups that follow from it."""

import pyarrow as pa

#: What is compared of a panel, once for each cell that it is compared in. `fresh`: it is to be compared with all of
#: its cell; two panels that are not were compared before.
DESCRIBED = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("pixel_sha256", pa.string(), nullable=False),
        pa.field("phash", pa.uint64()),
        pa.field("embedding", pa.list_(pa.float16()), nullable=False),
        pa.field("thumbnail", pa.binary(), nullable=False),
        pa.field("cell", pa.int32(), nullable=False),
        pa.field("fresh", pa.bool_(), nullable=False),
    ],
    metadata={"schema": "medconcept.described", "schema_version": "1"},
)

#: Two panels that show the same, `one` before `other` in the alphabet. `kind`: exact, perceptual or embedding;
#: `similarity`: the cosine of their embeddings; `likeness`: the correlation of the two, laid over each other;
#: `…_pixels`: the digests of what was compared, for a panel may be another in a later run.
EDGES = pa.schema(
    [
        pa.field("one", pa.string(), nullable=False),
        pa.field("other", pa.string(), nullable=False),
        pa.field("one_pixels", pa.string(), nullable=False),
        pa.field("other_pixels", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("likeness", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.edges", "schema_version": "1"},
)

#: Edges between the panels of a corpus. Of panels with the same pixels one stands for all: it is `one` of the edges of
#: kind exact to the others.
CONFIRMED = pa.schema(
    list(EDGES)[:2] + list(EDGES)[4:6], metadata={"schema": "medconcept.confirmed", "schema_version": "1"}
)

#: What is compared of images from elsewhere, `image` their name.
IMAGES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("pixel_sha256", pa.string(), nullable=False),
        pa.field("phash", pa.uint64()),
        pa.field("embedding", pa.list_(pa.float16()), nullable=False),
        pa.field("thumbnail", pa.binary(), nullable=False),
    ],
    metadata={"schema": "medconcept.images", "schema_version": "1"},
)

#: A panel that shows the same as an image from elsewhere; `kind`, `similarity` and `likeness` as in EDGES.
LEAKS = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("image", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("likeness", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.leaks", "schema_version": "1"},
)

#: A row for each panel that is one of a group, the canonical member included. `kind` is how the panel equals its
#: canonical (canonical, exact, perceptual, embedding), `similarity` the cosine of their embeddings, `rank` its place
#: in the group: 0 is canonical, and the smallest rank in a split is published for the others there.
DUPLICATES = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("group_id", pa.string(), nullable=False),
        pa.field("canonical_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.duplicates", "schema_version": "3"},
)

#: What is published of the members of groups, the dropped ones too: their captions are reached through the group.
MEMBERS = pa.schema(
    [
        *DUPLICATES,
        pa.field("caption", pa.string(), nullable=False),
        pa.field("license", pa.string()),
        pa.field("year", pa.int32()),
    ],
    metadata={"schema": "medconcept.members", "schema_version": "2"},
)
