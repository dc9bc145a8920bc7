"""A dataset in the record format of MedConcept-23M: {"pmid", "pmc", "fig_caption", …, "umls_meta_info"} a line."""

from collections.abc import Iterator

import pyarrow.compute as pc

from pipeline.phases.corpus import open_corpus
from pipeline.phases.curate import PANELS_FILE, ROW_GROUP, panels_path
from pipeline.phases.dedup import selection
from pipeline.storage.parquet import load_batches, load_table
from pipeline.storage.receipts import file_path, gave_up, the_receipt
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.selection import SELECTION
from schemas.tables import Row
from transforms.concepts.published import umls_meta_info

_COLUMNS = [
    "panel_id",
    "article",
    "figure_xml_id",
    "figure_label",
    "figure_caption",
    "hrefs",
    "format",
    "caption",
    "concepts",
]


def records(store: Store) -> Iterator[Row]:
    """The records of a dataset in the corpus's order; as in the published ones, each has a concept.

    Raises:
        UserError: the store holds no dataset, its units gave up their panels, or a file of it cannot be read.
    """
    corpus = open_corpus(store)
    selected = file_path(the_receipt(store, selection.FOLDER), "selection")
    if any(gave_up(receipt, "panels") for receipt in corpus.units.values()):
        raise UserError(f"{store.uri}: units gave up the panels that records are made of (--keep-units no)")
    for unit, receipt in corpus.units.items():
        mine = (pc.field("unit") == unit) & pc.field("left_out").is_valid()
        out = load_table(store, selected, SELECTION, filters=mine)["panel_id"].combine_chunks()
        path = panels_path(receipt)
        for table in load_batches(store, path, PANELS_FILE, _COLUMNS, ROW_GROUP):
            for row in table.filter(pc.invert(pc.is_in(table["panel_id"], value_set=out))).to_pylist():
                if not row["hrefs"]:
                    raise UserError(f"{store.uri}/{path}: {row['panel_id']} names no graphic")
                if row["concepts"]:
                    yield _record(row)


def _record(row: Row) -> Row:
    article, graphic = row["article"], row["hrefs"][0]
    return {
        "pmid": article["pmid"],
        "pmc": article["pmcid"].removeprefix("PMC"),
        "fig_caption": row["figure_caption"],
        "fig_id": row["figure_xml_id"],
        "fig_label": row["figure_label"],
        "fig_list-items": [],
        "graphic_ref": graphic,
        "href": graphic,
        "caption": row["caption"],
        "image": f"{row['panel_id']}.{row['format']}",
        "umls_meta_info": umls_meta_info(row["caption"], row["concepts"]),
    }
