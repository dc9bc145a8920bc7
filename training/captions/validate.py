"""Validate the model on captions that it was not fitted on.

    python -m training.captions.validate DATA DIR

Five folds of panel_captions_dev, each split by a model of the other four: DIR/dev.jsonl, and DIR/dev_labels.jsonl with
the labels given. The captions of prostate_captions_train, which no model is fitted on, by a model of all of
panel_captions_dev: DIR/prostate.jsonl and DIR/prostate_labels.jsonl. Each for ../shared/eval/score_captions.py. Prints
how far the chance of a text can be trusted on both.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.captions import confidence
from training.captions.corpus import Annotated, figures, prostate, spans_of_mirror, unlabelled
from training.captions.fit import from_annotated, from_unlabelled
from transforms.captions import split

FOLDS = 5
Rows = list[tuple[int, Annotated]]


class Predictions:
    """What a model makes of captions, with the labels given and without."""

    def __init__(self) -> None:
        self.free: list[dict[str, Any]] = []
        self.labelled: list[dict[str, Any]] = []
        self.judged: list[tuple[float, float, float]] = []

    def add(self, rows: Rows) -> None:
        """Split captions with the model that is in use."""
        for number, row in rows:
            self.free.append({"id": number, "panels": split.caption_parts(row.caption)})
            self.labelled.append({"id": number, "panels": split.caption_parts(row.caption, list(row.texts))})
            self.judged += list(confidence.judged(row))

    def write(self, folder: Path, name: str) -> None:
        """Write both files, and print the reliability."""
        for file, rows in ((name, self.free), (f"{name}_labels", self.labelled)):
            _write(folder / f"{file}.jsonl", rows)
        print(f"{name}: chance, share right, F1, F1 of the whole caption, texts")
        for chance, right, text, whole, count in confidence.reliability(self.judged):
            print(f"  {chance:.2f}  {right:.2f}  {text:.2f}  {whole:.2f}  {count}")


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Fit and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder laid out as shared/data")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    data, folder = arguments.data, arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    rows, mirror = list(enumerate(figures(data))), spans_of_mirror(data)
    model, made = from_unlabelled(unlabelled(data), folder / "base.npz")
    dev, other = Predictions(), Predictions()
    for fold in range(FOLDS):
        known = [row for number, row in rows if number % FOLDS != fold]
        from_annotated(dict(model), made, [*mirror, *known], folder / f"fold{fold}.npz")
        dev.add(rows[fold::FOLDS])
    from_annotated(dict(model), made, [*mirror, *(row for _, row in rows)], folder / "all.npz")
    other.add(list(enumerate(prostate(data))))
    dev.write(folder, "dev")
    other.write(folder, "prostate")


if __name__ == "__main__":
    main()
