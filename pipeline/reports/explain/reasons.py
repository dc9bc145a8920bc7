"""Rejects in words: what each reason means, and what would have to happen for a later build to keep the row."""

from schemas.rejects import DOUBTFUL, FETCHING, OURS, Reason
from schemas.tables import Row

MEANING = {
    Reason.NOT_OPEN_ACCESS: "the source does not count the article as open access",
    Reason.RETRACTED: "the article is retracted",
    Reason.HISTORICAL_OCR: "the text is OCR of an old scan",
    Reason.LICENSE_EXCLUDED: "the recipe does not admit the article's licence",
    Reason.EXCLUDED: "whoever built the corpus excluded the article (--exclude)",
    Reason.METADATA_MISSING: "the source lists the article but has no metadata of it",
    Reason.METADATA_INVALID: "the article's metadata cannot be read",
    Reason.XML_MISSING: "the source has no XML of the article",
    Reason.IMAGE_MISSING: "no file at the source is the graphic that the JATS names",
    Reason.MD5_MISMATCH: "the object came with another MD5 than the source states",
    Reason.FETCH_FAILED: "the object could not be fetched",
    Reason.ARCHIVE_CORRUPT: "the article's archive is damaged",
    Reason.ARCHIVE_UNSAFE: "the article's archive holds what must not be unpacked",
    Reason.XML_EMPTY: "the XML is empty",
    Reason.XML_MALFORMED: "the XML is not well-formed",
    Reason.XML_ENTITIES: "the XML declares entities that are not expanded",
    Reason.XML_NOT_ARTICLE: "the XML is no article",
    Reason.NO_FIGURES: "the article's JATS has no figure",
    Reason.NO_GRAPHIC: "the figure names no graphic",
    Reason.NOT_AN_IMAGE: "what the figure names is no picture",
    Reason.NO_CAPTION: "the figure has no caption",
    Reason.LANGUAGE: "the caption is in a language that the recipe does not name",
    Reason.FIGURE_LICENSE: "the picture is under other rights than the recipe admits",
    Reason.THIRD_PARTY: "the caption names another source, and the recipe drops such figures",
    Reason.IMAGE_CORRUPT: "the bytes cannot be read as a picture",
    Reason.IMAGE_TOO_LARGE: "the picture is too large to be opened",
    Reason.IMAGE_TOO_SMALL: "the picture is too small",
    Reason.PANEL_TOO_SMALL: "the crop has a shorter side than the recipe admits",
    Reason.TOO_MANY_PANELS: "the figure has more panels than the recipe admits",
    Reason.COMPOUND: "several panels are found in the picture, and the recipe wants pictures of one",
    Reason.MODALITY: "the recipe does not admit the modality",
    Reason.CONCEPT_CAP: "all its concepts are in more triplets than the recipe's cap, and its hash is not under it",
    Reason.INTERNAL_ERROR: "a stage failed on the row by a fault of ours",
    Reason.POISON: "the article ended its worker every time",
}

#: Reasons that follow from the recipe: another one may admit the row.
BY_RECIPE = frozenset(
    {
        Reason.LICENSE_EXCLUDED,
        Reason.LANGUAGE,
        Reason.FIGURE_LICENSE,
        Reason.THIRD_PARTY,
        Reason.PANEL_TOO_SMALL,
        Reason.TOO_MANY_PANELS,
        Reason.COMPOUND,
        Reason.MODALITY,
    }
)


def reject_facts(row: Row) -> Row:
    """A reject with its meaning, and what may heal it."""
    reason = Reason(row["reason"])
    names = ("figure_id", "graphic_id", "panel_id", "stage", "reason", "detail", "unconfirmed")
    return {name: row[name] for name in names} | {"meaning": MEANING[reason], "heals": _heals(row, reason)}


def _heals(row: Row, reason: Reason) -> str:
    if row["unconfirmed"]:
        return "met once: the next build or update fetches it again, and confirms or heals it"
    if reason in OURS:
        return "the next build or update tries the article again"
    if reason is Reason.EXCLUDED:
        return "only a build whose --exclude does not name it, with --replace"
    if row["stage"] in FETCHING and reason in DOUBTFUL:
        return "confirmed by a second run: only when the article changes at the source"
    if reason in BY_RECIPE:
        return "another recipe with --replace may admit it; or the article changes at the source"
    return "only when the article changes at the source (an update sees that by its ETag)"
