"""Sentences without letters, behind one letter or behind the last: whether they still speak of that panel."""

from collections.abc import Iterable, Iterator

from training.captions.corpus import Annotated, shown, words
from training.captions.logit import Example
from transforms.captions import remarks, split
from transforms.captions.clauses import clauses
from transforms.captions.markers import find_markers


def word_examples(captions: Iterable[str]) -> Iterator[Example]:
    """Words of sentences behind the last letter, and of those behind earlier letters, which speak of one panel.

    Of the former only some are remarks on all panels; how much more often a word stands there tells all the same.
    """
    for caption in captions:
        found = clauses(caption, find_markers(caption))
        run = set(split.trailing(found))
        for place, clause in enumerate(found):
            if clause.why == "follows":
                said = sorted(remarks.sentence_words(caption[clause.start : clause.end]))
                yield [[], said], int(place in run)


def remark_examples(rows: Iterable[Annotated]) -> Iterator[Example]:
    """From which sentence on people gave them to all panels; captions where that is not clear are left out."""
    for row in rows:
        markers = find_markers(row.caption)
        found = clauses(row.caption, markers)
        run = split.trailing(found)
        if not run or len(row.texts) < 2:
            continue
        given = {split.plain(label): shown(row.caption, text) for label, text in row.texts.items()}
        verdicts = [
            _verdict(row.caption, found[place].start, found[place].end, found[place].labels, given) for place in run
        ]
        wrong = [verdicts[:place].count(True) + verdicts[place:].count(False) for place in range(len(run) + 1)]
        if None in verdicts or min(wrong):
            continue
        spans = [(found[place].start, found[place].end) for place in run]
        features = remarks.features_of(row.caption, spans, *split.surroundings(row.caption, found[: run[0]]))
        options = [[name for each in features[place:] for name in each] for place in range(len(run) + 1)]
        yield options, wrong.index(0)


def _verdict(caption: str, start: int, end: int, labels: tuple[str, ...], given: dict[str, set[int]]) -> bool | None:
    """Whether a sentence was given to all panels; None where neither to all nor to those of the letter before it."""
    inside = [place for place, word in enumerate(words(caption)) if start <= word.start() < end]
    holders = {label for label, shown_to in given.items() if 2 * len(shown_to & set(inside)) > len(inside)}
    if holders == set(given):
        return True
    return False if holders == {split.plain(label) for label in labels} & set(given) else None
