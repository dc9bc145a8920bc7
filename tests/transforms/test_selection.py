"""Which concepts are linked: those of the wanted semantic groups, without the most general ones; and how sure."""

import re

import pytest

from pipeline.config.recipe import Recipe
from pipeline.resources.linkers import open_linker
from pipeline.resources.vocabularies import compile_vocabulary
from schemas.errors import UserError
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.selection import PICTURED, general_concepts, known_groups, wanted_concepts
from transforms.concepts.semantic_types import GROUPS

MRCONSO = "".join(
    f"{cui}|ENG|P|L{cui}|PF|S{cui}|Y|A{cui}||||MSH|MH|D1|{name}|0|N||\n"
    for cui, name in {
        "C0000001": "Lung cancer",
        "C0000002": "Diagnosis of lung cancer",
        "C0000003": "Biopsy",
        "C0000004": "Marker",
        "C0000005": "Nameless",
        "C0000006": "Entity",
        "C0000007": "Entity of time",
        "C0000008": "New type",
        "C0030705": "Patients",
    }.items()
)
MRSTY = """\
C0000001|T191|B2.2.1.2.1.2|Neoplastic Process|AT1||
C0000002|T170|A2.4|Intellectual Product|AT2||
C0000003|T060|B1.3.1.2|Diagnostic Procedure|AT3||
C0000004|T079|A2.1.1|Temporal Concept|AT4||
C0000004|T033|A2.2|Finding|AT5||
C0000006|T071|A|Entity|AT6||
C0000007|T071|A|Entity|AT7||
C0000007|T079|A2.1.1|Temporal Concept|AT8||
C0000008|T999|Z|A type to come|AT9||
C0030705|T101|A2.9.2|Patient or Disabled Group|AT10||
"""


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    (folder / "MRCONSO.RRF").write_text(MRCONSO)
    (folder / "MRSTY.RRF").write_text(MRSTY)
    compile_vocabulary(str(folder), folder / "lexicon", imaging=False)
    return Lexicon.open(folder / "lexicon")


def wanted(lexicon, groups):
    chosen = wanted_concepts(lexicon, groups)
    return {lexicon.preferred(concept) for concept in range(lexicon.concepts) if chosen is None or chosen[concept]}


UNKNOWN = {"Nameless", "Entity", "Entity of time", "New type"}


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (PICTURED, {"Lung cancer", "Biopsy", "Marker"}),
        (("PROC",), {"Biopsy"}),
        (("CONC",), {"Diagnosis of lung cancer", "Marker"}),
        (("DISO", "PROC"), {"Lung cancer", "Biopsy", "Marker"}),
        (("LIVB",), set()),
        (("OBJC",), set()),
        (tuple(GROUPS), {"Lung cancer", "Diagnosis of lung cancer", "Biopsy", "Marker"}),
    ],
)
def test_the_concepts_of_some_groups(lexicon, groups, names):
    assert wanted(lexicon, groups) == names | UNKNOWN


def test_all_is_all(lexicon):
    assert wanted_concepts(lexicon, "all") is None


def test_what_pictures_show_is_all_but_six_groups():
    assert set(GROUPS) - set(PICTURED) == {"CONC", "ACTI", "GEOG", "OBJC", "OCCU", "ORGA"}
    assert Recipe().concept_groups == PICTURED == tuple(sorted(PICTURED))


def test_groups_are_named_once_and_in_order():
    assert known_groups(["DISO", "ANAT", "DISO"]) == ("ANAT", "DISO")
    with pytest.raises(ValueError, match=r"ANATO is no group of semantic types \(ACTI, .*PROC\); did you mean ANAT\?"):
        known_groups(["DISO", "ANATO"])
    with pytest.raises(ValueError, match="it names no group"):
        known_groups([])


def test_general_concepts_are_listed_once():
    listed = general_concepts()
    assert len(set(listed)) == len(listed) >= 10
    assert all(re.fullmatch(r"C\d{7}", cui) for cui in listed)


@pytest.fixture(params=["dictionary", "trigram", "quickumls", "scispacy"])
def kind(request, lexicon):
    try:
        open_linker(request.param, lexicon)
    except UserError as error:
        pytest.skip(str(error))
    return request.param


def test_a_wanted_name_is_found_inside_one_that_is_not(lexicon, kind):
    texts = ["The diagnosis of lung cancer."]
    (everything,) = open_linker(kind, lexicon).link(texts)
    assert [each["text"] for each in everything] == ["diagnosis of lung cancer"]
    (pictured,) = open_linker(kind, lexicon, PICTURED).link(texts)
    assert [each["text"] for each in pictured] == ["lung cancer"]


def test_links_of_a_smaller_score_are_left_out(lexicon, kind):
    texts = ["Biopsy of lung cancer.", "A lung cancers biopsies", "marker of the Entity"]
    every = open_linker(kind, lexicon).link(texts)
    scores = sorted({each["score"] for concepts in every for each in concepts})
    for score in scores:
        found = open_linker(kind, lexicon, score=score).link(texts)
        assert found == [[each for each in concepts if each["score"] >= score] for concepts in every]
    assert open_linker(kind, lexicon, score=0.0).link(texts) == every
