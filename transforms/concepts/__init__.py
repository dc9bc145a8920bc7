"""Concepts: vocabularies, the linkers that find their names in a text, and the stage that links captions."""

from transforms.concepts.dictionary import Dictionary
from transforms.concepts.stage import LinkConcepts

__all__ = ["Dictionary", "LinkConcepts"]
