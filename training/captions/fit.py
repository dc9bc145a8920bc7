"""Fit the model that gives the clauses of captions to panels.

python -m training.captions.fit DATA                 writes transforms/captions/model/captions.npz
python -m training.captions.fit DATA --folds DIR     five folds of panel_captions_dev: DIR/*.jsonl, DIR/*.npz
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from training.captions import confidence, coordination, logit, sentences
from training.captions.corpus import Annotated, annotated, spans_of_mirror, unlabelled
from training.captions.phrases import phrase_examples
from transforms.captions import split, weights

FOLDS = 5
#: An annotated coordination counts as so many of those that are made.
REAL = 10
Model = dict[str, weights.Weights]
Examples = dict[str, list[logit.Example]]


def save(model: Model, path: Path) -> None:
    """Write a model."""
    columns = {f"{part}_names": np.array("\n".join(named)) for part, named in model.items()}
    columns |= {f"{part}_values": np.array(list(named.values()), np.float32) for part, named in model.items()}
    np.savez_compressed(path, **columns)


def use(model: Model, path: Path) -> None:
    """Split captions with this model from now on."""
    save(model, path)
    weights.file = path
    weights.model.cache_clear()
    split._read.cache_clear()


def from_unlabelled(captions: Sequence[str], path: Path) -> tuple[Model, Examples]:
    """What is learnt from captions without annotation: the words of remarks, and coordinations to learn from."""
    model: Model = {part: {} for part in ("head", "tail", "word", "remark", "trust")}
    use(model | {"head": {"none": 9.0}, "tail": {"none": 9.0}}, path)  # no cuts yet
    made = list(coordination.coordinations(captions))
    examples = {
        "head": list(coordination.head_examples(made, Random(0))),
        "tail": list(coordination.tail_examples(made, Random(0))),
    }
    model["word"] = logit.fit(list(sentences.word_examples(captions)), penalty=0.5, least=5)
    return model, examples


def from_annotated(model: Model, made: Examples, rows: Sequence[Annotated], path: Path) -> None:
    """Learn the other parts from annotated captions, and write the model."""
    use(model, path)
    for part, real in zip(("head", "tail"), phrase_examples(rows), strict=True):
        model[part] = logit.fit(made[part] + REAL * real, penalty=3.0)
    use(model, path)
    model["remark"] = logit.fit(list(sentences.remark_examples(rows)), penalty=1.0)
    use(model, path)
    model["trust"] = logit.fit(list(confidence.trust_examples(rows)), penalty=6.0, least=20)
    use(model, path)


def main() -> None:
    """Fit the shipped model, or five folds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder laid out as shared/data")
    parser.add_argument("--folds", type=Path, metavar="DIR")
    parser.add_argument("--without-gpl", action="store_true", help="leave the annotations under GPL-3.0 out")
    arguments = parser.parse_args()
    captions = unlabelled(arguments.data)
    prostate = arguments.data / "captions" / "prostate_captions_train.jsonl.gz"
    others = [] if arguments.without_gpl else annotated(prostate)
    others += spans_of_mirror(arguments.data / "captions" / "panel_texts.jsonl")
    dev = annotated(arguments.data / "captions" / "panel_captions_dev.jsonl.gz")
    shipped = Path(str(weights.file))
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
    model, made = from_unlabelled(captions, arguments.folds / "base.npz" if arguments.folds else shipped)
    if not arguments.folds:
        from_annotated(model, made, [*others, *dev], shipped)
        return
    rows, judged = [], []
    for fold in range(FOLDS):
        known = [row for place, row in enumerate(dev) if place % FOLDS != fold]
        from_annotated(dict(model), made, [*others, *known], arguments.folds / f"fold{fold}.npz")
        for place in range(fold, len(dev), FOLDS):
            caption, texts = dev[place]
            given = split.caption_parts(caption, list(texts))
            rows.append({"id": place, "panels": split.caption_parts(caption, None), "given": given})
            judged += list(confidence.judged(dev[place]))
    for name, key in (("predicted", "panels"), ("predicted_with_labels", "given")):
        lines = [json.dumps({"id": row["id"], "panels": row[key]}, ensure_ascii=False) for row in rows]
        (arguments.folds / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    print("chance  right   F1    F1 of the whole caption   texts")
    for chance, right, text, whole, count in confidence.reliability(judged):
        print(f"{chance:.3f}  {right:.3f}  {text:.3f}  {whole:.3f}  {count}")


if __name__ == "__main__":
    main()
