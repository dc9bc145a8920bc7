"""Where the time of curation goes: each stage on one core, beside plainly decoding the same pictures.

usage: python -m benchmarks.build MIRROR [--articles N]

MIRROR is a directory in the PMC Cloud layout. Only graphics that are there count as figures.
"""

import argparse
import io
import time
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from dags.graphs import curate
from dags.stage import run_chain
from pipeline.phases.curate import Units
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.phases.plan import limited, newest
from pipeline.resources.linkers import open_linker
from pipeline.resources.vocabularies import open_vocabulary
from pipeline.sources import open_source
from pipeline.storage.store import open_store
from schemas.articles import PLANNED
from schemas.tables import batches, conform
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.modality import NameModality


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mirror")
    parser.add_argument("--articles", type=int)
    arguments = parser.parse_args()
    source = partial(open_source, arguments.mirror)
    articles = limited(newest(source().snapshot().articles), arguments.articles)
    tables = list(batches(conform(articles, PLANNED), 64))
    stages = curate(
        Units(open_store(".")),
        FetchArticles(source, "all", 1),
        FetchImages(source, 1),
        partial(open_linker, "dictionary", open_vocabulary(None, None)),
        "all",
        split=True,
        embed=EmbedPanels(Encoder, Encoder().version),
        modality=NameModality(),
    ).stages
    spent = {}
    for stage in stages:
        stage.setup()
        started = time.process_time()
        tables = list(run_chain([stage], tables))
        spent[stage.name] = time.process_time() - started
        if stage.name == "fetch_images":
            images = pa.concat_tables(tables)["image"].drop_null().to_pylist()
    started = time.process_time()
    for image in images:
        Image.open(io.BytesIO(image)).convert("RGB").load()
    decode = time.process_time() - started

    figures = pc.count_distinct(pa.concat_tables(tables).filter(pc.field("panel_id").is_valid())["graphic_id"]).as_py()
    total = sum(spent.values())
    print(f"{figures} figures of {len(images)} pictures")
    print(f"{'stage':<16}{'s':>8}{'share':>8}{'x decode':>10}")
    for name, seconds in spent.items():
        print(f"{name:<16}{seconds:>8.2f}{seconds / total:>8.0%}{seconds / decode:>10.2f}")
    print(f"{'all':<16}{total:>8.2f}{1:>8.0%}{total / decode:>10.2f}")
    print(f"{'decode alone':<16}{decode:>8.2f}{'':>8}{1:>10.2f}")
    print(f"{figures / total:.1f} figures a core and second")


if __name__ == "__main__":
    main()
