"""Leaks: the panels that show the same as images from elsewhere, found and confirmed as edges between panels are."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import LEAKS
from transforms.duplicates.heads import NEIGHBOURS, Pairs, kinds, to_similarity
from transforms.duplicates.near import near_blocks, nearness, to_pictures
from transforms.duplicates.thumbnails import LIKENESS, Fetch, Thumbnails, confirm, to_pixels

Ints = NDArray[np.int64]


class FindLeaks:
    """Panels to LEAKS: each is compared with all `images` (IMAGES), which are held. `threshold`: the least cosine;
    `fetch` gets rows of panels, those alone that are near to an image, and returns their thumbnails.

    Images of equal pixels are compared once, and all of them named. Every panel looks for its nearest images, so what
    is found of it does not hang on the panels beside it.
    """

    def __init__(self, images: pa.Table, threshold: float, fetch: Fetch) -> None:
        self._threshold, self._fetch = threshold, fetch
        self._names = images.select(["pixel_sha256", "image"])
        digests = images["pixel_sha256"].combine_chunks()
        self._digests = digests.unique()
        heads = images.take(pc.index_in(self._digests, value_set=digests))
        self._pictures, self._thumbnails = to_pictures(heads), Thumbnails(heads, to_pixels)

    def __call__(self, panels: pa.Table) -> pa.Table:
        """The leaks of `panels` (INDEX, with what `fetch` asks for) in their order, then by image."""
        if not len(panels):
            return LEAKS.empty_table()
        equal = pc.fill_null(pc.index_in(panels["pixel_sha256"], value_set=self._digests), -1).to_numpy()
        alike = self._copies(panels, equal)
        exact = np.flatnonzero(equal >= 0)
        ones = np.ones(len(exact), np.float32)
        row = np.concatenate([exact, alike.one])
        found = pa.table(
            {
                "row": row,
                "panel_id": panels["panel_id"].take(pa.array(row)),
                "pixel_sha256": self._digests.take(pa.array(np.concatenate([equal[exact], alike.other]))),
                "kind": pa.concat_arrays([pa.repeat("exact", len(exact)), kinds(alike.hashed)]),
                "similarity": np.concatenate([ones, to_similarity(alike.cosine)]),
                "likeness": np.concatenate([ones, alike.likeness]),
            }
        )
        named = found.join(self._names, "pixel_sha256", join_type="inner")
        named = named.sort_by([("row", "ascending"), ("image", "ascending")])
        return named.select(LEAKS.names).cast(LEAKS)

    def _copies(self, panels: pa.Table, equal: NDArray[np.int32]) -> Pairs:
        """The pairs of a panel and an image of other pixels that show the same."""
        one, other = self._nearest(panels, equal)
        likeness = confirm(Thumbnails(panels, self._fetch), one, self._thumbnails, other, np.full(len(one), LIKENESS))
        kept = likeness >= LIKENESS
        near = nearness(to_pictures(panels), one[kept], self._pictures, other[kept], self._threshold)
        return Pairs(one[kept], other[kept], near.cosine, near.hashed, likeness[kept])

    def _nearest(self, panels: pa.Table, equal: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """The rows of panels, each with those of its nearest images."""
        pictures = to_pictures(panels)
        ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for start, masks in near_blocks(pictures, self._pictures, self._threshold):
            one, other = np.nonzero(masks)
            one += start
            near = nearness(pictures, one, self._pictures, other, self._threshold)
            kept = near.near & (equal[one] != other)
            one, other, closeness = one[kept], other[kept], near.closeness[kept]
            order = np.lexsort((other, -closeness, one))
            one, other = one[order], other[order]
            place = np.arange(len(one)) - np.searchsorted(one, one)
            ones.append(one[place < NEIGHBOURS])
            others.append(other[place < NEIGHBOURS])
        return np.concatenate(ones), np.concatenate(others)
