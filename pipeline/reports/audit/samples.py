"""Samples: triplets that the page shows, with their captions, and pictures of some.

They are chosen by rank, so the same rows give the same samples. PICTURED have a picture: some of each of the most
frequent concepts, then any. Of the concepts that none of them mentions, the most frequent have one without a picture.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import chain, groupby
from typing import Any, NamedTuple

import duckdb
from PIL import Image

from dags.graph import Receipt
from pipeline.reports.audit.data import Writer, write_all
from pipeline.storage.parquet import load_rows
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.tables import Row
from schemas.triplets import triplets
from transforms.images.decode import ImageError, decode

#: The most frequent concepts, and how many samples each has at least where it has as many triplets.
FREQUENT, EACH = 500, 3

#: Samples with a picture at most, and without.
PICTURED, UNPICTURED = 2_000, 10_000

#: Samples a file; pixels of a picture's longer side, and the quality of its JPEG.
FILE, SIDE, QUALITY = 50, 160, 60

#: Characters of a caption that are shown at most.
CAPTION = 2_000

#: Shards that are read at once. Each holds a row group, of which the pictures are most.
READERS = 4

_SOURCE = ("figure_id", "license", "attribution", "year", "journal")
_SPAN = ("start", "end", "cui", "negated", "uncertain")

#: What is read of a row, beside its picture.
_COLUMNS = [
    *("panel_id", "caption", "modality"),
    *(f"provenance.{name}" for name in _SOURCE),
    *(f"concepts.list.element.{name}" for name in _SPAN),
]

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
    store: Store, shards: Mapping[str, Receipt], dimension: int, samples: Sequence[Sample], out: Writer
) -> dict[tuple[int, int], str]:
    """Write the samples, FILE a file in their order; returns their ids for the page (NNN/ID) by shard and row.

    Raises Damaged.
    """
    schema = triplets(dimension)
    splits = [name.rpartition("-")[0] for name in shards]
    paths = [file_path(receipt, "parquet") for receipt in shards.values()]
    by_shard = [list(mine) for _, mine in groupby(sorted(samples), key=lambda sample: sample.shard)]

    def read(mine: list[Sample]) -> list[tuple[tuple[int, int], tuple[str, dict[str, Any]]]]:
        """The samples of a shard by their places: their ids, and what is shown of them."""
        shard, path = mine[0].shard, paths[mine[0].shard]
        pictured = [each.row for each in mine if each.pictured]
        images = load_rows(store, path, schema, pictured, ["image"])["image"].to_pylist() if pictured else []
        pictures = dict(zip(pictured, images, strict=True))
        rows = load_rows(store, path, schema, [each.row for each in mine], _COLUMNS).to_pylist()
        return [
            ((shard, each.row), (row["panel_id"], _shown(row, splits[shard], pictures.get(each.row))))
            for each, row in zip(mine, rows, strict=True)
        ]

    with ThreadPoolExecutor(READERS) as pool:
        shown = dict(chain.from_iterable(pool.map(read, by_shard)))
    ids: dict[tuple[int, int], str] = {}
    files: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(samples):
        id, value = shown[each.shard, each.row]
        file = f"{number // FILE:03d}"
        ids[each.shard, each.row] = f"{file}/{id}"
        files.setdefault(f"sample/{file}", {})[id] = value
    write_all(out, files.items())
    return ids


def _shown(row: Row, split: str, picture: bytes | None) -> dict[str, Any]:
    source = row["provenance"]
    spans = [[each[name] for name in _SPAN] for each in row["concepts"] if each["end"] <= CAPTION]
    return {
        "figure": source["figure_id"],
        "caption": row["caption"] if len(row["caption"]) <= CAPTION else f"{row['caption'][:CAPTION]}…",
        "spans": spans,
        **{name: source[name] for name in _SOURCE[1:]},
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
    return address(image)


def address(image: Image.Image) -> str:
    """The address of an image, which holds it as a JPEG."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
