import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.lexicon import CASE_SENSITIVE, PREFERRED, VARIANT, Lexicon
from transforms.concepts.variants import variants
from transforms.concepts.words import ngram_keys, tokenise

NAMES = [
    # name, CUI, preferred, semantic types, source, rank
    ("Renal cell carcinoma", "C0000001", "Renal cell carcinoma", ["T191"], "MSH", 0),
    ("Carcinoma, Renal Cell", "C0000001", "Renal cell carcinoma", ["T191"], "MSH", 1),
    ("RCC", "C0000001", "Renal cell carcinoma", ["T191"], "NCI", 4),
    ("Cancer of kidney", "C0000002", "Kidney cancer", ["T047", "T191"], "NCI", 0),
    ("renal-cell carcinomas", "C0000002", "Kidney cancer", ["T047", "T191"], "NCI", 7),
    ("X-ray", "C0000003", "X-ray", [], "HPO", 0),
    ("12", "C0000004", "12", [], "HPO", 0),
]


def table(rows):
    return pa.Table.from_pylist([dict(zip(VOCABULARY.names, row, strict=True)) for row in rows], schema=VOCABULARY)


@pytest.fixture
def lexicon(tmp_path):
    compile_lexicon([table(NAMES)], tmp_path / "lexicon", {"origin": "test", "release": "2026AA"})
    return Lexicon.open(tmp_path / "lexicon")


def key(name):
    keys = tokenise([name]).keys
    return ngram_keys(keys, len(keys))


def found(lexicon, name):
    [first], [count] = lexicon.lookup(key(name))
    rows = range(first, first + count)
    return [(lexicon.name(row), lexicon.cui(lexicon.name_concept[row]), int(lexicon.name_flags[row])) for row in rows]


def test_names_of_a_key_stand_with_the_best_first(lexicon):
    assert found(lexicon, "RENAL-CELL carcinomas") == [
        ("Renal cell carcinoma", "C0000001", PREFERRED),
        ("renal-cell carcinomas", "C0000002", 0),
    ]
    assert found(lexicon, "rcc") == [("RCC", "C0000001", CASE_SENSITIVE)]
    assert found(lexicon, "cell") == found(lexicon, "12") == []


def test_an_abbreviation_may_be_written_in_several_ways(tmp_path):
    rows = [(name, "C0000001", "Tomography", [], "TEST", rank) for rank, name in enumerate(("ct", "CT", "Ct", "ct"))]
    compile_lexicon([table(rows)], tmp_path / "lexicon", {"origin": "test"})
    names = found(Lexicon.open(tmp_path / "lexicon"), "ct")
    assert names == [(name, "C0000001", CASE_SENSITIVE) for name in ("ct", "CT", "Ct")]


def test_variants_are_found_and_flagged(lexicon):
    assert found(lexicon, "kidney cancer") == [("Cancer of kidney", "C0000002", VARIANT)]
    assert found(lexicon, "cancer of the kidney") == [("Cancer of kidney", "C0000002", VARIANT)]
    assert found(lexicon, "xray") == [("X-ray", "C0000003", VARIANT)]


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("Carcinoma, renal cell, familial", "familial renal cell Carcinoma"),
        ("Pneumonia, NOS", "Pneumonia"),
        ("Carcinoma, oat cell (morphologic abnormality)", "oat cell Carcinoma"),
        ("Fracture of the femur", "femur Fracture"),
        ("non-small cell", "nonsmall cell"),
        ("Postoperative pain", "Post operative pain"),
    ],
)
def test_names_have_the_variants_that_texts_use(name, variant):
    assert variant in variants(name)


def test_a_plain_name_has_no_variants():
    assert list(variants("Lung")) == list(variants("Renal cell carcinoma")) == []


def test_every_run_that_a_name_begins_with_begins(lexicon):
    words = tokenise(["Renal cell carcinoma"]).keys
    for length in (1, 2, 3):
        assert lexicon.begins(ngram_keys(words, length)[:1]).all()
    strange = tokenise([f"strange{chr(97 + index)}" for index in range(26)]).keys
    assert lexicon.begins(strange).sum() < 5


def test_concepts_keep_what_the_source_says_of_them(lexicon):
    assert [lexicon.cui(concept) for concept in range(lexicon.concepts)] == [f"C000000{n}" for n in (1, 2, 3, 4)]
    assert lexicon.preferred(1) == "Kidney cancer"
    assert lexicon.preferred(3) == "12"
    assert lexicon.semantic_types(1) == ["T047", "T191"]
    assert lexicon.semantic_types(2) == []
    assert lexicon.concept_of("C0000003") == 2
    assert lexicon.concept_of("C0000009") is lexicon.concept_of("A") is lexicon.concept_of("C00000031") is None
    [first], _ = lexicon.lookup(key("rcc"))
    assert (lexicon.source(first), lexicon.name_rank[first]) == ("NCI", 4)
    assert lexicon.header["release"] == "2026AA"


def test_the_same_names_give_the_same_bytes_however_they_are_batched(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    version = compile_lexicon([table(NAMES)], whole, {"origin": "test"})
    compile_lexicon([table([row]) for row in NAMES], parts, {"origin": "test"})
    assert whole.read_bytes() == parts.read_bytes()
    assert version.startswith("test-")
    assert version != compile_lexicon([table(NAMES[1:])], parts, {"origin": "test"})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["parts", "whole"]


def test_numbers_and_single_characters_are_no_names_but_may_be_preferred(tmp_path):
    names = [("12", "C0000001"), ("12, NOS", "C0000002"), (", NOS", "C0000003")]
    rows = [(name, cui, name, [], "TEST", 0) for name, cui in names]
    compile_lexicon([table(rows)], tmp_path / "lexicon", {"origin": "test"})
    lexicon = Lexicon.open(tmp_path / "lexicon")
    lexicon.verify()
    assert [lexicon.preferred(concept) for concept in range(3)] == ["12", "12, NOS", ", NOS"]
    assert found(lexicon, "12") == []
    assert found(lexicon, "NOS") == [(", NOS", "C0000003", PREFERRED)]


def test_names_out_of_order_or_none_at_all_are_refused(tmp_path):
    with pytest.raises(ValueError, match="order"):
        compile_lexicon([table(reversed(NAMES))], tmp_path / "lexicon", {"origin": "test"})
    with pytest.raises(UserError, match="no name"):
        compile_lexicon([], tmp_path / "lexicon", {"origin": "test"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kept", [0, 5, 40, 500, -1])
def test_a_lexicon_that_was_cut_is_one_clear_error(lexicon, kept):
    lexicon.file.write_bytes(lexicon.file.read_bytes()[:kept])
    with pytest.raises(UserError, match=str(lexicon.file)):
        Lexicon.open(lexicon.file)


def test_a_lexicon_that_was_changed_is_one_clear_error(lexicon):
    content = bytearray(lexicon.file.read_bytes())
    content[100] ^= 1
    lexicon.file.with_name("header").write_bytes(content)
    with pytest.raises(UserError, match="header"):
        Lexicon.open(lexicon.file.with_name("header"))
    content[100] ^= 1
    content[-3] ^= 1
    lexicon.file.with_name("array").write_bytes(content)
    with pytest.raises(UserError, match="the array texts"):
        Lexicon.open(lexicon.file.with_name("array")).verify()
    lexicon.verify()


def test_a_lexicon_of_another_version_is_refused_as_one(lexicon):
    lexicon.file.write_bytes(b"MCLEXIC1" + lexicon.file.read_bytes()[8:])
    with pytest.raises(UserError, match="lexicon of another version"):
        Lexicon.open(lexicon.file)


def test_what_is_no_lexicon_is_refused(tmp_path):
    (tmp_path / "text").write_text("Lung|C0000001\n" * 100)
    for name in ("missing", "text", "."):
        with pytest.raises(UserError, match=name):
            Lexicon.open(tmp_path / name)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)))
)
def test_every_name_is_found_again(tmp_path_factory, names):
    names = [(number, "Lung " + name) for number, name in sorted(names)]
    rows = [(name, f"C000000{number}", "Organ", [], "TEST", 0) for number, name in names]
    file = tmp_path_factory.mktemp("lexicon") / "lexicon"
    compile_lexicon([table([*rows, ("Liver", "C0000010", "Liver", [], "TEST", 0)])], file, {"origin": "test"})
    lexicon = Lexicon.open(file)
    lexicon.verify()
    for number, name in names:
        hits = {(text.lower(), cui) for text, cui, _ in found(lexicon, name)}
        assert (name.lower(), f"C000000{number}") in hits
        assert lexicon.preferred(lexicon.concept_of(f"C000000{number}")) == "Organ"


def test_lookup_agrees_with_a_dictionary_on_many_keys(tmp_path):
    names = [f"{first} {second}" for first in ("lung", "liver", "brain") for second in map(str, range(900))]
    rows = [(name, f"C{number:07d}", name, [], "TEST", 0) for number, name in enumerate(names)]
    compile_lexicon([table(rows)], tmp_path / "lexicon", {"origin": "test"})
    lexicon = Lexicon.open(tmp_path / "lexicon")
    sought = [*names, *(f"heart {number}" for number in range(900))]
    firsts, counts = lexicon.lookup(np.concatenate([key(name) for name in sought]))
    assert counts.tolist() == [1] * 2700 + [0] * 900
    assert [lexicon.name(row) for row in firsts[:2700]] == names
