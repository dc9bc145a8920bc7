"""Cells: every panel is compared in its nearest one, and copies meet."""

import numpy as np
import pyarrow as pa
import pytest

from schemas.duplicates import DESCRIBED
from transforms.duplicates.cells import VISITED, AssignCells, to_matrix, train_cells


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def random_vectors(count, seed=0, dimension=32):
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def described(vectors):
    """Rows of INDEX with their places."""
    rows = len(vectors)
    return pa.table(
        {
            "panel_id": [f"PMC{n}v1-f001-p01" for n in range(rows)],
            "pixel_sha256": [str(n) for n in range(rows)],
            "phash": pa.nulls(rows, pa.uint64()),
            "embedding": pa.array(list(vectors.astype(np.float16)), pa.list_(pa.float16())),
            "thumbnail_crc": pa.array(range(rows), pa.uint32()),
            "proof_start": pa.array(range(rows), pa.int64()),
            "proof_size": pa.array([1] * rows, pa.int32()),
            "proof_crc": pa.array(range(rows), pa.uint32()),
            "encoder": ["copies"] * rows,
            "width": pa.array([400] * rows, pa.int32()),
            "height": pa.array([300] * rows, pa.int32()),
            "license": pa.array(["CC BY"] * rows, pa.string()),
            "year": pa.array([2020] * rows, pa.int32()),
            "unit": ["train-00000"] * rows,
            "row": pa.array(range(rows), pa.int32()),
        }
    )


def assigned(vectors, centroids):
    stage = AssignCells(centroids)
    stage.setup()
    return stage(described(vectors))


def visits(vectors, centroids):
    """The cells of each panel."""
    found = {f"PMC{n}v1-f001-p01": set() for n in range(len(vectors))}
    for row in assigned(vectors, centroids).select(["panel_id", "cell"]).to_pylist():
        assert row["cell"] not in found[row["panel_id"]]
        found[row["panel_id"]].add(row["cell"])
    return list(found.values())


def test_a_panel_is_in_its_cell_and_near_a_border_in_both():
    """Three cells in the plane; the fourth panel points between the first two."""
    centroids = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    cells = visits(np.array([[1, 0], [0, 1], [-1, 0], unit(np.array([1, 1.05]))]), centroids)
    assert cells == [{0}, {1}, {2}, {0, 1}]


def test_the_rows_are_described_and_sorted_by_cell():
    centroids = train_cells(random_vectors(1024), 16)
    found = assigned(random_vectors(300, seed=1), centroids)
    assert found.schema.equals(DESCRIBED)
    assert all(found["fresh"].to_pylist())
    assert all(column.null_count == 0 for column in found.drop_columns(["phash"]).columns)
    assert found["row"].to_pylist() == found["thumbnail_crc"].to_pylist()
    assert found["panel_id"].to_pylist() == [f"PMC{row}v1-f001-p01" for row in found["row"].to_pylist()]
    assert found["cell"].to_pylist() == sorted(found["cell"].to_pylist())


def test_every_panel_is_in_its_nearest_cell_and_in_few():
    centroids, vectors = train_cells(random_vectors(1024), 16), random_vectors(2000, seed=1)
    cells = visits(vectors, centroids)
    nearest = (vectors.astype(np.float16).astype(np.float32) @ centroids.T).argmax(1)
    assert all(near in found for near, found in zip(nearest, cells, strict=True))
    assert {len(found) for found in cells} <= set(range(1, VISITED + 1))
    assert 1 < sum(map(len, cells)) / len(cells) < VISITED


def test_one_cell_holds_all():
    centroids = train_cells(random_vectors(10), 1)
    assert visits(random_vectors(10), centroids) == [{0}] * 10
    assert visits(random_vectors(10), train_cells(np.zeros((0, 32), np.float32), 1)) == [{0}] * 10


def test_centroids_are_unit_vectors_and_the_same_each_time():
    vectors = random_vectors(1024)
    centroids = train_cells(vectors, 16)
    assert np.linalg.norm(centroids, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(centroids, train_cells(vectors, 16))


def test_copies_meet_in_a_cell():
    """300 copies at a cosine of 0.95 among 2,000 vectors in 16 cells: by the nearest cell alone many pairs part."""
    vectors = random_vectors(2000)
    across = random_vectors(300, seed=1)
    across = unit(across - (across * vectors[:300]).sum(1, keepdims=True) * vectors[:300])
    copies = unit(0.95 * vectors[:300] + (1 - 0.95**2) ** 0.5 * across)
    centroids = train_cells(vectors, 16)
    cells = visits(np.concatenate([vectors, copies]), centroids)
    pairs = list(zip(cells[:300], cells[2000:], strict=True))
    assert sum(not one.isdisjoint(other) for one, other in pairs) >= 0.98 * 300
    alone = [(vectors[:300] @ centroids.T).argmax(1), (copies @ centroids.T).argmax(1)]
    assert (alone[0] == alone[1]).mean() < 0.9


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_column_as_a_matrix(rows):
    vectors = random_vectors(rows + 2, dimension=4).astype(np.float16)
    column = pa.chunked_array([pa.array(list(vectors), pa.list_(pa.float16()))]).slice(2)
    assert np.array_equal(to_matrix(column), vectors[2:].astype(np.float32)) or rows == 0
    assert to_matrix(column).shape[0] == rows
