import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.panels import CAPTIONED, SPLIT
from transforms.captions.parts import part_text, spans_text
from transforms.captions.split import caption_parts, split_caption
from transforms.captions.stage import SplitCaptions

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
        ("Views of (A) one; and (B) two.", "Views of (A) one; and", "Views of (B) two."),
        ("The lesion is seen (A). It healed (B).", "The lesion is seen (A).", "It healed (B)."),
        ("Title. Lesion (A); scar (B). Bar, 1 mm.", "Title. Lesion (A); Bar, 1 mm.", "Title. scar (B). Bar, 1 mm."),
        ("Strong (A) and weak (B) stain.", "Strong (A)", "and weak (B) stain."),
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
    assert caption_parts(caption, ["B", "(a)", "c"]) == [
        {"label": "B", "text": "(b) Two. T."},
        {"label": "(a)", "text": "(a) One. T."},
        {"label": "c", "text": caption},
    ]
    assert caption_parts(caption, None) == [
        {"label": "a", "text": "(a) One. T."},
        {"label": "b", "text": "(b) Two. T."},
    ]
    assert caption_parts("Plain.", None) == []
    assert caption_parts("Plain.", []) == []


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


def panel(caption="T. (A) One. (B) Two.", **fields):
    row = {
        "article_id": "PMC1v1",
        "graphic_id": "PMC1v1-f001",
        "panel_id": "PMC1v1-f001-p01",
        "graphic_count": 1,
        "panel_count": 2,
        "figure_caption": caption,
    }
    return {**row, **fields}


@pytest.mark.parametrize(
    ("row", "method", "text"),
    [
        (panel(panel_label="b"), "label", "(B) Two. T."),
        (panel(panel_label="A", panel_count=7, panel_id="PMC1v1-f001-p06"), "label", "(A) One. T."),
        (panel(panel_label="B", panel_count=1, graphic_count=2), "label", "(B) Two. T."),
        (panel(panel_id="PMC1v1-f001-p02"), "count", "(B) Two. T."),
        (panel(panel_label="Z", panel_id="PMC1v1-f001-p02"), "count", "(B) Two. T."),
        (panel(panel_count=1), "whole:single", "T. (A) One. (B) Two."),
        (panel(panel_count=1, graphic_count=2), "graphics", "(A) One. T."),
        (panel(panel_count=1, graphic_count=2, graphic_id="PMC1v1-f001g2"), "graphics", "(B) Two. T."),
        (panel(panel_count=3), "whole:mismatch", "T. (A) One. (B) Two."),
        (panel(panel_count=2, detector="x/whole:noderivatives"), "whole:single", "T. (A) One. (B) Two."),
        (panel(panel_count=2, graphic_count=2), "whole:mismatch", "T. (A) One. (B) Two."),
        (panel("Plain."), "whole:unlettered", "Plain."),
        (panel("Plain.", group_caption="Group."), "whole:unlettered", "Group. Plain."),
        (panel("Group.", group_caption="Group."), "whole:unlettered", "Group."),
        (panel("(B) Two.", group_caption="(A) One.", panel_label="B"), "label", "(B) Two."),
        (panel(None), "whole:unlettered", ""),
    ],
)
def test_the_stage_gives_each_panel_its_text(row, method, text):
    table = SplitCaptions()(pa.Table.from_pylist([row], schema=SPLIT))
    assert table.schema.equals(CAPTIONED)
    assert (table["caption_method"][0].as_py(), table["caption"][0].as_py()) == (method, text)
