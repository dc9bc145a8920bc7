"""The trigram linker: exact cosines of character 3-grams, and the records of MedConcept-23M."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lexicons import CONCEPTS, assert_offsets, compiled, found
from transforms.concepts.grams import GramIndex
from transforms.concepts.matches import Match, mention_spans, without_overlaps
from transforms.concepts.trigram import TrigramLinker, build_index

NAMES = ["breast cancer", "breast", "cancers of the breast", "blood clot", "blood", "a", "ß 3,4-x"]


@pytest.fixture(scope="module")
def linker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trigram")
    lexicon = compiled(folder, *CONCEPTS)
    build_index(lexicon, folder)
    return TrigramLinker(lexicon, folder)


def similar(index, text):
    names, cosines = index.similar(text)
    return dict(zip(names.tolist(), np.round(cosines, 9).tolist(), strict=True))


def test_the_same_words_are_the_same_vector():
    index = GramIndex.build(NAMES, 0.8)
    assert similar(index, "Breast CANCER") == {0: 1.0}
    assert similar(index, "cancer  breast") == {0: 1.0}
    assert similar(index, "") == similar(index, "日本") == {}


def test_the_cosine_is_scikit_learns():
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is not installed")
    vectors = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit(NAMES)
    query = "bloody breasts, 3,4-x a"
    cosines = (vectors.transform(NAMES) @ vectors.transform([query]).T).toarray().ravel()
    assert similar(GramIndex.build(NAMES, 0.01), query) == pytest.approx(
        {n: cosine for n, cosine in enumerate(cosines.tolist()) if cosine >= 0.01}
    )


words = st.text(st.sampled_from("abc "), max_size=12)


@given(st.lists(words, min_size=1, max_size=12), words, st.sampled_from([0.3, 0.8, 1.0]))
def test_no_name_above_the_threshold_is_missed(names, text, threshold):
    every, near = GramIndex.build(names, 1e-6), GramIndex.build(names, threshold)
    cosines = {name: cosine for name, cosine in similar(every, text).items() if cosine >= threshold + 1e-6}
    assert similar(near, text).items() >= cosines.items()


def test_an_index_survives_its_files(tmp_path):
    GramIndex.build(NAMES, 0.8).save(tmp_path)
    assert similar(GramIndex.open(tmp_path), "blood clot") == {3: 1.0}


def test_mentions_are_runs_of_words():
    text = "Loss of the blood-clot, but not (see 12) in IL-6"
    assert [text[slice(*span)] for span in mention_spans(text)] == [
        "Loss",
        "Loss of the blood",
        "Loss of the blood-clot",
        "blood",
        "blood-clot",
        "clot",
        "see",
        "see 12",
        "IL-6",
    ]


def test_the_most_similar_match_is_kept_then_the_longest():
    matches = [Match(0, 5, 1, 0.9), Match(3, 9, 2, 0.95), Match(10, 12, 3, 1.0), Match(10, 15, 4, 1.0)]
    assert [match.concept for match in without_overlaps(matches)] == [2, 4]


def test_a_match_that_is_not_wanted_hides_no_other():
    matches = [Match(0, 9, 0, 1.0), Match(4, 9, 1, 0.9)]
    assert [match.concept for match in without_overlaps(matches, np.array([False, True]))] == [1]


def test_what_is_written_nearly_so_is_linked(linker):
    (concepts,) = linker.link(["Breast cancer, blood clots and BURNING of the cells; ataxia telangiectasias."])
    assert found(concepts) == [
        ("Breast cancer", "C0006142"),
        ("blood clots", "C0040053"),
        ("BURNING", "C0085624"),
        ("cells", "C0007634"),
        ("ataxia telangiectasias", "C0004134"),
    ]
    assert [concept["score"] == 1.0 for concept in concepts] == [True, False, True, True, False]
    assert concepts[0]["name"] == "Malignant neoplasm of breast"
    assert concepts[0]["semantic_types"] == ["T047"]


def test_what_is_absent_is_negated(linker):
    (concepts,) = linker.link(["No blood clot. A cell."])
    assert [(concept["text"], concept["negated"]) for concept in concepts] == [("blood clot", True), ("cell", False)]


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Breast", " ", "cell\u0301", "𝔸", "\0", "\ud800", ","])).map("".join)
)
def test_offsets_are_those_of_the_raw_text(linker, text):
    (concepts,) = linker.link([text])
    assert_offsets(text, concepts)
