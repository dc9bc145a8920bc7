"""Published records against a corpus that was built of their articles: which triplet each is, or why it is none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.records import Records, graphic_digest, letters_digest
from pipeline.phases.corpus import Corpus
from pipeline.phases.curate import FIGURES_FILE
from pipeline.phases.dedup import selection
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path, the_receipt
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.ids import article_of
from schemas.rejects import REJECTS, Reason
from schemas.selection import SELECTION
from schemas.tables import Row
from schemas.units import CURATED

#: What a record has as the digest of a caption that it does not state.
NO_TEXT = letters_digest("")

#: The outcomes of a record: its figure is a triplet, or several; the caption that it states is the same, or another.
FOUND, CAPTION_CHANGED = "found", "caption_changed"

#: Why it is none: its line is no record, or says what an earlier one says; it names no article; the source no longer
#: lists its article; the article has no such figure.
MALFORMED, REPEATED, NO_ARTICLE_NAMED = "malformed", "repeated", "no_article_named"
ARTICLE_GONE, FIGURE_MISSING = "article_gone", "figure_missing"

#: By the reason of a reject, what it is to a record; a reject for any other reason is `rejected`.
OUTCOMES = {
    Reason.RETRACTED: "article_withdrawn",
    Reason.NOT_OPEN_ACCESS: "license",
    Reason.LICENSE_EXCLUDED: "license",
    Reason.FIGURE_LICENSE: "license",
    Reason.THIRD_PARTY: "license",
    Reason.METADATA_MISSING: "article_unreadable",
    Reason.METADATA_INVALID: "article_unreadable",
    Reason.XML_MISSING: "article_unreadable",
    Reason.XML_EMPTY: "article_unreadable",
    Reason.XML_MALFORMED: "article_unreadable",
    Reason.XML_ENTITIES: "article_unreadable",
    Reason.XML_NOT_ARTICLE: "article_unreadable",
    Reason.ARCHIVE_CORRUPT: "article_unreadable",
    Reason.NO_FIGURES: FIGURE_MISSING,
    Reason.NO_GRAPHIC: "picture_missing",
    Reason.NOT_AN_IMAGE: "picture_missing",
    Reason.IMAGE_MISSING: "picture_missing",
    Reason.MD5_MISMATCH: "picture_missing",
    Reason.FETCH_FAILED: "picture_missing",
    Reason.IMAGE_CORRUPT: "picture_unreadable",
    Reason.IMAGE_TOO_LARGE: "picture_unreadable",
    Reason.IMAGE_TOO_SMALL: "picture_unreadable",
    Reason.NO_CAPTION: "caption_missing",
}
REJECTED = "rejected"

_FIGURE = [
    "article_id",
    "figure_id",
    "graphic_id",
    "figure_xml_id",
    "figure_label",
    "figure_caption",
    "hrefs",
    "graphic",
]


@dataclass
class _Article:
    """What a unit holds of an article: its figures by graphic, its rejects, and what became of its panels."""

    id: str
    figures: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    panels: dict[str, str | None] = field(default_factory=dict)


def outcomes(corpus: Corpus, records: Records) -> Iterator[Row]:
    """What became of each record, a unit after the other; raises UserError where a file cannot be read."""
    met = np.zeros(len(records.table), bool)
    selected = file_path(the_receipt(corpus.store, selection.FOLDER), "selection")
    for unit, receipt in corpus.units.items():
        for article in _articles(corpus.store, unit, receipt, selected):
            number = int(article_of(article.id).removeprefix("PMC"))
            start, end = np.searchsorted(records.numbers, [number, number + 1]).tolist()
            met[start:end] = True
            for record in records.rows(np.arange(start, end)):
                yield _told(record, article.id) | (_repeated(record) or _outcome(record, article))
    for record in records.rows(np.flatnonzero(~met)):
        gone = {"outcome": ARTICLE_GONE if record["pmc"] >= 0 else NO_ARTICLE_NAMED}
        yield _told(record, None) | (_repeated(record) or gone)
    for batch in records.faults.to_batches():
        for row in batch.to_pylist():
            known = {"line": row["line"], "pmc": None, "fig_id": None, "article": None}
            yield known | {"outcome": MALFORMED, "detail": row["fault"]}


def _articles(store: Store, unit: str, receipt: Receipt, selected: str) -> Iterable[_Article]:
    """The articles of a unit; the table SELECTION lies at `selected`."""
    ids = load_table(store, file_path(receipt, "articles"), CURATED, ["article_id"])["article_id"].to_pylist()
    found = {each: _Article(each) for each in ids}
    for row in load_table(store, file_path(receipt, "figures"), FIGURES_FILE, _FIGURE).to_pylist():
        found[row["article_id"]].figures.append(row)
    for row in load_table(store, file_path(receipt, "rejects"), REJECTS).to_pylist():
        found[row["article_id"]].rejects.append(row)
    said = load_table(store, selected, SELECTION, ["panel_id", "left_out"], pc.field("unit") == unit)
    out = dict(zip(said["panel_id"].to_pylist(), said["left_out"].to_pylist(), strict=True))
    for panel in load_table(store, file_path(receipt, "index"), INDEX, ["panel_id"])["panel_id"].to_pylist():
        found[panel.partition("-")[0]].panels[panel] = out.get(panel)
    return found.values()


def _told(record: Row, article: str | None) -> Row:
    """What names a record in the report."""
    pmc = f"PMC{record['pmc']}" if record["pmc"] >= 0 else None
    return {"line": record["line"], "pmc": pmc, "fig_id": record["figure"], "article": article}


def _repeated(record: Row) -> Row | None:
    """That a record says what an earlier one says; None where it is the first."""
    return {"outcome": REPEATED, "detail": f"as line {record['repeats']}"} if record["repeats"] else None


def _outcome(record: Row, article: _Article) -> Row:
    whole = next((row for row in article.rejects if row["figure_id"] is None), None)
    figure, by = _find(record, article.figures)
    if figure is None:
        return _refused(whole) if whole else {"outcome": FIGURE_MISSING}
    known = {"figure": figure["figure_id"], "graphic": figure["graphic"], "by": by}
    graphic = figure["graphic_id"]
    panels = {panel: out for panel, out in article.panels.items() if panel.rpartition("-")[0] == graphic}
    if triplets := [panel for panel, out in panels.items() if out is None]:
        other = record["caption"] != NO_TEXT and not _agree(figure["figure_caption"], record["caption"])
        return known | {"outcome": CAPTION_CHANGED if other else FOUND, "triplets": triplets}
    if panels:
        return known | {"outcome": next(filter(None, panels.values()))}
    mine = (row for row in article.rejects if _is_of(row, figure))
    return known | _refused(next(mine))


def _find(record: Row, figures: list[Row]) -> tuple[Row | None, list[str]]:
    """The figure that a record is of, and by what it is that one: its graphic's name, its id, or caption and label."""
    best: tuple[Row | None, list[str]] = None, []
    weights: defaultdict[str, int] = defaultdict(int, {"graphic": 4, "id": 2, "caption": 1, "label": 1})
    most = 1  # a label or a caption alone may stand twice
    for figure in figures:
        names = {graphic_digest(name) for name in [*(figure["hrefs"] or []), *filter(None, [figure["graphic"]])]}
        holds = {
            "graphic": not names.isdisjoint(record["graphics"]),
            "id": record["figure"] is not None and figure["figure_xml_id"] == record["figure"],
            "caption": _agree(figure["figure_caption"], record["caption"]),
            "label": _agree(figure["figure_label"], record["label"]),
        }
        by = [name for name, held in holds.items() if held]
        if (weight := sum(weights[name] for name in by)) > most:
            best, most = (figure, by), weight
    return best


def _agree(text: str | None, digest: bytes | None) -> bool:
    """Whether a text of a figure is that of a record, as its digest says; two that are empty agree in nothing."""
    return digest != NO_TEXT and letters_digest(text or "") == digest


def _is_of(reject: Row, figure: Row) -> bool:
    if reject["graphic_id"] is None:
        return bool(reject["figure_id"] == figure["figure_id"])
    return bool(reject["graphic_id"] == figure["graphic_id"])


def _refused(reject: Row) -> Row:
    detail = ": ".join(filter(None, [f"{reject['stage']}/{reject['reason']}", reject["detail"]]))
    return {"outcome": OUTCOMES.get(Reason(reject["reason"]), REJECTED), "detail": detail}
