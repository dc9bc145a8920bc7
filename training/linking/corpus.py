"""MedMentions: texts with mentions of concepts, in characters and in words."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import cui_number
from transforms.concepts.word_features import BEGIN, END, INSIDE, OUTSIDE, SINGLE
from transforms.concepts.words import Tokens, tokenise


class Corpus(NamedTuple):
    """Texts with mentions; a mention is `(start, end, cui)` in code points of its text."""

    texts: list[str]
    ids: list[str]
    documents: NDArray[np.int64]  # of each text
    mentions: list[list[tuple[int, int, str]]]

    def take(self, chosen: NDArray[np.bool_]) -> "Corpus":
        """The texts of some documents."""
        rows = np.flatnonzero(chosen[self.documents])
        return Corpus(
            [self.texts[row] for row in rows],
            [self.ids[row] for row in rows],
            self.documents[rows],
            [self.mentions[row] for row in rows],
        )

    def surfaces(self) -> Iterator[tuple[str, str]]:
        """The CUI of each mention, and how it reads."""
        for text, mentions in zip(self.texts, self.mentions, strict=True):
            for start, end, cui in mentions:
                yield cui, text[start:end]


def read_corpus(file: Path) -> Corpus:
    """MedMentions as the scorer reads it: a text a segment, its tokens joined by single spaces."""
    texts, ids, documents, mentions = [], [], [], []
    with gzip.open(file, "rt") as lines:
        for document, line in enumerate(lines):
            article = json.loads(line)
            for number, segment in enumerate(article["segments"]):
                tokens = segment["tokens"]
                ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
                starts = ends - [len(token) for token in tokens]
                texts.append(" ".join(tokens))
                ids.append(f"{article['pmid']}/{number}")
                documents.append(document)
                mentions.append(
                    [
                        (int(starts[each["start"]]), int(ends[each["end"] - 1]), each["cui"])
                        for each in segment["mentions"]
                    ]
                )
    return Corpus(texts, ids, np.array(documents), mentions)


class Aligned(NamedTuple):
    """The words of a corpus and the mentions among them."""

    tokens: Tokens
    start: NDArray[np.int64]  # a mention's first word
    length: NDArray[np.int64]
    cui: NDArray[np.uint64]
    document: NDArray[np.int64]

    @property
    def classes(self) -> NDArray[np.int64]:
        """The class of each word."""
        classes = np.full(len(self.tokens.keys), OUTSIDE)
        for start, length in zip(self.start.tolist(), self.length.tolist(), strict=True):
            classes[start : start + length] = INSIDE
            classes[start], classes[start + length - 1] = (BEGIN, END) if length > 1 else (SINGLE, SINGLE)
        return classes


def align(corpus: Corpus) -> Aligned:
    """The mentions by their words; those that begin or end within a word are left out."""
    tokens = tokenise(corpus.texts)
    starts = {
        place: index for index, place in enumerate(zip(tokens.texts.tolist(), tokens.starts.tolist(), strict=True))
    }
    ends = {place: index for index, place in enumerate(zip(tokens.texts.tolist(), tokens.ends.tolist(), strict=True))}
    rows = [
        (starts[text, start], ends[text, end], cui_number(cui), corpus.documents[text])
        for text, mentions in enumerate(corpus.mentions)
        for start, end, cui in mentions
        if (text, start) in starts and (text, end) in ends
    ]
    first, last, cuis, documents = np.array(rows, np.int64).T
    return Aligned(tokens, first, last - first + 1, cuis.astype(np.uint64), documents)
