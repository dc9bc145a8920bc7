import numpy as np

from tests.lexicons import compiled
from transforms.concepts.candidates import cui_number, find_names
from transforms.concepts.model import FARTHEST, load, standardised, trained
from transforms.concepts.near import near_names
from transforms.concepts.statistics import Counts
from transforms.concepts.words import tokenise, word_key


def test_counts_of_a_key_that_was_not_seen_are_zero():
    counts = Counts(np.array([1, 5], np.uint32), np.array([[2], [3]], np.uint16))
    keys = np.array([5 << 32, 1 << 32, 4 << 32, 9 << 32], np.uint64)
    assert counts(keys).tolist() == [[3], [2], [0], [0]]


def test_a_model_reads_back_as_it_was_written(tmp_path):
    model = trained()
    model.save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert np.array_equal(again.word_weights, model.word_weights)
    assert again.statistics.pairs.keys.tolist() == model.statistics.pairs.keys.tolist()
    assert len(again.abstracts.layers) == len(model.abstracts.layers)
    assert np.array_equal(again.captions.mean, model.captions.mean)


def test_the_weights_are_small(tmp_path):
    trained().save(tmp_path / "model.npz")
    assert (tmp_path / "model.npz").stat().st_size < 3e6


def test_chances_are_chances_and_calibration_ascends():
    model = trained()
    log_chances = model.word_chances(np.zeros((3, 24), np.int32))
    assert np.allclose(np.exp(log_chances).sum(axis=1), 1, atol=1e-3)
    for network in (model.abstracts, model.captions):
        assert np.all(np.diff(network.calibration[1]) >= 0)
        # far out of what training saw
        assert np.all((chances := network.chances(np.full((2, len(network.mean)), 1e9, np.float32))) >= 0)
        assert np.all(chances <= 1)


def test_a_feature_that_training_never_saw_says_nothing():
    mean, scale = np.zeros(2, np.float32), np.array([1, np.inf], np.float32)
    assert standardised(np.array([[3, 3], [-99, 99]], np.float32), mean, scale).tolist() == [[3, 0], [-FARTHEST, 0]]


def test_corpus_statistics_know_words():
    counts = trained().statistics.words(np.array([word_key("cancer"), word_key("the")], np.uint64))
    cancer, the = counts
    assert cancer[1] / cancer[0] > 0.5 > 0.2 > the[1] / the[0]


def test_cui_numbers():
    assert cui_number("C0024109") == 24109
    assert cui_number("MONDO:1") == cui_number("MONDO:1") != cui_number("MONDO:2")


def test_names_and_their_concepts(tmp_path):
    lexicon = compiled(tmp_path, ("C0000001", "cold", "common cold"), ("C0000002", "low temperature", "COLD"))
    text = "The common cold"
    tokens = tokenise([text])
    found = find_names(tokens, lexicon, trained().statistics, lambda start, length: text.split()[start])
    spans = [(int(start), int(length)) for start, length in zip(found.start, found.length, strict=True)]
    assert sorted(spans) == [(1, 2), (2, 1)]
    assert {lexicon.cui(int(lexicon.name_concept[row])) for row in found.row} == {"C0000001"}


def test_near_names(tmp_path):
    lexicon = compiled(tmp_path, ("C0000001", "transfection"), ("C0000002", "hepatocyte"))
    words = ["transfected", "hepatocytte", "hepatcoyte", "unheard"]
    tokens = tokenise([" ".join(words)])
    found = near_names(tokens, np.arange(4), words, lexicon, trained().statistics)
    cuis = [lexicon.cui(int(lexicon.name_concept[row])) for row in found.row]
    assert dict(zip(found.start.tolist(), cuis, strict=True)) == {0: "C0000001", 1: "C0000002", 2: "C0000002"}
    assert found.near.all()
