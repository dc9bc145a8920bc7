"""How many panels a second one core describes, and how many pairs it confirms; a part of benchmarks/duplicates.py."""

import os
import time
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from PIL import Image

from benchmarks.described import BATCH, other_hash
from benchmarks.planted import Original, copies, originals
from schemas.panels import PANELS
from schemas.tables import conform
from transforms.duplicates.confirm import CORRELATION, CORRELATION_WITHIN, TOGETHER, confirm, correlate
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.near import near_blocks, to_pictures
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import SIDE, as_they_lie, compare, thumbnail
from transforms.duplicates.thumbnails import Held, Thumbnails
from transforms.images.decode import Limits, decode, encode

PANELS_TIMED, PAIRS, ROUNDS = 192, 64, 3
#: Panels a second of one core that are aimed at, decoding included.
GOALS = {"hashing": 400, "encoder": 60}

Part = Callable[[list[bytes]], object]


def speed(shared: Path, cache: Path | None) -> None:
    """Print the rates; a second is a CPU second of this process, which is held on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    found = originals(shared, cache / "boxes.json" if cache else None)
    chosen = found[:: max(1, len(found) // PANELS_TIMED)]
    panels = [encode(original.image, original.format) for original in chosen]
    area = sum(original.image.width * original.image.height for original in chosen) / len(chosen) / 1e6
    print(f"\n{len(panels)} panels of {area:.2f} megapixels and {sum(map(len, panels)) / len(panels) / 1000:.0f} kB")
    print(f"{'one core':30}{'ms/panel':>10}{'panels/s':>10}{'x decode':>10}{'goal':>7}")
    parts = _parts()
    batches = [panels[start : start + BATCH] for start in range(0, len(panels), BATCH)]
    for part in parts.values():
        part(batches[0])  # what is slow once only
    # In turns, so that what else the machine does falls on all alike; of some rounds the best counts, batch by batch.
    rounds = [
        {name: [_seconds(part, batch) for batch in batches] for name, part in parts.items()} for _ in range(ROUNDS)
    ]
    taken = {name: np.min([times[name] for times in rounds], 0).sum() / len(panels) for name in parts}
    for name, seconds in taken.items():
        ratio = seconds / taken["decode"]
        print(f"{name:30}{1000 * seconds:10.2f}{1 / seconds:10.1f}{ratio:10.2f}{GOALS.get(name, ''):>7}")
    _confirmations(chosen)
    os.sched_setaffinity(0, cores)


def _parts() -> dict[str, Part]:
    """Each decodes its panels itself."""
    encoder, other = Encoder(), other_hash()
    encoder.open()
    stage = EmbedPanels(Encoder, encoder.version)
    stage.setup()
    parts: dict[str, Part] = {
        "plain decoding": lambda panels: [Image.open(BytesIO(data)).convert("RGB").load() for data in panels],
        "decode": _decoded,
        "hashing": lambda panels: [(pixel_digest(image), perceptual_hash(image)) for image in _decoded(panels)],
        "perceptual hash": lambda panels: [perceptual_hash(image) for image in _decoded(panels)],
        "encoder": lambda panels: encoder.embed(_decoded(panels)),
        "thumbnail": lambda panels: [thumbnail(image) for image in _decoded(panels)],
        "proof": lambda panels: [proof(image) for image in _decoded(panels)],
        "EmbedPanels, all of it": lambda panels: stage(_table(panels)),
    }
    return parts | ({"imagehash.phash": lambda panels: [other(x) for x in _decoded(panels)]} if other else {})


def _decoded(panels: list[bytes]) -> list[Image.Image]:
    return [decode(data, Limits(min_side=1)).image for data in panels]


def _table(panels: list[bytes]) -> pa.Table:
    return conform(pa.table({"image": pa.array(panels, pa.large_binary())}), PANELS).select(["image"])


def _seconds(part: Callable[..., object], *arguments: object) -> float:
    start = time.process_time()
    part(*arguments)
    return time.process_time() - start


def _confirmations(chosen: list[Original]) -> None:
    """Pairs a second that are laid over each other; most strangers fall out after the first level."""
    made = list(islice(copies(chosen), PAIRS))
    pairs = {
        "confirming copies": ([chosen[index].image for index, *_ in made], [image for *_, image in made]),
        "confirming strangers": ([each.image for each in chosen[:PAIRS]], [each.image for each in chosen[1:]]),
    }
    print(f"\n{'one core':30}{'ms/pair':>10}{'pairs/s':>10}")
    for name, ends in pairs.items():
        ones, others = (np.stack([_pixels(image) for image in end[:PAIRS]]) for end in ends)
        for way, compared in (("", compare), (", as they lie", as_they_lie)):
            taken = min(_seconds(compared, ones, others) for _ in range(ROUNDS)) / len(ones)
            print(f"{name + way:30}{1000 * taken:10.2f}{1 / taken:10.1f}")


def confirmations(rows: pa.Table, threshold: float) -> None:
    """Print what it costs to confirm the pairs of real panels that are near, and how many of them come to each step."""
    real = rows.filter(pc.and_(pc.equal(rows["change"], "original"), pc.not_equal(rows["series"], "")))
    figure = np.unique([name.split("#")[0] for name in real["name"].to_pylist()], return_inverse=True)[1]
    article = np.unique(real["series"].to_pylist(), return_inverse=True)[1]
    pictures = to_pictures(real)
    pairs = np.concatenate([np.add(np.argwhere(m), (s, 0)) for s, m in near_blocks(pictures, pictures, threshold)])
    one, other = pairs[(pairs[:, 0] < pairs[:, 1]) & (figure[pairs[:, 0]] != figure[pairs[:, 1]])].T
    within = article[one] == article[other]
    least = np.where(within, CORRELATION_WITHIN, CORRELATION).astype(np.float32)
    parts = [slice(start, start + TOGETHER) for start in range(0, len(one), TOGETHER)]
    held = Thumbnails(real, Held())
    start = time.process_time()
    alike = [correlate(held, one[part], held, other[part], least[part]).correlation for part in parts]
    thumbnails = time.process_time() - start
    passed = np.concatenate(alike) >= least
    ends = one[passed], other[passed]
    again = _seconds(correlate, held, ends[0], held, ends[1], least[passed])
    proofs = _seconds(confirm, held, ends[0], held, ends[1], within[passed]) - again
    held = Thumbnails(real, Held())
    taken = _seconds(confirm, held, one, held, other, within)
    print(f"\n{len(one)} near pairs of {len(real)} real panels, {passed.mean():.2%} of which come to their proofs")
    print(f"sketches and thumbnails, ms a pair    {1000 * thumbnails / len(one):8.2f}")
    print(f"proofs, ms a pair that comes to them  {1000 * proofs / max(passed.sum(), 1):8.2f}")
    print(f"confirmed, pairs/s of one core        {len(one) / taken:8.0f}")


def _pixels(image: Image.Image) -> NDArray[np.float32]:
    return np.frombuffer(thumbnail(image), np.uint8).reshape(SIDE, SIDE).astype(np.float32)
