"""Fit the model that gives the clauses of captions to panels: writes transforms/captions/model/captions.npz.

python -m training.captions.fit DATA
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from training.captions import confidence, coordination, logit, sentences
from training.captions.corpus import Annotated, figures, spans_of_mirror, unlabelled
from training.captions.phrases import phrase_examples
from transforms.captions import split, weights

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
    """Fit the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder laid out as shared/data")
    data = parser.parse_args().data
    shipped = Path(str(weights.file))
    model, made = from_unlabelled(unlabelled(data), shipped)
    from_annotated(model, made, [*spans_of_mirror(data), *figures(data)], shipped)


if __name__ == "__main__":
    main()
