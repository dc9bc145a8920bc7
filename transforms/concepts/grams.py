"""Names that are similar to a text: the cosine of TF-IDF vectors of character 3-grams, computed exactly.

The vectors are those of scispaCy's candidate generator (Neumann, King, Beltagy, Ammar: ScispaCy. BioNLP 2019), that is
scikit-learn's `TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), min_df=10)`: text in small letters, each word
between two spaces, weights count * (1 + ln((1 + names) / (1 + names with the gram))), length 1.

Its index of near neighbours is approximate. This one is exact, by prefix filtering (Bayardo, Ma, Srikant: Scaling up
all pairs similarity search. WWW 2007): the prefix of a vector are its rarest grams, so many that what is left is
shorter than the threshold. Two vectors whose cosine reaches it share a gram of both prefixes; only such are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: Grams in fewer names are left out, unless there are too few names to tell.
RAREST, FEW_NAMES = 10, 10_000

_SPACE = ord(" ")
_EPSILON = 1e-9


@dataclass(frozen=True)
class GramIndex:
    """Names as vectors of gram counts, and for each gram the names with it in their prefix; memory-mapped arrays.

    `codes` are those of the grams in order, `ranks` the numbers of these grams, from the rarest on; `idf` is by number.
    Name i has the grams `grams[name_ends[i]:name_ends[i + 1]]`, `counts` times each; its vector's length is `norms[i]`.
    Gram g is in the prefixes of `names[gram_ends[g]:gram_ends[g + 1]]`. `threshold` is the least cosine to ask for.
    """

    codes: NDArray[np.uint64]
    ranks: NDArray[np.int32]
    idf: NDArray[np.float64]
    name_ends: NDArray[np.int64]
    grams: NDArray[np.int32]
    counts: NDArray[np.uint8]
    norms: NDArray[np.float64]
    gram_ends: NDArray[np.int64]
    names: NDArray[np.int32]
    threshold: NDArray[np.float64]

    @classmethod
    def build(cls, names: Sequence[str], threshold: float) -> "GramIndex":
        """The index of `names`, for cosines from `threshold` (above 0) on; a name is known by its place among them."""
        owners, found = _grams(names)
        codes, grams = np.unique(found, return_inverse=True)
        owners, grams, counts = _unique_pairs(owners, grams)
        frequency = np.bincount(grams, minlength=len(codes))
        common = frequency >= (RAREST if len(names) >= FEW_NAMES else 1)
        codes, frequency, kept = codes[common], frequency[common], common[grams]
        order = np.argsort(frequency, kind="stable")
        ranks = np.argsort(order)
        idf = np.log((1 + len(names)) / (1 + frequency[order])) + 1.0
        # Sorted by name and, as a gram's number is its rank, from the rarest on within it.
        owners, grams, counts = owners[kept], ranks[(np.cumsum(common) - 1)[grams[kept]]], counts[kept]
        by_name = np.lexsort((grams, owners))
        owners, grams, counts = owners[by_name], grams[by_name], np.minimum(counts[by_name], 255)
        squares = (counts * idf[grams]) ** 2
        lengths = np.bincount(owners, squares, len(names))
        name_ends = _ends(np.bincount(owners, minlength=len(names)))
        before = np.cumsum(squares) - squares
        rest = lengths[owners] - (before - before[name_ends[owners]])
        prefix = np.flatnonzero(rest >= lengths[owners] * (threshold**2 - _EPSILON))
        by_gram = prefix[np.argsort(grams[prefix], kind="stable")]
        return cls(
            codes,
            ranks.astype(np.int32),
            idf,
            name_ends,
            grams.astype(np.int32),
            counts.astype(np.uint8),
            np.sqrt(lengths),
            _ends(np.bincount(grams[prefix], minlength=len(codes))),
            owners[by_gram].astype(np.int32),
            np.array(threshold),
        )

    def save(self, folder: Path) -> None:
        """Write each array as an .npy file."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> "GramIndex":
        """Map what `save` wrote; pages are read as they are needed and shared by all processes."""
        arrays = (np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls))
        return cls(*map(np.asarray, arrays))  # a memmap is slower to index

    def similar(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The names whose cosine with `text` reaches the threshold, in their order, and these cosines."""
        threshold = float(self.threshold)
        grams, weights = self._vector(text)
        rest = np.cumsum(weights[::-1] ** 2)[::-1]
        prefix = grams[rest >= threshold**2 - _EPSILON]
        sharing = [self.names[self.gram_ends[gram] : self.gram_ends[gram + 1]] for gram in prefix]
        if not sharing:
            return np.empty(0, np.int64), np.empty(0)
        names = np.unique(np.concatenate(sharing)).astype(np.int64)
        cosines = self._dots(names, grams, weights) / self.norms[names]
        near = cosines >= threshold
        return names[near], cosines[near]

    def _vector(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The grams of a text that the names know, rarest first, and their weights: a vector of length 1."""
        codes, counts = np.unique(_grams([text])[1], return_counts=True)
        places = np.searchsorted(self.codes, codes)
        known = places < len(self.codes)
        known[known] = self.codes[places[known]] == codes[known]
        grams = self.ranks[places[known]].astype(np.int64)
        rarest = np.argsort(grams)
        grams, counts = grams[rarest], counts[known][rarest]
        weights = counts * self.idf[grams]
        return grams, weights / np.sqrt(weights @ weights) if len(grams) else weights

    def _dots(
        self, names: NDArray[np.int64], grams: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The dot products of the names' vectors, not yet of length 1, with that of the text."""
        starts, lengths = self.name_ends[names], self.name_ends[names + 1] - self.name_ends[names]
        firsts = np.cumsum(lengths) - lengths
        entries = np.arange(lengths.sum()) + np.repeat(starts - firsts, lengths)
        dense = np.zeros(len(self.idf))
        dense[grams] = weights * self.idf[grams]
        products: NDArray[np.float64] = np.add.reduceat(dense[self.grams[entries]] * self.counts[entries], firsts)
        return products


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Every 3-gram of the texts as a code of three times 21 bits, and the text that it stands in."""
    padded = [f" {'  '.join(text.lower().split())} " for text in texts]
    points = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    codes = points[:-2] << np.uint64(42) | points[1:-1] << np.uint64(21) | points[2:]
    owners = np.repeat(np.arange(len(padded)), [len(text) for text in padded])[1:-1]
    inside = points[1:-1] != _SPACE  # words are two spaces apart: a gram around a space lies in no word
    return owners[inside], codes[inside]


def _unique_pairs(
    owners: NDArray[np.int64], grams: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each pair of name and gram once, and how often it occurs."""
    base = np.int64(grams.max(initial=0) + 1)
    pairs, counts = np.unique(owners * base + grams, return_counts=True)
    return *np.divmod(pairs, base), counts


def _ends(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)])
