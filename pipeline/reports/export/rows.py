"""`jsonl`: a row a triplet with all that the schema has, nested alike; the picture is named and not held."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pipeline.reports.export.format import line
from pipeline.reports.export.shards import PublishedShard


class Rows:
    """The published rows. `image` says where the picture is: the member `name` of the file `tar` of the dataset."""

    suffix, begins = ".jsonl", b'{"panel_id"'

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def document(self, shards: Iterable[PublishedShard]) -> Iterator[bytes]:
        """A row a line, in the corpus's order."""
        for shard in shards:
            columns = [name for name in shard.schema.names if name != "image"]
            for row in shard.rows(columns):
                self.counts["rows"] += 1
                image = {"tar": shard.tar, "name": f"{row['panel_id']}.jpg"}
                yield line({"panel_id": row["panel_id"], "split": shard.shard.split, "image": image} | row)

    def summary(self) -> str:
        """How many rows there are."""
        return f"{self.counts['rows']} rows"

    def left_out(self) -> Iterator[str]:
        """The pictures and the captions of duplicates."""
        yield "pictures; `image` names the file in dataset/webdataset that holds each, `sha256` its content"
        yield "the captions of duplicates that are left out (dataset/duplicates.parquet)"
