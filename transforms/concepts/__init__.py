"""Concepts: vocabularies, the linkers that find their names in a text, and the stage that links captions."""

from transforms.concepts.dictionary import DictionaryLinker
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Linker
from transforms.concepts.stage import LinkConcepts

__all__ = ["DictionaryLinker", "Lexicon", "LinkConcepts", "Linker"]
