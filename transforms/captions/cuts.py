"""Where coordinated phrases begin and end: "(A) Axial and (B) coronal | CT of the abdomen".

Each place between two words is a candidate, no place is another; a conditional logit over features of the words
around it says how likely each is. Learnt from coordinations made of real captions (training/captions).
"""

import math
import re
from functools import lru_cache

from transforms.captions.parts import Span
from transforms.captions.weights import model

_WORD = re.compile(r"[^\s,;()\[\]]+")
#: A phrase of more words than this is complete.
LONGEST = 4
#: So many last words of the first phrase may be its own.
REACH = 10

_FEW = ("0", "1", "2", "3", "4", "5")
Features = list[str]
#: Where a phrase may be cut, None for nowhere, with the features of each.
Options = list[tuple[int | None, Features]]

#: The kinds of the words that stand between phrases; a word of none of them is an e(lse).
_KINDS = {
    "p": "of in for with by to on at from using against among under through via into within without as like",
    "t": "before after during prior following versus vs pre post",
    "d": "the a an its their this these",
    "v": "show shows showing showed shown demonstrate demonstrates demonstrating demonstrated reveal reveals revealing "
    "revealed depict depicting illustrating indicating display displaying is are was were include including see",
    "c": "and or both either between",
}
_KIND = {word: kind for kind, listed in _KINDS.items() for word in listed.split()}


def tail(caption: str, firsts: list[Span], last: Span) -> tuple[int | None, float]:
    """Where the words begin that the last phrase shares with those before it, None where it shares none; the chance."""
    if not firsts:
        return None, 1.0
    options = tail_options(caption, firsts, last)
    return _best(options, model()["tail"]) if options else (None, 1.0)


def head(caption: str, first: Span, others: list[Span]) -> tuple[int | None, float]:
    """Where the words end that the first phrase shares with those behind it, None where it shares none; the chance."""
    if not others:
        return None, 1.0
    options = head_options(caption, first, others)
    return _best(options, model()["head"]) if options else (None, 1.0)


def is_short(caption: str, span: Span) -> bool:
    """Whether a phrase has so few words that those behind the next may belong to it."""
    return 0 < len(_WORD.findall(caption, *span)) <= LONGEST


def tail_options(caption: str, firsts: list[Span], last: Span) -> Options:
    """The candidates with their features; [] where the phrases before the last are complete."""
    phrases = [_WORD.findall(caption, *span) for span in firsts]
    if not all(0 < len(words) <= LONGEST for words in phrases):
        return []
    before = phrases[-1]
    found = list(_WORD.finditer(caption, *last))
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
    found = list(_WORD.finditer(caption, *first))
    seconds = [words for span in others if (words := _WORD.findall(caption, *span))]
    if len(found) < 2 or not seconds:
        return []
    words = [match[0] for match in found]
    second = seconds[0]
    size, start = len(second), second[0].rstrip(".:") or second[0]
    shape, suffix = _shape(start), _suffix(start)
    number = _FEW[min(size, 5)]
    excess = min(max((len(words) - size) // 2, -2), 3)
    kind = _kind(start)
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
    for count in range(max(1, len(words) - REACH), len(words)):
        word, following, rest = words[count - 1], words[count], len(words) - count
        before, behind = "colon" if word[-1] in ":–" else _kind(word), _kind(following)
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
                    "last" if not any(_kind(each) in "pv" for each in words[count:]) else "not last",
                ],
            )
        )
    return options


def _kind(word: str) -> str:
    return _KIND.get(word.casefold().rstrip(".:"), "e")


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
    return "p" if _kind(word) != "e" else "a" if _DESCRIBES.search(word.rstrip(".:").casefold()) else "n"


@lru_cache(maxsize=8192)
def _shape(word: str) -> str:
    """What a word looks like: a name with digits or capitals, a capital first, or a plain word."""
    if any(map(str.isdigit, word)) or any(map(str.isupper, word[1:])):
        return "N"
    return "U" if word[0].isupper() else "-" if not word[0].isalnum() else "l"


def _best(options: Options, learnt: dict[str, float]) -> tuple[int | None, float]:
    scores = [sum(learnt.get(name, 0.0) for name in features) for _, features in options]
    top = max(scores)
    return options[scores.index(top)][0], 1.0 / sum(math.exp(score - top) for score in scores)
