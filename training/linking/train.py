"""Train the dictionary linker's statistical model.

    python -m training.linking.train MEDMENTIONS.jsonl.gz UMLS_DIR ROCO.jsonl.gz MIRROR

It writes transforms/concepts/model/linking.npz. ROCO and MIRROR hold the captions that captions.jsonl.gz annotates.
Needs the extra `training` (scikit-learn).
"""

import argparse
import logging
import tempfile
from pathlib import Path

import numpy as np

from training.linking.abstracts import train_abstracts
from training.linking.caption_network import train_captions
from training.linking.captions import read_captions
from training.linking.corpus import align, canonical, read_corpus
from training.linking.counting import runs_of
from training.linking.vocabulary import compile_names
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import with_imaging
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.umls import Filters, umls_names


def main() -> None:
    """The command line."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("medmentions", type=Path)
    parser.add_argument("umls", type=Path, metavar="UMLS_DIR")
    parser.add_argument("roco", type=Path)
    parser.add_argument("mirror", type=Path)
    arguments = parser.parse_args()
    corpus = canonical(read_corpus(arguments.medmentions))
    aligned = align(corpus)
    everything = np.ones(corpus.documents.max() + 1, np.bool_)
    target = Path(__file__).parents[2] / "transforms" / "concepts" / "model" / "linking.npz"
    with tempfile.TemporaryDirectory() as folder:
        names = compile_names(corpus, arguments.umls, Path(folder))
        runs = runs_of(aligned, names.base, corpus.documents)
        model = train_abstracts(corpus, names, aligned, runs, everything)
        release = umls_names(arguments.umls, Filters(), Path(folder))
        compile_lexicon(with_imaging(release), Path(folder) / "lexicon", {"origin": "umls"})
        lexicon = Lexicon.open(Path(folder) / "lexicon")
        train_captions(model, read_captions(arguments.roco, arguments.mirror), lexicon).save(target)


if __name__ == "__main__":
    main()
