import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.panels import CAPTIONED, LINKED
from schemas.vocabulary import VOCABULARY
from transforms.concepts import Dictionary, LinkConcepts
from transforms.concepts.dictionary import EXACT, PLURAL, VARIANT
from transforms.concepts.starter import starter
from transforms.concepts.vocabulary import finish

ROCO = Path(__file__).parents[2].parent / "shared" / "data" / "linking" / "roco_captions_cc_by.jsonl.gz"


def vocabulary(*names, origin="starter"):
    """Names as (name, CUI) or (name, CUI, preferred, rank)."""
    rows = []
    for name, cui, *rest in names:
        preferred, rank = rest or (name, 0)
        row = {"name": name, "cui": cui, "preferred": preferred, "semantic_types": ["T047"], "source": "TEST"}
        rows.append({**row, "rank": rank})
    return finish(pa.Table.from_pylist(rows, schema=VOCABULARY), origin)


DICTIONARY = Dictionary(
    vocabulary(
        ("Cancer", "C0000001"),
        ("Lung cancer", "C0000002"),
        ("Non-small cell lung cancer", "C0000003"),
        ("Lung", "C0000004"),
        ("Biopsy", "C0000005"),
        ("CT", "C0000006"),
        ("WAS", "C0000007"),
        ("HAS", "C0000008"),
        ("CAN", "C0000009"),
        ("ALL", "C0000010"),
        ("All", "C0000011"),
        ("eye", "C0000012"),
        ("Straße", "C0000013"),
        ("12", "C0000014"),
        ("A", "C0000015"),
        ("H&E", "C0000016"),
        ("3,4-dihydroxyphenylalanine", "C0000017"),
        ("Crohn's disease", "C0000018"),
        ("MPP+", "C0000019"),
        ("Lens", "C0000020"),
    )
)


def linked(text, dictionary=DICTIONARY):
    return [(concept["text"], concept["cui"], concept["score"]) for concept in dictionary.link(text)]


def test_a_concept_is_a_row_of_the_schema():
    assert DICTIONARY.link("The lung cancer.") == [
        {
            "cui": "C0000002",
            "name": "Lung cancer",
            "semantic_types": ["T047"],
            "start": 4,
            "end": 15,
            "text": "lung cancer",
            "score": EXACT,
            "negated": False,
        }
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Non-small cell lung cancer", [("Non-small cell lung cancer", "C0000003", EXACT)]),
        ("NON SMALL-CELL LUNG CANCER", [("NON SMALL-CELL LUNG CANCER", "C0000003", VARIANT)]),
        ("small cell lung cancer", [("lung cancer", "C0000002", EXACT)]),
        ("lung cancers, cancers", [("lung cancers", "C0000002", PLURAL), ("cancers", "C0000001", PLURAL)]),
        ("two biopsies of a lens", [("biopsies", "C0000005", PLURAL), ("lens", "C0000020", EXACT)]),
        ("the lung\n cancer", [("lung\n cancer", "C0000002", VARIANT)]),
        ("Crohn’s disease", [("Crohn’s disease", "C0000018", VARIANT)]),
        ("STRASSE", [("STRASSE", "C0000013", EXACT)]),
        ("H&E of a lung", [("H&E", "C0000016", EXACT), ("lung", "C0000004", EXACT)]),
        ("(3,4-Dihydroxyphenylalanine)", [("3,4-Dihydroxyphenylalanine", "C0000017", EXACT)]),
    ],
)
def test_the_longest_name_in_any_spelling(text, expected):
    assert linked(text) == expected


@pytest.mark.parametrize("text", ["Lung. Cancer", "lung, cancer", "lung (cancer", "lung (A) cancer", "lung; cancer"])
def test_a_match_never_crosses_a_boundary(text):
    assert [found[1] for found in linked(text)] == ["C0000004", "C0000001"]


@pytest.mark.parametrize(
    "text", ["It was shown", "has all", "can", "Was it?", "Can all", "12 of A", "ct", "Ct", "MPP", "EYE", "cancerous"]
)
def test_words_that_only_look_like_names(text):
    assert linked(text) == []


def test_abbreviations_are_written_as_they_are():
    assert linked("CT and CTs; Eye, eyes; WAS; All, ALL") == [
        ("CT", "C0000006", EXACT),
        ("CTs", "C0000006", PLURAL),
        ("Eye", "C0000012", EXACT),
        ("eyes", "C0000012", PLURAL),
        ("WAS", "C0000007", EXACT),
        ("ALL", "C0000010", EXACT),
    ]


def test_an_ambiguous_name_goes_to_the_preferred_then_the_rank_then_the_smallest_cui():
    preferred = vocabulary(("Cold", "C0000001", "Common cold", 0), ("Cold", "C0000002", "Cold", 5))
    ranked = vocabulary(("Cold", "C0000001", "Common cold", 2), ("Cold", "C0000002", "Low temperature", 1))
    tied = vocabulary(("cold", "C0000002", "Low temperature", 1), ("Cold", "C0000001", "Common cold", 1))
    for table, cui in ((preferred, "C0000002"), (ranked, "C0000002"), (tied, "C0000001")):
        assert linked("cold", Dictionary(table)) == [("cold", cui, EXACT)]


def test_a_better_abbreviation_does_not_hide_a_word():
    table = vocabulary(("AIDS", "C0000001"), ("aids", "C0000002", "Aid", 3), ("Hearing aids", "C0000003"))
    dictionary = Dictionary(table)
    assert linked("AIDS, aids, hearing aids", dictionary) == [
        ("AIDS", "C0000001", EXACT),
        ("aids", "C0000002", EXACT),
        ("hearing aids", "C0000003", EXACT),
    ]


def test_negation_is_marked():
    concepts = DICTIONARY.link("No lung cancer, but a biopsy of the lung.")
    assert [(concept["text"], concept["negated"]) for concept in concepts] == [
        ("lung cancer", True),
        ("biopsy", False),
        ("lung", False),
    ]


WORDS = st.sampled_from(
    ["lung", "Cancer", "-", " ", "ſ", "ß", "İ", "(A)", ". ", "eye", "CT", "e\u0301", "𝔸", "\u200b", "s"]
)


@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_offsets_are_exact_in_any_text(text):
    end = 0
    for concept in DICTIONARY.link(text):
        assert text[concept["start"] : concept["end"]] == concept["text"] != ""
        assert concept["start"] >= end
        assert 0 < concept["score"] <= 1
        end = concept["end"]


@pytest.mark.skipif(not ROCO.is_file(), reason="shared/data/linking is not there")
def test_offsets_are_exact_in_real_captions():
    dictionary = Dictionary(starter())
    with gzip.open(ROCO, "rt") as lines:
        captions = [json.loads(line)["caption"] for line in lines]
    concepts = 0
    for caption in captions:
        for concept in dictionary.link(caption):
            assert caption[concept["start"] : concept["end"]] == concept["text"]
            concepts += 1
    assert concepts > len(captions)


def captioned(*captions):
    rows = [
        {"article_id": "PMC1v1", "caption": caption, "figure_caption": figure, "panel_id": f"PMC1v1-f001-p{index:02d}"}
        for index, (caption, figure) in enumerate(captions, 1)
    ]
    return pa.Table.from_pylist(rows, schema=CAPTIONED)


def test_the_stage_links_the_panels_own_caption_and_names_its_modality():
    stage = LinkConcepts(starter)
    stage.setup()
    table = stage(
        captioned(
            ("(A) MRI of the liver.", "Liver. (A) MRI of the liver. (B) CT."),
            ("(C) Follow-up.", "Liver. (A) MRI of the liver. (B) CT. (C) Follow-up."),
            ("No CT was done, but ultrasound.", "No CT was done, but ultrasound."),
            ("A tree.", "A tree."),
            (None, None),
        )
    )
    assert table.schema.equals(LINKED)
    assert table["modality"].to_pylist() == [
        "magnetic resonance imaging",
        None,
        "ultrasonography",
        None,
        None,
    ]
    assert [concept["text"] for concept in table["concepts"][0].as_py()] == ["MRI", "liver"]
    assert table["concepts"][3].as_py() == []
    assert set(table["linker"].to_pylist()) == {"dictionary-1"}
    assert set(table["vocabulary"].to_pylist()) == {Dictionary(starter()).version}


def test_the_modality_is_known_by_its_cui_in_any_vocabulary():
    stage = LinkConcepts(lambda: vocabulary(("Tomodensitometry", "C0040405"), origin="umls"))
    stage.setup()
    table = stage(captioned(("Tomodensitometry.", "Tomodensitometry.")))
    assert table["modality"].to_pylist() == ["X-ray computed tomography"]
