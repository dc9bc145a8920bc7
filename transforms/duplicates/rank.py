"""Rank: which of several copies of a picture is canonical."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.ids import panel_order

#: From the freest licence on; what is not named comes last.
LICENSES = ("CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND")

Ints = NDArray[np.int64]


def ranking(panels: pa.Table) -> Ints:
    """The rows of `panels`, the most canonical first: by the freest licence, then the largest, the earliest, the one of
    smallest id. `panels` has the columns panel_id, width, height, license and year.
    """
    license_rank = pc.fill_null(pc.index_in(panels["license"], pa.array(LICENSES)), len(LICENSES))
    area = panels["width"].to_numpy().astype(np.int64) * panels["height"].to_numpy()
    year = pc.fill_null(panels["year"], np.iinfo(np.int32).max)
    ids = panels["panel_id"].to_pylist()
    place = np.empty(len(ids), np.int64)
    place[sorted(range(len(ids)), key=lambda row: panel_order(ids[row]))] = np.arange(len(ids))
    return np.lexsort((place, year.to_numpy(), -area, license_rank.to_numpy()))


def first_of_each(values: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """The first row of each value, and for each row the place of its value's first row among these."""
    codes = values.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return np.unique(codes, return_index=True)[1], codes  # codes count up in the order of their first rows
