import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.concepts import cues
from transforms.concepts.context import Reach, context
from transforms.concepts.scopes import Scope

CAPTIONS = Path(__file__).parents[1] / "data" / "negation.jsonl"
EXAMPLES = [
    line
    for line in CAPTIONS.with_name("negation_examples.txt").read_text("utf-8").splitlines()
    if line[:1] not in ("", "#")
]


def flags(text, concept):
    start = text.index(concept)
    reach = context(text)
    return reach.negated(start, start + len(concept)), reach.uncertain(start, start + len(concept))


def test_hand_made_captions():
    captions = [json.loads(line) for line in CAPTIONS.read_text("utf-8").splitlines()]
    concepts = wrong = 0
    for caption in captions:
        reach = context(caption["text"])
        for concept in caption["concepts"]:
            start, end = concept["start"], concept["start"] + len(concept["text"])
            assert caption["text"][start:end] == concept["text"]
            concepts += 1
            if (reach.negated(start, end), reach.uncertain(start, end)) != (concept["negated"], concept["uncertain"]):
                wrong += 1
                print(f"wrong: {concept['text']!r} in {caption['text']!r}")
    print(f"negation and uncertainty: {1 - wrong / concepts:.1%} right of {concepts} in {len(captions)} captions")
    assert len(captions) >= 400
    assert wrong <= 0.005 * concepts


def marked(text):
    """A text in which a concept stands in braces, "-" before what is denied and "?" before what is left open."""
    plain, concepts = "", []
    for before, sign, concept in re.findall(r"([^{]*)(?:\{([-?]?)([^}]+)\})?", text):
        plain += before + concept
        if concept:
            concepts.append((len(plain) - len(concept), len(plain), sign == "-", sign == "?"))
    return plain, concepts


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples(text):
    plain, concepts = marked(text)
    reach = context(plain)
    assert [
        (start, end, reach.negated(start, end), reach.uncertain(start, end)) for start, end, *_ in concepts
    ] == concepts


@pytest.mark.parametrize(
    "text",
    [
        "No fracture.",
        "There is no evidence of acute fracture.",
        "CT without any sign of fracture",
        "Absence of the expected fracture",
        "negative for fracture",
        "The bone is free of fracture.",
        "We ruled out a fracture.",
        "X-ray fails to reveal a fracture",
        "no mass, edema or fracture",
        "A fracture was not seen.",
        "The fracture, as expected, is absent",
        "A fracture could not be identified",
        "Mass present; no fracture",
        "non-fracture group",
        "a fracture-free interval",
        "No patient had a fracture",
    ],
)
def test_negated(text):
    assert flags(text, "fracture") == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "to rule out fracture",
        "A fracture cannot be ruled out.",
        "does not exclude fracture",
        "suspicious for fracture",
        "may represent a fracture",
        "could be a fracture",
        "possible mass or fracture",
        "A fracture is likely.",
        "fracture?",
        "?fracture",
        "Differential diagnosis: contusion, fracture and sprain",
        "a fracture must be excluded",
    ],
)
def test_uncertain(text):
    assert flags(text, "fracture") == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        "A fracture.",
        "No mass, but a fracture.",
        "No mass; fracture of the rib.",
        "No mass. Fracture and fracture.",
        "No mass, however a fracture",
        "(A) No mass (B) fracture",
        "no increase of the fracture",
        "There was no significant change of the fracture",
        "not only a fracture",
        "no change in fracture alignment",
        "fracture with or without displacement",
        "No. 5, a fracture",
        "no one of us who looked at it saw the fracture",
        "The mass was not seen. A fracture",
        "Nodule: fracture",
        "No mass on CT of the fracture",
        "Fracture. A fracture, and not: a mass",
        "No edema of the fracture",
        "No mass (left) and fracture (right)",
        "CT without contrast shows a fracture",
        "A fracture can be seen",
        "A fracture that is not visible on CT",
        "What causes fracture?",
    ],
)
def test_affirmed(text):
    assert flags(text, "fracture") == (False, False)


def test_a_name_that_holds_the_cue_is_not_negated_by_it():
    assert context("HER2-negative carcinoma").negated(0, 4)
    assert not context("HER2-negative carcinoma").negated(0, 23)
    assert not context("non-small cell carcinoma").negated(0, 24)


def test_a_negated_suspicion_is_a_negation():
    assert flags("No suspicion of fracture", "fracture") == (True, False)
    assert flags("not suspicious, no possible fracture", "fracture") == (True, False)


def test_nitric_oxide_is_no_negation():
    assert flags("NO synthase", "synthase") == (False, False)
    assert flags("NO FRACTURE", "FRACTURE") == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r"(?<=\w)([.,;:!?])(?=\s|$)", r" \1", text),
        lambda text: re.sub(r" +([.,;:!?])", r"\1", text),
        lambda text: text.replace(" ", "\n"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.removesuffix("."),
        lambda text: text.removesuffix(".") + ".",
        lambda text: re.sub(r"(?<=[\w(])-(?=[,;)]|\s[^\w])", "\u2212", text),
        lambda text: re.sub(r"(?<=[\w(])[-\u2212](?=[,;)]|\s[^\w])", "\u2013", text),
    ],
)
def test_blanks_breaks_dashes_and_the_last_stop_change_no_flag(change):
    def flagged(text):
        reach = context(text)
        return [
            (word[0], reach.negated(*word.span()), reach.uncertain(*word.span())) for word in re.finditer(r"\w+", text)
        ]

    captions = [json.loads(line) for line in CAPTIONS.read_text("utf-8").splitlines()]
    captions.append({"text": "Lymphoma, to be confirmed", "concepts": [{"text": "Lymphoma"}]})
    for caption in captions:
        concepts = {word for concept in caption["concepts"] for word in re.findall(r"\w+", concept["text"])}
        for before, after in zip(flagged(caption["text"]), flagged(change(caption["text"])), strict=True):
            assert before == after or before[0] not in concepts, caption["text"]


def test_every_cue_holds_a_word_that_is_looked_for_first():
    texts = [json.loads(line)["text"] for line in CAPTIONS.read_text("utf-8").splitlines()]
    texts += [marked(example)[0] for example in EXAMPLES]
    for text in map(str.lower, texts):
        kinds = [cue.lastgroup for cue in cues.CUE.finditer(text)]
        assert {*kinds} <= {"pseudo"} or "?" in text or not cues.HINTS.isdisjoint(cues.WORD.findall(text)), text


def test_ten_times_the_cues_take_ten_times_as_long():
    """Every cue looks at a bounded part of the text, so a long text takes no longer for each."""
    for piece in (
        "fracture? ",
        "lymphoma vs abscess ",
        "cd3- (-) ",
        "mass is not seen ",
        "no mass, edema or ",
        "no bone or liver mass ",
        "her2 0, a = 0 ",
    ):
        scopes = [scope for reach in context(piece * 2000) for scope in reach.scopes]
        assert scopes
        assert max(scope.end - scope.begin for scope in scopes) < 1000, piece


@given(st.text(st.sampled_from("no t.but wihe(a)\n,é?-+3:vs\u2212\u0130")))
def test_scopes_lie_in_the_text(text):
    scopes = [scope for reach in context(text) for scope in reach.scopes]
    assert all(0 <= scope.begin <= scope.end <= scope.limit <= len(text) for scope in scopes)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12), st.integers(0, 20))),
    st.integers(0, 70),
    st.integers(1, 9),
)
def test_a_reach_is_that_of_any_of_its_scopes(drawn, start, length):
    found = [Scope(begin, begin + size, begin + size + more) for begin, size, more in drawn]
    span = (start, start + length)
    assert (span in Reach(found)) == any(scope.reaches(*span) for scope in found)


@pytest.mark.parametrize("text", ["no pleural thickening", "no vertebral fracture", "Absence of biliary dilatation"])
def test_an_organ_stays_where_its_finding_is_denied(text):
    organ, finding = text.split()[-2:]
    assert flags(text, organ) == (False, False)
    assert flags(text, finding) == (True, False)
