"""Annotated captions: which of the names in a caption are right links, and which of these say something of a picture.

captions.jsonl.gz beside this module holds annotations only; the captions are those of ROCO (CC BY, CC0) and of a mirror
of PMC.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from training.linking.corpus import run_keys, span_in, word_spans
from training.linking.counting import added, tally
from transforms.concepts.candidates import LONGEST, cui_number
from transforms.concepts.canonical import read
from transforms.concepts.statistics import Statistics, concept_key, pair_key
from transforms.concepts.words import Tokens, ngram_keys, tokenise

ANNOTATIONS = Path(__file__).with_name("captions.jsonl.gz")
#: A link of a caption counts as so many mentions of an abstract.
PAIR_WEIGHT = 3


#: By a name in small letters, CUIs.
Senses = Mapping[str, frozenset[str]]


class Captions(NamedTuple):
    """Captions and their right links, `(start, end, cui, useful)` in code points."""

    texts: list[str]
    articles: NDArray[np.int64]  # of each caption
    links: list[list[tuple[int, int, str, bool]]]

    def take(self, rows: NDArray[np.int64]) -> "Captions":
        """Some of them."""
        return Captions([self.texts[row] for row in rows], self.articles[rows], [self.links[row] for row in rows])


def read_captions(roco: Path, mirror: Path) -> Captions:
    """The annotated captions as a linker reads them."""
    with gzip.open(ANNOTATIONS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    with gzip.open(roco, "rt", encoding="utf-8") as lines:
        captions = {row["id"]: (row["caption"], row["pmcid"]) for row in map(json.loads, lines)}
    for article in sorted({row["id"].partition(":")[0] for row in rows} - captions.keys()):
        figures = _figures(mirror / article / f"{article}.xml")
        captions |= {figure: (caption, article) for figure, caption in figures.items()}
    texts, articles = zip(*(captions[row["id"]] for row in rows), strict=True)
    numbers = np.unique(articles, return_inverse=True)[1]
    canonical = list(map(read, texts))
    links = [
        [(*span_in(found, start, end), cui, useful) for start, end, cui, useful in row["links"]]
        for found, row in zip(canonical, rows, strict=True)
    ]
    return Captions([found.text for found in canonical], numbers, links)


def _figures(file: Path) -> dict[str, str]:
    """The captions of an article by `article:figure`; inline elements add no blank."""
    captions = {}
    for number, figure in enumerate(etree.parse(file).iter("fig")):
        caption = figure.find("caption")
        if caption is not None:
            parts = ["".join(part.itertext()) for part in list(caption) or [caption]]
            captions[f"{file.stem}:{figure.get('id') or number}"] = " ".join(" ".join(parts).split())
    return captions


def interchangeable(captions: Captions) -> Senses:
    """By what is written, the concepts that annotators took for one another: each of them in a fourth of the links."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, links in zip(captions.texts, captions.links, strict=True):
        for start, end, cui, is_useful in links:
            counts[text[start:end].lower()][cui] += is_useful
    return {
        name: frozenset(cui for cui, count in each.items() if count > 1 and 4 * count >= each.total())
        for name, each in counts.items()
    }


class Links(NamedTuple):
    """The links of captions by their words."""

    tokens: Tokens
    text: NDArray[np.int64]
    key: NDArray[np.uint64]  # of the name
    cui: NDArray[np.uint64]
    useful: NDArray[np.bool_]


def align(captions: Captions) -> Links:
    """The links that begin and end with a word."""
    tokens = tokenise(captions.texts)
    links = [(text, *link) for text, each in enumerate(captions.links) for link in each]
    found = word_spans(tokens, (link[:3] for link in links))
    rows = [(*words, cui_number(cui), useful) for words, (*_, cui, useful) in zip(found, links, strict=True) if words]
    first, last, cui, useful = np.array(rows, np.int64).T
    keys = run_keys(tokens, first, last - first + 1)
    return Links(tokens, tokens.texts[first], keys, cui.astype(np.uint64), useful > 0)


def with_captions(statistics: Statistics, links: Links, chosen: NDArray[np.bool_]) -> Statistics:
    """The statistics of abstracts with those of the chosen captions."""
    tokens, kept = links.tokens, chosen[links.text]
    useful, empty = kept & links.useful, kept & ~links.useful
    runs, names = [], np.unique(np.concatenate([links.key, tokens.keys]))
    for length in range(1, LONGEST + 1):
        keys = ngram_keys(tokens.keys, length)
        first = np.arange(len(keys))
        whole = (tokens.texts[first] == tokens.texts[first + length - 1]) & chosen[tokens.texts[first]]
        runs.append(keys[whole & np.isin(keys, names)])
    pairs, concepts = pair_key(links.key, links.cui), concept_key(links.cui)
    return statistics._replace(
        pairs=added(statistics.pairs, tally(np.repeat(pairs[kept], PAIR_WEIGHT))),
        caption_names=tally(np.concatenate(runs), links.key[useful], links.key[empty]),
        caption_concepts=tally(concepts[useful], concepts[empty]),
    )
