"""The modalities that a caption names."""

from importlib.resources import files

import pytest

from transforms.modality.names import NAMES, TOPS
from transforms.modality.text import cues

CT, MRI, XRAY, US = "radiology/ct", "radiology/mr", "radiology/x-ray", "radiology/ultrasound"
HISTOLOGY = "microscopy/histology"


def named(text):
    """All modalities that a text names, in the order of their first names."""
    return list(dict.fromkeys(cue.name for cue, _ in cues([text])[0]))


def modality(text):
    """The first modality that a text names."""
    return next(iter(named(text)), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Axial CT of the chest.", CT),
        ("Contrast-enhanced computed-tomography scan", CT),
        ("Cone beam CT before MRI", CT),
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
        ("Pre-operative x-rays of the left wrist", XRAY),
        ("Xray of the hand", XRAY),
        ("X ray showing a fracture", XRAY),
        ("Plain radiography of the hip", XRAY),
        ("Radiographic view of the elbow", XRAY),
        ("CHEST X-RAY of case 1", XRAY),
        ("X-ray of the chest", XRAY),
        ("Postoperative OPG", XRAY),
        ("IOPA of tooth 36", XRAY),
        ("µCT of a rat femur", CT),
        ("High-resolution micro-computed-tomography of an implant", CT),
        ("Computerised tomographic scan", CT),
        ("HRCT of the lungs", CT),
        ("Sonographic image of the neck", US),
        ("Transverse US image of the liver", US),
        ("Transoesophageal echocardiograms", US),
        ("Colour Doppler of the portal vein", US),
        ("Angiographic appearance of the fistula", "radiology/angiography"),
        ("18F-FDG PET/CT", "radiology/nuclear"),
        ("Endoscopic view of the antrum", "visible/endoscopy"),
        ("Photomicrographs of the tumour", "microscopy"),
        ("Histological section of the polyp", HISTOLOGY),
        ("Biopsy (H&E, ×200)", HISTOLOGY),
        ("Haematoxylin-eosin, original magnification", HISTOLOGY),
        ("The US-guided puncture", US),
        ("SEM of the head of a worker", "microscopy/electron"),
        ("Slit lamp photograph of the right eye", "visible/clinical photo"),
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
    assert modality(text) in (None, "drawn/plot")  # which a standard error speaks for


def test_what_times_an_image_is_not_its_modality():
    assert modality("ECG-gated CT of the heart") == CT


def test_many_texts_at_once_are_as_one_by_one():
    texts = ["CT", "", "ends with MR", "imaging starts here", "No CT"]
    assert cues(texts) == [cues([text])[0] for text in texts]
    assert [modality(text) for text in texts] == [CT, None, MRI, None, None]


def test_a_modality_is_read_as_a_linker_reads_it():
    assert modality("M\u200bRI of the\u00a0brain") == modality("MRI of the brain") is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Axial CT and coronal MRI of the neck", [CT, MRI]),
        ("Fused PET/CT", ["radiology/nuclear", CT]),
        ("Brain MRI, T1-weighted after gadolinium", [MRI]),
        ("Kaplan-Meier curves of overall survival", ["drawn/plot"]),
        ("Relative expression (mean ± SD), ANOVA", ["drawn/plot"]),
        ("Schematic of the study; Western blot of p53", ["drawn/diagram", "bench/gel-blot"]),
        ("PRISMA flow diagram", ["drawn/diagram"]),
        ("Nuclei were stained with DAPI", ["microscopy/fluorescence"]),
        ("Masson trichrome, ×400", [HISTOLOGY, "microscopy"]),
        ("The cells were diffusely positive for CD34", ["microscopy/immunohistochemistry"]),
        ("Lead II of a 12-lead ECG", ["signal/ecg-eeg trace"]),
        ("Fluorescein angiography of the left eye", ["visible/fundus"]),
        ("SD-OCT of the macula", ["ophthalmic/oct"]),
        ("Gross specimen of the kidney", ["visible/gross specimen"]),
        ("Intraoperative photograph", ["visible/surgery"]),
        ("Photograph of the device", ["visible"]),
        ("Colonies on blood agar", ["bench/plate"]),
    ],
)
def test_cue_words_name_a_modality_or_its_top_level(text, expected):
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A CT was performed (not shown). MRI of the knee.", [MRI]),
        ("MRI of the knee, CT not shown", [MRI]),
        ("Chest radiograph. Ultrasound (data not shown) was normal.", [XRAY]),
        ("Mass in the liver (CT images not shown)", []),
        ("Axial CT; the lesion was confirmed by histology", [CT]),
        ("T2-weighted image, compared with CT", [MRI]),
        ("Sequences after contrast. Definitive histology: leiomyoma.", []),
    ],
)
def test_what_the_picture_does_not_show_is_no_cue(text, expected):
    assert named(text) == expected


def test_cues_tell_where_they_stand():
    text = "Sagittal MRI and a radiograph"
    assert [text[cue.start : cue.end] for cue, _ in cues([text])[0]] == ["MRI", "radiograph"]
    assert [words for _, words in cues([text])[0]] == ["MRI", "radiograph"]


def test_every_cue_is_of_the_taxonomy():
    lines = (files("transforms.modality") / "cues.tsv").read_text("utf-8").splitlines()[1:]
    assert {name for line in lines for name in line.split("\t")[1].split("|")} <= {*NAMES, *TOPS}
