"""Duplicates: what is compared of a panel, which panels are alike, and the groups that follow from it."""

import pyarrow as pa

_picture = [
    pa.field("pixel_sha256", pa.string(), nullable=False),
    pa.field("phash", pa.uint64()),
    pa.field("embedding", pa.list_(pa.float16()), nullable=False),
    pa.field("thumbnail_crc", pa.uint32(), nullable=False),  # CRC-32 of the thumbnail, which lies in another file
    pa.field("proof_start", pa.int64(), nullable=False),  # the byte at which the proof starts in its file
    pa.field("proof_size", pa.int32(), nullable=False),
    pa.field("proof_crc", pa.uint32(), nullable=False),
]

#: What decides which of several copies is canonical.
_rank = [
    pa.field("width", pa.int32(), nullable=False),
    pa.field("height", pa.int32(), nullable=False),
    pa.field("license", pa.string()),
    pa.field("year", pa.int32()),
]

#: What duplicates of a unit's panels are found by, row for row as in its table of panels. Thumbnails and proofs
#: lie in files beside it. With the captions and concepts, which few readers ask for, it is all that dedup needs of a
#: unit.
INDEX = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        *_picture,
        pa.field("encoder", pa.string(), nullable=False),
        *_rank,
        pa.field("caption", pa.string(), nullable=False),
        pa.field("cuis", pa.list_(pa.string()), nullable=False),  # of its concepts, each once, ascending
    ],
    metadata={"schema": "medconcept.index", "schema_version": "3"},
)

#: What is compared of a panel, once for each cell that it is compared in; its pictures are those of `row` in `unit`.
#: `fresh`: it is to be compared with all of its cell; two panels that are not were compared before.
DESCRIBED = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        *_picture,
        *_rank,
        pa.field("unit", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("cell", pa.int32(), nullable=False),
        pa.field("fresh", pa.bool_(), nullable=False),
    ],
    metadata={"schema": "medconcept.described", "schema_version": "3"},
)

#: How many rows of a file of DESCRIBED each cell has.
CELLS = pa.schema(
    [pa.field("cell", pa.int32(), nullable=False), pa.field("rows", pa.int64(), nullable=False)],
    metadata={"schema": "medconcept.cells", "schema_version": "1"},
)

#: Two pictures (digests of pixels) that show the same, `one_pixels` before `other_pixels`; a picture that several
#: panels show has one edge of kind exact to itself. `kind`: exact, perceptual or embedding; `similarity`: the cosine of
#: their embeddings; `likeness`: how alike their proofs are by what is drawn, one laid over the other.
EDGES = pa.schema(
    [
        pa.field("one_pixels", pa.string(), nullable=False),
        pa.field("other_pixels", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("likeness", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.edges", "schema_version": "2"},
)

#: The pictures that have an edge: the first 8 bytes of the digest of their pixels as an integer, the component of the
#: graph of edges that they are in, and the bucket in which that is grouped. Two pictures with one integer are told
#: apart where they are grouped.
COMPONENTS = pa.schema(
    [
        pa.field("picture", pa.int64(), nullable=False),
        pa.field("component", pa.int64(), nullable=False),
        pa.field("bucket", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.components", "schema_version": "1"},
)

#: EDGES with the bucket that their pictures are in.
BUCKETED_EDGES = pa.schema(
    [*EDGES, COMPONENTS.field("bucket")],
    metadata={"schema": "medconcept.bucketed_edges", "schema_version": "1"},
)

#: The panels of these pictures, with what grouping asks of them.
CANDIDATES = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        *_picture,
        *_rank,
        pa.field("unit", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("caption", pa.string(), nullable=False),
        pa.field("component", pa.int64(), nullable=False),
        pa.field("bucket", pa.int32(), nullable=False),
    ],
    metadata={"schema": "medconcept.candidates", "schema_version": "2"},
)

#: Edges between the panels of a corpus. Of panels with the same pixels one stands for all: it is `one` of the edges of
#: kind exact to the others.
CONFIRMED = pa.schema(
    [
        pa.field("one", pa.string(), nullable=False),
        pa.field("other", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.confirmed", "schema_version": "1"},
)

#: What is compared of images from elsewhere, `image` their name.
IMAGES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("pixel_sha256", pa.string(), nullable=False),
        pa.field("phash", pa.uint64()),
        pa.field("embedding", pa.list_(pa.float16()), nullable=False),
        pa.field("thumbnail", pa.binary(), nullable=False),
        pa.field("proof", pa.binary(), nullable=False),
    ],
    metadata={"schema": "medconcept.images", "schema_version": "2"},
)

#: A panel that shows the same as an image from elsewhere, or is a crop of a graphic that does: `of` is panel or figure.
#: `kind`, `similarity` and `likeness` are as in EDGES; figures have no embedding, and so no similarity.
LEAKS = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("image", pa.string(), nullable=False),
        pa.field("of", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32()),
        pa.field("likeness", pa.float32(), nullable=False),
    ],
    metadata={"schema": "medconcept.leaks", "schema_version": "2"},
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
