"""Train and measure the statistical model of the dictionary linker on MedMentions ST21pv train.

    python -m training.linking MEDMENTIONS.jsonl.gz UMLS_DIR
    python -m training.linking MEDMENTIONS.jsonl.gz UMLS_DIR --cross-validate DIR

The first writes transforms/concepts/model/linking.npz, the second what each of five folds of documents is linked to by
a model of the others, as DIR/predicted.jsonl, with the folds' models. See README.md beside this file. Needs the extra
`training` (scikit-learn).
"""

import argparse
import gzip
import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from schemas.vocabulary import VOCABULARY
from transforms.concepts.candidates import LONGEST, Candidates, cui_number
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.dictionary import DictionaryLinker, propose, read
from transforms.concepts.features import (
    BEGIN,
    END,
    INSIDE,
    OUTSIDE,
    SINGLE,
    Words,
    candidate_features,
    prior,
    word_features,
)
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.model import Model, padded
from transforms.concepts.statistics import Counts, Statistics, concept_key, pair_key
from transforms.concepts.umls import Filters, umls_names
from transforms.concepts.words import COMMA, Tokens, extend, tokenise

#: Folds of the cross-validation; groups within a training; the logarithm of the number of hashed features.
FOLDS, INNER, BITS = 5, 8, 17

_log = logging.getLogger(__name__)


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
    sources = {line.split("|")[11] for line in (umls / "MRCONSO.RRF").open()} - {"MEDMENTIONS"}
    compile_lexicon(
        umls_names(umls, Filters(sources=tuple(sorted(sources))), folder), folder / "base", {"origin": "umls"}
    )
    pairs: dict[tuple[str, str], int] = {}
    mentioned, documents, rows = [], [], []
    for text, mentions, document in zip(corpus.texts, corpus.mentions, corpus.documents.tolist(), strict=True):
        for start, end, cui in mentions:
            surface = text[start:end]
            number = pairs.setdefault((cui, surface.lower()), len(pairs))
            if number == len(rows):
                rows.append({"name": surface, "cui": cui, "source": "MEDMENTIONS", "semantic_types": [], "rank": 1})
            mentioned.append(number)
            documents.append(document)
    own: dict[str, str] = {}
    for row in rows:
        own.setdefault(row["cui"], row["name"])
    table = pa.Table.from_pylist([{**row, "preferred": own[row["cui"]]} for row in rows], schema=VOCABULARY)
    compile_lexicon([table.sort_by([("cui", "ascending")])], folder / "surfaces", {"origin": "surfaces"})
    surfaces = Lexicon.open(folder / "surfaces")
    row_surface = [
        pairs[surfaces.cui(int(concept)), surfaces.name(row).lower()]
        for row, concept in enumerate(surfaces.name_concept)
    ]
    return Names(
        Lexicon.open(folder / "base"), surfaces, np.array(row_surface), np.array(mentioned), np.array(documents)
    )


class Runs(NamedTuple):
    """The runs of words in a corpus that are counted, and whether each is a mention."""

    number: NDArray[np.int64]  # into `keys`
    document: NDArray[np.int64]
    mention: NDArray[np.bool_]
    keys: NDArray[np.uint64]


def runs_of(aligned: Aligned, base: Lexicon, documents: NDArray[np.int64]) -> Runs:
    """Runs of two words and more that are a mention somewhere or a name."""
    tokens = aligned.tokens
    start, keys = np.arange(len(tokens.keys)), tokens.keys
    place = set((aligned.start * 16 + aligned.length).tolist())
    found_keys, found_start, mention = [], [], []
    for length in range(2, LONGEST + 1):
        longer = tokens.joints[start + length - 2] < COMMA
        start = start[longer]
        keys = extend(keys[longer], tokens.keys[start + length - 1])
        is_mention = np.fromiter((each * 16 + length in place for each in start.tolist()), np.bool_, len(start))
        counted = np.isin(keys, keys[is_mention]) | (base.lookup(keys)[1] > 0)
        found_keys.append(keys[counted])
        found_start.append(start[counted])
        mention.append(is_mention[counted])
    distinct, number = np.unique(np.concatenate(found_keys), return_inverse=True)
    return Runs(number, documents[tokens.texts[np.concatenate(found_start)]], np.concatenate(mention), distinct)


def count(aligned: Aligned, runs: Runs, documents: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Statistics:
    """The statistics of the chosen documents; `documents` are those of the texts."""
    rows = chosen[runs.document]
    seen = np.bincount(runs.number[rows], minlength=len(runs.keys))
    linked = np.bincount(runs.number[rows & runs.mention], minlength=len(runs.keys))
    kept = (linked > 0) | (seen > 1)
    names = _counts(runs.keys[kept], np.stack([seen, linked], 1)[kept])

    in_documents = chosen[documents[aligned.tokens.texts]]
    classes = aligned.classes[in_documents]
    distinct, number = np.unique(aligned.tokens.keys[in_documents], return_inverse=True)
    columns = [
        np.ones(len(classes)), classes != OUTSIDE, np.isin(classes, (SINGLE, BEGIN)), np.isin(classes, (SINGLE, END)),
        classes == SINGLE,
    ]  # fmt: skip
    words = _counts(distinct, np.stack([np.bincount(number, column, len(distinct)) for column in columns], 1))

    mentions = np.flatnonzero(chosen[aligned.document] & (aligned.length <= LONGEST))
    keys = np.zeros(len(mentions), np.uint64)
    for length in range(1, LONGEST + 1):
        rows = aligned.length[mentions] == length
        start = aligned.start[mentions][rows]
        run = aligned.tokens.keys[start]
        for offset in range(1, length):
            run = extend(run, aligned.tokens.keys[start + offset])
        keys[rows] = run
    pairs = _tally(pair_key(keys, aligned.cui[mentions]))
    return Statistics(names, words, pairs, _tally(concept_key(aligned.cui[mentions])))


def _tally(keys: NDArray[np.uint64]) -> Counts:
    distinct, counts = np.unique(keys, return_counts=True)
    return _counts(distinct, counts[:, None])


def _counts(keys: NDArray[np.uint64], values: NDArray[Any]) -> Counts:
    """Counts by the leading halves of ascending keys; where two meet, the first stays."""
    short, first = np.unique((keys >> np.uint64(32)).astype(np.uint32), return_index=True)
    return Counts(short, np.minimum(values[first], 65535).astype(np.uint16))


class Fold(NamedTuple):
    """Texts as the linker reads them with what was learnt from others."""

    corpus: Corpus
    aligned: Aligned
    vocabulary: Vocabulary
    statistics: Statistics
    words: Words
    names: Candidates
    features: NDArray[np.int32]  # of words


def train(corpus: Corpus, names: Names, aligned: Aligned, runs: Runs, chosen: NDArray[np.bool_]) -> Model:
    """A model of the chosen documents.

    What is counted in a document never describes it: the documents are dealt out to INNER groups, and each is described
    by the counts, the surfaces and the word model of the others.
    """
    group = np.arange(len(chosen)) // FOLDS % INNER
    folds = []
    for inner in range(INNER):
        others = chosen & (group != inner)
        statistics, vocabulary = count(aligned, runs, corpus.documents, others), names.of(others)
        part = corpus.take(chosen & (group == inner))
        words, found = read(part.texts, vocabulary, statistics)
        features = word_features(words, found, prior(found, statistics)[0], BITS)
        folds.append(Fold(part, align(part), vocabulary, statistics, words, found, features))
    _log.info("read")
    numbers, outputs = [], []
    for pair in range(INNER // 2):
        mine, others = folds[2 * pair : 2 * pair + 2], folds[: 2 * pair] + folds[2 * pair + 2 :]
        weights, bias = fit_words(others)
        for fold in mine:
            model = Model(fold.statistics, weights, bias, *(None,) * 4)
            chances = model.word_chances(fold.features)
            found = propose(fold.words, fold.names, chances, fold.vocabulary, fold.statistics)
            numbers.append(candidate_features(fold.words, found, fold.names, chances, fold.statistics))
            outputs.append(truth(fold, found))
        _log.info("words %d", pair)
    weights, bias = fit_words(folds)
    mean, scale, layers = fit_candidates(np.concatenate(numbers[1:]), np.concatenate(outputs[1:]))
    statistics = count(aligned, runs, corpus.documents, chosen)
    identity = np.array([0, 1], np.float32)
    model = Model(statistics, weights, bias, mean, scale, layers, (identity, identity))
    _, concept = model.candidate_chances(numbers[0])  # the group that the network has not seen
    _log.info("candidates")
    return model._replace(calibration=calibrate(concept, outputs[0][:, 1]))


def fit_words(folds: Sequence[Fold]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """The linear model of words: one logistic regression a class, by averaged stochastic gradient descent."""
    features = np.concatenate([fold.features for fold in folds])
    classes = np.concatenate([fold.aligned.classes for fold in folds])
    rows, columns = features.shape
    matrix = csr_matrix(
        (np.ones(rows * columns, np.float32), features.ravel(), np.arange(0, rows * columns + 1, columns)),
        shape=(rows, 1 << BITS),
    )
    model = SGDClassifier(loss="log_loss", alpha=4e-6, max_iter=4, tol=None, average=True, random_state=0)
    model.fit(matrix, classes)
    return padded(model.coef_.T), model.intercept_.astype(np.float32)


def truth(fold: Fold, found: Candidates) -> NDArray[np.bool_]:
    """Whether each candidate is a mention, and whether it is one of its concept."""
    aligned = fold.aligned
    mentions = dict(zip((aligned.start * 64 + aligned.length).tolist(), aligned.cui.tolist(), strict=True))
    concepts = fold.vocabulary.name_concept[found.row].tolist()
    places = (found.start * 64 + found.length).tolist()
    return np.array(
        [
            (place in mentions, mentions.get(place) == cui_number(fold.vocabulary.cui(concept)))
            for place, concept in zip(places, concepts, strict=True)
        ]
    )


def fit_candidates(numbers: NDArray[np.float32], outputs: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
    """The network of candidates, and the mean and scale of its inputs."""
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    network = MLPClassifier(
        (48, 24), alpha=1e-4, batch_size=512, learning_rate_init=2e-3, max_iter=8, random_state=0, tol=0
    )
    network.fit((numbers - mean) / scale, outputs)
    layers = tuple(
        (weights.astype(np.float32), bias.astype(np.float32))
        for weights, bias in zip(network.coefs_, network.intercepts_, strict=True)
    )
    return mean, scale, layers


def calibrate(chances: NDArray[np.float32], outcomes: NDArray[np.bool_]) -> tuple[Any, Any]:
    """The isotonic regression of outcomes on chances, at 33 of these."""
    regression = IsotonicRegression(out_of_bounds="clip").fit(chances, outcomes)
    knots = np.linspace(0, 1, 33, dtype=np.float32)
    return knots, regression.predict(knots).astype(np.float32)


def cross_validate(corpus: Corpus, names: Names, aligned: Aligned, runs: Runs, folder: Path) -> None:
    """Write `predicted.jsonl` for `FOLDS` folds of documents, each linked by what the others teach."""
    fold_of = np.arange(corpus.documents.max() + 1) % FOLDS
    with (folder / "predicted.jsonl").open("w") as output:
        for fold in range(FOLDS):
            model = train(corpus, names, aligned, runs, fold_of != fold)
            model.save(folder / f"fold{fold}.npz")
            part = corpus.take(fold_of == fold)
            linker = DictionaryLinker(names.of(fold_of != fold), model)
            for name, concepts in zip(part.ids, linker.link(part.texts), strict=True):
                kept = [{key: each[key] for key in ("cui", "start", "end", "score")} for each in concepts]
                output.write(json.dumps({"id": name, "concepts": kept}) + "\n")
            _log.info("fold %d", fold)


def main() -> None:
    """The command line."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("medmentions", type=Path)
    parser.add_argument("umls", type=Path)
    parser.add_argument("--cross-validate", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.medmentions)
    aligned = align(corpus)
    with tempfile.TemporaryDirectory() as folder:
        names = compile_names(corpus, arguments.umls, Path(folder))
        _log.info("names")
        runs = runs_of(aligned, names.base, corpus.documents)
        _log.info("runs")
        if arguments.cross_validate:
            arguments.cross_validate.mkdir(parents=True, exist_ok=True)
            cross_validate(corpus, names, aligned, runs, arguments.cross_validate)
        else:
            everything = np.ones(corpus.documents.max() + 1, np.bool_)
            target = Path(__file__).parents[1] / "transforms" / "concepts" / "model" / "linking.npz"
            train(corpus, names, aligned, runs, everything).save(target)


if __name__ == "__main__":
    main()
