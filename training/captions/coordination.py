"""Coordinations made of real captions: "(A) X of Z. (B) Y of Z." becomes "(A) X and (B) Y of Z".

Where the words begin that both share is then known. Phrases that share none become coordinations without such words.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from random import Random
from typing import NamedTuple

from transforms.captions.bounds import Features, Options
from transforms.captions.clauses import Clause, clauses
from transforms.captions.cuts import LONGEST, head_options, tail_options
from transforms.captions.markers import find_markers

#: The options of a place in a caption, by their features, and which is right.
Example = tuple[list[Features], int]

#: Longer phrases are seldom coordinated.
_WORDS = 14


class Coordination(NamedTuple):
    """Words that all share, those of each, and words that all share; the one or the other is empty."""

    before: list[str]
    each: list[list[str]]
    behind: list[str]


def coordinations(captions: Iterable[str]) -> Iterator[Coordination]:
    """What the phrases of a caption share at their beginning or end; nothing for those that share nothing."""
    for caption in captions:
        markers = find_markers(caption)
        found = clauses(caption, markers)
        ends = {marker.start: marker.end for marker in markers.markers}
        phrases = [_phrase(caption, clause, ends) for clause in found]
        yield from _lists(found, phrases)
        whole = [phrase for phrase, clause in zip(phrases, found, strict=True) if clause.start in ends]
        for first, second in pairwise(phrase for phrase in whole if 0 < len(phrase) <= _WORDS):
            front, back = _alike(first, second), _alike(first[::-1], second[::-1])
            if 0 < front < min(len(first), len(second)):
                yield Coordination(first[:front], [first[front:], second[front:]], [])
            if 0 < back < min(len(first), len(second)):
                yield Coordination([], [first[:-back], second[:-back]], first[-back:])
            if not front and not back:
                yield Coordination([], [first, second], [])


def _phrase(caption: str, clause: Clause, ends: dict[int, int]) -> list[str]:
    """The words of a clause without its letter."""
    start = ends.get(clause.start, clause.start)
    end = next((place for place in ends if start < place < clause.end and ends[place] >= clause.end - 2), clause.end)
    return caption[start:end].strip(" ,.;:()").split()


def _lists(found: list[Clause], phrases: list[list[str]]) -> Iterator[Coordination]:
    """Lists as people write them: words for all ahead of the letters, or behind them."""
    for place, clause in enumerate(found):
        if clause.why != "list":
            continue
        for step in (1, -1):
            members, each = set(), []
            at = place + step
            while 0 <= at < len(found) and found[at].why == "marker" and set(found[at].labels) <= set(clause.labels):
                members |= set(found[at].labels)
                each.append(phrases[at])
                at += step
            if members == set(clause.labels) and len(each) > 1 and all(0 < len(words) <= _WORDS for words in each):
                shared = phrases[place]
                yield Coordination(shared, each, []) if step > 0 else Coordination([], each[::-1], shared)


def _alike(first: list[str], second: list[str]) -> int:
    """How many words at the beginning are the same."""
    pairs = zip(first, second, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one.casefold() != other.casefold()), 0)


def tail_examples(made: Iterable[Coordination], random: Random) -> Iterator[Example]:
    """The examples for cuts.tail."""
    for coordination in made:
        *firsts, last = coordination.each
        if coordination.before or any(len(words) > LONGEST for words in firsts):
            continue
        text, spans = "", []
        for words in firsts:
            text += "(A) "
            spans.append((len(text), len(text) + len(" ".join(words))))
            text += " ".join(_inside(words) if len(spans) > 1 else words)
            text += random.choice((" and ", " and ", ", ", ", and ")) if words is firsts[-1] else ", "
        text += "(B) "
        begin = len(text)
        text += " ".join(_inside(last))
        cut = len(text) + 1 if coordination.behind else None
        text = " ".join([text, *coordination.behind]) + "."
        yield from _example(tail_options(text, spans, (begin, len(text))), cut)


def head_examples(made: Iterable[Coordination], random: Random) -> Iterator[Example]:
    """The examples for cuts.head."""
    for coordination in made:
        if coordination.behind:
            continue
        first, *others = coordination.each
        text = " ".join([*coordination.before, *first])
        cut = len(" ".join(coordination.before)) + 1 if coordination.before else None
        end, spans = len(text), []
        for words in others:
            text += " (A)" + (random.choice((" and ", " and ", ", ", "; ")) if words is others[-1] else ", ")
            start = len(text)
            text += " ".join(_inside(words))
            spans.append((start, len(text)))
        yield from _example(head_options(text, (0, end), spans), cut)


def _inside(words: list[str]) -> list[str]:
    """A phrase as it is written inside a sentence."""
    return [_lower(words[0]), *words[1:]]


def _lower(word: str) -> str:
    """A word as it is written inside a sentence."""
    return word[0].lower() + word[1:] if word[1:].islower() else word


def _example(options: Options, cut: int | None) -> Iterator[Example]:
    places = [place for place, _ in options]
    if cut in places:
        yield [features for _, features in options], places.index(cut)
