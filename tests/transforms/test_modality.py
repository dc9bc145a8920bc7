"""The modality that a caption names."""

import pytest

from transforms.concepts.modality import modalities, modality

CT, MRI = "X-ray computed tomography", "magnetic resonance imaging"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Axial CT of the chest.", CT),
        ("Contrast-enhanced computed-tomography scan", CT),
        ("Cone beam CT before MRI", "cone-beam computed tomography"),
        ("COMPUTED TOMOGRAPHY", CT),
        ("No CT was done, but MRI.", MRI),
        ("Let us see: a tree that cts do not show", None),
        ("", None),
    ],
)
def test_the_first_name_that_is_not_negated(text, expected):
    assert modality(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CTs and MRIs of the spine", CT),
        ("Axial T1-weighted image", MRI),
        ("Sagittal T2 weighted sequence", MRI),
        ("T2WI of the knee", MRI),
        ("Coronal STIR at follow-up", MRI),
        ("FLAIR shows a lesion", MRI),
        ("Magnetic resonance of the brain", MRI),
        ("Pre-operative x-rays of the left wrist", "plain radiograph"),
        ("Xray of the hand", "plain radiograph"),
        ("X ray showing a fracture", "plain radiograph"),
        ("Plain radiography of the hip", "plain radiograph"),
        ("Radiographic view of the elbow", "plain radiograph"),
        ("CHEST X-RAY of case 1", "chest radiography"),
        ("X-ray of the chest", "chest radiography"),
        ("Postoperative OPG", "panoramic radiography"),
        ("IOPA of tooth 36", "intraoral radiography"),
        ("µCT of a rat femur", "X-ray microtomography"),
        ("High-resolution micro-computed-tomography of an implant", "X-ray microtomography"),
        ("Computerised tomographic scan", CT),
        ("HRCT of the lungs", CT),
        ("Sonographic image of the neck", "ultrasonography"),
        ("Transverse US image of the liver", "ultrasonography"),
        ("Transoesophageal echocardiograms", "transesophageal echocardiography"),
        ("Colour Doppler of the portal vein", "Doppler ultrasonography"),
        ("Angiographic appearance of the fistula", "angiography"),
        ("18F-FDG PET/CT", "positron emission tomography/computed tomography"),
        ("Endoscopic view of the antrum", "endoscopy"),
        ("Photomicrographs of the tumour", "photomicrography"),
        ("Histological section of the polyp", "histology"),
        ("Biopsy (H&E, ×200)", "hematoxylin and eosin staining"),
        ("Haematoxylin-eosin, original magnification", "hematoxylin and eosin staining"),
        ("The US-guided puncture", "ultrasonography"),
        ("SEM of the head of a worker", "scanning electron microscopy"),
        ("Slit lamp photograph of the right eye", "microscopy"),
    ],
)
def test_names_in_their_spellings_abbreviations_and_plain_words(text, expected):
    assert modality(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Data are presented as mean ± SEM, t-test.",
        "Error bars: SEM, n = 6.",
        "Derived from data of the US Department of State",
        "Deaths in the US in 2010",
        "Born in the US; US-born adults; 5 US dollars",
        "Serum OPG levels and the RANKL/OPG ratio",
        "Cells on a PET membrane",
        "Eplerenone, an MR antagonist",
        "X-ray diffraction pattern of the powder",
        "Energy-dispersive X-ray map",
        "(MR: mitral regurgitation; LA: left atrium). A jet of MR.",
        "The axial and the coronal plane",
        "A pet of one ct and a dog that he saw",
        "p53CT2 in cells",
        "Anal canal (PET, polyethylene terephthalate). PET tubes.",
    ],
)
def test_what_only_reads_like_a_name_is_none(text):
    assert modality(text) is None


def test_what_times_an_image_is_not_its_modality():
    assert modality("ECG-gated CT of the heart") == CT


def test_many_texts_at_once_are_as_one_by_one():
    texts = ["CT", "", "ends with MR", "imaging starts here", "No CT"]
    assert modalities(texts) == [modality(text) for text in texts] == [CT, None, MRI, None, None]


def test_a_modality_is_read_as_a_linker_reads_it():
    assert modality("M\u200bRI of the\u00a0brain") == modality("MRI of the brain") is not None
