import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lexicons import assert_offsets, compiled
from transforms.concepts import DictionaryLinker
from transforms.concepts.choice import choose
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import with_imaging
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.model import trained
from transforms.concepts.proposals import read
from transforms.concepts.starter import phenotypes

ROCO = Path(__file__).parents[2].parent / "shared" / "data" / "linking" / "roco_captions_cc_by.jsonl.gz"

CONCEPTS = [
    ("C0006826", "Cancer", "malignant neoplasm"),
    ("C0242379", "Lung cancer", "cancer of lung"),
    ("C0024109", "Lung"),
    ("C0005558", "Biopsy"),
    ("C0040405", "X-ray computed tomography", "CT"),
    ("C0024485", "Magnetic resonance imaging", "MRI"),
    ("C2239176", "Hepatocellular carcinoma"),
    ("C0023884", "Liver"),
    ("C0027627", "Metastasis"),
    ("C0043210", "Woman", "women"),
    ("C0018787", "Heart"),
]


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("lexicon"), *CONCEPTS)


@pytest.fixture(scope="module")
def linker(lexicon):
    return DictionaryLinker(lexicon)


def linked(linker, text):
    return [(concept["text"], concept["cui"]) for concept in linker.link([text])[0]]


def test_a_concept_is_a_row_of_the_schema(linker):
    concept = linker.link(["Biopsy of the lung cancer."])[0][1]
    score = concept.pop("score")
    assert concept == {
        "cui": "C0242379",
        "name": "Lung cancer",
        "semantic_types": ["T047"],
        "start": 14,
        "end": 25,
        "text": "lung cancer",
        "negated": False,
        "uncertain": False,
    }
    assert 0.5 < score <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients with lung cancer", ("lung cancer", "C0242379")),
        ("Patients with LUNG CANCERS", ("LUNG CANCERS", "C0242379")),
        ("Patients with lung-cancer", ("lung-cancer", "C0242379")),
        ("Two women", ("women", "C0043210")),
        ("Metastases were seen", ("Metastases", "C0027627")),
        ("MRI of the brain", ("MRI", "C0024485")),
    ],
)
def test_a_name_in_any_spelling(linker, text, expected):
    assert expected in linked(linker, text)


@pytest.mark.parametrize("text", ["the lung. Cancer", "the lung, cancer", "the lung (A) cancer", "lung; cancer"])
def test_a_match_never_crosses_a_boundary(linker, text):
    assert "C0242379" not in [cui for _, cui in linked(linker, text)]


def test_an_abbreviation_is_its_long_form(linker):
    found = linked(linker, "Hepatocellular carcinoma (HCC) of the liver. Biopsy of the HCC.")
    assert ("HCC", "C2239176") in found
    assert "HCC" not in [text for text, _ in linked(linker, "Biopsy of the HCC.")]


def test_negation_and_uncertainty(linker):
    concepts = linker.link(["Biopsy of the liver shows no metastasis but possible hepatocellular carcinoma."])[0]
    flags = {concept["text"]: (concept["negated"], concept["uncertain"]) for concept in concepts}
    assert flags["metastasis"] == (True, False)
    assert flags["liver"] == (False, False)
    assert flags["hepatocellular carcinoma"] == (False, True)


def test_pointers_are_never_linked(tmp_path):
    lexicon = compiled(
        tmp_path, ("C0000001", "arrow"), ("C0000002", "Bar"), ("C0000003", "B cell"), ("C0024109", "Lung")
    )
    linker = DictionaryLinker(lexicon, wanted=np.ones(lexicon.concepts, np.bool_), least=0)
    text = "(A) The lung (white arrow). (B) Cell walls. Bar = 50 µm."
    assert linked(linker, text) == [("lung", "C0024109")]


def test_only_wanted_concepts(lexicon):
    text = "Biopsy of the lung cancer"
    wanted = lexicon.concept_cui == b"C0242379"
    assert [cui for _, cui in linked(DictionaryLinker(lexicon, wanted=wanted), text)] == ["C0242379"]
    inside = [("Biopsy", "C0005558"), ("lung", "C0024109"), ("cancer", "C0006826")]
    assert linked(DictionaryLinker(lexicon, wanted=~wanted), text) == inside


def test_known_abbreviations_are_linked(linker):
    known = [{"HCC": "hepatocellular carcinoma"}, {}]
    one, other = linker.link(["An HCC of the liver"] * 2, known)
    assert [(concept["text"], concept["cui"]) for concept in one] == [("HCC", "C2239176"), ("liver", "C0023884")]
    assert one[0]["start"] == 3
    assert [concept["text"] for concept in other] == ["liver"]


def test_a_name_that_contains_an_abbreviation_stays(tmp_path):
    lexicon = compiled(tmp_path, ("C0242379", "Lung cancer"), ("C0000001", "LC cell"), ("C0000002", "cell LC line"))
    texts = ["LC cell LC lines"]
    words, names = read(texts, lexicon, trained().statistics, [{"LC": "lung cancer"}])
    spans = zip(words.tokens.starts[names.start], words.tokens.ends[names.end], strict=True)
    assert [texts[0][start:end] for start, end in spans] == ["LC", "LC cell", "cell LC lines", "LC"]


def pictured(lexicon, text):
    """What the default settings link."""
    return linked(DictionaryLinker(lexicon, wanted=np.ones(lexicon.concepts, np.bool_)), text)


@pytest.mark.parametrize("mark", [", ", "; ", ". ", " and ", " (", ") "])
def test_a_concept_is_found_before_any_mark(lexicon, mark):
    assert ("lung cancer", "C0242379") in pictured(lexicon, f"Axial CT of lung cancer{mark}biopsy")


def test_a_short_form_means_what_the_text_says(tmp_path):
    lexicon = compiled(tmp_path, ("C0004134", "Ataxia", "DES"), ("C0038257", "Stent"), ("C0018787", "Heart"))
    assert "DES" not in dict(pictured(lexicon, "Heart with a drug-eluting stent (DES)."))
    assert "DES" not in dict(pictured(lexicon, "Heart with a DES stent."))  # nothing says that it is the disease


def test_the_list_of_imaging_terms_explains_its_short_forms(tmp_path):
    compile_lexicon(with_imaging([]), tmp_path / "lexicon", {"origin": "test"})
    found = dict(pictured(Lexicon.open(tmp_path / "lexicon"), "CECT and T2WI; MRCP, CXR. SEM, OCT of the IVC"))
    assert {"CECT", "T2WI", "MRCP", "CXR", "SEM", "OCT", "IVC"} <= found.keys()


def test_the_batch_does_not_matter(linker):
    texts = ["Biopsy of the lung cancer", "", "MRI of the liver", "no cancer", "(A)"]
    assert linker.link(texts) == [linker.link([text])[0] for text in texts]
    assert linker.link([]) == []
    assert linker.link(["", ""]) == [[], []]


WORDS = st.sampled_from(
    ["lung", "Cancer", "-", " ", "ſ", "ß", "İ", "(A)", ". ", "CT", "e\u0301", "𝔸", "\u200b", "s", "(HCC)", "\0", "no "]
)


@given(st.lists(st.one_of(st.text(), st.lists(WORDS).map("".join)), max_size=3))
def test_offsets_are_exact_in_any_text(linker, texts):
    for text, concepts in zip(texts, linker.link(texts), strict=True):
        assert_offsets(text, concepts)


@pytest.mark.slow
@pytest.mark.skipif(not ROCO.is_file(), reason="shared/data/linking is not there")
def test_offsets_are_exact_in_real_captions(tmp_path):
    compile_lexicon(with_imaging([phenotypes()]), tmp_path / "lexicon", {"origin": "starter"})
    linker = DictionaryLinker(Lexicon.open(tmp_path / "lexicon"))
    with gzip.open(ROCO, "rt") as lines:
        captions = [json.loads(line)["caption"] for line in lines]
    linked = linker.link(captions)
    for caption, concepts in zip(captions, linked, strict=True):
        assert_offsets(caption, concepts)
    assert sum(map(len, linked)) > len(captions)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(-5, 20)), max_size=9))
def test_the_choice_is_the_best_there_is(intervals):
    class Found:
        start = np.array([start for start, _, _ in intervals], np.int64)
        end = np.array([start + length - 1 for start, length, _ in intervals], np.int64)

    worth = np.array([worth for _, _, worth in intervals], np.int64)
    chosen = choose(Found, worth)
    taken = sorted((Found.start[each], Found.end[each]) for each in chosen)
    assert all(left[1] < right[0] for left, right in pairwise(taken))
    assert worth[chosen].sum() == best(tuple(intervals))


def best(intervals, begin=0):
    """By trying everything."""
    values = [0]
    for start, length, worth in intervals:
        if start >= begin and worth > 0:
            values.append(worth + best(intervals, start + length))
    return max(values)
