"""Leaks: the panels that show the same as images from elsewhere, found and confirmed as edges between panels are.

An image may show a whole figure, of which the panels are crops: so the figures are compared, too, and all panels of one
leak. The encoder sees panels alone; figures are near by their hashes.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import LEAKS
from schemas.ids import PANEL_SUFFIX
from transforms.duplicates.confirm import LIKENESS, confirm
from transforms.duplicates.heads import NEIGHBOURS, Pairs, kinds, to_similarity
from transforms.duplicates.near import Pictures, near_blocks, nearness, to_pictures
from transforms.duplicates.thumbnails import Fetch, Held, Thumbnails

#: What shows the image: the panel, or the graphic that it is a crop of.
PANEL, FIGURE = "panel", "figure"

Ints = NDArray[np.int64]


class FindLeaks:
    """Panels and the figures that they are crops of to LEAKS: each is compared with all `images` (IMAGES), which are
    held. `threshold`: the least cosine; `fetch` and `fetch_figures` get rows, those alone that are near to an image.

    Images of equal pixels are compared once, and all of them named. Every picture looks for its nearest images, so what
    is found of it does not hang on those beside it.
    """

    def __init__(self, images: pa.Table, threshold: float, fetch: Fetch, fetch_figures: Fetch) -> None:
        self._threshold, self._fetch, self._fetch_figures = threshold, fetch, fetch_figures
        self._names = images.select(["pixel_sha256", "image"])
        digests = images["pixel_sha256"].combine_chunks()
        self._digests = digests.unique()
        first = pc.index_in(self._digests, value_set=digests)
        self._first, self._thumbnails = first.to_numpy(), Thumbnails(images, Held())
        self._pictures = to_pictures(images.select(["phash", "embedding"]).take(first))
        self._hashes = to_pictures(images.select(["phash"]).take(first))

    def __call__(self, panels: pa.Table, figures: pa.Table) -> pa.Table:
        """The leaks of `panels` (INDEX, with what `fetch` asks for) in their order, then by image; `figures` are the
        graphics that they are crops of (PARENTS, with what `fetch_figures` asks for).
        """
        found = self._found(panels, self._pictures, self._fetch)
        whole = self._found(figures, self._hashes, self._fetch_figures)
        whole = whole.set_column(
            whole.column_names.index("similarity"), "similarity", pa.nulls(len(whole), pa.float32())
        )
        both = [(PANEL, found), (FIGURE, _of_crops(whole, figures["graphic_id"], panels["panel_id"]))]
        leaks = pa.concat_tables([rows.append_column("of", pa.repeat(of, len(rows))) for of, rows in both])
        leaks = leaks.append_column("panel_id", panels["panel_id"].take(leaks["row"]))
        leaks = leaks.sort_by([("row", "ascending"), ("image", "ascending"), ("of", "descending")])
        return leaks.select(LEAKS.names).cast(LEAKS)

    def _found(self, rows: pa.Table, images: Pictures, fetch: Fetch) -> pa.Table:
        """The pairs of a row, by its number, and an image that it shows, by its name; and how they are the same."""
        equal = pc.fill_null(pc.index_in(rows["pixel_sha256"], value_set=self._digests), -1).to_numpy()
        alike = self._copies(rows, equal, images, fetch)
        exact = np.flatnonzero(equal >= 0)
        ones = np.ones(len(exact), np.float32)
        found = pa.table(
            {
                "row": np.concatenate([exact, alike.one]),
                "pixel_sha256": self._digests.take(pa.array(np.concatenate([equal[exact], alike.other]))),
                "kind": pa.concat_arrays([pa.repeat("exact", len(exact)), kinds(alike.hashed)]),
                "similarity": np.concatenate([ones, to_similarity(alike.cosine)]),
                "likeness": np.concatenate([ones, alike.likeness]),
            }
        )
        return found.join(self._names, "pixel_sha256", join_type="inner")

    def _copies(self, rows: pa.Table, equal: NDArray[np.int32], images: Pictures, fetch: Fetch) -> Pairs:
        """The pairs of a row and an image of other pixels that show the same."""
        pictures = to_pictures(rows)
        one, other = self._nearest(pictures, equal, images)
        within = np.zeros(len(one), bool)  # no image is of the article of a row
        likeness = confirm(Thumbnails(rows, fetch), one, self._thumbnails, self._first[other], within)
        kept = likeness >= LIKENESS
        near = nearness(pictures, one[kept], images, other[kept], self._threshold)
        return Pairs(one[kept], other[kept], near.cosine, near.hashed, likeness[kept])

    def _nearest(self, pictures: Pictures, equal: NDArray[np.int32], images: Pictures) -> tuple[Ints, Ints]:
        """The rows of pictures, each with those of its nearest images."""
        ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for start, masks in near_blocks(pictures, images, self._threshold):
            one, other = np.nonzero(masks)
            one += start
            near = nearness(pictures, one, images, other, self._threshold)
            kept = near.near & (equal[one] != other)
            one, other, closeness = one[kept], other[kept], near.closeness[kept]
            order = np.lexsort((other, -closeness, one))
            one, other = one[order], other[order]
            place = np.arange(len(one)) - np.searchsorted(one, one)
            ones.append(one[place < NEIGHBOURS])
            others.append(other[place < NEIGHBOURS])
        return np.concatenate(ones), np.concatenate(others)


def _of_crops(found: pa.Table, graphics: pa.ChunkedArray, panels: pa.ChunkedArray) -> pa.Table:
    """What was `found` of graphics, repeated for each panel that is a crop of one; `row` is then the panel's number."""
    named = found.append_column("graphic_id", graphics.take(found["row"])).drop_columns(["row"])
    crops = pa.table({"graphic_id": pc.replace_substring_regex(panels, f"{PANEL_SUFFIX}$", "")})
    crops = crops.append_column("row", pa.array(np.arange(len(panels))))
    return named.join(crops, "graphic_id", join_type="inner").select(found.column_names)
