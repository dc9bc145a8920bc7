"""The list of imaging terms in other vocabularies."""

import hashlib
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.vocabulary import VOCABULARY
from transforms.concepts import imaging as module
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import describe_imaging, with_imaging
from transforms.concepts.lexicon import CASE_SENSITIVE, IMAGING, PREFERRED, VARIANT, Lexicon
from transforms.concepts.words import ngram_keys, tokenise

LIST = [
    {"kind": "modality", "cui": "C0000002", "semantic_types": "T060", "names": "computed tomography|CT|CT scan"},
    {"kind": "anatomy", "cui": "C0000004", "semantic_types": "T023", "names": "lung"},
    {"kind": "modality", "cui": "C0000009", "semantic_types": "T059,T060", "names": "X-ray"},
]
RELEASE = [
    # name, CUI, preferred, semantic types, source, rank
    ("Head", "C0000001", "Head", ["T029"], "MSH", 0),
    ("Tomography, Computed", "C0000002", "Tomography, Computed", ["T061"], "MSH", 0),
    ("ct", "C0000002", "Tomography, Computed", ["T061"], "MSH", 5),
    ("CT SCANS", "C0000002", "Tomography, Computed", ["T061"], "MSH", 6),
    ("Foot", "C0000003", "Foot", ["T029"], "MSH", 0),
    ("Computed Tomography", "C0000005", "Computed Tomography", ["T062"], "MSH", 0),
]


def table(rows):
    return pa.Table.from_pylist([dict(zip(VOCABULARY.names, row, strict=True)) for row in rows], schema=VOCABULARY)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(module, "imaging", lambda: LIST)


def found(lexicon, name):
    """The names that a text may mean: name, CUI, source, flags."""
    words = tokenise([name]).keys
    [first], [count] = lexicon.lookup(ngram_keys(words, len(words)))
    return [
        (lexicon.name(row), lexicon.cui(lexicon.name_concept[row]), lexicon.source(row), int(lexicon.name_flags[row]))
        for row in range(first, first + count)
    ]


@pytest.fixture
def lexicon(tmp_path):
    compile_lexicon(with_imaging([table(RELEASE)]), tmp_path / "lexicon", {"origin": "test"})
    return Lexicon.open(tmp_path / "lexicon")


def test_a_concept_of_the_release_keeps_its_name_and_types_and_gets_the_names_that_it_lacks(lexicon):
    concept = lexicon.concept_of("C0000002")
    assert lexicon.preferred(concept) == "Tomography, Computed"
    assert lexicon.semantic_types(concept) == ["T061"]
    assert found(lexicon, "CT") == [
        ("CT", "C0000002", "IMAGING", IMAGING | CASE_SENSITIVE),
        ("ct", "C0000002", "MSH", IMAGING | CASE_SENSITIVE),
    ]


def test_a_concept_that_the_release_lacks_comes_whole(lexicon):
    assert found(lexicon, "lungs") == [("lung", "C0000004", "IMAGING", IMAGING | PREFERRED)]
    assert found(lexicon, "Xray") == [("X-ray", "C0000009", "IMAGING", IMAGING | VARIANT)]
    assert lexicon.semantic_types(lexicon.concept_of("C0000009")) == ["T059", "T060"]


def test_a_name_that_the_release_has_too_is_flagged(lexicon):
    assert found(lexicon, "CT scan") == [
        ("CT scan", "C0000002", "IMAGING", IMAGING),
        ("CT SCANS", "C0000002", "MSH", IMAGING),
    ]
    flags = {(cui, flags & IMAGING) for _, cui, _, flags in found(lexicon, "computed tomography")}
    assert flags == {("C0000002", IMAGING), ("C0000005", 0)}, "the other concept's is no name of the list"
    assert found(lexicon, "Head") == [("Head", "C0000001", "MSH", PREFERRED)]


@pytest.mark.parametrize("cuts", [[], [1], [2, 3], [1, 2, 3, 4, 5]])
def test_the_merged_names_are_the_same_however_they_come(tmp_path, lexicon, cuts):
    edges = [0, *cuts, len(RELEASE)]
    parts = [table(RELEASE[start:end]) for start, end in pairwise(edges)]
    merged = list(with_imaging(iter(parts)))
    cuis = [cui for part in merged for cui in part["cui"].to_pylist()]
    assert cuis == sorted(cuis)
    assert all(part.schema.equals(VOCABULARY) for part in merged)
    compile_lexicon(merged, tmp_path / "parts", {"origin": "test"})
    assert (tmp_path / "parts").read_bytes() == lexicon.file.read_bytes()


def test_names_stream_through(monkeypatch):
    taken = []

    def release():
        for number in range(50):
            taken.append(number)
            yield table([("x", f"C1{number:06d}", "x", [], "MSH", 0)])

    merged = with_imaging(release())
    next(merged)
    assert taken == [0]


def test_an_empty_vocabulary_is_the_list():
    [merged] = [part for part in with_imaging([]) if len(part)]
    assert merged["name"].to_pylist() == ["computed tomography", "CT", "CT scan", "lung", "X-ray"]


def test_the_list_is_described_as_an_input():
    content = Path(module.__file__).with_name("imaging.tsv").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert describe_imaging() == {"file": "imaging.tsv", "bytes": len(content), "sha256": digest}
