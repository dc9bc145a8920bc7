"""Leaks: the panels that show the same as images from elsewhere, found and confirmed as edges between panels are."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import LEAKS
from transforms.duplicates.cells import to_matrix
from transforms.duplicates.edges import LIKENESS, Neighbourhood, Pairs, confirm, cosines, kinds, to_pixels


class FindLeaks:
    """Panels to LEAKS: each is compared with all `images` (IMAGES), which are held. `threshold`: the least cosine.

    Images of equal pixels are compared once, and all of them named. Every panel looks for its nearest images, so what
    is found of it does not hang on the panels beside it.
    """

    def __init__(self, images: pa.Table, threshold: float) -> None:
        self._threshold = threshold
        self._names = images.select(["pixel_sha256", "image"])
        digests = images["pixel_sha256"].combine_chunks()
        self._digests = digests.unique()
        heads = images.take(pc.index_in(self._digests, value_set=digests))
        self._vectors, self._hashes = to_matrix(heads["embedding"]), heads["phash"]
        self._thumbnails = to_pixels(heads["thumbnail"])
        self._near = Neighbourhood(self._vectors, self._hashes)

    def __call__(self, panels: pa.Table) -> pa.Table:
        """The leaks of `panels` (with columns as of IMAGES, `panel_id` for `image`) in their order, then by image."""
        if not len(panels):
            return LEAKS.empty_table()
        equal = pc.fill_null(pc.index_in(panels["pixel_sha256"], value_set=self._digests), -1).to_numpy()
        alike, likeness = self._copies(panels, equal)
        exact = np.flatnonzero(equal >= 0)
        ones = np.ones(len(exact), np.float32)
        hashed = self._hashes.take(pa.array(alike.one)), panels["phash"].take(pa.array(alike.other))
        row = np.concatenate([exact, alike.other])
        found = pa.table(
            {
                "row": row,
                "panel_id": panels["panel_id"].take(pa.array(row)),
                "pixel_sha256": self._digests.take(pa.array(np.concatenate([equal[exact], alike.one]))),
                "kind": pa.array(["exact"] * len(exact) + kinds(*hashed), pa.string()),
                "similarity": np.concatenate([ones, alike.cosine]),
                "likeness": np.concatenate([ones, likeness]),
            }
        )
        named = found.join(self._names, "pixel_sha256", join_type="inner")
        named = named.sort_by([("row", "ascending"), ("image", "ascending")])
        return named.select(LEAKS.names).cast(LEAKS)

    def _copies(self, panels: pa.Table, equal: NDArray[np.int32]) -> tuple[Pairs, NDArray[np.float32]]:
        """The confirmed pairs of an image and a panel of other pixels, and their likeness."""
        vectors = to_matrix(panels["embedding"])
        near = np.unique(self._near.near(vectors, panels["phash"], self._threshold), axis=0)
        panel, image = near[near[:, 1] != equal[near[:, 0]]].T
        pairs = Pairs(image, panel, cosines(self._vectors, vectors, image, panel))
        likeness = confirm(self._thumbnails, to_pixels(panels["thumbnail"]), pairs)
        kept = likeness >= LIKENESS
        return pairs.where(kept), likeness[kept]
