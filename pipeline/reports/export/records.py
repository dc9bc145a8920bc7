"""`medconcept23m`: a record a figure in the format of MedConcept-23M (transforms/concepts/published.py).

As in the published records a record is a picture with its whole caption, and has a concept. So a figure's panels are
joined, and a figure of several graphics is a record for each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from pipeline.reports.export.format import line
from pipeline.reports.export.shards import PublishedShard
from pipeline.sources.names import from_uri
from schemas.errors import UserError
from schemas.tables import Row
from transforms.concepts.joined import join_concepts
from transforms.concepts.published import umls_meta_info

COLUMNS = ["panel_id", "text_spans", "figure_caption", "concepts", "provenance"]
FIGURE = ["figure_xml_id", "figure_label", "figure_caption", "hrefs"]


class Records:
    """The records of published rows. What a row does not say of its figure the units' tables of figures do."""

    suffix, begins = ".jsonl", b'{"pmid"'

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def document(self, shards: Iterable[PublishedShard]) -> Iterator[bytes]:
        """A record a line, in the corpus's order."""
        for shard in shards:
            figures = shard.figures(FIGURE)
            for graphic, rows in shard.graphics(COLUMNS):
                figure = figures.get(graphic)
                if figure is None or not figure["hrefs"]:
                    raise UserError(f"{shard.store.uri}: no unit of {shard.name} says what graphic {graphic} is of")
                if record := self._record(figure, rows):
                    yield line(record)

    def _record(self, figure: Row, rows: list[Row]) -> Row | None:
        """The record of a graphic; None where none of its panels has a concept."""
        caption, provenance, href = rows[0]["figure_caption"], rows[0]["provenance"], figure["hrefs"][0]
        joined = join_concepts(caption, rows)
        self.counts["triplets"] += len(rows)
        self.counts["overlapping"] += joined.overlapping
        self.counts["divided"] += joined.divided
        concepts = umls_meta_info(caption, joined.concepts)
        if not concepts:
            self.counts["figures without"] += 1
            self.counts["triplets without"] += len(rows)
            return None
        self.counts["records"] += 1
        return {
            "pmid": provenance["pmid"],
            "pmc": provenance["pmcid"].removeprefix("PMC"),
            "fig_caption": figure["figure_caption"],
            "fig_id": figure["figure_xml_id"],
            "fig_label": figure["figure_label"],
            "fig_list-items": [],
            "graphic_ref": href,
            "href": href,
            "caption": caption,
            "image": _path(provenance["source_uri"]),
            "umls_meta_info": concepts,
        }

    def summary(self) -> str:
        """How many records there are."""
        return f"{self.counts['records']} records"

    def left_out(self) -> Iterator[str]:
        """What the format has no place for, and the figures and links that it does not take."""
        counts = self.counts
        written = counts["triplets"] - counts["triplets without"]
        if written > counts["records"]:
            yield f"panels: {written:,} triplets are joined to {counts['records']:,} records, one a figure"
        if counts["triplets without"]:
            yield f"{counts['triplets without']:,} triplets of {counts['figures without']:,} figures without a concept"
        if counts["overlapping"]:
            yield f"{counts['overlapping']:,} links that overlap a better one of another panel of their figure"
        if counts["divided"]:
            yield f"{counts['divided']:,} links whose words stand apart in the whole caption"
        yield "pictures; `image` names the object in the source"
        yield (
            "boxes, cells, own texts, context, negation, semantic types, modality, embeddings, duplicate groups, "
            "licences and provenance"
        )


def _path(uri: str) -> str:
    """Where an object lies in its source: `PMC13901.1/g1.jpg` of s3://pmc-oa-opendata/PMC13901.1/g1.jpg."""
    return from_uri(uri.partition("://")[2].partition("/")[2] or uri)
