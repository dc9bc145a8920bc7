"""What every linker is: texts in, concepts out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

#: A row of `schemas.panels.CONCEPT`.
Concept = dict[str, Any]

#: What short forms stand for.
Abbreviations = Mapping[str, str]


class Linker(Protocol):
    """Finds the concepts of texts. It is opened once in each worker, and keeps nothing of a text."""

    name: str  # with the version of its method: "dictionary-3"
    vocabulary: str  # the version of the vocabulary that it finds

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text: one a span, no two overlap, sorted; `text[start:end]` is what they read there.

        `known` is empty or holds for each text the abbreviations that are defined around it; a linker that repeats
        another's method leaves them aside as that does.
        """
