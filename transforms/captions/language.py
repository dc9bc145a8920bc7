"""Language: the one that a caption is written in, by its words and by what its article states."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import py3langid

from schemas.explain import chosen

#: The languages of journals in PMC, by ISO 639-1. With fewer of them to choose from, fewer short captions are mistaken.
LANGUAGES = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hr", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
#: Some of them, or every one.
Languages = tuple[str, ...] | Literal["all"]
#: Other codes for some of them, as JATS states them.
_CODES = {
    **{"br": "pt", "cn": "zh", "cz": "cs", "in": "id", "iw": "he", "jp": "ja", "kr": "ko", "nb": "no", "nn": "no"},
    **{"chi": "zh", "deu": "de", "dut": "nl", "eng": "en", "fra": "fr", "fre": "fr", "ger": "de", "ita": "it"},
    **{"jpn": "ja", "kor": "ko", "pol": "pl", "por": "pt", "rus": "ru", "spa": "es", "tur": "tr", "zho": "zh"},
}

#: Characters that are read: more make a caption no surer, and take longer.
_READ = 200
#: Words are believed from this chance on, and where it is so many times that of the language to be expected: the one
#: that is stated, else English. Set by eye on 5,948 captions of ROCO (docs/context.md).
_CHANCE, _TIMES = 0.4, 50


def language_of(text: str, stated: str = "") -> str | None:
    """The language of a caption by ISO 639-1, None where it is too short to tell and nothing is stated.

    `stated` is the code that the JATS gives for it, "" where it gives none.

    >>> language_of("Radiografía de tórax que muestra infiltrados bilaterales."), language_of("Fig. 3", "pt")
    ('es', 'pt')
    """
    code = _CODES.get(stated, stated)
    known = code if code in LANGUAGES else None
    expected = known or "en"
    best, chances = _guess(text[:_READ])
    if chances[best] >= _CHANCE and (best == expected or chances[best] >= _TIMES * chances[expected]):
        return best
    return known


def known_languages(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes of languages, each once, ascending; raises ValueError where one is unknown, or none is named."""
    return chosen(codes, LANGUAGES, "language")


def open_model() -> None:
    """Load the model of this process, if it is not loaded."""
    _ranking()("")


def _guess(text: str) -> tuple[str, dict[str, float]]:
    """The likeliest language, and the chance of each.

    Scores are sums of logarithms over the text; the square root of its length keeps chances honest whatever the length.
    """
    ranked = _ranking()(text)
    best, top = ranked[0]
    scale = math.sqrt(len(text.encode()) or 1)
    weights = {code: math.exp((float(score) - top) / scale) for code, score in ranked}
    total = sum(weights.values())
    return best, {code: weight / total for code, weight in weights.items()}


@cache
def _ranking() -> Any:
    """The package's own function: it holds one model a process, and nothing else here uses it."""
    py3langid.set_languages(list(LANGUAGES))
    return py3langid.rank
