"""Picture and text together: vetoes, what the text decides, what stays unknown."""

import pytest

from transforms.modality.evidence import decide, evidence, looks, outranked, posterior
from transforms.modality.text import cues


def named(seen, text):
    return decide(posterior(seen, [cue for cue, _ in cues([text])[0]]))


@pytest.mark.parametrize(
    ("seen", "text", "expected"),
    [
        # the picture vetoes
        ({"drawn/plot": 0.98, "radiology/nuclear": 0.001}, "Uptake in PET over time", "drawn/plot"),
        ({"drawn/diagram": 0.97, "drawn/plot": 0.02}, "Patients with an MRI", "drawn/diagram"),
        ({"visible/clinical photo": 0.99}, "CT of the head", "visible/clinical photo"),
        # the text decides
        ({"radiology/ct": 0.5, "radiology/mr": 0.45}, "Axial MRI", "radiology/mr"),
        ({"radiology/ct": 0.3, "radiology/mr": 0.6}, "PET/CT and CT", "radiology/ct"),
        ({"microscopy/histology": 0.6, "microscopy/immunohistochemistry": 0.3}, "IHC for p53",
         "microscopy/immunohistochemistry"),
        ({"radiology/x-ray": 0.9}, "Mammography of the left breast", "radiology/mammography"),
        ({"radiology/ultrasound": 0.8, "drawn/plot": 0.1}, "OCT of the macula", "ophthalmic/oct"),
        # antibodies are read, not seen
        ({"microscopy/histology": 0.99}, "CD83 in dendritic cells", "microscopy/immunohistochemistry"),
        ({"microscopy/light": 0.97}, "Immunostain of the lesion", "microscopy/immunohistochemistry"),
        ({"microscopy/histology": 0.95}, "An antibody against desmin", "microscopy/immunohistochemistry"),
        ({"microscopy/histology": 0.95}, "", "microscopy/histology"),
        ({"microscopy/histology": 0.95}, "The stroma, immunohistochemically stained (×200)",
         "microscopy/immunohistochemistry"),
        ({"microscopy/histology": 0.95}, "CD83 in the stroma", "microscopy/immunohistochemistry"),
        ({"microscopy/histology": 0.95}, "H&E and CD83", "microscopy/histology"),
        ({"microscopy/fluorescence": 0.98}, "An antibody against desmin", "microscopy/fluorescence"),
        ({"drawn/plot": 0.98}, "Share of CD83 cells", "drawn/plot"),
        # a top level in the text leaves the second to the picture
        ({"microscopy/electron": 0.4, "drawn/plot": 0.45}, "Scale bar, 1 µm", "microscopy/electron"),
        # several in the text: the picture decides among them
        ({"radiology/ct": 0.8, "radiology/mr": 0.2}, "CT and MRI of the neck", "radiology/ct"),
        # no text
        ({"radiology/ct": 0.8, "radiology/mr": 0.2}, "", "radiology/ct"),
        ({"radiology/ct": 0.3, "radiology/mr": 0.3, "drawn/plot": 0.35}, "", "radiology/ct"),
        ({"radiology/ct": 0.3, "drawn/plot": 0.35, "microscopy/light": 0.35}, "", None),
    ],
)  # fmt: skip
def test_picture_and_text(seen, text, expected):
    assert named(seen, text) == expected


@pytest.mark.parametrize(
    ("own", "whole", "expected"),
    [
        ("Axial CT.", "Axial CT. MRI of the same patient.", ["radiology/ct"]),
        ("The lesion.", "The lesion. Axial MRI.", ["radiology/mr"]),
        ("The lesion, ×400.", "The lesion, ×400. Histology; CT before.", ["microscopy", "microscopy/histology"]),
        ("", "Axial CT.", ["radiology/ct"]),
    ],
)
def test_own_words_outrank_shared_ones(own, whole, expected):
    assert [cue.name for cue, _ in outranked(*cues([own, whole]))] == expected


def test_chances_sum_to_one():
    for text in ("", "CT and MRI", "scale bar"):
        assert sum(posterior({"radiology/ct": 0.7}, [cue for cue, _ in cues([text])[0]]).values()) == pytest.approx(1)


def test_each_evidence_stands_once_with_its_score():
    seen = {"radiology/mr": 0.75, "radiology/ct": 0.25, "drawn/plot": 0.001}
    text = "Hypointense on MRI, and an MR image"
    assert evidence(seen, cues([text])[0]) == [
        {"source": "text", "name": "radiology/mr", "score": 0.9, "detail": "MRI"},
        {"source": "picture", "name": "radiology/mr", "score": 0.75, "detail": None},
        {"source": "picture", "name": "radiology/ct", "score": 0.25, "detail": None},
    ]


def test_the_picture_looks_like_three_at_most():
    seen = {"drawn/plot": 0.25, "drawn/diagram": 0.25, "bench/plate": 0.3, "radiology/ct": 0.2}
    assert [each["name"] for each in looks(seen)] == ["bench/plate", "drawn/diagram", "drawn/plot"]
