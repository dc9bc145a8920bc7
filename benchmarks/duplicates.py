"""Duplicates among planted pictures: which copies are found, what is found that is none, and at what speed.

    python -m benchmarks.duplicates SHARED [--every N] [--cache FOLDER] [--sweep] [--speed] [--against FILE.onnx]

Panels and pictures of SHARED, each once through every transformation of planted.py, and the strangers of strangers.py
are described by the product's own functions, compared by its own stage and grouped by its own function: `found` are the
pairs that an edge or a group joins. Beside it, in the same run: equal perceptual
hashes, those within the product's radius, the cosine alone, and the pHash of the package imagehash, if installed.

Then real pairs that were judged by eye, and planted copies of the same pictures (judged.py); and what the makers of
SSCD publish of it.

FOLDER keeps the descriptions and the boxes of the panels. --sweep: what other thresholds would give. --speed: panels a
second of one core. --against: another encoder, declared as the product wants it in a JSON file beside it.
"""

import argparse
from collections import Counter, defaultdict
from functools import partial
from inspect import getsource
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarks import judged
from benchmarks.described import Floats, Pairs, Truth, blocks, described, hash_vectors, key, near
from benchmarks.duplicates_speed import confirmations, speed
from benchmarks.planted import TRANSFORMATIONS
from schemas.duplicates import DESCRIBED
from transforms.duplicates import affine, drawn, refinement, registration, sketches, squares
from transforms.duplicates import confirm as confirm_module
from transforms.duplicates import near as near_module
from transforms.duplicates.cells import to_matrix
from transforms.duplicates.components import find_components, to_integers
from transforms.duplicates.confirm import LIKENESS, confirm
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.encoder import Declaration, Encoder
from transforms.duplicates.groups import group
from transforms.duplicates.near import RADIUS, near_blocks, nearness, to_pictures
from transforms.duplicates.thumbnails import Held, Pixels, Thumbnails

COSINES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
LIKENESSES = (0.88, 0.9, 0.92, 0.93, 0.94, 0.95, 0.96, 0.98)
RATES = (1e-6, 1e-5, 1e-4, 1e-3)  # false pairs of all pairs that are none
QUANTILES = (0.5, 0.99, 0.9999)
STRONG = 2
#: The modules that decide how alike two pictures are.
CONFIRMING = affine, registration, sketches, squares, refinement, drawn, confirm_module
BINS = 4000  # between the cosines -1 and 1
JUDGED_EVERY = 20  # of the pictures of judged pairs, so many are planted

#: E. Pizzi et al., "A Self-Supervised Descriptor for Image Copy Detection" (CVPR 2022), Tables 2 and 3, README.md and
#: docs/Evaluation.md of facebookresearch/sscd-copy-detection. Its weights are on no package index, so it does not run
#: here.
SSCD = """SSCD (ResNet-50, 512 dimensions) as published, on photographs:
DISC2021, micro average precision: 0.615, with normalized scores 0.725; recall at a precision of 0.9: 0.38, 0.63
Copydays with 10,000 distractors: mean average precision 0.866 of strong copies, micro average precision 0.981 of all
a cosine of 0.75 and more: 0.9 of the pairs of DISC2021 are copies"""


def find(rows: pa.Table, threshold: float) -> tuple[pa.Table, Pairs]:
    """The product's edges, and the rows of their ends."""
    stage = FindEdges(threshold, Numbered(rows))
    stage.setup()
    edges = stage(rows.select(DESCRIBED.names))
    digests = rows["pixel_sha256"].combine_chunks()
    ends = [pc.index_in(edges[end], value_set=digests).to_numpy() for end in ("one_pixels", "other_pixels")]
    return edges, np.stack(ends, 1).astype(np.int64)


class Numbered:
    """Fetches the pictures of rows, which are numbered, from a table that holds them."""

    def __init__(self, rows: pa.Table) -> None:
        self._pixels, self._proofs = Held().thumbnails(rows), rows["proof"]

    def thumbnails(self, rows: pa.Table) -> Pixels:
        return self._pixels[rows["row"].to_numpy()]

    def proofs(self, rows: pa.Table) -> list[bytes]:
        found: list[bytes] = self._proofs.take(rows["row"]).to_pylist()
        return found


def grouped(rows: pa.Table, edges: pa.Table, licenses: pa.Array, stated: Declaration) -> tuple[pa.Table, pa.Table]:
    """The product's groups, and the edges between panels."""
    found = find_components(*(to_integers(edges[end]) for end in ("one_pixels", "other_pixels")), len(rows))
    place = pc.index_in(pa.array(to_integers(rows["pixel_sha256"])), value_set=found["picture"].combine_chunks())
    panels = rows.set_column(rows.column_names.index("license"), "license", licenses)
    panels = panels.append_column("component", found["component"].take(place)).filter(pc.is_valid(place))
    return group(panels, edges, stated.threshold, stated.unlike, Numbered(rows))


def joined(rows: pa.Table, duplicates: pa.Table, confirmed: pa.Table) -> Pairs:
    """The rows that an edge or a group joins, each pair once."""
    ids = rows["panel_id"].combine_chunks()
    ends = [pc.index_in(confirmed[end], value_set=ids).to_numpy() for end in ("one", "other")]
    row = pc.index_in(duplicates["panel_id"], value_set=ids).to_numpy()
    codes = duplicates["group_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    members = [list(combinations(row[codes == code].tolist(), 2)) for code in np.unique(codes)]
    pairs = np.concatenate([np.stack(ends, 1), *(np.array(each, np.int64) for each in members)])
    return np.unique(np.sort(pairs.astype(np.int64), 1), axis=0)


def others(rows: pa.Table, threshold: float) -> dict[str, Pairs]:
    """The pairs of each baseline."""
    ours, theirs = hash_vectors(rows["phash"]), hash_vectors(rows["imagehash"])
    within = 1 - RADIUS / 32 - 1e-3
    ways = {
        "equal pHash": near(ours, 1 - 1e-3),
        f"pHash, {RADIUS} bits": near(ours, within),
        f"cosine {threshold:g}": near(to_matrix(rows["embedding"]), threshold),
    }
    return ways | ({f"imagehash, {RADIUS}": near(theirs, within)} if theirs.any() else {})


def found(pairs: Pairs, wanted: Pairs, count: int) -> NDArray[np.bool_]:
    """Of each wanted pair of `count` rows whether it is among the pairs."""
    return np.isin(np.sort(wanted, 1) @ (count, 1), np.sort(pairs, 1) @ (count, 1))


def share(hits: NDArray[np.bool_], strong: NDArray[np.bool_]) -> str:
    return f"{hits.mean():.3f} {hits[strong].mean() if strong.any() else np.nan:.3f}"


def report(rows: pa.Table, truth: Truth, ways: dict[str, Pairs]) -> None:
    """Recall by transformation, all and strong, and how much of what is found is right."""
    wanted = truth.planted()
    hits = {name: found(pairs, wanted, len(rows)) for name, pairs in ways.items()}
    change, strong = truth.change[wanted[:, 1]], truth.strength[wanted[:, 1]] == STRONG
    print(f"\n{'recall: all, strong':22}" + "".join(f"{name:>17}" for name in ways))
    for name in TRANSFORMATIONS:
        here = change == name
        print(f"{name:22}" + "".join(f"{share(hit[here], strong[here]):>17}" for hit in hits.values()))
    print(f"{'all':22}" + "".join(f"{share(hit, strong):>17}" for hit in hits.values()))
    verdicts = [truth.judge(pairs) for pairs in ways.values()]
    right, wrong = ([int((each == side).sum()) for each in verdicts] for side in (1, -1))
    precision = [good / max(good + bad, 1) for good, bad in zip(right, wrong, strict=True)]
    print(f"{'precision':22}" + "".join(f"{value:>17.4f}" for value in precision))
    for name, counts in (("right edges", right), ("false edges", wrong)):
        print(f"{name:22}" + "".join(f"{count:>17}" for count in counts))
    print(f"{'undecidable':22}" + "".join(f"{(each == 0).sum():>17}" for each in verdicts))


def groups(rows: pa.Table, truth: Truth, edges: pa.Table, stated: Declaration) -> None:
    """How many copies are in the group of their original, and how many groups have pictures of several."""
    wanted = truth.planted()
    strong = truth.strength[wanted[:, 1]] == STRONG
    original = pa.array(np.where(truth.change == "original", "CC0", "CC BY"))
    print(f"\n{'groups':40}{'recall, strong':>16}{'groups':>8}{'mixed':>7}")
    for name, licenses in (("the largest is canonical", pa.repeat("CC BY", len(rows))), ("originals are", original)):
        made, _ = grouped(rows, edges, licenses, stated)
        place = pc.index_in(rows["panel_id"], value_set=made["panel_id"].combine_chunks())
        names = made["group_id"].combine_chunks().dictionary_encode().indices.take(place.combine_chunks())
        group_of = pc.fill_null(names, -1).to_numpy()
        hits = (group_of[wanted[:, 0]] == group_of[wanted[:, 1]]) & (group_of[wanted[:, 0]] >= 0)
        origins = defaultdict(set)
        for number, origin in zip(group_of, truth.origin, strict=True):
            origins[int(number)].add(int(origin))
        mixed = sum(len(of) > 1 for number, of in origins.items() if number >= 0)
        print(f"{name:40}{share(hits, strong):>16}{len(origins) - (-1 in origins):>8}{mixed:>7}")


def false_edges(rows: pa.Table, truth: Truth, edges: pa.Table, pairs: Pairs, alone: Pairs) -> None:
    """The false edges by what they connect, and the worst of each two origins."""
    series, names = rows["series"].to_pylist(), rows["name"].to_pylist()

    def between(pair: NDArray[np.int64]) -> str:
        kinds = truth.stranger[pair]
        if kinds.all():
            return series[pair[0]] if series[pair[0]] == series[pair[1]] else "strangers of two series"
        return "a stranger and an original or copy" if kinds.any() else "originals and copies"

    wrong = truth.judge(pairs) < 0
    confirmed = Counter(between(pair) for pair in pairs[wrong])
    unconfirmed = Counter(between(pair) for pair in alone[truth.judge(alone) < 0])
    print(f"\n{'false edges between':40}{'edges':>8}{'cosine alone':>14}{'pairs there':>13}")
    for name, _ in (unconfirmed | confirmed).most_common():
        size = series.count(name)
        print(f"{name:40}{confirmed[name]:>8}{unconfirmed[name]:>14}{size * (size - 1) // 2 or '':>13}")
    values = zip(edges["likeness"].to_pylist(), edges["similarity"].to_pylist(), pairs.tolist(), strict=True)
    worst: dict[tuple[int, ...], list[tuple[float, float, list[int]]]] = defaultdict(list)
    for edge, bad in zip(values, wrong, strict=True):
        if bad:
            worst[tuple(sorted(truth.origin[edge[2]]))].append(edge)
    print(f"\nfalse edges connect {len(worst)} pairs of origins; those of most likeness:\nlikeness  cosine  edges")
    for best in sorted(worst.values(), key=max, reverse=True)[:20]:
        likeness, cosine, pair = max(best)
        ends = " | ".join(f"{names[row]} ({truth.change[row]})" for row in pair)
        print(f"{likeness:8.2f}{cosine:8.2f}{len(best):7}  {ends}")


def rates(truth: Truth, encodings: dict[str, Floats]) -> None:
    """What each kind of vector finds by its cosine alone, at the same rates of false pairs."""
    wanted = truth.planted()
    strong = truth.strength[wanted[:, 1]] == STRONG
    tables: dict[bool, list[str]] = {True: [], False: []}
    for name, vectors in encodings.items():
        own = np.einsum("ij,ij->i", vectors[wanted[:, 0]], vectors[wanted[:, 1]])
        for strangers, counts in zip(tables, _histograms(truth, vectors), strict=True):
            above = np.cumsum(counts[::-1])[::-1]  # false pairs of this bin and above
            cells = []
            for rate in RATES:
                least = np.append(above <= rate * above[0], True).argmax() * 2 / BINS - 1 - 1 / BINS
                cells.append(
                    f"{share(own >= least, strong)} ({least:.2f})" if rate * above[0] >= 1 else "too few pairs"
                )
            quantiles = (np.searchsorted(above[0] - above, q * above[0]) * 2 / BINS - 1 for q in QUANTILES)
            cells.append("  ".join(f"{value:.2f}" for value in quantiles))
            tables[strangers].append(f"{name:24}" + "".join(f"{cell:>22}" for cell in cells))
    for strangers, lines in tables.items():
        print(
            f"\ncosine alone{', with strangers' if strangers else ', without'}: recall, strong at rates of false pairs"
        )
        print(" " * 24 + "".join(f"{rate:>22.0e}" for rate in RATES) + f"  {'false cosines at ' + str(QUANTILES)}")
        print("\n".join(lines))


def _histograms(truth: Truth, vectors: Floats) -> NDArray[np.int64]:
    """False pairs by their cosine, -1 to 1 in BINS: all, and those without a stranger."""
    counts = np.zeros((2, BINS + 1), np.int64)
    for start, cosines in blocks(vectors, 256):
        pairs = np.add(np.argwhere(cosines > -2), (start, 0))
        bins = np.rint((cosines[cosines > -2] + 1) * (BINS / 2)).astype(int).clip(0, BINS)
        wrong = truth.judge(pairs) < 0
        for count, part in zip(counts, (wrong, wrong & ~truth.stranger[pairs].any(1)), strict=True):
            count += np.bincount(bins[part], minlength=BINS + 1)
    return counts


def sweep(rows: pa.Table, truth: Truth, kept: Path | None) -> None:
    """Recall, that of strong copies, and precision, by the least cosine and likeness."""
    if kept and kept.exists():
        pairs, cosine, likeness, perceptual = (part for part in np.load(kept).values())
    else:
        pictures, pixels = to_pictures(rows), Thumbnails(rows, Held())
        near_ones = near_blocks(pictures, pictures, COSINES[0])
        pairs = np.concatenate([np.add(np.argwhere(mask), (start, 0)) for start, mask in near_ones])
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
        close = nearness(pictures, pairs[:, 0], pictures, pairs[:, 1], COSINES[0])
        pairs, cosine, perceptual = pairs[close.near], close.cosine[close.near], close.hashed[close.near]
        likeness = confirm(pixels, pairs[:, 0], pixels, pairs[:, 1], np.zeros(len(pairs), bool))
        if kept:
            np.savez(kept, pairs, cosine, likeness, perceptual)
    wanted, verdicts = truth.planted(), truth.judge(pairs)
    strong = truth.strength[wanted[:, 1]] == STRONG
    print(f"\n{len(pairs)} candidates; recall, strong, precision\n{'cosine':8}", end="")
    print("".join(f"{f'likeness {least:g}':>20}" for least in LIKENESSES), end="")
    for near_enough, like in product(COSINES, LIKENESSES):
        passed = ((cosine >= near_enough) | perceptual) & (likeness >= like)
        right, wrong = ((verdicts[passed] == side).sum() for side in (1, -1))
        recall = share(found(pairs[passed], wanted, len(rows)), strong)
        print(f"\n{near_enough:<8}" if like == LIKENESSES[0] else "", end="")
        print(f"{recall:>13}{right / max(right + wrong, 1):7.4f}", end="", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    encoder = Encoder()
    table = partial(described, options.shared, options.every, cache=options.cache)
    rows, stated = table(encoder=encoder), encoder.declaration
    truth = Truth(rows)
    counts = Counter(np.where(np.isin(truth.change, ("original", "stranger")), truth.change, "copy").tolist())
    print(f"{encoder.version}: {counts}; cosine {stated.threshold:g}, likeness {LIKENESS:g}, unlike {stated.unlike:g}")
    edges, pairs = find(rows, stated.threshold)
    ways = others(rows, stated.threshold)
    report(rows, truth, {"found": joined(rows, *grouped(rows, edges, rows["license"], stated))} | ways)
    groups(rows, truth, edges, stated)
    false_edges(rows, truth, edges, pairs, ways[f"cosine {stated.threshold:g}"])
    encodings = {encoder.version: to_matrix(rows["embedding"]), "pHash": hash_vectors(rows["phash"])}
    encodings["imagehash"] = hash_vectors(rows["imagehash"])
    if options.against:
        encodings[options.against.name] = to_matrix(table(encoder=Encoder(options.against))["embedding"])
    rates(truth, encodings)
    judged.report(options.shared, JUDGED_EVERY)
    print(f"\n{SSCD}")
    if options.sweep:
        made_by = [getsource(module) for module in (near_module, *CONFIRMING)]
        name = f"{key(encoder.version, options.every, made_by)}-pairs.npz"
        kept = options.cache / name if options.cache else None
        sweep(rows, truth, kept)
    if options.speed:
        speed(options.shared, options.cache)
        confirmations(rows, stated.threshold)


if __name__ == "__main__":
    main()
