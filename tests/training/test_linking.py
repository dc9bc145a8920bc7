"""The training of the dictionary linker, on a corpus of a few words."""

import gzip
import json
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the linker is trained with scikit-learn, of the extra `training`")

from training.linking.corpus import align, read_corpus
from training.linking.counting import runs_of
from training.linking.train import train
from training.linking.validate import untrained
from training.linking.vocabulary import compile_names
from transforms.concepts import dictionary

CONCEPTS = {"C0006142": "breast cancer", "C0040053": "thrombosis", "C0006141": "breast", "C0034065": "embolism of lung"}
DOCUMENTS = 400
SENTENCES = (
    ("a case of {} was seen", "C0006142"),
    ("the {} is shown on the left", "C0006141"),
    ("patients with {} had pain", "C0040053"),
    ("we report {} after surgery", "C0034065"),
)


def document(number):
    segments = []
    for sentence, cui in SENTENCES:
        before, after = (part.split() for part in sentence.split("{}"))
        name = ("venous " * (number % 3 == 0 and cui == "C0040053") + CONCEPTS[cui]).split()
        mention = {"start": len(before), "end": len(before) + len(name), "cui": cui}
        segments.append({"tokens": [*before, *name, *after, "."], "mentions": [mention]})
    return {"pmid": str(number), "segments": segments}


@pytest.fixture
def corpus(tmp_path):
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(document(number)) + "\n" for number in range(DOCUMENTS))
    return read_corpus(tmp_path / "corpus.jsonl.gz")


@pytest.fixture
def umls(tmp_path):
    """A release that knows the breast, and of the rest what MedMentions says."""
    rows = [
        f"{cui}|ENG|P|L1|PF|S1|Y|A{n}||||{source}|PT|1|{name}|0|N||\n"
        for n, (cui, name) in enumerate(CONCEPTS.items())
        for source in (["MSH"] if name == "breast" else ["MEDMENTIONS"])
    ]
    (tmp_path / "MRCONSO.RRF").write_text("".join(rows))
    (tmp_path / "MRSTY.RRF").write_text("".join(f"{cui}|T047|A1|Disease or Syndrome|AT1||\n" for cui in CONCEPTS))
    return tmp_path


def test_what_is_learnt_from_some_documents_links_another(corpus, umls, tmp_path, monkeypatch):
    monkeypatch.setattr(dictionary, "THRESHOLD", 0)  # so few texts make a network unsure
    aligned = align(corpus)
    names = compile_names(corpus, umls, tmp_path)
    chosen = np.arange(DOCUMENTS) < DOCUMENTS - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so small a network has not converged
        model = train(corpus, names, aligned, runs_of(aligned, names.base, corpus.documents), chosen)
    vocabulary = names.of(chosen)
    assert [vocabulary.cui(concept).encode() for concept in range(len(vocabulary.concept_cui))] == [
        bytes(cui) for cui in vocabulary.concept_cui
    ]
    (found,) = dictionary.DictionaryLinker(vocabulary, model).link(["patients with venous thrombosis had pain ."])
    assert [(concept["text"], concept["cui"]) for concept in found] == [("venous thrombosis", "C0040053")]


def test_a_fold_is_measured_with_the_release_and_the_surfaces_of_the_other_folds(corpus, umls):
    folds = (np.arange(DOCUMENTS) == 0).astype(np.int64)  # the first, with "venous thrombosis": fold 1

    def names(lexicon, index):
        assert index.is_dir()
        return {lexicon.name(row) for row in range(len(lexicon.name_concept))}

    found = untrained(corpus, folds, umls, lambda lexicon, index: None, names)

    assert next(found) == {"breast", "breast cancer", "embolism of lung", "venous thrombosis"}
    assert next(found) == {"breast", "breast cancer", "embolism of lung", "venous thrombosis", "thrombosis"}
