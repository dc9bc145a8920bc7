"""The chance that a panel's text is right: a logit over how the caption names its panels and how it was cut."""

import math
from bisect import bisect_left
from collections.abc import Sequence

from transforms.captions.clauses import Clause
from transforms.captions.markers import Markers
from transforms.captions.weights import model, score

#: Chances from a half to one in steps, finer towards one.
_STEPS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 0.99)
_CHANCES = [f"chance{step}" for step in range(len(_STEPS) + 1)]


def trust(caption: str, markers: Markers, found: Sequence[Clause]) -> dict[str, float]:
    """By panel, the chance that its text is right."""
    learnt = model()["trust"]
    base = score(learnt, common_features(caption, markers))
    scores = {
        label: base + score(learnt, features) for label, features in panel_features(caption, markers, found).items()
    }
    return {label: 1.0 / (1.0 + math.exp(-each)) for label, each in scores.items()}


def common_features(caption: str, markers: Markers) -> list[str]:
    """The features that the panels of a caption share."""
    everyone = len(markers.labels)
    styles = list(dict.fromkeys(marker.style for marker in markers.markers if marker.introduces))
    return [
        "bias",
        "kind " + markers.kind,
        f"support{max(0, min(6, int(5 * markers.support)))}",
        "style " + styles[0],
        "mixed" if len(styles) > 1 else "one style",
        "many" if everyone > 8 else "some" if everyone > 4 else "few",
        "whole" if _is_gapless(markers.labels) else "gaps",
        "long" if len(caption) > 1200 else "middle" if len(caption) > 400 else "short",
    ]


def panel_features(caption: str, markers: Markers, found: Sequence[Clause]) -> dict[str, list[str]]:
    """By panel, the features of its own text."""
    everyone = len(markers.labels)
    own: dict[str, int] = dict.fromkeys(markers.labels, 0)
    least: dict[str, float] = dict.fromkeys(markers.labels, 1.0)
    kinds: dict[str, set[str]] = {label: set() for label in markers.labels}
    for clause in found:
        shared = len(clause.labels) == everyone
        size = 0 if shared else 1 + caption.count(" ", clause.start, clause.end)
        kind = "shared " + clause.why if shared else clause.why
        for label in clause.labels:
            own[label] += size
            least[label] = min(least[label], clause.chance)
            kinds[label].add(kind)
    words = caption.count(" ")
    return {
        label: [
            _CHANCES[bisect_left(_STEPS, least[label])],
            "bare" if size <= 2 else "terse" if size <= 5 else "told",
            "most" if size > 0.7 * words else "part",
            *sorted(kinds[label]),
        ]
        for label, size in own.items()
    }


def _is_gapless(labels: Sequence[str]) -> bool:
    """Whether single letters follow one another from the first of the alphabet on."""
    first = ord("A" if labels[0].isupper() else "a")
    return (
        all(len(label) == 1 and ord(label) == first + place for place, label in enumerate(labels)) or len(labels[0]) > 1
    )
