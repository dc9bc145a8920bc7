"""The QuickUMLS linker: 3-gram similarity by SimString, over a vocabulary of ours (extra `quickumls`).

QuickUMLS (Soldaini, Goharian: QuickUMLS: a fast, unsupervised approach for medical concept extraction. MedIR 2016)
would download a spaCy model and NLTK's stop words. A blank pipeline tokenises well enough, without the parts of speech
by which QuickUMLS drops prepositions and determiners; these are stop words besides, and the words are ours.

QuickUMLS keeps CUIs and semantic types pickled in its index. So whoever opens one trusts whoever wrote it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.extras import require
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations, Concept
from transforms.concepts.matches import Match, names, rows, speakable, stop_words, without_overlaps

#: The least similarity, by Jaccard's measure.
THRESHOLD = 0.9

_NLTK = "nltk_data"


def build_index(lexicon: Lexicon, folder: Path) -> None:
    """Write what QuickUMLS's installer would, and the stop words where NLTK looks for them.

    Raises:
        UserError: QuickUMLS is not installed.
    """
    install = require("quickumls.install", "quickumls")
    for name, content in (("language", "ENG"), ("database_backend", "unqlite"), ("lowercase", "")):
        (folder / f"{name}.flag").write_text(content)
    words = folder / _NLTK / "corpora" / "stopwords" / "english"
    words.parent.mkdir(parents=True)
    words.write_text("\n".join(sorted(stop_words())), encoding="utf-8")
    databases = [str(folder / name) for name in ("umls-simstring.db", "cui-semtypes.db")]
    install.parse_and_encode_ngrams(_terms(lexicon), *databases, "unqlite")


def _terms(lexicon: Lexicon) -> Iterator[tuple[str, str, list[str], int]]:
    """Each name of a concept once, in small letters, its CUI, semantic types and whether it is the preferred one."""
    seen = set()
    for concept, name in names(lexicon):
        term = name.lower()
        if (concept, term) not in seen:
            seen.add((concept, term))
            preferred = int(name == lexicon.preferred(concept))
            yield term, lexicon.cui(concept), lexicon.semantic_types(concept), preferred


class QuickUmlsLinker:
    """Links by QuickUMLS's best match, of any semantic type."""

    name = "quickumls-2"

    def __init__(
        self,
        lexicon: Lexicon,
        folder: Path,
        threshold: float = THRESHOLD,
        wanted: NDArray[np.bool_] | None = None,
    ) -> None:
        """`folder` holds what `build_index` wrote for this lexicon, and nobody else; `wanted` says of each concept
        whether it is linked (selection.py).

        Raises:
            UserError: QuickUMLS is not installed.
        """
        quickumls = require("quickumls", "quickumls")
        require("nltk", "quickumls").data.path.insert(0, str(folder / _NLTK))
        self._matcher = quickumls.QuickUMLS(
            str(folder), threshold=threshold, accepted_semtypes=None, spacy_component=True
        )
        self._matcher.nlp = require("spacy", "quickumls").blank("en")
        self._lexicon, self._wanted = lexicon, wanted
        self.vocabulary = lexicon.version

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text; `known` is left aside."""
        return [rows(self._lexicon, text, self._matches(text)) for text in texts]

    def _matches(self, text: str) -> list[Match]:
        # Its `match` leaves out what overlaps by the same rule, but before it is known what is wanted.
        spans = self._matcher._match(self._matcher.nlp(speakable(text)), best_match=False)
        best = [candidates[0] for candidates in spans]
        matches = (
            Match(found["start"], found["end"], concept, float(found["similarity"]))
            for found in best
            if (concept := self._lexicon.concept_of(found["cui"])) is not None
        )
        return without_overlaps(matches, self._wanted)
