"""Cross-validate a linker: `python -m training.linking.validate MEDMENTIONS.jsonl.gz UMLS_DIR DIR [--linker NAME]`.

Document i is in fold i mod 5. Each fold is linked with the names of the release, without those of MedMentions, and the
surfaces of the other folds; the dictionary linker has a model of these, too, which it leaves in DIR. What is found is
DIR/predicted.jsonl, as the scorer wants it.
"""

import argparse
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.linking.abstracts import FOLDS, train_abstracts
from training.linking.corpus import Corpus, align, canonical, read_corpus
from training.linking.counting import runs_of
from training.linking.vocabulary import base_names, compile_names, surface_names
from transforms.concepts import quickumls, scispacy
from transforms.concepts.canonical import CanonicalLinker
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.dictionary import DictionaryLinker
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Linker

BATCH = 256  # texts

Folds = NDArray[np.int64]  # of each document
Build = Callable[[Lexicon, Path], None]
Open = Callable[[Lexicon, Path], Linker]

#: Those that learn nothing: what builds their index, and what opens it.
OTHERS: dict[str, tuple[Build, Open]] = {
    "quickumls": (quickumls.build_index, quickumls.QuickUmlsLinker),
    "scispacy": (scispacy.build_index, scispacy.ScispacyLinker),
}


def trained(corpus: Corpus, fold_of: Folds, umls: Path, out: Path) -> Iterator[Linker]:
    """The dictionary linker of each fold, whose model lies in `out` then."""
    aligned = align(corpus)
    with tempfile.TemporaryDirectory() as folder:
        names = compile_names(corpus, umls, Path(folder))
        runs = runs_of(aligned, names.base, corpus.documents)
        for fold in range(FOLDS):
            model = train_abstracts(corpus, names, aligned, runs, fold_of != fold)
            model.save(out / f"fold{fold}.npz")
            yield DictionaryLinker(names.of(fold_of != fold), model)


def untrained(corpus: Corpus, fold_of: Folds, umls: Path, build: Build, open_: Open) -> Iterator[Linker]:
    """The linker of each fold, over an index of its own."""
    with tempfile.TemporaryDirectory() as path:  # to the end: NLTK keeps the folder in which it first found stop words
        for fold in range(FOLDS):
            folder = Path(path) / str(fold)
            (folder / "index").mkdir(parents=True)
            names = pa.concat_tables([*base_names(umls, folder), surface_names(corpus.take(fold_of != fold))])
            compile_lexicon([names.sort_by([("cui", "ascending")])], folder / "lexicon", {"origin": f"fold {fold}"})
            lexicon = Lexicon.open(folder / "lexicon")
            build(lexicon, folder / "index")
            yield open_(lexicon, folder / "index")


def main() -> None:
    """The command line."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("medmentions", type=Path)
    parser.add_argument("umls", type=Path)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--linker", choices=["dictionary", *OTHERS], default="dictionary")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(arguments.medmentions)
    fold_of = np.arange(corpus.documents.max() + 1) % FOLDS
    if arguments.linker == "dictionary":
        linkers = trained(canonical(corpus), fold_of, arguments.umls, arguments.out)
    else:
        linkers = untrained(corpus, fold_of, arguments.umls, *OTHERS[arguments.linker])
    with (arguments.out / "predicted.jsonl").open("w") as output:
        for fold, linker in enumerate(linkers):
            part = corpus.take(fold_of == fold)
            for start in range(0, len(part.texts), BATCH):
                found = CanonicalLinker(linker).link(part.texts[start : start + BATCH])
                for name, concepts in zip(part.ids[start : start + BATCH], found, strict=True):
                    kept = [{key: each[key] for key in ("cui", "start", "end", "score")} for each in concepts]
                    output.write(json.dumps({"id": name, "concepts": kept}) + "\n")
            logging.info("fold %d", fold)


if __name__ == "__main__":
    main()
