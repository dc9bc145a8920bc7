"""How far the chance of a text can be trusted: what people gave to each panel against what the splitter gives."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from training.captions.corpus import Annotated, words
from training.captions.logit import Example
from transforms.captions import split, trust
from transforms.captions.markers import find_markers
from transforms.captions.parts import part_text

#: A text is right if it has this token F1 with that of people.
RIGHT = 0.9


def overlap(text: str, truth: str) -> float:
    """The token F1 of two texts."""
    mine, theirs = (Counter(word[0].casefold() for word in words(each)) for each in (text, truth))
    return 2 * (mine & theirs).total() / max(mine.total() + theirs.total(), 1)


def trust_examples(rows: Iterable[Annotated]) -> Iterator[Example]:
    """For each panel whose letter the caption names, whether its text is right."""
    for row in rows:
        markers = find_markers(row.caption)
        if not markers.labels:
            continue
        found = split.assign(row.caption, markers, ())
        texts = {
            split.plain(part.label): part_text(row.caption, part)
            for part in split.make_parts(row.caption, markers, tuple(found))
        }
        common = trust.common_features(row.caption, markers)
        panels = trust.panel_features(row.caption, markers, found)
        features = {split.plain(label): common + each for label, each in panels.items()}
        for label, truth in row.texts.items():
            if (plain := split.plain(label)) in texts:
                yield [[], features[plain]], int(overlap(texts[plain], truth) >= RIGHT)


def judged(row: Annotated) -> Iterator[tuple[float, float, float]]:
    """Of each text that a caption splits into: its chance, its F1, and that of the whole caption."""
    for part in split.split_caption(row.caption).parts:
        for label, truth in row.texts.items():
            if split.plain(label) == split.plain(part.label):
                yield part.confidence, overlap(part_text(row.caption, part), truth), overlap(row.caption, truth)


def reliability(
    judged: Sequence[tuple[float, float, float]], bins: int = 10
) -> Iterator[tuple[float, float, float, float, int]]:
    """By bins: the mean chance, the share of right texts, the mean F1 of texts and of the whole caption, how many."""
    for place in range(bins):
        inside = [
            each for each in judged if place / bins <= each[0] < (place + 1) / bins or each[0] == place + 1 == bins
        ]
        if inside:
            count = len(inside)
            chance, text, whole = (sum(each[column] for each in inside) / count for column in range(3))
            yield chance, sum(each[1] >= RIGHT for each in inside) / count, text, whole, count
