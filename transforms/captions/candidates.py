"""Candidates: where a caption may name panels, with how likely each place is to introduce one.

The weights were set on captions whose panels are known (prostate_captions_train, four fifths of panel_captions_dev) and
on others by eye. They lie on a plateau: a third more or less of any price or threshold changes few labels.
"""

from typing import NamedTuple

from transforms.captions.labels import Reading


class Candidate(NamedTuple):
    """A place that may name panels: what it names in each alphabet, how it is written, and how likely it is a marker.

    `place`: at the start of a sentence (0), of a clause (1), or within a phrase (2). `noun`: "In panel (A)".
    """

    start: int
    end: int
    style: str
    place: int
    weight: float
    readings: tuple[Reading, ...]
    noun: bool = False


#: How likely a marker is in each style at each place.
_LETTERS: dict[str, tuple[float, float, float]] = {
    "(A)": (1.0, 1.0, 1.0),
    "A)": (1.0, 0.9, 0.8),
    "A:": (1.0, 0.9, 0.5),
    "A.": (0.9, 0.8, 0.4),
    "A,": (0.9, 0.8, 0.5),
    "A -": (0.8, 0.7, 0.0),
    "A =": (0.6, 0.6, 0.0),
    "Panel A": (1.0, 0.8, 0.7),
    "1A": (0.9, 0.6, 0.4),
    "A": (0.8, 0.7, 0.6),
}
#: The same of numbers, which more often count other things than panels. "1. Lung 2. Heart" is one sentence.
_NUMBERS: dict[str, tuple[float, float, float]] = {
    "(A)": (0.9, 0.39, 0.1),
    "A)": (0.9, 0.39, 0.1),
    "A:": (0.9, 0.39, 0.0),
    "A.": (0.9, 0.39, 0.55),
    "Panel A": (1.0, 0.8, 0.1),
}
#: A Roman number, or a Greek letter, is no more likely a marker than this.
ROMAN = (0.9, 0.39, 0.1)
#: A label that only bold print tells from its text.
BOLD_ONLY = 0.9
_NEVER = (0.0, 0.0, 0.0)


def weight_of(style: str, place: int, is_number: bool) -> float:
    """How likely a label in this style and place introduces a panel."""
    return (_NUMBERS.get(style, _NEVER) if is_number else _LETTERS[style])[place]
