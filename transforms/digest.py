"""The digest of triplets: what they say, not how, where or in how many files they were built."""

import hashlib
import json
from collections.abc import Iterable

from schemas.tables import Row
from schemas.triplets import RUN_FIELDS

#: Digests are added up modulo this.
MODULUS = 1 << 256


def digest_rows(split: str, triplets: Iterable[Row]) -> int:
    """The sum, modulo 2^256, of the SHA-256 of every triplet with its split; an image counts by its own SHA-256.

    So it depends neither on the order of rows nor on how they are cut into shards.
    """
    return sum(_digest_row(split, triplet) for triplet in triplets) % MODULUS


def digest_text(total: int) -> str:
    """A digest, or a sum of digests, as text."""
    return f"{total % MODULUS:064x}"


def _digest_row(split: str, triplet: Row) -> int:
    line = json.dumps([split, _content(triplet)], ensure_ascii=False, sort_keys=True)
    return int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")


def _content(triplet: Row) -> Row:
    provenance = {name: value for name, value in triplet["provenance"].items() if name not in RUN_FIELDS}
    said = {name: value for name, value in triplet.items() if name != "image"}
    return said | {"embedding": [float(x) for x in triplet["embedding"]], "provenance": provenance}
