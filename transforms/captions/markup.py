"""What the markup of a caption says of its candidates: labels are often in bold, names of species in italics."""

from collections.abc import Sequence

from schemas.tables import Row
from transforms.captions.candidates import BOLD_ONLY, Candidate
from transforms.captions.context import context_of
from transforms.captions.labels import read_labels

#: A label in bold is more likely a marker; one that is not, where two are, is less likely.
_BOLD, _NOT_BOLD = 0.3, 0.4
#: Bold print of more characters is a heading.
_LONGEST_LABEL = 40


def weigh_by_markup(text: str, candidates: list[Candidate], markup: Sequence[Row]) -> list[Candidate]:
    """The candidates without names of species, weighed by bold print, and with those that only it shows."""
    italic = [(span["start"], span["end"]) for span in markup if span["kind"] == "italic"]
    bold = [(span["start"], span["end"]) for span in markup if span["kind"] == "bold"]
    bold = [(start, end) for start, end in bold if end - start <= _LONGEST_LABEL]
    kept = [
        candidate
        for candidate in candidates
        if not any(start <= candidate.start and candidate.end < end for start, end in italic)  # "E. coli"
    ]
    is_bold = [
        any(start < candidate.end and candidate.start < end <= candidate.end + 1 for start, end in bold)
        for candidate in kept
    ]
    weighed = [
        candidate._replace(weight=candidate.weight + _BOLD * in_bold)
        for candidate, in_bold in zip(weigh_unlike(kept, is_bold, _NOT_BOLD), is_bold, strict=True)
    ]
    for start, end in bold:
        if any(candidate.start < end and start < candidate.end for candidate in candidates):
            continue
        if readings := read_labels(text[start:end].strip(" ().:,;-")):
            weighed.append(Candidate(start, end, "A", context_of(text, start).place, BOLD_ONLY, readings))
    return sorted(weighed)


def weigh_unlike(candidates: list[Candidate], marked: list[bool], price: float) -> list[Candidate]:
    """Less weight for candidates that are not marked, where two are."""
    if sum(marked) < 2:
        return candidates
    return [
        candidate if mark else candidate._replace(weight=max(candidate.weight - price, 0.05))
        for candidate, mark in zip(candidates, marked, strict=True)
    ]
