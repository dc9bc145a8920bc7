"""Samples: triplets that the page shows, with their captions, and pictures of some.

They are chosen by rank, so the same rows give the same samples. PICTURED have a picture: some of each of the most
frequent concepts, then any. Of the concepts that none of them mentions, the most frequent have one without a picture.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from dags.graph import Receipt
from pipeline.reports.audit.data import Writer, write_data
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.tables import Row
from transforms.images.decode import ImageError, decode

#: The most frequent concepts, and how many samples each has at least where it has as many triplets.
FREQUENT, EACH = 500, 3

#: Samples with a picture at most, and without.
PICTURED, UNPICTURED = 2_000, 10_000

#: Samples a file; pixels of a picture's longer side, and the quality of its JPEG.
FILE, SIDE, QUALITY = 50, 160, 60

#: Characters of a caption that are shown at most.
CAPTION = 2_000

_COLUMNS = ["panel_id", "caption", "concepts", "modality", "provenance"]

_LINKED = "SELECT rank, shard, row, unnest(concepts) AS concept FROM triplets"


class Sample(NamedTuple):
    """A row that is shown: the number of its shard, its own in that, and whether with its picture."""

    shard: int
    row: int
    pictured: bool


def choose_samples(rows: duckdb.DuckDBPyConnection) -> list[Sample]:
    """The samples by rank, those with a picture first; they are the table `samples`, too."""
    for statement in _statements():
        rows.execute(statement)
    found = rows.execute("SELECT shard, row, pictured FROM samples ORDER BY pictured DESC, rank, shard, row").fetchall()
    return [Sample(*each) for each in found]


def _statements() -> list[str]:
    """What fills the table `samples`: some of each frequent concept, then any, then those without a picture."""
    return [
        "CREATE TABLE samples (rank UBIGINT, shard INTEGER, row INTEGER, pictured BOOLEAN)",
        f"""
        INSERT INTO samples
        WITH firsts AS (SELECT concept, min((rank, shard, row), {EACH}) AS found FROM ({_LINKED})
                        WHERE concept < {FREQUENT} GROUP BY concept),
        each AS (SELECT DISTINCT unnest(found) AS one FROM firsts)
        SELECT one[1], one[2], one[3], true FROM each
        """,
        f"""
        INSERT INTO samples
        SELECT rank, shard, row, true FROM triplets ANTI JOIN samples USING (shard, row)
        ORDER BY rank LIMIT greatest(0, {PICTURED} - (SELECT count(*) FROM samples))
        """,
        f"""
        INSERT INTO samples
        WITH shown AS (SELECT DISTINCT unnest(concepts) AS concept FROM triplets SEMI JOIN samples USING (shard, row)),
        others AS (SELECT concept, min((rank, shard, row)) AS one FROM ({_LINKED}) ANTI JOIN shown USING (concept)
                   GROUP BY concept ORDER BY concept LIMIT {UNPICTURED})
        SELECT DISTINCT one[1], one[2], one[3], false FROM others
        """,
    ]


def write_samples(
    store: Store, shards: Mapping[str, Receipt], samples: Sequence[Sample], out: Writer
) -> dict[tuple[int, int], str]:
    """Write the samples, FILE a file in their order; returns their ids for the page (NNN/ID) by shard and row."""
    names = list(shards)
    number = {(each.shard, each.row): place for place, each in enumerate(samples)}
    ids: dict[tuple[int, int], str] = {}
    files: dict[int, dict[int, tuple[str, Any]]] = {}
    for sample, row, picture in _fetched(store, [file_path(shards[name], "parquet") for name in names], samples):
        place = number[sample.shard, sample.row]
        file = place // FILE
        ids[sample.shard, sample.row] = f"{file:03d}/{row['panel_id']}"
        split = names[sample.shard].rpartition("-")[0]
        files.setdefault(file, {})[place] = row["panel_id"], _shown(row, split, picture)
    for file, held in sorted(files.items()):
        write_data(out, f"sample/{file:03d}", dict(held[place] for place in sorted(held)))
    return ids


def _fetched(
    store: Store, paths: Sequence[str], samples: Sequence[Sample]
) -> Iterator[tuple[Sample, Row, bytes | None]]:
    """The samples with their rows, shard by shard; of each row group that has one only what is shown is read."""
    for shard, mine in groupby(sorted(samples), key=lambda sample: sample.shard):
        with store.open(paths[shard]) as file:
            parquet = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
            yield from _of_file(parquet, list(mine))


def _of_file(parquet: pq.ParquetFile, samples: Sequence[Sample]) -> Iterator[tuple[Sample, Row, bytes | None]]:
    start = 0
    for group in range(parquet.num_row_groups):
        end = start + parquet.metadata.row_group(group).num_rows
        if wanted := [sample for sample in samples if start <= sample.row < end]:
            pictured = any(sample.pictured for sample in wanted)
            columns = [*_COLUMNS, "image"] if pictured else _COLUMNS
            found = parquet.read_row_group(group, columns, use_threads=False)
            taken = found.take(pa.array([sample.row - start for sample in wanted])).to_pylist()
            for sample, row in zip(wanted, taken, strict=True):
                yield sample, row, row["image"] if sample.pictured else None
        start = end


def _shown(row: Row, split: str, picture: bytes | None) -> dict[str, Any]:
    source = row["provenance"]
    spans = [
        [each["start"], each["end"], each["cui"], each["negated"], each["uncertain"]]
        for each in row["concepts"]
        if each["end"] <= CAPTION
    ]
    return {
        "figure": source["figure_id"],
        "caption": row["caption"][:CAPTION],
        "spans": spans,
        **{name: source[name] for name in ("license", "attribution", "year", "journal")},
        "modality": row["modality"],
        "split": split,
        "thumb": picture and thumbnail(picture),
    }


def thumbnail(data: bytes) -> str | None:
    """A small JPEG of a picture, as the address of an image; None where it cannot be opened."""
    try:
        image = decode(data).image.convert("RGB")
    except ImageError:
        return None
    image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
