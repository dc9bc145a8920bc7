import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.concepts.context import negated, negations


def is_negated(text, concept):
    return negated(negations(text), text.index(concept))


@pytest.mark.parametrize(
    "text",
    [
        "No fracture.",
        "There is no evidence of acute fracture.",
        "CT without any sign of fracture",
        "Absence of the expected fracture",
        "negative for fracture",
        "The bone is free of fracture.",
        "to rule out fracture",
        "We ruled out a fracture.",
        "X-ray fails to reveal a fracture",
        "no mass, edema or fracture",
        "A fracture was not seen.",
        "The fracture, as expected, is absent",
        "A fracture could not be identified",
        "Mass present; no fracture",
    ],
)
def test_negated(text):
    assert is_negated(text, "fracture")


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
    ],
)
def test_affirmed(text):
    assert not is_negated(text, "fracture")


@given(st.text(st.sampled_from("no t.but wihe(a)\n,é")))
def test_stretches_lie_in_the_text(text):
    assert all(0 <= start <= end <= len(text) for start, end in negations(text))
