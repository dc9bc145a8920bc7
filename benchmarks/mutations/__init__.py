"""Seeded changes of real files, as a hostile or broken source makes them; for benchmarks/mutated.py.

A mutation takes a generator of chance and the bytes, and gives other bytes. Each kind of file has those that its
reader must bear: `MUTATIONS` names them by kind.
"""

from benchmarks.mutations.basic import Mutation, cut, flipped, headed, repeated, swapped, zeroed
from benchmarks.mutations.binary import bomb, resized, restated, within_gzip, without_checksums
from benchmarks.mutations.text import (
    declared,
    doubled_attributes,
    moved_elements,
    nested_json,
    nested_xml,
    recoded,
    renumbered,
    retyped_json,
)

ANY: tuple[Mutation, ...] = (flipped, cut, repeated, swapped, zeroed, headed)
TEXT: tuple[Mutation, ...] = (*ANY, renumbered, recoded)
JSON: tuple[Mutation, ...] = (*TEXT, nested_json, retyped_json, retyped_json)

#: The mutations of each kind of file.
MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "jats": (*TEXT, nested_xml, doubled_attributes, moved_elements, moved_elements, declared),
    "metadata": JSON,
    "manifest": JSON,
    "inventory": (*ANY, bomb, *(within_gzip(each) for each in TEXT)),
    "picture": (*ANY, resized, without_checksums, flipped),
    "package": (*ANY, bomb, restated, restated, *(within_gzip(each) for each in ANY)),
    "file list": TEXT,
}
