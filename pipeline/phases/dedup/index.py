"""What the dedup phase has taken in: which units were described in which file, and since when they are gone.

A generation is what one run added. Generation g compares its panels with each other and with those of before; so a
panel that stood without a break was compared with all others. A unit that was withdrawn or changed is retired by the
generation that finds it so. What comes back later is new.
"""

import json
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from dags.graph import Receipt
from pipeline.config.recipe import digest
from pipeline.storage.receipts import content
from pipeline.storage.store import Store
from transforms.duplicates.cells import CELL, AssignCells

INDEX_FILE = "dedup/index.json"

#: Where descriptions lie.
FOLDER = "dedup/described"

#: Bytes of INDEX that are described in one file, and the bytes of a row beside its embedding of float16.
PART, ROW = 1 << 27, 256

#: The index is made anew when the corpus has outgrown its cells so many times, or after so many generations.
OUTGROWN, GENERATIONS = 4, 16


class Part(BaseModel):
    """Units, by id with the digest of their content, whose panels are described in one file.

    `retired`: the units that no longer stand as they are here, with the generation that found them so.
    """

    model_config = ConfigDict(frozen=True)

    generation: int = Field(ge=0, lt=GENERATIONS)
    units: dict[str, str]
    retired: dict[str, int] = {}

    @property
    def id(self) -> str:
        """The digest of what is in it."""
        return digest([self.generation, self.units])

    @property
    def folder(self) -> str:
        """Where it lies."""
        return f"{FOLDER}/{self.id}"

    def standing(self, generation: int) -> dict[str, str]:
        """The units that this generation compared, or compared others with."""
        if self.generation > generation:
            return {}
        return {
            unit: content for unit, content in self.units.items() if self.retired.get(unit, generation + 1) > generation
        }

    def before(self, generation: int) -> "Part":
        """The part as it was before this generation."""
        retired = {unit: since for unit, since in self.retired.items() if since < generation}
        return self.model_copy(update={"retired": retired})


class Index(BaseModel):
    """The document. `key` digests how panels are described, `centroids` is the key of the item that learnt those.

    `cells` counts the centroids, `panels` those that they are meant for; `dimension` is that of embeddings.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    dimension: int = Field(ge=1)
    cells: int = Field(ge=1)
    centroids: str
    panels: int = Field(ge=0)
    parts: tuple[Part, ...]

    @property
    def generations(self) -> int:
        """How many there are."""
        return 1 + max((part.generation for part in self.parts), default=-1)

    @property
    def row(self) -> int:
        """About the bytes of a row that describes a panel."""
        return ROW + 2 * self.dimension

    def until(self, generation: int) -> list[Part]:
        """The parts of this generation and those before."""
        return [part for part in self.parts if part.generation <= generation]

    def standing(self, generation: int) -> dict[str, str]:
        """The units that stood when this generation was taken in, with the digests of their content."""
        return {unit: content for part in self.parts for unit, content in part.standing(generation).items()}

    def before(self, generation: int) -> "Index | None":
        """The index without this generation and those after it; None where nothing is left."""
        parts = [part.before(generation) for part in self.until(generation - 1)]
        return self.with_parts(parts) if parts else None

    def with_parts(self, parts: Iterable[Part]) -> "Index":
        """The index with these parts."""
        return self.model_copy(update={"parts": tuple(parts)})


def describes(version: str, dimension: int) -> str:
    """The digest of how panels are described: by the encoder of this version, in cells."""
    return digest([version, AssignCells.version, dimension])


def take_in(index: Index | None, units: Mapping[str, Receipt], key: str, dimension: int) -> Index:
    """The index with every unit in it (receipts by id); a new one where there is none, or this one is worn out."""
    contents = contents_of(units)
    total = sum(receipt["counts"]["panels"] for receipt in units.values())
    if index is None or index.key != key:
        return _fresh(units, contents, total, key, dimension)
    known = index.standing(index.generations)
    added = {unit: units[unit] for unit, content in contents.items() if known.get(unit) != content}
    if not added:
        return index
    if index.generations >= GENERATIONS or total > OUTGROWN * max(CELL, index.panels):
        return _fresh(units, contents, total, key, dimension)
    generation = index.generations
    parts = [_retire(part, contents, generation) for part in index.parts]
    return index.with_parts([*parts, *_parts(added, contents, generation, index.row)])


def contents_of(units: Mapping[str, Receipt]) -> dict[str, str]:
    """The digest of what of each unit is compared."""
    return {unit: content(receipt, "index") for unit, receipt in units.items()}


def write_index(store: Store, index: Index) -> None:
    """Keep the index."""
    store.write(INDEX_FILE, json.dumps(index.model_dump(), indent=1).encode())


def read_index(store: Store) -> Index:
    """The index; raises FileNotFoundError, and ValueError where it is damaged."""
    return Index.model_validate_json(store.read(INDEX_FILE))


def find_index(store: Store) -> Index | None:
    """The index, None where there is none or it is damaged: it is made again."""
    try:
        return read_index(store)
    except (FileNotFoundError, ValueError):
        return None


def forget(store: Store) -> None:
    """Have every panel described and compared anew, so that nothing stays of those that are to be taken down."""
    if store.size(INDEX_FILE) is not None:
        store.delete(INDEX_FILE)


def _fresh(units: Mapping[str, Receipt], contents: Mapping[str, str], total: int, key: str, dimension: int) -> Index:
    cells = -(-max(total, 1) // CELL)
    centroids = digest([key, cells, contents])
    index = Index(key=key, dimension=dimension, cells=cells, centroids=centroids, panels=total, parts=())
    return index.with_parts(_parts(units, contents, 0, index.row))


def _retire(part: Part, contents: Mapping[str, str], generation: int) -> Part:
    gone = {unit: generation for unit, content in part.units.items() if contents.get(unit) != content}
    return part.model_copy(update={"retired": gone | part.retired})


def _parts(units: Mapping[str, Receipt], contents: Mapping[str, str], generation: int, row: int) -> list[Part]:
    """The units in order, as many to a part as fit; `row` are the bytes of a row."""
    parts: list[dict[str, str]] = [{}]
    size = 0
    for unit, receipt in units.items():
        mine = receipt["counts"]["panels"] * row
        if size + mine > PART and parts[-1]:
            parts.append({})
            size = 0
        size += mine
        parts[-1][unit] = contents[unit]
    return [Part(generation=generation, units=part) for part in parts]
