"""Panels: the unit of the corpus, in the order in which the stages add columns."""

import pyarrow as pa

from schemas.figures import APPEARANCE, FIGURES, SPAN

#: A concept linked in a text: `text[start:end]` is what it reads there (Unicode code points), `score` in 0..1;
#: `negated` where the text says that it is absent, `uncertain` where it leaves open if it is there; never both.
CONCEPT = pa.struct(
    [
        pa.field("cui", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("semantic_types", pa.list_(pa.string()), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("negated", pa.bool_(), nullable=False),
        pa.field("uncertain", pa.bool_(), nullable=False),
    ]
)

#: A box that the detector found, in the pixels of the upright picture, and how sure it is.
CELL = pa.struct(
    [
        pa.field("box", pa.list_(pa.int32(), 4), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)

#: What a picture looks like: the name of a modality (transforms/modality/names.py), `score` in 0..1.
SEEN = pa.struct(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)

#: What speaks for a modality or a top level of them: `detail` are the words of the text, null for the picture.
MODALITY_EVIDENCE = pa.struct(
    [
        pa.field("source", pa.string(), nullable=False),  # text or picture
        *SEEN,
        pa.field("detail", pa.string()),
    ]
)

#: The end of `detector` where a picture is published whole, for its licence permits no derivatives; crops are rejects.
UNCROPPED = "/whole:noderivatives"

_figure, _reject = list(FIGURES)[:-1], FIGURES.field("reject")
_split = [
    pa.field("panel_id", pa.string()),  # PMC13901v1-f003-p02, its third cell alone PMC13901v1-f003-p02c03
    pa.field("panel_label", pa.string()),  # its letter, or its place ("top right"), null where none is known
    pa.field("panel_count", pa.int32()),  # panels of the same graphic, rejected ones too
    pa.field("image", pa.large_binary()),  # the source's own bytes where the panel is the whole graphic
    pa.field("format", pa.string()),  # jpg or png
    pa.field("width", pa.int32()),
    pa.field("height", pa.int32()),
    pa.field("sha256", pa.string()),  # of `image`
    pa.field("parent_sha256", pa.string()),  # of the source's bytes
    pa.field("parent", pa.struct(APPEARANCE)),  # the whole graphic as it is compared, where panels are crops of it
    pa.field("box", pa.list_(pa.int32(), 4)),  # x0, y0, x1, y1 in the source as it is shown: upright; ends excluded
    pa.field("cells", pa.list_(CELL)),  # what the detector found of it; none where none was looked for or found
    pa.field("truncated", pa.bool_()),  # the source's bytes end too early: a JPEG's last rows may be gray
    pa.field("detector", pa.string()),  # method, version, weights; /whole:… why it is the whole figure
    pa.field("detector_score", pa.float32()),  # 0..1; 0 where no panel was found
    pa.field("seen", pa.list_(SEEN)),  # what the picture looks like, given the others of the graphic, best first
    pa.field("license", pa.string()),  # of the claims that are about the panel, else of the article
    pa.field("license_url", pa.string()),
    pa.field("attribution", pa.string()),
]
_text = [
    pa.field("caption", pa.string()),  # the panel's text: `caption_own`, then `caption_shared`
    pa.field("caption_own", pa.string()),  # what the figure's caption says of this panel
    pa.field("caption_shared", pa.string()),  # what it says of all panels
    pa.field("text_spans", pa.list_(SPAN)),  # own and shared, where they stand in the figure's whole caption
    pa.field("caption_method", pa.string()),
    pa.field("caption_confidence", pa.float32()),  # 0..1
    pa.field("letters_without_panel", pa.list_(pa.string())),  # that the caption has, where the figure is one graphic
    pa.field("letters_without_text", pa.list_(pa.string())),  # that are read in the picture and not in the caption
]
_concepts = [
    pa.field("concepts", pa.list_(CONCEPT)),
    pa.field("linker", pa.string()),
    pa.field("vocabulary", pa.string()),
]
_hashes = [
    pa.field("pixel_sha256", pa.string()),  # of size and RGB pixels
    pa.field("phash", pa.uint64()),  # null where the picture is too flat to have one
    pa.field("embedding", pa.list_(pa.float16())),  # unit length
    pa.field("encoder", pa.string()),
    pa.field("thumbnail", pa.binary()),  # 64 x 64 luma, row by row
    pa.field("proof", pa.binary()),  # 256 x 256 luma as a JPEG
]
_modality = [
    pa.field("modality", pa.string()),  # top/second or other, by text and picture; null where it is unknown
    pa.field("modality_evidence", pa.list_(MODALITY_EVIDENCE)),
]


def _schema(name: str, version: int, *groups: list[pa.Field]) -> pa.Schema:
    fields = [*_figure, *(field for group in groups for field in group), _reject]
    return pa.schema(fields, metadata={"schema": f"medconcept.{name}", "schema_version": str(version)})


CAPTIONED = _schema("panels.captioned", 5, _split, _text)
LINKED = _schema("panels.linked", 7, _split, _text, _concepts)
PANELS = _schema("panels", 8, _split, _text, _concepts, _hashes, _modality)


def is_whole(detector: str) -> bool:
    """Whether the panels that a detector names show whole pictures: it says why, or looked for none."""
    return "/whole:" in detector or detector.startswith("whole-")
