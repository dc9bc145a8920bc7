"""What a lock says in JSON: all that a rebuild depends on beside the articles, and what it must come to."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.config.recipe import Recipe
from pipeline.config.run_record import MOST_COMPONENTS, Cut, SnapshotRecord

#: Article versions of a corpus at most: a small file may state any number.
MOST_ARTICLES = 50_000_000

_Count = Annotated[int, Field(ge=0)]


class Versions(BaseModel):
    """Of all that shapes a dataset beside its articles, recipe, cut and centroids."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    medconcept: str
    vocabulary: str
    encoder: str
    linker: dict[str, Any]
    stages: dict[str, str]
    libraries: dict[str, str]
    steps: dict[str, str]


class LockDocument(BaseModel):
    """What a lock says in JSON.

    `recipe` does not say where the images lie that it withholds: `withheld` digests them. `vocabulary` says what the
    vocabulary was compiled from. `dimension` is that of the centroids. `snapshot` is the inventory that was built from,
    `counts` are the steps of the funnel, `digest` is the dataset's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Recipe
    withheld: str | None
    cut: Cut
    versions: Versions
    vocabulary: dict[str, Any]
    dimension: int = Field(ge=1, le=MOST_COMPONENTS)
    snapshot: SnapshotRecord
    articles: int = Field(ge=1, le=MOST_ARTICLES)
    counts: dict[str, _Count]
    digest: str = Field(pattern="^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _whole(self) -> "LockDocument":
        if self.recipe.withheld is not None:
            raise ValueError("its recipe names a path")
        splits = self.recipe.splits.model_dump().keys()
        if self.cut.shards is None or not self.cut.units.keys() == self.cut.shards.keys() == splits:
            raise ValueError("the cut does not say how each split is cut into units and shards")
        return self

    def contradicts(self, articles: pa.Table, coverage: pa.Table) -> str | None:
        """Where LOCK or LOCKED_COVERAGE have other triplets than the funnel, in words; else None.

        A triplet is of one article and under one licence.
        """
        licenses = coverage.filter(pc.equal(coverage["table"], "licenses"))
        for name, table in (("articles", articles), ("licences", licenses)):
            found, stated = pc.sum(table["triplets"], min_count=0).as_py(), self.counts.get("triplets")
            if found != stated:
                return f"its {name} have {found:,} triplets, its funnel {'none' if stated is None else f'{stated:,}'}"
        return None

    def lacks(self, versions: Mapping[str, Any], withheld: str | None) -> str | None:
        """Why a rebuild with these versions and withheld images would be another corpus, and what to do; else None."""
        found = list(_differences("", self.versions.model_dump(), versions))
        found += _differences("withheld", self.withheld, withheld)
        if not found:
            return None
        advice = ["install and name those of the lock"]
        if self.versions.vocabulary != versions["vocabulary"]:
            advice.append(f"its vocabulary is {_describe_vocabulary(self.vocabulary)}")
        if self.withheld != withheld:
            advice.append("name the images that it withholds by --withheld")
        return f"this would be another corpus, for other versions are in use ({'; '.join(found)}): {'; '.join(advice)}"


def _describe_vocabulary(compiled: Mapping[str, Any]) -> str:
    """What a vocabulary was compiled from, and the option that names it."""
    imaging = "" if "imaging_terms" in compiled else " without the list of imaging terms"
    if compiled.get("origin") != "umls":
        return f"the open starter vocabulary{imaging}, of the versions of the lock: leave out --umls and --vocabulary"
    filters = compiled.get("filters")
    chosen = filters.items() if isinstance(filters, Mapping) else ()
    said = ", ".join(f"{name} {value}".replace("'", "") for name, value in chosen if value)
    return f"UMLS {compiled.get('release')}{imaging} ({said}), which --umls names, or --vocabulary where it is filtered"


def _differences(name: str, locked: Any, ours: Any) -> Iterator[str]:
    """What of `locked` is otherwise here, each as "name: locked -> ours"."""
    if isinstance(locked, Mapping) and isinstance(ours, Mapping):
        for key in locked:
            yield from _differences(f"{name}.{key}" if name else key, locked[key], ours.get(key))
    elif locked != ours:
        yield f"{name}: {'none' if locked is None else locked} -> {'none' if ours is None else ours}"
