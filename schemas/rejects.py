"""Why a row left the corpus: the reasons, the column that carries them, and the table they are filed in."""

from enum import Enum

import pyarrow as pa


class Reason(str, Enum):
    """Every reason for which an article, figure or panel is rejected."""

    # gates: the article is sound but not wanted
    NOT_OPEN_ACCESS = "not_open_access"
    RETRACTED = "retracted"
    HISTORICAL_OCR = "historical_ocr"
    LICENSE_EXCLUDED = "license_excluded"
    EXCLUDED = "excluded"  # named by whoever builds, for a takedown
    # source: the object is not there, or not what the metadata says
    METADATA_MISSING = "metadata_missing"
    METADATA_INVALID = "metadata_invalid"
    XML_MISSING = "xml_missing"
    IMAGE_MISSING = "image_missing"
    MD5_MISMATCH = "md5_mismatch"
    FETCH_FAILED = "fetch_failed"
    ARCHIVE_CORRUPT = "archive_corrupt"
    ARCHIVE_UNSAFE = "archive_unsafe"
    # JATS: the XML cannot be read, or holds no figure that could become a triplet
    XML_EMPTY = "xml_empty"
    XML_MALFORMED = "xml_malformed"
    XML_ENTITIES = "xml_entities"
    XML_NOT_ARTICLE = "xml_not_article"
    NO_FIGURES = "no_figures"
    NO_GRAPHIC = "no_graphic"
    NOT_AN_IMAGE = "not_an_image"
    NO_CAPTION = "no_caption"
    LANGUAGE = "language"  # the caption is in one that the recipe does not name
    # rights: a picture is under others than its article, or may not be cropped
    FIGURE_LICENSE = "figure_license"
    THIRD_PARTY = "third_party"
    # images: the bytes cannot become a picture
    IMAGE_CORRUPT = "image_corrupt"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_TOO_SMALL = "image_too_small"
    # panels: what the recipe has too little or too much of
    PANEL_TOO_SMALL = "panel_too_small"
    TOO_MANY_PANELS = "too_many_panels"
    COMPOUND = "compound"  # several panels in a picture, where the recipe wants single ones
    # modality: the recipe does not admit it
    MODALITY = "modality"
    # selection: the panel is sound and wanted, but there are enough of its concepts; no row of REJECTS
    CONCEPT_CAP = "concept_cap"
    # ours: a bug; the detail names the exception
    INTERNAL_ERROR = "internal_error"
    # ours: the article ends its worker, or fails it as a whole, every time; the detail says how
    POISON = "poison"


#: Rejects that are our fault and not the article's: a run bears a share of such articles, and the next tries them
#: again. A worker may have been killed from outside.
OURS = frozenset({Reason.INTERNAL_ERROR, Reason.POISON})

#: What a source that is ill says of an object as well: a reject for one of these, by a stage that fetches, is
#: unconfirmed until the next run has met it again.
DOUBTFUL = frozenset(
    {
        Reason.METADATA_MISSING,
        Reason.METADATA_INVALID,
        Reason.XML_MISSING,
        Reason.IMAGE_MISSING,
        Reason.MD5_MISMATCH,
        Reason.FETCH_FAILED,
        Reason.ARCHIVE_CORRUPT,
    }
)

#: The stages that fetch.
FETCHING = ("fetch_articles", "fetch_images")

REJECT = pa.struct(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)

REJECTS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("figure_id", pa.string()),
        pa.field("graphic_id", pa.string()),
        pa.field("panel_id", pa.string()),
        *REJECT,
        pa.field("unconfirmed", pa.bool_(), nullable=False),  # met once: the next run tries it again
    ],
    metadata={"schema": "medconcept.rejects", "schema_version": "2"},
)


def reject(stage: str, reason: Reason, detail: str = "") -> dict[str, str]:
    """The value of a `reject` column; what of the detail is no text is written as an escape."""
    text = detail[:500].encode("utf-8", "backslashreplace").decode()
    return {"stage": stage, "reason": reason.value, "detail": text}
