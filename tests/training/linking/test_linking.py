"""The training of the dictionary linker, on a corpus of a few words."""

import gzip
import json
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the linker is trained with scikit-learn, of the extra `training`")

from training.linking.abstracts import train_abstracts
from training.linking.captions import ANNOTATIONS, Captions, interchangeable
from training.linking.corpus import Corpus, align, canonical, natural, read_corpus
from training.linking.counting import runs_of
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


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["survival", ",", "and", "IL", "-", "6", "."], "survival, and IL-6."),
        (["(", "n", "=", "3", ")", ";", "20", "%"], "(n = 3); 20%"),
        (["the", '"', "so", "called", '"', "Crohn", "'s", "disease"], 'the "so called" Crohn\'s disease'),
        (["T1", "/", "T2"], "T1/T2"),
    ],
)
def test_tokens_are_joined_as_people_write(tokens, text):
    joined, spans = natural(tokens)
    assert joined == text
    assert [joined[start:end] for start, end in spans] == tokens


def test_mentions_move_with_the_text_that_a_linker_reads():
    corpus = Corpus(["A  ( lung ) mass"], ["1/0"], np.array([0]), [[(5, 9, "C0024109"), (12, 16, "C0577559")]])
    read = canonical(corpus)
    assert read.texts == ["A (lung) mass"]
    assert read.mentions == [[(3, 7, "C0024109"), (9, 13, "C0577559")]]


def test_annotators_who_chose_by_chance_are_both_right():
    links = [[(0, 4, "C0577559", True)], [(0, 4, "C3273930", True)]] * 2 + [[(0, 4, "C0000001", True)]]
    captions = Captions(["Mass."] * 5, np.arange(5), links)
    assert interchangeable(captions) == {"mass": {"C0577559", "C3273930"}}


def test_the_annotations_have_no_caption():
    with gzip.open(ANNOTATIONS, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) > 3000
    assert all(set(row) == {"id", "links", "missed"} for row in rows)
    assert all(start < end for row in rows for start, end, *_ in row["links"])


def test_what_is_learnt_from_some_documents_links_another(corpus, umls, tmp_path, monkeypatch):
    monkeypatch.setattr(dictionary, "LEAST_OF_ALL", 0)  # so few texts make a network unsure
    aligned = align(corpus)
    names = compile_names(corpus, umls, tmp_path)
    chosen = np.arange(DOCUMENTS) < DOCUMENTS - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so small a network has not converged
        model = train_abstracts(corpus, names, aligned, runs_of(aligned, names.base, corpus.documents), chosen)
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
