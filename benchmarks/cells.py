"""What other constants of the cells would do, on generated embeddings.

    python -m benchmarks.cells [--size 300000]

For each: rows a panel takes in the slices, how many planted pairs meet in a cell, by their cosine, and with how many
rows a panel is compared (the load; searching is in proportion to it). The product's own constants bear a star.
"""

import argparse
from itertools import pairwise, product

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.generated import Floats, Ints, chunks
from transforms.duplicates.cells import CELL, MARGIN, SAMPLE, VISITED, train_cells

#: Panels that are generated at once.
SLICE = 200_000

CELLS, VISITS, MARGINS = (CELL // 4, CELL // 2, CELL, 2 * CELL), (2, 4, 8), (0.03, 0.06, 0.1, 0.15, 0.3)
COSINES = (0.65, 0.75, 0.85, 0.99)  # bounds of what is told apart

Near = tuple[Floats, Ints]  # the cosines with the nearest cells, best first, and these cells: (N, VISITS)


def assign(near: Near, visited: int, margin: float) -> Ints:
    """The cells of each row, -1 where it takes fewer; as AssignCells does."""
    cosines, cells = (part[:, :visited] for part in near)
    return np.where(cosines >= cosines[:, :1] - margin, cells, -1)


def meet(ones: Ints, others: Ints) -> NDArray[np.bool_]:
    """Whether two rows share a cell."""
    return np.asarray(((ones[:, :, None] == others[:, None]) & (ones[:, :, None] >= 0)).any((1, 2)))


def measure(size: int, cell: int) -> None:
    """A line for each way to assign to cells of this size."""
    count = -(-size // cell)
    share = max(1, SLICE * count // size)  # cells that a chunk gives its samples to
    sample = [made.vectors[:: max(1, SLICE // (SAMPLE * share))] for _, made in chunks(size, SLICE)]
    index = faiss.IndexFlatIP(sample[0].shape[1])
    index.add(train_cells(np.concatenate(sample).astype(np.float32), count))
    near, pairs, cosines = list[Near](), list[Ints](), list[Floats]()
    for start, made in chunks(size, SLICE):
        vectors = made.vectors.astype(np.float32)
        near.append(index.search(vectors, min(max(VISITS), count)))
        copies = np.flatnonzero(made.origin >= 0)
        pairs.append(start + np.stack([copies, made.origin[copies]]))
        cosines.append(np.einsum("ij,ij->i", vectors[copies], vectors[made.origin[copies]]))
    whole: Near = (np.concatenate([part[0] for part in near]), np.concatenate([part[1] for part in near]))
    (one, other), cosine = np.concatenate(pairs, 1), np.concatenate(cosines)
    for visited, margin in product(VISITS, MARGINS):
        cells = assign(whole, visited, margin)
        loads = np.bincount(cells[cells >= 0], minlength=count)
        met = meet(cells[one], cells[other])
        parts = [met[(cosine >= low) & (cosine < high)].mean() for low, high in pairwise(COSINES)]
        mark = " *" if (cell, visited, margin) == (CELL, VISITED, MARGIN) else ""
        print(f"{cell:>8}{visited:>9}{margin:>8}{loads.sum() / size:>8.2f}", end="")
        print("".join(f"{part:>12.4f}" for part in parts), end="")
        print(f"{(loads.astype(float) ** 2).sum() / size:>10.0f}{loads.max():>10}{mark}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=300_000)
    size = parser.parse_args().size
    faiss.omp_set_num_threads(1)
    ranges = (f"{low:g}..{high:g}" for low, high in pairwise(COSINES))
    print(f"{size:,} panels; planted pairs that meet, by cosine")
    print(f"{'CELL':>8}{'VISITED':>9}{'MARGIN':>8}{'rows':>8}{''.join(f'{part:>12}' for part in ranges)}", end="")
    print(f"{'load':>10}{'largest':>10}")
    for cell in CELLS:
        measure(size, cell)


if __name__ == "__main__":
    main()
