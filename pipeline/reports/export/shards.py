"""The published rows of a corpus, a shard at a time: what every export reads. No picture is among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.phases.curate import FIGURES_FILE
from pipeline.phases.publish import Shard, webdataset_path
from pipeline.phases.published import shard_rows
from pipeline.storage.parquet import ROWS, load_table
from pipeline.storage.receipts import stated_path
from pipeline.storage.store import Store
from schemas.rejects import REJECTS, Reason
from schemas.tables import Row
from schemas.triplets import triplets

#: Why a panel of a picture is not published though the others are: it is under other rights.
OTHER_RIGHTS = (Reason.FIGURE_LICENSE.value, Reason.THIRD_PARTY.value)


@dataclass(frozen=True)
class PublishedShard:
    """A shard that is done."""

    store: Store
    shard: Shard
    receipt: Receipt
    schema: pa.Schema

    @property
    def name(self) -> str:
        """Its name, such as train-00000."""
        return self.shard.name

    @property
    def tar(self) -> str:
        """Its WebDataset file, from the dataset's folder."""
        return webdataset_path(self.name).removeprefix("dataset/")

    def rows(self, columns: list[str]) -> Iterator[Row]:
        """Its rows in order; raises Damaged."""
        for table in shard_rows(self.store, self.receipt, self.schema, columns, ROWS):
            yield from _with_floats(table).to_pylist()

    def graphics(self, columns: list[str]) -> Iterator[tuple[str, list[Row]]]:
        """The rows of each graphic by its id, in order; `columns` have `panel_id` among them. Raises Damaged."""
        for graphic, rows in groupby(self.rows(columns), key=lambda row: row["panel_id"].rpartition("-p")[0]):
            yield graphic, list(rows)

    def figures(self, columns: list[str]) -> dict[str, Row]:
        """What the JATS says of its graphics, by their ids; units keep that also where they gave up their panels.

        Raises Damaged.
        """
        found: dict[str, Row] = {}
        for unit in self.shard.units.values():
            table = load_table(
                self.store, stated_path(self.store, unit, "figures"), FIGURES_FILE, ["graphic_id", *columns]
            )
            found |= {row["graphic_id"]: row for row in table.to_pylist() if row["graphic_id"]}
        return found

    def partly_refused(self) -> set[str]:
        """The graphics of which a panel is not published for its rights; raises Damaged."""
        found: set[str] = set()
        refused = pc.field("reason").isin(OTHER_RIGHTS) & pc.field("panel_id").is_valid()
        for unit in self.shard.units.values():
            path = stated_path(self.store, unit, "rejects")
            table = load_table(self.store, path, REJECTS, ["graphic_id"], refused)
            found.update(table["graphic_id"].to_pylist())
        return found


def published_shards(corpus: Corpus) -> list[PublishedShard]:
    """The shards of a corpus in order; raises UserError where one is not done."""
    receipts, schema = shard_receipts(corpus), triplets(corpus.run.dimension)
    return [PublishedShard(corpus.store, shard, receipts[shard.name], schema) for shard in corpus.shards]


def _with_floats(table: pa.Table) -> pa.Table:
    """The table with embeddings that JSON can say: of float16 Python makes numbers of NumPy's."""
    if "embedding" not in table.column_names:
        return table
    place = table.column_names.index("embedding")
    return table.set_column(place, "embedding", table["embedding"].cast(pa.list_(pa.float32())))
