"""What is near to what: all pairs within the radius and from the threshold on, whatever is compared at once."""

import numpy as np
import pyarrow as pa
import pytest

from transforms.duplicates import near
from transforms.duplicates.near import BITS, RADIUS, Pictures, near_blocks, nearness, to_pictures

THRESHOLD = 0.6


def pictures(vectors, codes=None):
    hashes = pa.nulls(len(vectors), pa.uint64()) if codes is None else pa.array(codes, pa.uint64())
    embedding = pa.array(list(vectors.astype(np.float16)), pa.list_(pa.float16()))
    return to_pictures(pa.table({"embedding": embedding, "phash": hashes}))


def pairs(found, others=None):
    """All near pairs, as (N, 2), with how near they are."""
    others = found if others is None else others
    rows = [np.add(np.argwhere(mask), (start, 0)) for start, mask in near_blocks(found, others, THRESHOLD)]
    one, other = np.concatenate(rows).T
    exact = nearness(found, one, others, other, THRESHOLD)
    return np.stack([one, other], 1)[exact.near], exact


@pytest.mark.parametrize("entries", [1, 5000, near.ENTRIES])
def test_all_pairs_within_the_radius(entries, monkeypatch):
    monkeypatch.setattr(near, "ENTRIES", entries)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**64, 300, dtype=np.uint64)
    masks = [sum(1 << int(bit) for bit in rng.choice(64, n, replace=False)) for n in rng.integers(1, 10, 300)]
    codes = np.concatenate([codes, codes ^ np.array(masks, np.uint64)])
    vectors = np.eye(600, dtype=np.float32)
    apart = np.unpackbits((codes[:, None] ^ codes).view(np.uint8).reshape(600, -1, 8), axis=2).sum(axis=2)
    found, exact = pairs(pictures(vectors, codes))
    assert found.tolist() == np.argwhere(apart <= RADIUS).tolist()
    assert 200 < (len(found) - 600) / 2 < 300
    assert exact.hashed.all()
    assert not exact.cosine[found[:, 0] != found[:, 1]].any()


def test_all_pairs_from_the_threshold_on():
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    all_of = pictures(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    cosines = all_of.vectors.astype(float) @ all_of.vectors.T.astype(float)
    found, exact = pairs(all_of.take(np.arange(10)), all_of)
    assert found.tolist() == np.argwhere(cosines[:10] >= THRESHOLD).tolist()
    assert not exact.hashed.any()
    assert exact.cosine[exact.near] == pytest.approx(cosines[tuple(found.T)])


def test_what_has_no_hash_is_near_to_none_by_it():
    codes = [0, 0, None, None]
    found, _ = pairs(pictures(np.eye(4, dtype=np.float32), codes))
    assert found.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 2], [3, 3]]


def test_the_nearer_of_both_ways_counts():
    same = Pictures(np.eye(2, dtype=np.float32), np.ones((2, BITS), np.float32))
    found = nearness(same, np.array([0, 0]), same, np.array([0, 1]), THRESHOLD)
    assert found.closeness.tolist() == [1, 1]
    assert found.cosine.tolist() == [1, 0]
    assert found.hashed.tolist() == [True, True]
