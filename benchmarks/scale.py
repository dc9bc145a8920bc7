"""The search for duplicates at scale: time by part, memory and recall on generated embeddings.

    python benchmarks/scale.py [--sizes 100000 300000 1000000] [--threads 1] [--threshold 0.6] [--folder FOLDER]

Cells are learnt, panels assigned to them, slices written, and each cell read from all slices and searched, by the
functions of the product and from files as in a build; without thumbnails, for laying pairs over each other is timed by
benchmarks/duplicates.py --speed. Each size runs in a process of its own. Seconds are CPU seconds of all threads.

Recall: of the planted pairs, and of all pairs from the threshold on of some queries, found by brute force. The last
lines extrapolate by what each part hangs on: rows, rows times cells (assign), the rows compared with a row (search),
and slices times cells (read), each opened with as many row groups as there will be. The exponents of small sizes say
little, as replication still grows: it is bounded by VISITED. cells.py says what other constants of the cells would do.
"""

import argparse
import multiprocessing
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from generated import Chunk, Floats, Ints, chunk, chunks
from numpy.random import default_rng

from dags.graph import Item
from pipeline.phases.dedup.index import SLICE, Index, Slice
from pipeline.phases.dedup.matches import Matches
from pipeline.phases.dedup.slices import Slices
from pipeline.storage.store import Store, open_store
from schemas.duplicates import DESCRIBED
from schemas.tables import conform
from transforms.duplicates.cells import CELL, SAMPLE, VISITED, AssignCells, to_matrix, train_cells
from transforms.duplicates.edges import candidates

QUERIES = 2000
TARGET, CORES = 60_000_000, 64
#: Bytes that a thumbnail of 64 x 64 pixels takes in a slice, as measured on panels of SHARED.
THUMBNAIL = 2_300
PARTS = ("train", "assign", "write", "read", "search")


class Timer:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.spent[name] += time.process_time() - start


def measure(size: int, threads: int, threshold: float, folder: str | None) -> dict[str, float]:
    """All of the search among so many panels."""
    pa.set_cpu_count(threads)
    timer, cells = Timer(), -(-size // CELL)
    with TemporaryDirectory(dir=folder) as place:
        store = open_store(place)
        with timer.part("train"):
            faiss.omp_set_num_threads(threads)
            middles = train_cells(_sample(size, cells, timer), cells)
        index, rows = _write(store, size, middles, threads, timer)
        wanted, queries = _planted(size), np.sort(default_rng(1).choice(size, min(QUERIES, size), replace=False))
        found, candidate_count, compared = _search(store, index, size, wanted, queries, threshold, timer)
        taken = sum(file.stat().st_size for file in Path(place).rglob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    brute = _brute(size, queries, threshold)
    return {
        "cells": cells,
        "replication": rows / size,
        **{part: timer.spent[part] for part in PARTS},
        "total": sum(timer.spent[part] for part in PARTS),
        "peak MiB": peak,
        "load": compared / size,
        "candidates/panel": candidate_count / size,
        "bytes/row": taken / rows,
        "planted found": np.isin(wanted, found).mean(),
        "pairs by brute force": len(brute),
        "of these found": np.isin(brute, found).mean() if len(brute) else np.nan,
    }


def _sample(size: int, cells: int, timer: Timer) -> Floats:
    """What the quantizer learns from: of each chunk some rows. Making them is not counted."""
    before = time.process_time()
    wanted = min(size, SAMPLE * cells)
    share = -(-wanted // -(-size // SLICE))
    part = np.concatenate([made.vectors[:: max(1, len(made.vectors) // share)] for _, made in chunks(size, SLICE)])
    timer.spent["train"] -= time.process_time() - before
    return part[:wanted].astype(np.float32)


def _write(store: Store, size: int, middles: Floats, threads: int, timer: Timer) -> tuple[Index, int]:
    """Every chunk as a slice; the index, and the rows of all slices."""
    parts = tuple(Slice(generation=0, units={str(start): "0"}) for start in range(0, size, SLICE))
    index = Index(key="0", middles="0", cells=len(middles), panels=size, slices=parts)
    slices, stage = Slices(store), AssignCells(middles)
    stage.setup()
    faiss.omp_set_num_threads(threads)
    rows = 0
    for item, (start, made) in zip(slices.items(index, {}), chunks(size, SLICE), strict=True):
        table = described(start, made)
        with timer.part("assign"):
            assigned = stage(table)
        with timer.part("write"):
            rows += slices.commit(item, [assigned])["counts"]["rows"]
    return index, rows


def described(start: int, made: Chunk) -> pa.Table:
    """A chunk as the panels of units are read, without thumbnails."""
    count, dimension = made.vectors.shape
    offsets = pa.array(np.arange(0, (count + 1) * dimension, dimension, np.int32))
    return pa.table(
        {
            "panel_id": [f"PMC{start + row}v1-f001-p01" for row in range(count)],
            "pixel_sha256": made.digests,
            "phash": made.hashes,
            "embedding": pa.ListArray.from_arrays(offsets, pa.array(made.vectors.ravel())),
            "thumbnail": pa.repeat(pa.scalar(b""), count),
        }
    )


def _search(
    store: Store, index: Index, size: int, wanted: Ints, queries: Ints, threshold: float, timer: Timer
) -> tuple[Ints, int, int]:
    """The pairs found that are asked for, each as a number; how many are found in all, once a cell; all compared."""
    matches, kept, count, compared = Matches(store), [np.empty(0, np.int64)], 0, 0
    for item in matches.items(index, {}):
        with timer.part("read"):
            (table,) = matches.read(item)
        with timer.part("search"):
            table = table.sort_by("panel_id")
            fresh = table["fresh"].to_numpy()
            one, other, _ = candidates(to_matrix(table["embedding"]), table["phash"], fresh, threshold)
        count += len(one)
        compared += len(table) ** 2
        ids = pc.replace_substring_regex(table["panel_id"], r"^PMC(\d+)v.*$", r"\1").cast(pa.int64()).to_numpy()
        keys = _keys(ids[one], ids[other], size)
        asked = np.isin(ids[one], queries) | np.isin(ids[other], queries) | np.isin(keys, wanted)
        kept.append(keys[asked])
    return np.unique(np.concatenate(kept)), count, compared


def _keys(ones: Ints, others: Ints, size: int) -> Ints:
    return np.minimum(ones, others) * size + np.maximum(ones, others)


def _planted(size: int) -> Ints:
    found = []
    for start, made in chunks(size, SLICE):
        copies = np.flatnonzero(made.origin >= 0)
        found.append(_keys(start + made.origin[copies], start + copies, size))
    return np.concatenate(found)


def _brute(size: int, queries: Ints, threshold: float) -> Ints:
    """All pairs of a query and any row from the threshold on."""
    asked = np.concatenate(
        [made.vectors[queries[_inside(queries, start, made)] - start] for start, made in chunks(size, SLICE)]
    )
    asked, found = asked.astype(np.float32), []
    for start, made in chunks(size, SLICE):
        for first in range(0, len(made.vectors), 8192):
            cosines = asked @ made.vectors[first : first + 8192].astype(np.float32).T
            query, row = np.nonzero(cosines >= threshold)
            row += start + first
            other = queries[query] != row
            found.append(_keys(queries[query[other]], row[other], size))
    return np.unique(np.concatenate(found))


def _inside(queries: Ints, start: int, made: Chunk) -> Any:
    return (queries >= start) & (queries < start + len(made.vectors))


def opening(rows: int, cells: int, folder: str | None) -> float:
    """Seconds to read one cell of a slice, where that is cut into so many cells, most of which is its footer."""
    with TemporaryDirectory(dir=folder) as place:
        store, made = open_store(place), chunk(0, rows)
        table = described(0, made).append_column("cell", pa.array(np.sort(np.arange(rows) % cells), pa.int32()))
        part = Slice(generation=0, units={"0": "0"})
        index = Index(key="0", middles="0", cells=cells, panels=rows, slices=(part,))
        Slices(store).commit(Slices(store).items(index, {})[0], [conform(table, DESCRIBED)])
        items: list[Item] = Matches(store).items(index, {})[:: max(1, cells // 5)]
        start = time.process_time()
        for item in items:
            list(Matches(store).read(item))
        return (time.process_time() - start) / len(items)


def extrapolate(found: dict[int, dict[str, float]], folder: str | None) -> None:
    """Exponents of growth, and what TARGET panels would take."""
    if len(found) > 1:
        for part in (*PARTS, "total"):
            times = np.log([max(result[part], 1e-3) for result in found.values()])
            print(f"{part:8} grows with the exponent {np.polyfit(np.log(list(found)), times, 1)[0]:.2f}")
    size, last = max(found), found[max(found)]
    cells, slices, times = -(-TARGET // CELL), -(-TARGET // SLICE), TARGET / size
    each = opening(SLICE, cells, folder)
    print(f"\nreading {cells} cells of {slices} slices, {1000 * each:.1f} ms each but for the rows themselves")
    heads = "".join(f"{head:>8}" for head in ("load", "assign", "write", "read", "search", "CPU h", "h, all", "GB"))
    print(f"{TARGET:,} panels, rows a panel{heads}")
    for rows in dict.fromkeys((last["replication"], float(VISITED))):
        # A cell is read by its rows, and beyond that every slice is opened for it; the load is that of even cells.
        load = max(rows**2 * CELL, last["load"] * (rows / last["replication"]) ** 2)
        assign, write, read = (times * rows / last["replication"] * last[part] for part in ("assign", "write", "read"))
        each_pair = last["search"] / (last["load"] * size)  # a middle costs what a row does
        parts = assign + TARGET * cells * each_pair, write, read + each * cells * slices, TARGET * load * each_pair
        hours = "".join(f"{part / 3600:>8.1f}" for part in (*parts, sum(parts), sum(parts) / CORES))
        print(f"{rows:>29.2f}{load:>8.0f}{hours}{TARGET * rows * (last['bytes/row'] + THUMBNAIL) / 1e9:>8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.6)
    parser.add_argument("--folder")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)  # of what is started
    context, found = multiprocessing.get_context("spawn"), dict[int, dict[str, float]]()
    for size in sorted(options.sizes):
        with context.Pool(1) as pool:  # so that the peak of one size is not that of another
            found[size] = pool.apply(measure, (size, options.threads, options.threshold, options.folder))
            print(f"\n{size:,} panels, cosine {options.threshold:g}")
            for name, value in found[size].items():
                print(f"  {name:22}{value:>14,.{0 if value == int(value) else 4 if value < 1 else 2}f}", flush=True)
    extrapolate(found, options.folder)


if __name__ == "__main__":
    main()
