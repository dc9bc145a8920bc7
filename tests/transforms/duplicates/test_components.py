"""Components of a graph of pictures, and the buckets that they fill."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.duplicates import COMPONENTS
from transforms.duplicates.components import find_components, to_integers


def components(edges, size=100):
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    found = find_components(one, other, size)
    assert found.schema.equals(COMPONENTS)
    return {row["picture"]: (row["component"], row["bucket"]) for row in found.to_pylist()}


def test_no_edges():
    assert components([]) == {}


def test_what_edges_join_is_named_after_its_smallest_picture():
    assert components([(7, 3), (9, 7), (5, 8), (4, 4)]) == {
        3: (3, 0),
        7: (3, 0),
        9: (3, 0),
        4: (4, 0),
        5: (5, 0),
        8: (5, 0),
    }


def test_components_fill_buckets_and_are_never_divided():
    found = components([(1, 2), (3, 4), (5, 6), (7, 8), (8, 9), (9, 10), (11, 11)], size=3)
    buckets = {
        name: {bucket for component, bucket in found.values() if component == name} for name, _ in found.values()
    }
    assert buckets == {1: {0}, 3: {0}, 5: {1}, 7: {2}, 11: {3}}


def test_pictures_below_zero_are_pictures():
    assert components([(-5, 3)]) == {-5: (-5, 0), 3: (-5, 0)}


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_edges_does_not_matter(edges, random):
    mixed = [random.choice([edge, edge[::-1]]) for edge in random.sample(edges, len(edges))]
    found = components(edges, 4)
    assert components(mixed, 4) == found
    assert all(found[one] == found[other] for one, other in edges)


@pytest.mark.parametrize("count", [0, 2])
def test_digests_as_integers(count):
    digests = pa.chunked_array([["00" * 7 + "2a" + "ff" * 24, "ff" * 32][:count]], pa.string())
    assert to_integers(digests).tolist() == [42, -1][:count]
