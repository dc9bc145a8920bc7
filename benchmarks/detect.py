"""Panels of real figures: figures a second of one core by part, of a GPU by batch, and how right they are.

    python -m benchmarks.detect FIGURES [--limit N] [--rounds 3] [--scorer score_panels.py --truth TRUTH.jsonl ...]
        [--against OTHER.onnx]

FIGURES is a folder of pictures. One core: this process is pinned to it, every model has one thread, and a second is a
CPU second; of some rounds the best counts, figure by figure. The baselines work on the same figures in the same run:
plain decoding and resizing, without which no detector can do, the XY-cut of the first version (xycut.py) and cutting at
the projection profiles of Canny edges (cutters.py).

CUDA, where it answers: the network alone by batch size, with the device's memory, and the stage from bytes to panels in
one process and in as many as there are cores.

With truths ({"image", "panels": [{"box", "label"}]} a line, pictures in the folder `images` beside it) also what a
scorer says of every way, of the network with nothing but suppression behind it, and how many of the letters are right:
of the panels with a letter those whose box is found (IoU 0.5) and has it, as printed and in any case. Below each line
of scores stand the ends of their 95 % confidence intervals (intervals.py). With other weights (`--against`) also what
the same rules make of these.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from benchmarks.cutters import edge_cut, iou, suppressed
from benchmarks.intervals import METRICS, Match, interval, load_match, matched, metrics
from benchmarks.xycut import xy_cut
from schemas.figures import IMAGES
from transforms.images.decode import decode
from transforms.network import cuda_answers
from transforms.panels import SplitPanels
from transforms.panels.detector import SIDE, Detector, squash
from transforms.panels.finder import Panel, PanelFinder
from transforms.panels.grain import Grain
from transforms.panels.letters import LetterReader, attach
from transforms.panels.refine import refine

PICTURES = {".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp"}
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Parts:
    """Every part of the way from bytes to panels, and the ways themselves, on one thread."""

    def __init__(self) -> None:
        self.detector, self.reader, self.finder = Detector(), LetterReader(), PanelFinder()
        self.stage = SplitPanels(grain=Grain("cell"))
        self.stage.setup()

    def of(self, data: bytes) -> dict[str, Callable[[], object]]:
        image = decode(data).image
        gray, small = np.asarray(image.convert("L")), squash(image)[None]
        (raw,) = self.detector.detect([image])
        boxes, (letters,) = refine(*raw, gray), self.reader.read([gray])
        return {
            "plain decode + resize": lambda: plain(data),
            "decode": lambda: decode(data),
            "squash": lambda: squash(image),
            "network": lambda: self.detector.infer(small),
            "gray": lambda: np.asarray(image.convert("L")),
            "boxes refined": lambda: refine(*raw, gray),
            "letters read": lambda: self.reader.read([gray]),
            "letters attached": lambda: attach(letters, boxes),
            "decode to letters": lambda: self.finder.find([decode(data).image]),
            "the stage, with crops": lambda: self.stage(table([data])),
            "XY-cut, with decode": lambda: xy_cut(np.asarray(decode(data).image.convert("L"))),
            "edge profiles, with decode": lambda: edge_cut(decode(data).image),
        }


def plain(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)


def table(pictures: list[bytes]) -> pa.Table:
    ids = [f"PMC1v1-f{n:03d}" for n in range(len(pictures))]
    shared = {"article_id": "PMC1v1", "article": {"license": "CC0"}, "graphic_count": 1}
    rows = [shared | {"graphic_id": id, "image": data} for id, data in zip(ids, pictures, strict=True)]
    return pa.Table.from_pylist(rows, schema=IMAGES)


def one_core(pictures: list[bytes], rounds: int) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    parts, best = Parts(), dict[str, float]()
    for part in parts.of(pictures[0]).values():
        part()  # what is slow once only
    for data in pictures:
        for name, part in parts.of(data).items():
            best[name] = best.get(name, 0.0) + min(seconds(part) for _ in range(rounds))
    base = best["plain decode + resize"]
    print(f"{'one core':28}{'ms/figure':>10}{'figures/s':>11}{'x plain':>9}")
    for name, total in best.items():
        print(f"{name:28}{1000 * total / len(pictures):10.2f}{len(pictures) / total:11.1f}{total / base:9.2f}")


def seconds(part: Callable[[], object]) -> float:
    start = time.process_time()
    part()
    return time.process_time() - start


def on_cuda(pictures: list[bytes]) -> None:
    if not cuda_answers():
        print("\nCUDA: no device answers, or onnxruntime-gpu is not installed; left out")
        return
    detector = Detector()
    small = np.stack([squash(decode(data).image) for data in pictures])
    print(f"\n{detector.provider:28}{'ms/batch':>10}{'figures/s':>11}{'MiB used':>10}")
    for size in BATCHES:
        batch = np.resize(small, (size, *small.shape[1:]))
        detector.infer(batch)
        times = [wall(lambda batch=batch: detector.infer(batch)) for _ in range(20)]
        taken = sorted(times)[len(times) // 2]
        print(f"{f'network, batches of {size}':28}{1000 * taken:10.2f}{size / taken:11.0f}{memory():>10}", flush=True)
    for workers in (1, os.cpu_count() or 1):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=open_stage) as pool:
            list(pool.map(run_stage, [pictures[:4]] * workers))  # every worker opens its models
            shares = [pictures[start : start + 16] for start in range(0, len(pictures), 16)] * workers
            taken = wall(lambda pool=pool, shares=shares: list(pool.map(run_stage, shares)))
        count = sum(map(len, shares))
        print(f"{f'the stage, {workers} processes':28}{'':10}{count / taken:11.0f}{memory():>10}", flush=True)


def wall(part: Callable[[], object]) -> float:
    start = time.perf_counter()
    part()
    return time.perf_counter() - start


def memory() -> str:
    """MiB of the device's memory that all programs hold; ONNX Runtime gives none back, so that it is the peak."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()[0]


def open_stage() -> None:
    global STAGE
    STAGE = SplitPanels(grain=Grain("cell"))
    STAGE.setup()


def run_stage(pictures: list[bytes]) -> int:
    return len(STAGE(table(pictures)))


def ways(against: Path | None) -> dict[str, Callable[[Image.Image], list[Panel]]]:
    finder, other = PanelFinder(), PanelFinder()

    def network(image: Image.Image) -> list[Panel]:
        (raw,) = finder.detector.detect([image])
        return [Panel(box, score, None) for box, score in suppressed(*raw, image.size)]

    found = {"medconcept": lambda image: finder.find([image])[0].panels}
    if against:
        other.detector = Detector(weights=against)
        found[f"with {against.name}"] = lambda image: other.find([image])[0].panels
    return found | {
        "network, suppression only": network,
        "XY-cut": lambda image: [Panel(box[:4], box.score, None) for box in xy_cut(np.asarray(image.convert("L")))],
        "edge profiles": lambda image: [Panel(box, 1.0, None) for box in edge_cut(image)],
    }


def accuracy(truth: Path, match: Match, against: Path | None) -> None:
    figures = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    drawn = {figure["image"]: figure["panels"] for figure in figures}
    heading = (f"{name:>10}" for name in (*METRICS, "letters", "any case"))
    print(f"\n{f'{truth.name}, {len(figures)} figures':28}" + "".join(heading))
    for name, way in ways(against).items():
        found = {f["image"]: way(decode((truth.parent / "images" / f["image"]).read_bytes()).image) for f in figures}
        boxes = {image: [{"box": each.box, "score": each.score} for each in found[image]] for image in found}
        panels = matched(drawn, boxes, match)
        numbers = [*metrics(panels, np.ones(len(figures))), *letters(figures, found)]
        print(f"{name:28}" + "".join(f"{number:10.4f}" for number in numbers))
        for label, ends in zip(("from", "to"), interval(panels), strict=True):
            print(f"{label:>28}" + "".join(f"{end:10.4f}" for end in ends), flush=True)


def letters(figures: list[dict], found: dict[str, list[Panel]]) -> Iterator[float]:
    """The shares of lettered panels whose letter is right, as printed and in any case."""
    pairs = []
    for figure in figures:
        for panel in figure["panels"]:
            if panel["label"]:
                best = max(found[figure["image"]], key=lambda other, box=panel["box"]: iou(box, other.box))
                read = best.label if iou(panel["box"], best.box) >= 0.5 else None
                pairs.append((panel["label"], read or ""))
    yield sum(label == read for label, read in pairs) / max(len(pairs), 1)
    yield sum(label.casefold() == read.casefold() for label, read in pairs) / max(len(pairs), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--truth", type=Path, nargs="+", default=[])
    parser.add_argument("--against", type=Path, help="other weights")
    options = parser.parse_args()
    if options.truth and not options.scorer:
        parser.error("--truth needs --scorer")
    files = sorted(file for file in options.figures.rglob("*") if file.suffix.lower() in PICTURES)[: options.limit]
    pictures = [file.read_bytes() for file in files]
    sizes = [Image.open(BytesIO(data)).size for data in pictures]
    area = sum(width * height for width, height in sizes) / len(sizes) / 1e6
    print(f"{len(files)} figures of {area:.2f} megapixels and {sum(map(len, pictures)) / len(files) / 1000:.0f} kB\n")
    cores = os.sched_getaffinity(0)
    one_core(pictures, options.rounds)
    os.sched_setaffinity(0, cores)
    on_cuda(pictures)
    for truth in options.truth:
        accuracy(truth, load_match(options.scorer), options.against)


if __name__ == "__main__":
    main()
