"""Coordinated phrases of annotated captions: where people saw the words begin that the phrases share."""

from collections.abc import Iterable, Iterator
from unittest.mock import patch

from training.captions.corpus import Annotated, shown, words
from training.captions.logit import Example
from transforms.captions import cuts
from transforms.captions.bounds import Options
from transforms.captions.clauses import clauses
from transforms.captions.markers import find_markers
from transforms.captions.parts import Span

#: Of the words of a phrase so many may be given otherwise than its cut says.
_WRONG = 0.2
#: What cuts.head and cuts.tail give where nothing is cut.
_NO_CUT = (None, 1.0)


def phrase_examples(rows: Iterable[Annotated]) -> tuple[list[Example], list[Example]]:
    """The examples for cuts.head and for cuts.tail; phrases that people gave to all panels alike are left out."""
    heads: list[Example] = []
    tails: list[Example] = []
    for row in rows:
        judge = _Judge(row)

        def head(
            caption: str, first: Span, others: list[Span], is_parted: bool = False, *, judge: "_Judge" = judge
        ) -> tuple[None, float]:
            if others:
                heads.extend(judge.example(cuts.head_options(caption, first, others), first, others[0], True))
            return _NO_CUT

        def tail(caption: str, firsts: list[Span], last: Span, judge: "_Judge" = judge) -> tuple[None, float]:
            if firsts:
                tails.extend(judge.example(cuts.tail_options(caption, firsts, last), last, firsts[-1], False))
            return _NO_CUT

        with patch.object(cuts, "head", head), patch.object(cuts, "tail", tail):
            clauses(row.caption, find_markers(row.caption))
    return heads, tails


class _Judge:
    """Which panels of an annotated caption have which of its words."""

    def __init__(self, row: Annotated) -> None:
        given = [shown(row.caption, text) for text in row.texts.values()]
        self._words = [
            (word.start(), {panel for panel, has in enumerate(given) if place in has})
            for place, word in enumerate(words(row.caption))
        ]

    def _holders(self, start: int, end: int) -> list[set[int]]:
        """By word of a span, the panels that have it."""
        return [panels for place, panels in self._words if start <= place < end]

    def _owners(self, span: Span) -> set[int]:
        """The panels that have most words of a span."""
        found = self._holders(*span)
        return {panel for each in found for panel in each if 2 * sum(panel in other for other in found) > len(found)}

    def example(self, options: Options, span: Span, other: Span, is_head: bool) -> Iterator[Example]:
        """The options for the phrase at `span`, and which agrees with the words that the panels of `other` have."""
        theirs, found = self._owners(other), self._holders(*span)
        if not options or not theirs or not found:
            return
        wrong = []
        for place, _ in options:
            at = (span[0] if is_head else span[1]) if place is None else place
            left, right = self._holders(span[0], at), self._holders(at, span[1])
            shared, own = (left, right) if is_head else (right, left)
            wrong.append(sum(not theirs <= each for each in shared) + sum(bool(theirs & each) for each in own))
        if min(wrong) <= _WRONG * len(found):
            yield [features for _, features in options], wrong.index(min(wrong))
