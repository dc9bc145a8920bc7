"""The scispaCy linker: near neighbours in character 3-grams, over a vocabulary of ours (extra `scispacy`).

scispaCy (Neumann, King, Beltagy, Ammar: ScispaCy. BioNLP 2019) would download its knowledge base and index, and its
builder of an index, `create_tfidf_ann_index`, refuses Python 3.11 for the sake of half-precision files. What it builds
is built here: the same vectors in single precision, and an index of nmslib, handed to scispaCy's own classes. The
vectorizer is kept as its grams and their weights, where scispaCy pickles it.
"""

import json
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.errors import UserError
from transforms.concepts.extras import require
from transforms.concepts.grams import FEW_NAMES, RAREST
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations, Concept
from transforms.concepts.matches import DIGITS, Match, mention_spans, names, rows, speakable, without_overlaps

#: The least cosine, and the number of neighbours looked at: scispaCy's defaults are 0.7 and 30.
THRESHOLD, NEIGHBOURS = 0.80, 30
#: Of the graph of neighbours (HNSW): links of a node, and candidates while it is built. scispaCy takes 100 and 2000,
#: and hours for the UMLS.
LINKS, CANDIDATES = 32, 200


#: The vectorizer's grams in the order of its columns, and their inverse document frequencies.
_GRAMS, _WEIGHTS = "grams.json", "idf.npy"


def build_index(lexicon: Lexicon, folder: Path) -> None:
    """Write what scispaCy's builder would, for `LinkerPaths.from_directory(folder)`, without its pickled vectorizer.

    Raises:
        UserError: scispaCy is not installed.
    """
    paths = require("scispacy.candidate_generation", "scispacy").LinkerPaths.from_directory(folder)
    nmslib = require("nmslib", "scispacy")
    aliases = sorted({name for _, name in names(lexicon)})
    rarest = RAREST if len(aliases) >= FEW_NAMES else 1
    vectorizer = _vectorizer(min_df=rarest)
    vectors = vectorizer.fit_transform(aliases)
    filled = np.flatnonzero(np.diff(vectors.indptr))  # nmslib takes no vector of zeros
    vectors = vectors[filled]
    index = _empty(nmslib)
    index.addDataPointBatch(vectors)
    # One thread: with several the graph is another every time.
    index.createIndex({"M": LINKS, "efConstruction": CANDIDATES, "post": 0, "indexThreadQty": 1})
    index.saveIndex(paths.ann_index)
    (folder / _GRAMS).write_text(json.dumps(vectorizer.get_feature_names_out().tolist()), encoding="utf-8")
    np.save(folder / _WEIGHTS, vectorizer.idf_, allow_pickle=False)
    require("scipy.sparse", "scispacy").save_npz(paths.tfidf_vectors, vectors)
    Path(paths.concept_aliases_list).write_text(json.dumps([aliases[row] for row in filled.tolist()]), encoding="utf-8")


class ScispacyLinker:
    """Links mentions by scispaCy's candidate generator, abbreviations by their long forms in the text.

    Mentions are the entities of the spaCy model that `model` names, an installed package; without one they are the
    runs of words that `mention_spans` allows, the most similar first.
    """

    name = "scispacy-2"

    def __init__(
        self,
        lexicon: Lexicon,
        folder: Path,
        model: str | None = None,
        threshold: float = THRESHOLD,
        wanted: NDArray[np.bool_] | None = None,
    ) -> None:
        """`folder` holds what `build_index` wrote for this lexicon; `wanted` says of each concept whether it is linked
        (selection.py).

        Raises:
            UserError: scispaCy or the model is not installed.
        """
        generation = require("scispacy.candidate_generation", "scispacy")
        paths = generation.LinkerPaths.from_directory(folder)
        index, aliases = paths.get_ann_index(), paths.get_concept_aliases()
        self._generate = generation.CandidateGenerator(index, load_vectorizer(folder), aliases, _knowledge(lexicon))
        self._lexicon, self._threshold, self._has_model = lexicon, threshold, model is not None
        self._wanted = wanted
        self._pipeline = _pipeline(model)
        self._abbreviations = require("scispacy.abbreviation", "scispacy").AbbreviationDetector(self._pipeline)
        self.name = f"{self.name}+{model}" if model else self.name
        self.vocabulary = lexicon.version

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text; a mention that occurs in several is looked up once. `known` is left aside."""
        mentions = [self._mentions(text) for text in texts]
        written = sorted({mention for found in mentions for mention in found.values()})
        best = dict(zip(written, map(self._best, self._generate(written, NEIGHBOURS)), strict=True))
        return [
            rows(self._lexicon, text, without_overlaps(_matches(found, best), self._wanted))
            for text, found in zip(texts, mentions, strict=True)
        ]

    def _mentions(self, text: str) -> dict[tuple[int, int], str]:
        """The spans that may be mentions, and what to look up for each: of an abbreviation its long form."""
        document = self._pipeline(speakable(text))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # W036: the detector looks again for what it did not find
            document = self._abbreviations(document)
        if self._has_model:
            spans = [(entity.start_char, entity.end_char) for entity in document.ents]
        else:
            spans = mention_spans(document.text)
        long_forms = {(short.start_char, short.end_char): short._.long_form.text for short in document._.abbreviations}
        return {span: long_forms.get(span, document.text[slice(*span)]) for span in spans}

    def _best(self, candidates: list[Any]) -> tuple[int, float] | None:
        similarities = [(round(max(found.similarities), DIGITS), found.concept_id) for found in candidates]
        near = [(-similarity, cui) for similarity, cui in similarities if similarity >= self._threshold]
        if not near:
            return None
        similarity, cui = min(near)
        concept = self._lexicon.concept_of(cui)
        return None if concept is None else (concept, -similarity)


def _matches(mentions: dict[tuple[int, int], str], best: dict[str, tuple[int, float] | None]) -> Iterator[Match]:
    for (start, end), mention in mentions.items():
        found = best[mention]
        if found is not None:
            yield Match(start, end, *found)


def _knowledge(lexicon: Lexicon) -> Any:
    """The lexicon as scispaCy's knowledge base."""
    utils = require("scispacy.linking_utils", "scispacy")
    aliases = ((concept, [name for _, name in group]) for concept, group in groupby(names(lexicon), itemgetter(0)))
    return utils.KnowledgeBase(
        utils.Entity(lexicon.cui(concept), lexicon.preferred(concept), found, lexicon.semantic_types(concept))
        for concept, found in aliases
    )


def require_model(model: str) -> None:
    """Raise UserError where no package of this name says that it is a spaCy model; nothing is imported.

    A folder of this name is none, whatever spaCy makes of it: a model may hold code.
    """
    if model not in {point.name for point in entry_points(group="spacy_models")}:
        raise UserError(f"no spaCy model {model} is installed: name a model by its package, such as en_core_sci_sm")


def _pipeline(model: str | None) -> Any:
    spacy = require("spacy", "scispacy")
    if model is None:
        return spacy.blank("en")
    require_model(model)
    try:
        return require(model, "scispacy").load()
    except OSError as error:
        raise UserError(f"the spaCy model {model} cannot be loaded: {str(error).splitlines()[0]}") from None


def load_vectorizer(folder: Path) -> Any:
    """The vectorizer that `build_index` fitted."""
    vectorizer = _vectorizer(vocabulary=json.loads((folder / _GRAMS).read_text(encoding="utf-8")))
    vectorizer.idf_ = np.load(folder / _WEIGHTS, allow_pickle=False)
    return vectorizer


def _vectorizer(**settings: Any) -> Any:
    text = require("sklearn.feature_extraction.text", "scispacy")
    return text.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32, **settings)


def _empty(nmslib: Any) -> Any:
    return nmslib.init(method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR)
