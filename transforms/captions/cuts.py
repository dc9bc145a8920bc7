"""Where coordinated phrases begin and end: "(A) Axial and (B) coronal | CT of the abdomen".

Each place between two words is a candidate, no place is another; a conditional logit over features of the words
around it says how likely each is. Learnt from coordinations made of real captions (training/captions).
"""

import math
import re
from functools import lru_cache
from itertools import islice

from transforms.captions.bounds import Options, complement, possible_heads, set_off, unit
from transforms.captions.parts import Span
from transforms.captions.weights import model, score
from transforms.captions.words import WORD, kind_of

_LETTER, _MARK = r"[^\s,;()\[\]]", r"[\s,;()\[\]]"
#: A phrase of more words than this is complete.
LONGEST = 4
_SHORT = re.compile(rf"{_MARK}*{_LETTER}+(?:{_MARK}+{_LETTER}+){{0,{LONGEST - 1}}}{_MARK}*")
#: So many last words of the first phrase may be its own.
REACH = 10

_FEW = ("0", "1", "2", "3", "4", "5")
#: How sure a rule is.
_RULE = 0.9


def tail(caption: str, firsts: list[Span], last: Span) -> tuple[int | None, float]:
    """Where the words begin that the last phrase shares with those before it, None where it shares none; the chance."""
    if not firsts:
        return None, 1.0
    for rule in (complement, unit, set_off):
        if (place := rule(caption, firsts, last)) is not None:
            return place, _RULE
    options = tail_options(caption, firsts, last)
    return _best(options, model()["tail"]) if options else (None, 1.0)


def head(
    caption: str, first: Span, others: list[Span], is_parted: bool = False, is_list: bool = False
) -> tuple[int | None, float]:
    """Where the words end that the first phrase shares with those behind it, None where it shares none; the chance.

    `is_parted`: the phrases part panels that are named ahead of them, of which the sentence speaks; `is_list`: they
    are known to share some.
    """
    if not others:
        return None, 1.0
    options = head_options(caption, first, others)
    if is_list:
        options = [option for option in options if option[0] is not None]
    if not options:
        return None, 1.0
    seeming, _ = _best(options, model()["head"])
    possible = possible_heads(caption, options, first, others)
    if is_parted and kind_of(next(iter(WORD.findall(caption, *others[0])), "")) == "d":
        alike = [place for place, features in possible if place is not None and "p|d" in features]
        possible = [option for option in possible if option[0] in alike] or possible
    if seeming not in (place for place, _ in possible):
        # Words are shared, but not up to where they seemed to be.
        possible = [option for option in possible if option[0] is not None] or possible
    return _best(possible, model()["head"])


def is_short(caption: str, span: Span) -> bool:
    """Whether a phrase has so few words that those behind the next may belong to it."""
    return _SHORT.fullmatch(caption, *span) is not None


def tail_options(caption: str, firsts: list[Span], last: Span) -> Options:
    """The candidates with their features; [] where the phrases before the last are complete."""
    phrases = [WORD.findall(caption, *span) for span in firsts]
    if not all(0 < len(words) <= LONGEST for words in phrases):
        return []
    before = phrases[-1]
    found = list(islice(WORD.finditer(caption, *last), LONGEST + 3))
    words = [match[0].rstrip(".:") or match[0] for match in found]
    end, size = before[-1].rstrip(".:") or before[-1], max(map(len, phrases))
    shape, suffix = _shape(end), _suffix(end)
    number = _FEW[min(size, 5)]
    options: Options = [
        (
            None,
            [
                "none",
                "none n" + number,
                "none " + suffix,
                "none " + shape,
                "none " + _describes(end),
                "none s" + _FEW[min(len(words), 5)],
            ],
        )
    ]
    for count in range(1, min(size + 2, len(words))):
        word, following = words[count - 1], words[count]
        options.append(
            (
                found[count].start(),
                [
                    "cut",
                    f"d{count - len(before)}",
                    f"n{number} d{count - size}",
                    "e" + _suffix(word),
                    "f" + _suffix(following),
                    "w" + following.casefold(),
                    "shape" if _shape(word) == shape else "other shape",
                    "suffix"
                    if _suffix(word) == suffix
                    else "end"
                    if _suffix(word)[-2:] == suffix[-2:]
                    else "other suffix",
                    f"{_describes(end)}{_describes(word)}{_describes(following)} n{number}",
                    f"{_describes(end)}{_describes(word)}",
                    "x" + suffix,
                    "ef" + _shape(word) + _shape(following),
                ],
            )
        )
    return options


def head_options(caption: str, first: Span, others: list[Span]) -> Options:
    """The candidates with their features; [] where the first phrase is one word."""
    found = list(WORD.finditer(caption, *first))
    seconds = [words for span in others if (words := WORD.findall(caption, *span))]
    if len(found) < 2 or not seconds:
        return []
    words = [match[0] for match in found]
    second = seconds[0]
    size, start = len(second), second[0].rstrip(".:") or second[0]
    shape, suffix = _shape(start), _suffix(start)
    number = _FEW[min(size, 5)]
    excess = min(max((len(words) - size) // 2, -2), 3)
    kind = kind_of(start)
    listed = "list" if len(seconds) > 1 else "pair"
    options: Options = [
        (
            None,
            [
                "none",
                "none n" + number,
                f"none d{excess}",
                "none k" + kind,
                f"none n{number} d{excess}",
                "none " + listed,
            ],
        )
    ]
    kinds = [kind_of(word) for word in words]
    latest = max((place for place, each in enumerate(kinds) if each in "pv"), default=-1)
    for count in range(max(1, len(words) - REACH), len(words)):
        word, following, rest = words[count - 1], words[count], len(words) - count
        before, behind = "colon" if word[-1] in ":–" else kinds[count - 1], kinds[count]
        options.append(
            (
                found[count].start(),
                [
                    "cut",
                    "cut " + listed,
                    f"d{min(max(rest - size, -3), 3)}",
                    f"n{number} d{min(max(rest - size, -2), 2)}",
                    f"{before}|{behind}",
                    "k" + before,
                    f"k{before} d{min(max(rest - size, -1), 1)}",
                    "k same" if behind == kind else f"k {behind}{kind}",
                    "w" + word.casefold(),
                    "shape" if _shape(following) == shape else "other shape",
                    "suffix" if _suffix(following) == suffix else "other suffix",
                    "comma" if "," in caption[found[count - 1].end() : found[count].start()] else "blank",
                    "last" if latest < count else "not last",
                ],
            )
        )
    return options


@lru_cache(maxsize=8192)
def _suffix(word: str) -> str:
    """The last three letters of a word, which tell its kind: coron-al, weight-ed, image-s."""
    return word.rstrip(".:").casefold()[-3:]


#: How words that describe others end.
_DESCRIBES = re.compile(
    r"(?:al|ar|ed|ic|ive|ous|ior|less|ing|ong|eak|gh|ow|ant|ent|ary|ory|ild|-\w+|ge|ly|ter|ight|eft|gn)$"
)


@lru_cache(maxsize=8192)
def _describes(word: str) -> str:
    """a(djective) for a word that describes another, as far as its end tells, p(reposition) or n(oun)."""
    return "p" if kind_of(word) != "e" else "a" if _DESCRIBES.search(word.rstrip(".:").casefold()) else "n"


@lru_cache(maxsize=8192)
def _shape(word: str) -> str:
    """What a word looks like: a name with digits or capitals, a capital first, or a plain word."""
    if any(map(str.isdigit, word)) or any(map(str.isupper, word[1:])):
        return "N"
    return "U" if word[0].isupper() else "-" if not word[0].isalnum() else "l"


def _best(options: Options, learnt: dict[str, float]) -> tuple[int | None, float]:
    scores = [score(learnt, features) for _, features in options]
    top = max(scores)
    return options[scores.index(top)][0], 1.0 / sum(math.exp(each - top) for each in scores)
