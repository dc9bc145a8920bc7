"""What the audit takes as a corpus grows: seconds, memory and the size of its folder, up to a million triplets.

    python -m benchmarks.audit [--sizes 10000 100000 1000000] [--folder FOLDER] [OUTPUT.md]

Each size is a generated corpus: shards of 4,096 triplets as publish leaves them, with their partials and receipts. Its
concepts are 100,000 by Zipf's law, about four a triplet, half of them near the first, so that some stand together more
than by chance. Captions are of a pool, pictures are of 64, units and vocabulary are the demo's. The audit is the
product's own code, each in a process of its own.
"""

import argparse
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from dags.graph import Item
from pipeline import cli
from pipeline.commands.audit import write_audit
from pipeline.phases.corpus import Corpus, open_corpus
from pipeline.phases.publish import FOLDER, Shard, coverage_path, parquet_path
from pipeline.storage.parquet import WRITING
from pipeline.storage.receipts import Attempt
from pipeline.storage.store import Store, open_store
from schemas.panels import CONCEPT
from schemas.tables import conform
from schemas.triplets import PROVENANCE, TRIPLETS, triplets
from transforms.coverage.partials import COLUMNS, partial
from transforms.modality.names import TAXONOMY
from transforms.place import part_name

SIZES = (10_000, 100_000, 1_000_000)
SHARD, CONCEPTS, PER_TRIPLET, GROUP = 4096, 100_000, 4, 256
TYPES = ("T047", "T023", "T121", "T060", "T184", "T061", "T037", "T191", "T116", "T033")
MODALITIES = [f"{top}/{second}" for top, seconds in TAXONOMY.items() for second in seconds] + [None]
WORDS = ("arrow", "section", "patient", "lesion", "before", "after", "treatment", "with", "axial", "view", "of", "the")


class Taken(NamedTuple):
    """What an audit took."""

    seconds: float
    cpu: float
    peak: float  # bytes
    folder: int
    files: int


def generate(folder: Path, size: int) -> None:
    """A corpus of `size` triplets in a folder in which the demo stands: its shards go, others come."""
    store = open_store(str(folder))
    store.delete_all([*store.listing(FOLDER), *store.listing("dataset"), *store.listing("ledger")])
    dimension = open_corpus(store).run.dimension
    for number, start in enumerate(range(0, size, SHARD)):
        table = rows(np.random.default_rng([7, number]), start, min(SHARD, size - start), dimension)
        commit(store, part_name("train", number), table)


def commit(store: Store, shard: str, table: pa.Table) -> None:
    """Write a shard as publish does, but for its tar."""
    attempt = Attempt(store, Item(f"{FOLDER}/{shard}", "0" * 16, None, {"config": ""}))
    counted = partial(table.select(COLUMNS), "train")
    with attempt.create_at("parquet", parquet_path(shard)) as sink:
        pq.write_table(table, sink, row_group_size=GROUP, **WRITING)
    with attempt.create_at("coverage", coverage_path(shard)) as sink:
        pq.write_table(counted, sink, **WRITING)
    attempt.settle({"parquet": len(table), "coverage": len(counted)}, {"triplets": len(table)})


def rows(chance: np.random.Generator, start: int, count: int, dimension: int) -> pa.Table:
    """Triplets; two of a figure, six of an article."""
    number = np.arange(start, start + count)
    articles, figures = number // 6 + 1, number // 2
    ids = [f"PMC{a}v1-f{f % 3 + 1:03}-p{n % 2 + 1:02}" for a, f, n in zip(articles, figures, number, strict=True)]
    captions = captions_pool().take(pa.array(chance.integers(0, len(captions_pool()), count)))
    said = {
        "panel_id": pa.array(ids),
        "image": pictures().take(pa.array(chance.integers(0, len(pictures()), count))),
        "format": pa.repeat("jpg", count),
        "width": pa.array(chance.integers(64, 2000, count), pa.int32()),
        "height": pa.array(chance.integers(64, 2000, count), pa.int32()),
        "sha256": pa.array([f"{each:064x}" for each in number]),
        "caption": captions,
        "caption_own": captions,
        "caption_shared": pa.repeat("", count),
        "figure_caption": captions,
        "language": pa.array(["en", "en", "en", "pt", None]).take(pa.array(articles % 5)),
        "concepts": concepts(chance, count),
        "modality": pa.array(MODALITIES).take(pa.array(chance.integers(0, len(MODALITIES), count))),
        "provenance": provenance(chance, ids, articles),
    }
    schema = triplets(dimension)
    for field in schema:
        if pa.types.is_list(field.type) and field.name not in said:
            said[field.name] = pa.repeat(pa.scalar([], field.type), count)
    said["embedding"] = pa.repeat(pa.scalar([np.float16(0)] * dimension, schema.field("embedding").type), count)
    return conform(pa.table({name: said[name] for name in TRIPLETS.names if name in said}), schema)


def concepts(chance: np.random.Generator, count: int) -> pa.Array:
    """The concepts of triplets: by Zipf's law, half of them near the first of their triplet."""
    sizes = chance.poisson(PER_TRIPLET, count)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    drawn = np.searchsorted(zipf(), chance.random(ends[-1])).clip(0, CONCEPTS - 1)
    first = np.repeat(drawn[np.minimum(ends[:-1], len(drawn) - 1)], sizes)
    near = (first + chance.geometric(0.2, len(drawn)) - 1) % CONCEPTS
    chosen = np.where(chance.random(len(drawn)) < 0.5, near, drawn)
    start = chance.integers(0, 100, len(drawn)).astype(np.int32)
    cuis, names, types = vocabulary()
    place = pa.array(chosen)
    struct = {
        "cui": cuis.take(place), "name": names.take(place), "semantic_types": types.take(place),
        "start": pa.array(start), "end": pa.array(start + 5), "text": pa.repeat("lungs", len(drawn)),
        "score": pa.array(chance.uniform(0.6, 1, len(drawn)).astype(np.float32)),
        "negated": pa.array(chance.random(len(drawn)) < 0.05), "uncertain": pa.repeat(False, len(drawn)),
    }  # fmt: skip
    items = pa.StructArray.from_arrays([struct[field.name] for field in CONCEPT], fields=list(CONCEPT))
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), items)


def provenance(chance: np.random.Generator, ids: list[str], articles: np.ndarray) -> pa.Array:
    """Where triplets come from; what an article says follows from its number."""
    count = len(ids)
    licenses = pa.array(["CC BY", "CC BY", "CC0", "CC BY-SA"]).take(pa.array(articles % 4))
    known = {
        "pmcid": pa.array([f"PMC{each}" for each in articles]),
        "figure_id": pa.array([each.rpartition("-")[0] for each in ids]),
        "journal": pa.array([f"Journal {each % 2000}" for each in articles]),
        "year": pa.array((2000 + articles % 26).astype(np.int32)),
        "license": licenses, "license_article": licenses, "license_source": licenses, "license_jats": licenses,
        "attribution": pa.array([f"Doe A, Doe B. A study of case {each}. A Journal (2020)." for each in articles]),
        "detector": pa.repeat("panels-5", count), "caption_method": pa.repeat("letters", count),
        "detector_score": pa.array(chance.random(count).astype(np.float32)),
    }  # fmt: skip
    zeros = {pa.string(): "", pa.int32(): 0, pa.float32(): 0.0, pa.bool_(): False}
    columns = []
    for field in PROVENANCE:
        empty = zeros.get(field.type, [0, 0, 1, 1] if field.name == "box" else [])
        columns.append(known.get(field.name, pa.repeat(pa.scalar(empty, field.type), count)))
    return pa.StructArray.from_arrays(columns, fields=list(PROVENANCE))


@cache
def zipf() -> np.ndarray:
    """The chances of concepts, summed up."""
    weights = 1 / (np.arange(CONCEPTS) + 2.7) ** 1.05
    return np.cumsum(weights) / weights.sum()


@cache
def vocabulary() -> tuple[pa.Array, pa.Array, pa.Array]:
    """CUIs, names and types of all concepts."""
    numbers = range(CONCEPTS)
    names = [f"Disease of the {WORDS[n % 12]}, type {n}" for n in numbers]
    types = [[TYPES[n % 10]] if n % 7 else [TYPES[n % 10], TYPES[(n + 1) % 10]] for n in numbers]
    return pa.array([f"C{9_000_000 + n}" for n in numbers]), pa.array(names), pa.array(types)


@cache
def captions_pool() -> pa.Array:
    """Captions of about 300 characters."""
    chance = np.random.default_rng(5)
    return pa.array([" ".join(chance.choice(WORDS, chance.integers(20, 90))) + "." for _ in range(4096)])


@cache
def pictures() -> pa.Array:
    """JPEGs of 160 pixels that do not compress well."""
    chance, found = np.random.default_rng(6), []
    for _ in range(64):
        buffer = BytesIO()
        small = Image.fromarray(chance.integers(0, 255, (20, 20, 3), np.uint8))
        small.resize((200, 160), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=70)
        found.append(buffer.getvalue())
    return pa.array(found, pa.large_binary())


def audit(folder: Path, size: int) -> Taken:
    """Audit the corpus of a folder in this process."""
    store = open_store(str(folder))
    corpus = open_corpus(store)
    shards = [Shard(part_name("train", number), {}, 0) for number in range(-(-size // SHARD))]
    began, before = time.monotonic(), time.process_time()
    for line in write_audit(Corpus(store, corpus.run, corpus.units, corpus.selected, shards)):
        print(line, file=sys.stderr)
    seconds, cpu = time.monotonic() - began, time.process_time() - before
    files = [path for path in (folder / "audit").rglob("*") if path.is_file() and "coverage" not in path.parts]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Taken(seconds, cpu, peak, sum(path.stat().st_size for path in files), len(files))


def measured(folder: Path, sizes: list[int]) -> Iterator[str]:
    """A line of a table for each size."""
    yield "| triplets | seconds | CPU seconds | peak, GB | folder, MB | files |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    demo = folder / "demo"
    cli.app(["build", "demo", str(demo)], standalone_mode=False)
    for size in sizes:
        place = folder / str(size)
        if not place.exists():
            shutil.copytree(demo, place)
            generate(place, size)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            took = pool.submit(audit, place, size).result()
        numbers = f"{took.seconds:.0f} | {took.cpu:.0f} | {took.peak / 1e9:.2f} | {took.folder / 1e6:.1f}"
        yield f"| {size:,} | {numbers} | {took.files:,} |"


def main() -> None:
    """Measure, and write or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("output", type=Path, nargs="?")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        lines = []
        for line in measured(options.folder or Path(scratch), options.sizes):
            print(line, flush=True)
            lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
