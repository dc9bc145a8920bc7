"""The trigram linker: each run of words to the name that is most similar in character 3-grams.

It links as MedConcept-23M was linked, by scispaCy's candidate generator cut at a similarity of 0.80, one concept a span
and no filter of semantic types; but without approximation, and without a model that finds mentions.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.grams import GramIndex
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations, Concept
from transforms.concepts.matches import DIGITS, Match, mention_spans, names, rows, without_overlaps

#: The least similarity in the records that ConceptCLIP published.
THRESHOLD = 0.80

_CONCEPTS = "concepts.npy"


def build_index(lexicon: Lexicon, folder: Path, threshold: float = THRESHOLD) -> None:
    """Write the index that a TrigramLinker opens."""
    first: dict[str, int] = {}
    for concept, name in names(lexicon):
        first.setdefault(" ".join(name.lower().split()), concept)
    GramIndex.build(list(first), threshold).save(folder)
    np.save(folder / _CONCEPTS, np.array(list(first.values()), np.int32))


class TrigramLinker:
    """Links by the cosine of character 3-grams (grams.py)."""

    name = "trigram-2"

    def __init__(self, lexicon: Lexicon, folder: Path, wanted: NDArray[np.bool_] | None = None) -> None:
        """`folder` holds what `build_index` wrote for this lexicon; `wanted` says of each concept whether it is linked
        (selection.py)."""
        self._lexicon, self._wanted = lexicon, wanted
        self._index = GramIndex.open(folder)
        self._concepts = np.load(folder / _CONCEPTS, mmap_mode="r")
        self.vocabulary = lexicon.version

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text; a mention that occurs in several is looked up once. `known` is left aside."""
        best: dict[str, tuple[int, float] | None] = {}
        linked = []
        for text in texts:
            matches = []
            for start, end in mention_spans(text):
                mention = text[start:end].lower()
                if mention not in best:
                    best[mention] = self._best(mention)
                if (found := best[mention]) is not None:
                    matches.append(Match(start, end, *found))
            linked.append(rows(self._lexicon, text, without_overlaps(matches, self._wanted)))
        return linked

    def _best(self, mention: str) -> tuple[int, float] | None:
        """The most similar concept; of equally similar ones the smallest CUI, as in the published records."""
        similar, cosines = self._index.similar(mention)
        if not len(similar):
            return None
        first = int(np.argmax(np.round(cosines, DIGITS)))
        return int(self._concepts[similar[first]]), float(cosines[first])
