"""Triplets: what is published. Image, text and concepts of a panel, with all that says where they come from."""

import pyarrow as pa

from schemas.figures import CITATION, SPAN
from schemas.panels import CELL, CONCEPT, MODALITY_EVIDENCE

PROVENANCE = pa.struct(
    [
        pa.field("pmcid", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("pmid", pa.string()),
        pa.field("doi", pa.string()),
        pa.field("title", pa.string()),
        pa.field("journal", pa.string()),
        pa.field("year", pa.int32()),
        pa.field("article_type", pa.string()),
        pa.field("keywords", pa.list_(pa.string())),
        pa.field("license", pa.string()),  # of the panel: that of a claim about it, else the article's
        pa.field("license_article", pa.string()),
        pa.field("license_source", pa.string()),
        pa.field("license_jats", pa.string()),  # differs from `license_source` where the two contradict each other
        pa.field("license_url", pa.string()),  # of `license`
        pa.field("attribution", pa.string()),
        pa.field("source_uri", pa.string(), nullable=False),
        pa.field("source_md5", pa.string(), nullable=False),
        pa.field("figure_id", pa.string(), nullable=False),
        pa.field("figure_kind", pa.string(), nullable=False),
        pa.field("figure_label", pa.string()),
        pa.field("graphic", pa.string(), nullable=False),
        pa.field("parent_sha256", pa.string(), nullable=False),
        pa.field("box", pa.list_(pa.int32(), 4), nullable=False),  # in pixels of the upright picture
        pa.field("truncated", pa.bool_(), nullable=False),  # the source's bytes end too early
        pa.field("panel_label", pa.string()),
        pa.field("detector", pa.string(), nullable=False),
        pa.field("detector_score", pa.float32(), nullable=False),
        pa.field("caption_method", pa.string(), nullable=False),
        pa.field("caption_confidence", pa.float32(), nullable=False),
        pa.field("letters_without_panel", pa.list_(pa.string()), nullable=False),
        pa.field("letters_without_text", pa.list_(pa.string()), nullable=False),
        pa.field("linker", pa.string(), nullable=False),
        pa.field("vocabulary", pa.string(), nullable=False),
        pa.field("encoder", pa.string(), nullable=False),
        pa.field("pipeline", pa.string(), nullable=False),
        pa.field("config", pa.string(), nullable=False),
    ]
)

#: A sentence that cites the figure: `text` is `mentions[mention][start:end]`, `panel` says if `panels` names this one.
CONTEXT = pa.struct(
    [
        *list(CITATION)[:3],
        pa.field("text", pa.string(), nullable=False),
        CITATION.field("panels"),
        pa.field("panel", pa.bool_(), nullable=False),
    ]
)

#: What names the run that made a row, not the row's content: left out of the dataset's digest.
RUN_FIELDS = ("source_uri", "config")

TRIPLETS = pa.schema(
    [
        pa.field("panel_id", pa.string(), nullable=False),
        pa.field("image", pa.large_binary(), nullable=False),
        pa.field("format", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("cells", pa.list_(CELL), nullable=False),
        pa.field("phash", pa.string()),  # 16 hexadecimal digits
        pa.field("caption", pa.string(), nullable=False),
        pa.field("caption_own", pa.string(), nullable=False),
        pa.field("caption_shared", pa.string(), nullable=False),
        pa.field("text_spans", pa.list_(SPAN), nullable=False),  # into `figure_caption`
        pa.field("figure_caption", pa.string(), nullable=False),
        pa.field("markup", pa.list_(SPAN), nullable=False),  # of `figure_caption`
        pa.field("language", pa.string()),  # of `figure_caption`
        pa.field("third_party", pa.string()),  # sentences that name where the picture comes from
        pa.field("mentions", pa.list_(pa.string()), nullable=False),
        pa.field("context", pa.list_(CONTEXT), nullable=False),
        pa.field("concepts", pa.list_(CONCEPT), nullable=False),
        pa.field("modality", pa.string()),  # top/second or other; null where it is unknown
        pa.field("modality_evidence", pa.list_(MODALITY_EVIDENCE), nullable=False),
        pa.field("embedding", pa.list_(pa.float16()), nullable=False),
        pa.field("duplicate_group", pa.string()),
        pa.field("provenance", PROVENANCE, nullable=False),
    ],
    metadata={"schema": "medconcept.triplets", "schema_version": "5"},
)


def triplets(dimension: int) -> pa.Schema:
    """The published schema for an encoder of `dimension` components: the embedding is a list of fixed size."""
    column = TRIPLETS.get_field_index("embedding")
    field = pa.field("embedding", pa.list_(pa.float16(), dimension), nullable=False)
    return TRIPLETS.set(column, field)
