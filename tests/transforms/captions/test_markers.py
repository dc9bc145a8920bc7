import gzip
import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from transforms.captions.markers import NO_MARKERS, find_markers

TRUTH = SHARED / "data" / "captions" / "prostate_captions_train.jsonl.gz"
CASES = SHARED / "cases" / "captions.jsonl"


def introduced(caption, markup=(), letters=()):
    """The words of each marker that introduces panels."""
    markers = find_markers(caption, markup, letters).markers
    return [caption[marker.start : marker.end] for marker in markers if marker.introduces]


def mentioned(caption):
    return [caption[marker.start : marker.end] for marker in find_markers(caption).markers if not marker.introduces]


@pytest.mark.parametrize(
    ("caption", "markers"),
    [
        ("(A) CT. (B) MR.", ["(A)", "(B)"]),
        ("(A)CT.(B)MR.", ["(A)", "(B)"]),
        ("[A] CT. [B] MR.", ["[A]", "[B]"]),
        ("（Ａ）CT。【B】MR", ["（Ａ）", "【B】"]),
        ("(a.) CT. (b.) MR.", ["(a.)", "(b.)"]),
        ("A) CT; B). MR.", ["A)", "B)."]),
        ("A) and C) CT. B) MR.", ["A) and C)", "B)"]),
        ("A: CT. B: MR.", ["A:", "B:"]),
        ("A (top): CT. B (bottom): MR.", ["A (top):", "B (bottom):"]),
        ("A. CT. B. MR.", ["A.", "B."]),
        ("a. axial CT. b. axial MR. c. axial US.", ["a.", "b.", "c."]),
        ("A, CT; B, MR.", ["A,", "B,"]),
        ("A – CT of the chest. B – MR of the brain.", ["A –", "B –"]),
        ("A= CT, B= MR, C= US", ["A=", "B=", "C="]),
        ("a CT. b MR.", ["a", "b"]),
        ("A body, dorsal B head, lateral C phallus, dorsal", ["A", "B", "C"]),
        ("MRI (a T2, b FLAIR, c ADC) of a glioma.", ["a", "b", "c"]),
        ("Cells (H&E, a 200×, b 400×) and fibres (silver, c 400×).", ["a", "b", "(silver, c 400×)"]),
        ("Blots for A, TARS, B, VEGF, C, LDH.", ["A,", "B,", "C,"]),
        ("Panel A: CT. Panel B: MR.", ["Panel A:", "Panel B:"]),
        ("Panel (a) shows CT. Panel (b) shows MR.", ["(a)", "(b)"]),
        ("Panels A and B show CT; panel C shows MR.", ["Panels A and B", "panel C"]),
        ("CT (panel A) and MR (panel B).", ["(panel A)", "(panel B)"]),
        ("Prostate (A. HE x40, B: HE x100). Positive PSA (C: PSA x40).", ["A.", "B:", "(C: PSA x40)"]),
        ("Lane (A): a zygote. Lane (B): an embryo.", ["(A)", "(B)"]),
        ("Fig. 2A: CT. Fig. 2B: MR.", ["Fig. 2A:", "Fig. 2B:"]),
        ("Left panel (A) CT; right panel (B) MR", ["(A)", "(B)"]),
        ("Upper row (A, B): CT. Lower row (C, D): MR.", ["(A, B)", "(C, D)"]),
        ("(A; left) CT. (B, HE x400) Tumour.", ["(A; left)", "(B, HE x400)"]),
        ("Kidney (HE, A) and liver (HE, B).", ["(HE, A)", "(HE, B)"]),
        ("Tumour (A, HE x400; B, Masson x200) and scar (C).", ["A,", "B,", "(C)"]),
        ("(a)–(c) CT. (d) MR.", ["(a)–(c)", "(d)"]),
        ("(A−C) CT. (D) MR.", ["(A−C)", "(D)"]),
        ("(A/B) CT. (C+D) MR.", ["(A/B)", "(C+D)"]),
        ("(A), (B) CT. (C) and (D) MR.", ["(A), (B)", "(C) and (D)"]),
        ("(a)(c) CT. (b) MR.", ["(a)(c)", "(b)"]),
        ("A and B, CT. C to E, MR.", ["A and B,", "C to E,"]),
        ("Axial (A), coronal (B), and (C) sagittal CT.", ["(A)", "(B)", "(C)"]),
        ("CT (A) and (B) shows a mass, MR (C) a scar.", ["(A) and (B)", "(C)"]),
        ("(A) CT; (A') detail; (B) MR.", ["(A)", "(A')", "(B)"]),
        ("(A1) CT. (A2) MR. (B) US.", ["(A1)", "(A2)", "(B)"]),
        ("a1–3 CT. b1–3 MR.", ["a1–3", "b1–3"]),
        ("(i) CT. (ii) MR.", ["(i)", "(ii)"]),
        ("(1) CT. (2) MR.", ["(1)", "(2)"]),
        ("1. CT 2. MR 3. US", ["1.", "2.", "3."]),
        ("The cyst. 1. Incision2. Resection3. Suture", ["1.", "2.", "3."]),
        ("Figure 1 (A) CT. (B) MR.", ["(A)", "(B)"]),
        ("Growth of miceA, CT. B, MR.", ["A,", "B,"]),
    ],
)
def test_styles(caption, markers):
    assert introduced(caption) == markers


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "A liver.",
        "The liver (A).",
        "(B) CT. (C) MR.",
        "(A) CT. (C) MR.",
        "(A) CT. (b) MR.",
        "A CT shows a 45-year-old man. A CT shows a mass.",
        "Vitamin (A) and (B) levels rose.",
        "Vitamins A, B and C in E. coli.",
        "Patients with hepatitis (B) and (C).",
        "Blood group (A) and (B).",
        "Case A had a mass. Case B had a cyst.",
        "VEGF (A) in tumours. Mean (n = 5) and (p < .05).",
        "As in Figure 2(A), and in Fig. 3 (B).",
        "See Table S1(A) and ref. (B).",
        "A. thaliana and B. napus.",
        "The A point and the C-Z interval.",
        "T cells and B cells. B cells and A cells.",
        "Cyclin D1, A1 and B2 in liver.",
        "Dose (a = 0.2, b = 2, c = 7).",
        "Tendons (1), bones (2) and muscles (3) of the foot.",
        "Three steps: (1) infection; (2) inflammation; (3) repair.",
        "Three pathways: (i) lysosomes; (ii) proteases; and (iii) uptake.",
        "Landmarks, as can be seen in Figs 1-3. Others in Figs 4-6.",
        "Liver. Abbreviations: A, artery; B, bile; C, colon.",
        "Different letters (a, b) and (c) differ.",
        "Stain: H&E. Slides of the H and E series.",
    ],
)
def test_letters_that_are_no_panels(caption):
    assert find_markers(caption) == NO_MARKERS


@pytest.mark.parametrize(
    ("caption", "labels"),
    [
        ("(A) As in Figure 2(B). (B) CT. (C) MR as in Figure 3(A).", "ABC"),
        ("(A) CT of hepatitis B. (B) MR.", "AB"),
        ("(A) CT. (B) MR of E. coli (Table 1 (D)).", "AB"),
        ("A. CT of E. coli sepsis. B. MR.", "AB"),
        ("A, E. coli. B, K. oxytoca. C, A. baumannii. D, E. faecium.", "ABCD"),
        ("Kinase K, A- CT, B- MR, C- US.", "ABC"),
        ("(A) CT (i) before and (ii) after. (B) MR (i) before and (ii) after.", "AB"),
        ("A. Lines (a), (b), (c). B. Mice (a), (b).", "AB"),
        ("(a) A, artery; B, bone. (b) A, aorta.", "ab"),
        ("(a) Wild type. (b) Mice of group (A) and (B).", "ab"),
        ("In image (A) muscle (M). Image (B) shows circular muscle (C).", "AB"),
        ("(A) Photo. Two cycles: C1 to C5. (B) Drawing. (C) Map.", "ABC"),
        ("A. The mouth and sites of sampling (A to F). B. Map.", "AB"),
        ("(A) Brain, (B) spinal cord, and (C) cyclin D1 in muscle.", "ABC"),
    ],
)
def test_letters_of_other_things_beside_panels(caption, labels):
    assert "".join(find_markers(caption).labels) == labels


@pytest.mark.parametrize(
    ("caption", "labels"),
    [
        ("(A) CT. (B) MR. (D) US.", "ABD"),
        ("Axial CT. (b) Sagittal CT. (c) MR. (d) US.", "bcd"),
        ("(B) After therapy. (A) Before therapy.", "AB"),
        ("In dorsal (A), ventral (B), rostral (D) and, inside, lateral (C) views.", "ABCD"),
        ("A, D: CT. B, E: MR. C, F: US.", "ABCDEF"),
        (
            "HE of wild type (A), sham (D), drug (G). IHC of wild type (B), sham (E), drug (H). PAS (C), (F), (I).",
            "ABCDEFGHI",
        ),
        ("(A–C) Three. (D) Fourth. Arrows in (A), (B), and (C).", "ABCD"),
    ],
)
def test_gaps_and_order(caption, labels):
    assert "".join(find_markers(caption).labels) == labels


def test_the_finer_markers_introduce():
    assert introduced("(A-C) Three cases. (A) CT. (B) MR. (C) US.") == ["(A)", "(B)", "(C)"]
    assert introduced("(A–C) Three. (D) Fourth. Arrows in (A) and (C).") == ["(A–C)", "(D)"]
    assert introduced("(A–D) Four cases. Arrow in (A) and (D).") == ["(A–D)"]


def test_one_marker_is_enough_where_a_sentence_starts_with_it():
    assert find_markers("Lesions. (a), (b) Axial CT of the pelvis.").labels == ("a", "b")
    assert find_markers("Values in the cells (a, b) differ.") == NO_MARKERS
    assert find_markers("Masses in the pelvis (a, b).", letters=["A", "B"]).labels == ("a", "b")


def test_markers_name_all_their_labels():
    markers = find_markers("(A) CT. (A, B) Both. (C) MR.").markers
    assert [marker.labels for marker in markers] == [("A",), ("A", "B"), ("C",)]
    assert all(marker.introduces for marker in markers)


@pytest.mark.parametrize(
    ("caption", "mentions"),
    [
        ("(A) CT. (B) MR. Arrow in (B).", ["(B)"]),
        ("(A) CT. (B) MR. Arrow in B.", ["B"]),
        ("(A) CT. (B) MR as in panel A. Bars in A and B: 1 mm.", ["panel A", "A and B"]),
        ("(a) CT. (b) MR in a man. Arrow in panel a.", ["panel a"]),
        ("(A) CT. (B) MR. A large mass is seen. Stain: H&E.", []),
        ("(A, B) CT. (C) MR. (A, n = 5) Mean.", ["(A, n = 5)"]),
        ("(A) CT. (B) MR as in Fig. 3(A).", []),
        ("(A) CT. (B) MR of A. niger.", []),
    ],
)
def test_later_mentions(caption, mentions):
    assert mentioned(caption) == mentions


def bold(caption, *words):
    spans = [(caption.index(word), caption.index(word) + len(word)) for word in words]
    return [{"kind": "bold", "start": start, "end": end} for start, end in spans]


def test_bold_letters_are_markers():
    caption = "Anthers of a Spartina anglica, and of b Spartina alba."
    assert find_markers(caption) == NO_MARKERS
    markup = [{"kind": "bold", "start": 11, "end": 12}, {"kind": "bold", "start": 38, "end": 39}]
    assert introduced(caption, markup) == ["a", "b"]


def test_where_markers_are_bold_others_are_none():
    caption = "A. CT. B. MR of the lung, C, and rib."
    assert introduced(caption) == ["A.", "B.", "C,"]
    assert introduced(caption, bold(caption, "A.", "B.")) == ["A.", "B."]


def test_names_of_species_in_italics_are_no_markers():
    caption = "A. niger was grown. B. Subtilis was not."
    italic = [{"kind": "italic", "start": 0, "end": 8}, {"kind": "italic", "start": 20, "end": 31}]
    assert find_markers(caption, italic) == NO_MARKERS


@pytest.mark.parametrize(
    ("caption", "letters", "labels"),
    [
        ("A body, dorsal B head, lateral", "AB", "AB"),
        ("(A) CT. (C) MR.", "AC", "AC"),
        ("(B) CT. (C) MR.", "ABC", "BC"),
        ("(A) CT. (C) MR.", "BD", ""),
        ("(a) CT. (b) MR.", "AB", "ab"),
        ("(1) CT. (2) MR.", "AB", ""),
        ("(a) CT. (b) MR.", "LR", "ab"),
        ("(a) CT. (c) MR.", "L", ""),
    ],
)
def test_the_letters_of_the_picture_are_evidence(caption, letters, labels):
    assert "".join(find_markers(caption, letters=letters).labels) == labels


def test_support_says_how_much_speaks_for_the_markers():
    clean = find_markers("(A) CT. (B) MR. (C) US.").support
    assert clean > find_markers("A CT. B MR. C US.").support
    assert clean > find_markers("(A) CT. (B) MR. (D) US.").support
    assert NO_MARKERS.support == 0


@pytest.mark.skipif(not CASES.is_file(), reason="shared/cases is not there")
def test_the_panels_of_small_cases():
    for case in map(json.loads, CASES.read_text().splitlines()):
        found = set(find_markers(case["caption"]).labels)
        assert bool(found) == bool(case["panels"]), case
        assert {panel["label"] for panel in case["panels"]} <= found, case


@pytest.mark.skipif(not TRUTH.is_file(), reason="shared/data/captions is not there")
def test_the_panels_of_real_captions():
    named = found = right = 0
    with gzip.open(TRUTH, "rt") as lines:
        for figure in map(json.loads, lines):
            truth = {panel["label"]["text"].casefold() for panel in figure["gt_subfigures"] if panel.get("label")}
            labels = {label.casefold() for label in find_markers(figure["caption"]).labels}
            named, found, right = named + len(truth), found + len(labels), right + len(truth & labels)
    assert right / named > 0.97
    assert right / found > 0.97


_LETTERS = ["(A)", "(B)", "(C)", "A.", "B,", "C:", "(a-c)", "(b)", "1)", "(i)", "A'", "D2", "(E, F"]
_WORDS = ["Lung", "and", "in", "x;", ".", "–", "é", "panel", "(left)", "right:", "Fig.", "\n"]
PIECES = st.lists(st.sampled_from(_LETTERS + _WORDS))
TEXTS = st.tuples(st.sampled_from(["", " "]), PIECES).map(lambda drawn: drawn[0].join(drawn[1]))


@given(st.one_of(st.text(), TEXTS), st.lists(st.sampled_from("ABCabc12")))
def test_markers_lie_apart_in_the_caption(caption, letters):
    found = find_markers(caption, (), letters)
    assert (found.kind == "none") == (found == NO_MARKERS)
    assert len(found.labels) != 1
    assert all(0 <= marker.start < marker.end <= len(caption) for marker in found.markers)
    assert all(one.end <= other.start for one, other in pairwise(found.markers))
    introduced = {label for marker in found.markers if marker.introduces for label in marker.labels}
    assert introduced == set(found.labels)
    assert {label for marker in found.markers for label in marker.labels} <= introduced


@pytest.mark.parametrize(
    ("caption", "labels"),
    [
        ("(α) Lung. (β) Liver. (γ) Skin.", "αβγ"),
        ("T. (α) Lung; (β, γ) liver; (δ) skin.", "αβγδ"),
        ("(A) Chain (α). (B) Chain (β).", "AB"),
        ("Levels of interferon (γ) and of tumour necrosis factor (α).", ""),
        ("The integrin (β) and its ligand.", ""),
    ],
)
def test_greek_letters_name_panels_in_brackets_ahead_of_their_texts(caption, labels):
    assert "".join(find_markers(caption).labels) == labels


@pytest.mark.parametrize(
    "part", ["(A) x. (B) y. ", "A, ", "lung (A), liver (B), ", "A. Lung B. Liver ", "left panel, right panel; "]
)
def test_a_caption_of_thousands_of_letters_takes_no_longer_for_each(part):
    start = time.process_time()
    assert find_markers(part * 7000).kind in ("letters", "none")
    assert time.process_time() - start < 5
    assert find_markers(part * 7000 + "(A) Lung.").labels in ((), ("A", "B"))
