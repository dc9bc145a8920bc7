"""What the rows of a shard add up to: the counts and the coverage partial that its receipt vouches for.

An article's rows all lie in one shard, so what a corpus holds is the sum over its shards.
"""

from collections import Counter
from typing import Any

import pyarrow as pa

from schemas.tables import Row
from schemas.triplets import TRIPLETS
from transforms.coverage.partials import COLUMNS, partial
from transforms.digest import digest_rows, digest_text
from transforms.images.metadata import UnknownStructure, metadata_kinds


class ShardSums:
    """Adds up the triplets of a shard of `split`; of their columns only those that coverage counts are held."""

    def __init__(self, split: str) -> None:
        self._split = split
        self.triplets = self._with_metadata = self._digest = 0
        self._licenses: Counter[str] = Counter()
        self._own_licenses = 0
        self._held = [TRIPLETS.empty_table().select(COLUMNS)]

    def add(self, table: pa.Table, rows: list[Row]) -> None:
        """Add triplets, of which `rows` are the values."""
        self.triplets += len(rows)
        self._with_metadata += sum(_has_metadata(row["image"]) for row in rows)
        self._licenses.update(row["provenance"]["license"] or "" for row in rows)
        self._own_licenses += sum(_has_own_license(row["provenance"]) for row in rows)
        self._digest += digest_rows(self._split, rows)
        self._held.append(table.select(COLUMNS))

    def counts(self) -> dict[str, Any]:
        """What the receipt counts.

        `with_metadata` are the pictures that carry what their makers wrote into them (Exif, XMP, IPTC, comments);
        `licenses` counts triplets, those without a licence under "", `own_licenses` those under another licence than
        their article; `digest` is the shard's part of the dataset's.
        """
        return {
            "triplets": self.triplets,
            "with_metadata": self._with_metadata,
            "licenses": dict(sorted(self._licenses.items())),
            "own_licenses": self._own_licenses,
            "digest": digest_text(self._digest),
        }

    def coverage(self) -> pa.Table:
        """The partial of the shard, in COVERAGE."""
        return partial(pa.concat_tables(self._held), self._split)


def _has_own_license(provenance: Row) -> bool:
    return bool(provenance["license"] != provenance["license_article"])


def _has_metadata(image: bytes) -> bool:
    try:
        return bool(metadata_kinds(image))
    except UnknownStructure:
        return False
