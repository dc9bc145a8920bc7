import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.captions import split
from transforms.captions.parts import part_text, spans_text
from transforms.captions.split import caption_parts, split_caption

DEV = Path(__file__).parents[3].parent / "shared" / "data" / "captions" / "panel_captions_dev.jsonl.gz"


def parts(caption):
    """The text of each panel, in the order of the caption."""
    found = split_caption(caption).parts
    return {part.label: spans_text(caption, tuple(sorted(part.own + part.shared))) for part in found}


@pytest.mark.parametrize(
    ("caption", "first", "second"),
    [
        ("Title. (A) One. (B) Two.", "Title. (A) One.", "Title. (B) Two."),
        ("Title. A. One. B. Two.", "Title. A. One.", "Title. B. Two."),
        ("Title. A: one. B: two.", "Title. A: one.", "Title. B: two."),
        ("Title. A) one; B) two.", "Title. A) one;", "Title. B) two."),
        ("Title. A, One here. B, Two here.", "Title. A, One here.", "Title. B, Two here."),
        ("Title. A One. B Two.", "Title. A One.", "Title. B Two."),
        ("Views of (A) one; and (B) two.", "Views of (A) one;", "Views of (B) two."),
        ("The lesion is seen (A). It healed (B).", "The lesion is seen (A).", "It healed (B)."),
        ("Title. Lesion (A); scar (B). Bar, 1 mm.", "Title. Lesion (A); Bar, 1 mm.", "Title. scar (B). Bar, 1 mm."),
        ("Strong (A) and weak (B) stain.", "Strong (A) stain.", "weak (B) stain."),
        ("T. (A) One. (B) Two as in (A). Scale bar: 1 mm.", "T. (A) One. Scale bar: 1 mm.", None),
    ],
)
def test_two_panels(caption, first, second):
    found = parts(caption)
    assert list(found) == ["A", "B"]
    assert found["A"] == first
    assert second is None or found["B"] == second


@pytest.mark.parametrize(
    ("caption", "labels"),
    [
        ("(a) One. (b) Two. (c) Three.", "abc"),
        ("(A, B) Both. (C) Third.", "ABC"),
        ("(A and B) Both. (C) Third.", "ABC"),
        ("(A–C) Three. (D) Fourth.", "ABCD"),
        ("a–c, Three views. d, The fourth.", "abcd"),
        ("A, C: odd ones. B, D: even ones.", "ABCD"),
        ("Cases (A-C). (A) One. (B) Two. (C) Three.", "ABC"),
        ("(i) One. (ii) Two. (iii) Three. (iv) Four. (v) Five.", ["i", "ii", "iii", "iv", "v"]),
        ("(1) One. (2) Two.", "12"),
        ("A. Cells of line (a) and (b). B. Mice.", "AB"),
        ("Lesion (A, arrow). Scar (B, arrowheads).", "AB"),
    ],
)
def test_labels(caption, labels):
    assert list(parts(caption)) == list(labels)


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "A liver.",
        "The liver (A).",
        "(B) Two. (C) Three.",
        "(A) One. (C) Three.",
        "(A, B) Both.",
        "(A) One. (b) two.",
        "Vitamins A, B and C in E. coli.",
        "Values (n = 5) with (p) and (s).",
        "Lanes 1, 2 and 3 show P. vivax (arrow).",
    ],
)
def test_what_does_not_split(caption):
    assert split_caption(caption).parts == ()


def test_panels_that_share_a_marker_share_its_text():
    found = parts("Title. (A, B) Both. (C) Third.")
    assert found == {"A": "Title. (A, B) Both.", "B": "Title. (A, B) Both.", "C": "Title. (C) Third."}


def test_given_labels_each_has_one_entry():
    caption = "T. (a) One. (b) Two."
    first = {"text": "(a) One. T.", "own": "(a) One.", "spans": [[0, 2], [3, 11]]}
    second = {"text": "(b) Two. T.", "own": "(b) Two.", "spans": [[0, 2], [12, 20]]}
    assert caption_parts(caption, ["B", "(a)", "c"]) == [
        {"label": "B", **second},
        {"label": "(a)", **first},
        {"label": "c", "text": caption, "own": "", "spans": [[0, 20]]},
    ]
    assert caption_parts(caption, None) == [{"label": "a", **first}, {"label": "b", **second}]
    assert caption_parts("Plain.", None) == []
    assert caption_parts("Plain.", []) == []
    assert caption_parts("", ["a"]) == [{"label": "a", "text": "", "own": "", "spans": []}]


@pytest.mark.parametrize(
    ("caption", "first", "second"),
    [
        ("(A) Low and (B) high expression of KRAS.", "(A) Low expression of KRAS.", "(B) high expression of KRAS."),
        ("Axial (A) and coronal (B) CT of the knee.", "Axial (A) CT of the knee.", "coronal (B) CT of the knee."),
        ("Stains for CK7 (A) and CK20 (B).", "Stains for CK7 (A)", "Stains for CK20 (B)."),
        ("Photo of the left (A) and right (B) eye.", "Photo of the left (A) eye.", "Photo of the right (B) eye."),
        ("CT (A) shows a mass, while MRI (B) shows edema.", "CT (A) shows a mass,", "MRI (B) shows edema."),
        ("(A) Normal liver and (B) kidney of a mouse.", "(A) Normal liver", "(B) kidney of a mouse."),
    ],
)
def test_what_coordinated_letters_share(caption, first, second):
    assert list(parts(caption).values()) == [first, second]


@pytest.mark.parametrize(
    ("caption", "first", "second"),
    [
        # A later sentence that names letters is for these only; one that compares is not about what it names.
        ("(A) Liver. (B) Lung. The arrow in (A) is a cyst.", "(A) Liver. The arrow in (A) is a cyst.", "(B) Lung."),
        ("(A) Liver. (B) Lung. Colours are as in (A).", "(A) Liver.", "(B) Lung. Colours are as in (A)."),
        ("(A) Liver. (B) Lung. Bars: 5 µm (A) and 9 µm (B).", "(A) Liver. Bars: 5 µm (A)", "(B) Lung. Bars: 9 µm (B)."),
        # What each letter has of its own is shared by none, what comes once at the end by all.
        (
            "(A) Liver. Scale bar: 5 µm. (B) Lung. Scale bar: 9 µm.",
            "(A) Liver. Scale bar: 5 µm.",
            "(B) Lung. Scale bar: 9 µm.",
        ),
        ("(A) Liver. (B) Lung. Scale bars, 5 µm.", "(A) Liver. Scale bars, 5 µm.", "(B) Lung. Scale bars, 5 µm."),
        (
            "(A) Liver. (B) Lung. CT: computed tomography.",
            "(A) Liver. CT: computed tomography.",
            "(B) Lung. CT: computed tomography.",
        ),
        (
            "(A) Liver. (B) Lung. Original magnification ×200.",
            "(A) Liver. Original magnification ×200.",
            "(B) Lung. Original magnification ×200.",
        ),
        (
            "(A) Liver. (B) Rat lung. Additional details can be found at https://osf.io.",
            "(A) Liver. Additional details can be found at https://osf.io.",
            "(B) Rat lung. Additional details can be found at https://osf.io.",
        ),
        # Where earlier letters have sentences of their own, so has the last.
        (
            "(A) Liver. The mice were old. (B) Lung. Nuclei are blue.",
            "(A) Liver. The mice were old.",
            "(B) Lung. Nuclei are blue.",
        ),
        # What stands in a place within the last panel is its own.
        (
            "(A) Liver. (B) Lung. Right: arrows show staining of nuclei.",
            "(A) Liver.",
            "(B) Lung. Right: arrows show staining of nuclei.",
        ),
        # A sentence that parts the letters of the text before it is each one's.
        (
            "(A, B) Neurons. Small ones are shown in (A), and large ones are shown in (B).",
            "(A, B) Neurons. Small ones are shown in (A),",
            "(A, B) Neurons. large ones are shown in (B).",
        ),
        # Words ahead of a letter that do not lead to it are the end of the text before it.
        ("(A) Liver. It is big; (B) Lung.", "(A) Liver. It is big;", "(B) Lung."),
        ("(A) Liver. Bar = 5 µm (B) Lung. Bar = 9 µm.", "(A) Liver. Bar = 5 µm", "(B) Lung. Bar = 9 µm."),
        ("Mouse organs (A) Liver. (B) Lung.", "Mouse organs (A) Liver.", "Mouse organs (B) Lung."),
        # Sentences do not end behind abbreviations.
        ("(A) Liver (cf. Fig. S2). (B) Lung vs. Heart.", "(A) Liver (cf. Fig. S2).", "(B) Lung vs. Heart."),
    ],
)
def test_whom_later_sentences_speak_of(caption, first, second):
    assert list(parts(caption).values()) == [first, second]


def test_letters_that_are_named_twice_have_their_text_once():
    caption = "(A) Liver. (B) Lung. (C) Heart. The arrows (A), (A, B) show cysts."
    (arrows,) = [span for span in split_caption(caption).parts[0].own if span[0] > 30]
    assert caption[slice(*arrows)] == "The arrows (A), (A, B) show cysts."


def test_brackets_around_joined_letters_are_kept():
    assert parts("((A) and (B)) Both lungs. (C) Liver.")["A"] == "((A) and (B)) Both lungs."


def test_the_words_of_a_list_are_for_its_letters_only():
    caption = "Tumours. Stains of (A) CK7 and (B) CK20. (C) Gross specimen."
    assert parts(caption) == {
        "A": "Tumours. Stains of (A) CK7",
        "B": "Tumours. Stains of (B) CK20.",
        "C": "Tumours. (C) Gross specimen.",
    }


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (
            "Chest radiograph (A) shows a mass in the right lung and (B) pleural effusion.",
            {"A": "Chest radiograph (A) shows a mass in the right lung", "B": "(B) pleural effusion."},
        ),
        ("MRI (a) shows edema and (b) necrosis.", {"a": "MRI (a) shows edema", "b": "(b) necrosis."}),
        (
            "CT (a) shows a mass, while MRI (b) shows edema and (c) necrosis.",
            {"a": "CT (a) shows a mass,", "b": "MRI (b) shows edema", "c": "(c) necrosis."},
        ),
        (
            "Axial CT (a) revealed a cyst, a stone and (b) a scar.",
            {"a": "Axial CT (a) revealed a cyst, a stone", "b": "(b) a scar."},
        ),
        # The next letter stands behind its text.
        ("Radiograph (A) shows a mass and CT (B).", {"A": "Radiograph (A) shows a mass", "B": "CT (B)."}),
    ],
)
def test_what_is_said_behind_a_letter_stays_with_it(caption, expected):
    assert parts(caption) == expected


@pytest.mark.parametrize(
    ("caption", "heads"),
    [
        ("Liver biopsy: (a) fibrosis. (b) steatosis. (c) Inflammation.", {"Liver biopsy:": "abc"}),
        ("Mucosa: (a) and (b) short villi. Bar, 5 µm. (c) Cells. (d) Crypts.", {"Mucosa:": "abcd"}),
        ("Biopsy: Panel A, fibrosis. Panel B, steatosis.", {"Biopsy:": "AB"}),
        # Until the next head.
        ("Mice: (a) Young. (b) Old. Rats: (c) Young. (d) Old.", {"Mice:": "ab", "Rats:": "cd"}),
        # The letters of a list have their head for themselves.
        ("Stains: (A) CK7; (B) CK20. (C) Gross specimen.", {"Stains:": "AB"}),
    ],
)
def test_a_head_before_a_colon_is_for_the_letters_behind_it(caption, heads):
    found = parts(caption)
    assert {head: "".join(label for label in found if head in found[label]) for head in heads} == heads


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("\ufeff(A) CT. \u200b(B) MRI.", {"A": "(A) CT.", "B": "(B) MRI."}),
        ("CT \u2066(a)\u2069 and MRI \u2066(b)\u2069.", {"a": "CT \u2066(a)", "b": "MRI \u2066(b)\u2069."}),
        ("(\u200ea\u200e) CT. (\u200eb\u200e) MRI.", {"a": "(\u200ea\u200e) CT.", "b": "(\u200eb\u200e) MRI."}),
        ("\u202aA\u202c) CT. \u202aB\u202c) MRI.", {"A": "A\u202c) CT.", "B": "B\u202c) MRI."}),
        (
            "CT \u200e(a)\u200e of lung and MRI \u200e(b)\u200e of liver.",
            {"a": "CT \u200e(a)\u200e of lung", "b": "MRI \u200e(b)\u200e of liver."},
        ),
    ],
)
def test_characters_that_take_no_place_are_blanks(caption, expected):
    assert parts(caption) == expected


def test_letters_inside_the_text_of_a_range_part_it():
    caption = "(A, B) Sections of normal liver (A) and a tumour (B). (C) Blot."
    found = parts(caption)
    assert "tumour" not in found["A"]
    assert "normal liver (A)" in found["A"]
    assert "normal" not in found["B"]
    assert "tumour (B)" in found["B"]
    assert found["C"] == "(C) Blot."


def test_a_block_of_the_markup_ends_a_sentence():
    caption = "Liver of mice (A) Control (B) Treated"
    title = {"kind": "title", "start": 0, "end": 13}
    assert split_caption(caption, [title]).parts[0].shared == ((0, 13),)


def test_parts_state_a_chance():
    clear = split_caption("Liver of mice. (A) Control. (B) Treated.").parts
    crossed = split_caption("(A, C) Liver. (B, D) Lung. Bars: 5 µm (A, B), 9 µm (C) and 3 µm (D).").parts
    assert min(part.confidence for part in clear) > 0.7
    assert max(part.confidence for part in crossed) < min(part.confidence for part in clear) < 1


def test_an_uncertain_caption_does_not_split(monkeypatch):
    caption = "Liver. (A) One as seen before. (B) Two as seen later."
    assert split_caption(caption).parts
    monkeypatch.setattr(split, "FLOOR", 0.999)
    split._read.cache_clear()
    reading = split.read_caption(caption)
    assert reading.split.parts == ()
    assert "too uncertain" in reading.doubt
    split._read.cache_clear()


PIECES = st.sampled_from(
    ["(A)", "(B)", "(C)", "A.", "B.", "(a-c)", "(b)", " ", "Lung", ". ", "x; ", "and ", "–", "é", "(i)", "C: ", "\n"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_a_part_is_made_of_pieces_of_the_caption(caption):
    found = split_caption(caption).parts
    assert len(found) != 1
    for part in found:
        assert part_text(caption, part)
        spans = sorted([*part.own, *part.shared])
        assert all(0 <= start < end <= len(caption) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert [entry["label"] for entry in caption_parts(caption, ["A", "z"])] == ["A", "z"]


@pytest.mark.skipif(not DEV.is_file(), reason="shared/data/captions is not there")
def test_real_captions_are_nearer_to_the_truth_than_the_whole_caption():
    def overlap(text, truth):
        found, expected = re.findall(r"\w+", text.lower()), re.findall(r"\w+", truth.lower())
        same = sum(min(found.count(word), expected.count(word)) for word in set(found))
        return 2 * same / max(len(found) + len(expected), 1)

    split, whole = [], []
    with gzip.open(DEV, "rt") as lines:
        for figure in map(json.loads, lines):
            panels = [panel for panel in figure["gt_subfigures"] if panel.get("label") and panel.get("caption")]
            texts = caption_parts(figure["caption"], [panel["label"]["text"] for panel in panels])
            split += [overlap(own["text"], panel["caption"]) for own, panel in zip(texts, panels, strict=True)]
            whole += [overlap(figure["caption"], panel["caption"]) for panel in panels]
    assert sum(split) / len(split) > 0.8 > sum(whole) / len(whole)
