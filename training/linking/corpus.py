"""MedMentions: texts with mentions of concepts, in characters and in words."""

import gzip
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import LONGEST, cui_number
from transforms.concepts.canonical import CanonicalText, read
from transforms.concepts.word_features import BEGIN, END, INSIDE, OUTSIDE, SINGLE
from transforms.concepts.words import Tokens, extend, tokenise


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


#: Tokens before which, after which, and on neither side of which people write a blank.
_CLOSING = frozenset([*",.;:?!)]}%'", "'s", "?.", "..."])
_OPENING = frozenset("([{")
_JOINING = frozenset("-/")


def read_corpus(file: Path) -> Corpus:
    """MedMentions as people write: a text a segment, its tokens joined as `natural` joins them."""
    texts, ids, documents, mentions = [], [], [], []
    with gzip.open(file, "rt") as lines:
        for document, line in enumerate(lines):
            article = json.loads(line)
            for number, segment in enumerate(article["segments"]):
                text, spans = natural(segment["tokens"])
                texts.append(text)
                ids.append(f"{article['pmid']}/{number}")
                documents.append(document)
                mentions.append(
                    [(spans[each["start"]][0], spans[each["end"] - 1][1], each["cui"]) for each in segment["mentions"]]
                )
    return Corpus(texts, ids, np.array(documents), mentions)


def natural(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text that `tokens` were cut from, as far as their kind tells, and where each stands in it.

    A quotation mark opens and closes by turns.
    """
    text, spans = "", []
    joined, quoted = True, False  # to the next token; inside quotation marks
    for token in tokens:
        closes = token in _CLOSING or token in _JOINING or (token == '"' and quoted)
        if not (joined or closes):
            text += " "
        spans.append((len(text), len(text) + len(token)))
        text += token
        joined = token in _OPENING or token in _JOINING or (token == '"' and not quoted)
        quoted ^= token == '"'
    return text, spans


def canonical(corpus: Corpus) -> Corpus:
    """The corpus as a linker reads it (transforms/concepts/canonical.py)."""
    read_texts = list(map(read, corpus.texts))
    mentions = [
        [(*span_in(found, start, end), cui) for start, end, cui in each]
        for found, each in zip(read_texts, corpus.mentions, strict=True)
    ]
    return corpus._replace(texts=[found.text for found in read_texts], mentions=mentions)


def span_in(found: CanonicalText, start: int, end: int) -> tuple[int, int]:
    """Where the canonical text has a span of the given one."""
    return bisect_left(found.places, start), bisect_left(found.places, end)


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


def word_spans(tokens: Tokens, spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int] | None]:
    """The first and the last word of each span, `(text, start, end)`; None where it begins or ends within a word."""
    texts = tokens.texts.tolist()
    starts = {place: word for word, place in enumerate(zip(texts, tokens.starts.tolist(), strict=True))}
    ends = {place: word for word, place in enumerate(zip(texts, tokens.ends.tolist(), strict=True))}
    for text, start, end in spans:
        first, last = starts.get((text, start)), ends.get((text, end))
        yield None if first is None or last is None else (first, last)


def run_keys(tokens: Tokens, start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The keys of runs of up to LONGEST words; of a longer one that of its beginning."""
    keys = tokens.keys[start]
    for offset in range(1, LONGEST):
        longer = length > offset
        keys[longer] = extend(keys[longer], tokens.keys[start[longer] + offset])
    return keys


def align(corpus: Corpus) -> Aligned:
    """The mentions by their words; those that begin or end within a word are left out."""
    tokens = tokenise(corpus.texts)
    mentions = [(text, *mention) for text, each in enumerate(corpus.mentions) for mention in each]
    found = word_spans(tokens, (mention[:3] for mention in mentions))
    rows = [
        (*words, cui_number(cui), corpus.documents[text])
        for words, (text, _, _, cui) in zip(found, mentions, strict=True)
        if words
    ]
    first, last, cuis, documents = np.array(rows, np.int64).T
    return Aligned(tokens, first, last - first + 1, cuis.astype(np.uint64), documents)
