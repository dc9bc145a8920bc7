"""The record format of MedConcept-23M, as far as its 70 published records show it.

Their `start_char` and `end_char` do not index the caption but a text made from it: BERT's basic tokenisation of the
caption in small letters (Devlin et al., https://github.com/google-research/bert, `BasicTokenizer`: no accents, every
punctuation mark a token), word pieces put together again, tokens joined by spaces, and then the spaces removed that
`clean_up_tokenization` of Hugging Face's tokenizers removes.
"""

import re
import unicodedata
from itertools import chain, pairwise
from typing import NamedTuple

from transforms.concepts.linker import Concept

#: What `clean_up_tokenization` writes without its spaces, one after the other.
_JOINTS = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"]
#: CJK ideographs, each a token: the blocks that BERT names.
_IDEOGRAPH = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b81f\U0002b820-\U0002ceaf"
    "\U0002f800-\U0002fa1f]"
)


class Character(NamedTuple):
    """A character of the text: `place` is the one in the caption that it comes from, -1 for a space between tokens."""

    character: str
    place: int
    begins: bool  # a token


class PublishedText:
    """The text that published offsets index.

    `tokens` are its tokens' places, as whole words: word pieces would need the model's vocabulary.
    """

    def __init__(self, caption: str) -> None:
        characters = list(chain.from_iterable(_tokens(caption)))[1:]
        for joint in _JOINTS:
            text = _text(characters)
            hits = (range(*found.span()) for found in re.finditer(re.escape(joint), text))
            spaces = {n for n in chain.from_iterable(hits) if text[n] == " "}
            characters = [character for n, character in enumerate(characters) if n not in spaces]
        self.text = _text(characters)
        self._places = [character.place for character in characters]
        starts = [n for n, character in enumerate(characters) if character.begins]
        self.tokens = list(pairwise([*starts, len(self.text)]))

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where `caption[start:end]` stands in the text; None where nothing of it is left."""
        inside = [n for n, place in enumerate(self._places) if start <= place < end]
        return (inside[0], inside[-1] + 1) if inside else None


def umls_meta_info(caption: str, concepts: list[Concept]) -> list[dict[str, object]]:
    """The concepts of a caption as the published records have them, with `start`, `end` and `text` of the caption."""
    published = PublishedText(caption)
    records: list[dict[str, object]] = []
    for concept in concepts:
        span = published.span(concept["start"], concept["end"])
        if span is None:
            continue
        inside = [n for n, (start, end) in enumerate(published.tokens) if start < span[1] and span[0] < end]
        records.append(
            {
                "umls_cui": concept["cui"],
                "umls_similarity": concept["score"],
                "start_char": span[0],
                "end_char": span[1],
                "tokens": [published.text[slice(*published.tokens[n])].strip() for n in inside],
                "start_token": inside[0],
                "end_token": inside[-1] + 1,
                "start": concept["start"],
                "end": concept["end"],
                "text": concept["text"],
            }
        )
    return records


def _text(characters: list[Character]) -> str:
    return "".join(character.character for character in characters)


def _tokens(caption: str) -> list[list[Character]]:
    """The tokens in small letters, each with a space before it."""
    tokens: list[list[Character]] = []
    within = False  # a word that the next character continues
    for place, raw in enumerate(caption):
        if raw.isspace():
            within = False
            continue
        for character in _characters(raw):
            alone = _alone(character)
            if not within or alone:
                tokens.append([Character(" ", -1, False)])
            tokens[-1].append(Character(character, place, not within or alone))
            within = not alone
    return tokens


def _characters(raw: str) -> str:
    """A character of the caption in small letters without its accent; nothing for those that BERT removes."""
    if raw in "\0\ufffd" or unicodedata.category(raw) in {"Cc", "Cf", "Cn", "Co", "Cs"}:
        return ""
    return "".join(c for c in unicodedata.normalize("NFD", raw) if unicodedata.category(c) != "Mn").lower()


def _alone(character: str) -> bool:
    """Whether a character is a token by itself: punctuation, every ASCII symbol, an ideograph."""
    symbol = character.isascii() and not character.isalnum() and character.isprintable()
    return symbol or unicodedata.category(character).startswith("P") or bool(_IDEOGRAPH.match(character))
