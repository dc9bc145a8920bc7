import pytest

from transforms.concepts.homographs import means, names_no_image


def meant(text, name, cui):
    start = text.index(name)
    return means(text, {"text": name, "cui": cui, "start": start, "end": start + len(name)})


@pytest.mark.parametrize(
    ("text", "name", "cui", "expected"),
    [
        ("Box plots; whiskers show the range.", "whiskers", "C0042640", False),
        ("Facial whiskers of the mouse", "whiskers", "C0042640", True),
        ("A hernia of the inguinal canal", "canal", "C0086881", False),
        ("The canal of the second molar", "canal", "C0086881", True),
        ("White arrows mark the mass.", "White", "C0043157", False),
        ("Survival of White and Hispanic patients", "White", "C0043157", True),
        ("Atrial lead of the pacemaker", "lead", "C0023175", False),
        ("Blood levels of lead after exposure", "lead", "C0023175", True),
        ("Vegetations on the mitral valve", "Vegetations", "C0032098", False),
        ("Atrophy of the hippocampal head", "head", "C0018670", False),
        ("Axial CT of the head", "head", "C0018670", True),
        ("The head of the patient is turned.", "head", "C0018670", True),
    ],
)
def test_some_words_mean_a_concept_only_where_the_text_speaks_of_it(text, name, cui, expected):
    assert meant(text, name, cui) == expected


def test_other_concepts_of_such_a_word_are_not_judged():
    assert meant("White arrows mark the mass.", "White", "C0000000")


@pytest.mark.parametrize("text", ["Bars: mean ± SEM.", "SEM of three independent experiments", "SEM (n = 3)"])
def test_a_standard_error_is_no_microscopy(text):
    assert not meant(text, "SEM", "C0026020")
    start = text.index("SEM")
    assert names_no_image(text, start, start + 3)


def test_a_scanning_electron_microscope_is_one():
    assert meant("SEM of the enamel surface", "SEM", "C0026020")


def test_a_species_is_no_disease():
    assert not meant("Growth of M. tuberculosis on agar", "tuberculosis", "C0041296")
    assert meant("CT of pulmonary tuberculosis", "tuberculosis", "C0041296")
