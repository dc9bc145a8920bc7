"""The names that a model is trained or measured with: those of a release, and the surfaces of chosen documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.vocabulary import VOCABULARY
from training.linking.corpus import Corpus
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.umls import Filters, umls_names


class Vocabulary:
    """Base names and the surfaces of chosen documents' mentions, with the interface of a `Lexicon`."""

    def __init__(self, base: Lexicon, surfaces: Lexicon, allowed: NDArray[np.bool_]) -> None:
        concept_of = {base.cui(concept): concept for concept in range(base.concepts)}
        self.base, self.surfaces, self.version = base, surfaces, base.version
        self.concept_cui = np.concatenate([base.concept_cui, surfaces.concept_cui])
        shared = [concept_of.get(surfaces.cui(each), base.concepts + each) for each in range(surfaces.concepts)]
        rows = np.flatnonzero(allowed)
        keys = np.concatenate([row_keys(base), row_keys(surfaces)[rows]])
        concepts = np.concatenate([base.name_concept, np.array(shared, np.int32)[surfaces.name_concept[rows]]])
        flags = np.concatenate([base.name_flags, surfaces.name_flags[rows]])
        origin = np.concatenate([np.arange(len(base.name_flags)), len(base.name_flags) + rows])
        order = np.lexsort((np.arange(len(keys)), keys))
        self.keys, self.key_first, self.key_count = np.unique(keys[order], return_index=True, return_counts=True)
        self.name_concept, self.name_flags, self.origin = concepts[order], flags[order], origin[order]

    def lookup(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """As `Lexicon.lookup`."""
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hit = self.keys[at] == keys
        return np.where(hit, self.key_first[at], 0), np.where(hit, self.key_count[at], 0).astype(np.int32)

    def begins(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """As `Lexicon.begins`."""
        return self.base.begins(keys) | self.surfaces.begins(keys)

    def name(self, row: int) -> str:
        """As `Lexicon.name`."""
        origin, size = int(self.origin[row]), len(self.base.name_flags)
        return self.base.name(origin) if origin < size else self.surfaces.name(origin - size)

    def cui(self, concept: int) -> str:
        """As `Lexicon.cui`."""
        size = self.base.concepts
        return self.base.cui(concept) if concept < size else self.surfaces.cui(concept - size)

    def preferred(self, concept: int) -> str:
        """As `Lexicon.preferred`."""
        size = self.base.concepts
        return self.base.preferred(concept) if concept < size else self.surfaces.preferred(concept - size)

    def semantic_types(self, concept: int) -> list[str]:
        """As `Lexicon.semantic_types`."""
        size = self.base.concepts
        return self.base.semantic_types(concept) if concept < size else self.surfaces.semantic_types(concept - size)


def row_keys(lexicon: Lexicon) -> NDArray[np.uint64]:
    """The key of each row of a lexicon."""
    rows = lexicon._key_rows.astype(np.int64)
    return np.repeat(lexicon._keys, np.diff(rows))


class Names(NamedTuple):
    """The vocabulary of the training corpus, before the documents to learn from are chosen."""

    base: Lexicon
    surfaces: Lexicon
    row_surface: NDArray[np.int64]  # the surface, with its concept, that each row of `surfaces` comes from
    mention_surface: NDArray[np.int64]  # the same of each mention
    documents: NDArray[np.int64]  # of each mention

    def of(self, chosen: NDArray[np.bool_]) -> Vocabulary:
        """Base names, and the surfaces of the chosen documents."""
        seen = np.bincount(self.mention_surface[chosen[self.documents]], minlength=self.mention_surface.max() + 1) > 0
        return Vocabulary(self.base, self.surfaces, seen[self.row_surface])


def compile_names(corpus: Corpus, umls: Path, folder: Path) -> Names:
    """The names of a UMLS release without those of MedMentions, and apart from them the surfaces of the mentions."""
    compile_lexicon(base_names(umls, folder), folder / "base", {"origin": "umls"})
    table = surface_names(corpus)
    compile_lexicon([table.sort_by([("cui", "ascending")])], folder / "surfaces", {"origin": "surfaces"})
    surfaces = Lexicon.open(folder / "surfaces")
    pairs = zip(table["cui"].to_pylist(), table["name"].to_pylist(), strict=True)
    number = {(cui, name.lower()): place for place, (cui, name) in enumerate(pairs)}
    row_surface = [
        number[surfaces.cui(int(concept)), surfaces.name(row).lower()]
        for row, concept in enumerate(surfaces.name_concept)
    ]
    mentioned = [number[cui, surface.lower()] for cui, surface in corpus.surfaces()]
    documents = np.repeat(corpus.documents, list(map(len, corpus.mentions)))
    return Names(Lexicon.open(folder / "base"), surfaces, np.array(row_surface), np.array(mentioned), documents)


def base_names(umls: Path, scratch: Path) -> Iterator[pa.Table]:
    """The names of a UMLS release without those of MedMentions, ordered by CUI."""
    sources = {line.split("|")[11] for line in (umls / "MRCONSO.RRF").open()} - {"MEDMENTIONS"}
    return umls_names(umls, Filters(sources=tuple(sorted(sources))), scratch)


def surface_names(corpus: Corpus) -> pa.Table:
    """The surfaces of the mentions as names, each once a concept, in the order in which they occur."""
    names: dict[tuple[str, str], str] = {}
    preferred: dict[str, str] = {}
    for cui, surface in corpus.surfaces():
        names.setdefault((cui, surface.lower()), surface)
        preferred.setdefault(cui, surface)
    rows = [
        {
            "name": name,
            "cui": cui,
            "source": "MEDMENTIONS",
            "semantic_types": [],
            "rank": 1,
            "preferred": preferred[cui],
        }
        for (cui, _), name in names.items()
    ]
    return pa.Table.from_pylist(rows, schema=VOCABULARY)
