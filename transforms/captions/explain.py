"""Which clause of a caption went to which panel, and why, as text."""

from collections.abc import Iterator, Sequence

from schemas.tables import Row
from transforms.captions.clauses import Clause
from transforms.captions.split import Reading, read_caption

_WHY = {
    "lead": "before the first letter",
    "marker": "at its letter",
    "list": "shared by the letters of its sentence",
    "remark": "names these letters",
    "follows": "behind the letter, names none",
    "compares": "compares its panel with another",
    "shared": "behind the last letter, speaks of all",
    "item": "one of a list that has an item for each panel",
}


def explain_caption(caption: str, markup: Sequence[Row] = (), letters: Sequence[str] = ()) -> Iterator[str]:
    """The lines of an account: the panels with the chance of their texts, then a line for each clause."""
    reading = read_caption(caption, markup, letters)
    parts = reading.split.parts
    if parts:
        yield "splits into " + ", ".join(f"{part.label} ({part.confidence:.2f})" for part in parts)
    else:
        yield f"does not split: it {reading.doubt}"
    for row in clause_rows(reading, caption):
        yield f"  {row['panels']}: {row['text']}"
        yield f"      {row['why']}"


def clause_rows(reading: Reading, caption: str) -> Iterator[Row]:
    """The clauses of a caption that was read: whose they are, where they stand, and why."""
    everyone = len(reading.markers.labels)
    for clause in sorted(reading.clauses):
        # The words of a list are no text of their own, so that each panel has them among its own.
        is_shared = len(clause.labels) == everyone and clause.why != "list"
        yield {
            "panels": "all" if is_shared else ", ".join(clause.labels),
            "start": clause.start,
            "end": clause.end,
            "text": caption[clause.start : clause.end].strip(),
            "why": _reason(clause),
        }


def _reason(clause: Clause) -> str:
    """Why a clause went where it went: a rule, or the model with its chance."""
    by = f"model, {clause.chance:.2f}" if clause.chance < 1 else "rule"
    return f"{_WHY[clause.why]} ({by})"
