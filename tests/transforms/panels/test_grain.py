"""The grain: cells to panels with their texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.captions.parts import NO_SPLIT, Part, Split, spans_text
from transforms.panels.boxes import meet
from transforms.panels.finder import UNSOUGHT, Found, Panel
from transforms.panels.grain import Figure, Grain
from transforms.panels.regions import covered


def said(caption, own, *shared):
    """A caption with what it says of each panel, and what it says of all."""

    def span(text):
        start = caption.index(text)
        return start, start + len(text)

    spans = tuple(map(span, shared))
    return caption, Split("letters", tuple(Part(label, (span(text),), spans, 0.9) for label, text in own.items()))


TITLE, BARS = "Scans.", "Scale bars, 1 cm."
WORDS = {"A": "(A) First.", "B": "(B) Second.", "C": "(C) Third."}
THREE = said("Scans. (A) First. (B) Second. (C) Third. Scale bars, 1 cm.", WORDS, TITLE, BARS)
TWO = said("(A) One. (B) Two.", {"A": "(A) One.", "B": "(B) Two."})
SLICES = said(
    "(A-C) Slices. (D, E) Plots.", dict.fromkeys("ABC", "(A-C) Slices.") | dict.fromkeys("DE", "(D, E) Plots.")
)
APART = said("(A, C-F) Slices. (B) A plot.", dict.fromkeys("ACDEF", "(A, C-F) Slices.") | {"B": "(B) A plot."})
PLAIN = ("Two scans.", NO_SPLIT)
A, B, C = (f"{words} Scans. Scale bars, 1 cm." for words in WORDS.values())


def cells(labels, columns=3, side=100):
    """Square cells in rows; "-" has no letter."""
    step = side + 10
    corners = [(step * (n % columns), step * (n // columns)) for n in range(len(labels))]
    boxes = [(x, y, x + side, y + side) for x, y in corners]
    return [Panel(box, 0.9, None if label == "-" else label) for box, label in zip(boxes, labels, strict=True)]


def panels(found, told=THREE, size=(400, 400), graphics=1, graphic=1, **grain):
    """The panels of a figure whose cells are in `found`: label, number of cells, method, caption."""
    found = found if isinstance(found, Found) else Found(found, "fake-1")
    made = Grain(**grain).panels(found, Figure(*told, graphics, graphic), size)
    texts = [each.text.columns(told[0])["caption"] for each in made]
    return [(each.panel.label, len(each.cells), each.text.method, text) for each, text in zip(made, texts, strict=True)]


def test_cells_of_a_letter_are_one_panel():
    assert panels(cells("AABBCC", 2)) == [("A", 2, "label", A), ("B", 2, "label", B), ("C", 2, "label", C)]
    found = Grain().panels(Found(cells("AABBCC", 2), "fake-1"), Figure(*THREE, 1, 1), (400, 400))
    assert [each.panel.box for each in found] == [(0, 0, 210, 100), (0, 110, 210, 210), (0, 220, 210, 320)]
    assert [each.number for each in found] == [1, 2, 3]


def test_a_cell_without_a_letter_belongs_to_the_one_before_it():
    assert [each[:2] for each in panels(cells("A-B-C-", 2))] == [("A", 2), ("B", 2), ("C", 2)]


def test_they_stay_apart_where_another_letter_lies_between_them():
    assert [each[:3] for each in panels(cells("ABA", 3), TWO)] == [
        ("A", 1, "label"),
        ("B", 1, "label"),
        ("A", 1, "label"),
    ]


def test_of_cells_of_one_letter_those_are_one_that_leave_other_letters_alone():
    # A A
    # B A   the rectangle around all of A would cover B
    assert [each[:2] for each in panels(cells("AABA", 2), TWO)] == [("A", 2), ("B", 1), ("A", 1)]


def test_a_figure_is_whole_where_the_caption_does_not_tell_its_cells_apart():
    assert panels(cells("AB"), PLAIN) == [(None, 2, "whole:unlettered", "Two scans.")]
    assert panels(cells("----", 2)) == [(None, 4, "whole:mismatch", THREE[0])]
    assert panels(cells("A-----", 3)) == [(None, 6, "whole:mismatch", THREE[0])]
    [whole] = Grain().panels(Found(cells("AB"), "fake-1"), Figure(*PLAIN, 1, 1), (400, 300))
    assert (whole.panel.box, whole.detector) == ((0, 0, 400, 300), "fake-1/whole:caption")


def test_a_letter_that_the_caption_lacks_has_what_is_said_of_all():
    assert panels(cells("ABCDD", 3))[-1] == ("D", 2, "shared", "Scans. Scale bars, 1 cm.")
    assert panels(cells("ABD"), TWO)[-1] == ("D", 1, "whole:mismatch", TWO[0])


def test_panels_of_one_text_are_one_where_they_stand_together():
    assert [each[:2] for each in panels(cells("ABCDE", 3), SLICES)] == [("A, B, C", 3), ("D, E", 2)]
    row = [each[:2] for each in panels(cells("ABCDEF", 6), APART, size=(700, 200))]
    assert row == [("A", 1), ("B", 1), ("C, D, E, F", 4)]


def test_a_lone_panel_has_the_whole_caption():
    assert panels(cells("A")) == [("A", 1, "whole:single", THREE[0])]
    nothing = Found([Panel((0, 0, 400, 400), 0.0, None)], "fake-1/whole:nothing")
    assert panels(nothing) == [(None, 0, "whole:single", THREE[0])]
    assert panels(Found(nothing.panels, UNSOUGHT)) == [(None, 0, "whole:single", THREE[0])]


@pytest.mark.parametrize(
    ("labels", "graphics", "told"),
    [
        ("B", 2, [("B", "label", B)]),
        ("-", 3, [(None, "graphics", B)]),
        ("--", 3, [(None, "graphics", B)]),  # two cells are one of the three panels
        ("-", 2, [(None, "whole:mismatch", THREE[0])]),
        ("BC", 2, [("B", "label", B), ("C", "label", C)]),
    ],
)
def test_of_several_graphics_each_may_be_a_panel_of_the_caption(labels, graphics, told):
    made = panels(cells(labels), graphics=graphics, graphic=2)
    assert [(label, method, text) for label, _, method, text in made] == told


def test_a_panel_that_is_nearly_all_of_a_picture_is_all_of_it():
    found = Found(cells("BBBB", 2), "fake-1")
    [made] = Grain().panels(found, Figure(*THREE, 2, 2), (220, 220))
    assert (made.panel.box, made.panel.label, made.detector) == ((0, 0, 220, 220), "B", "fake-1/whole:single")
    [made] = Grain().panels(found, Figure(*THREE, 2, 2), (400, 400))
    assert (made.panel.box, made.detector) == ((0, 0, 210, 210), "fake-1")


def test_every_cell_is_a_panel_where_the_grain_is_cell():
    found = Found(cells("AAB"), "fake-1")
    figure = Figure(*TWO, 1, 1)
    made = Grain("cell").panels(found, figure, (400, 400))
    assert [(each.number, each.cell, each.panel.label) for each in made] == [(1, 1, "A"), (1, 2, "A"), (2, None, "B")]
    untold = Grain("cell").panels(found, Figure(*PLAIN, 1, 1), (400, 400))
    assert [(each.number, each.cell) for each in untold] == [(1, 1), (1, 2), (1, 3)]
    assert [each.text.columns(PLAIN[0])["caption_shared"] for each in untold] == [PLAIN[0]] * 3
    assert {each.text.confidence for each in untold} == {1.0}
    [mixed, *_] = Grain("cell").panels(Found(cells("A---"), "fake-1"), Figure(*THREE, 1, 1), (400, 400))
    assert (mixed.text.method, mixed.text.confidence) == ("whole:mismatch", 0.0)


def test_a_figure_is_whole_where_each_panel_would_be_too_small():
    assert panels(cells("ABC", side=40), min_side=64) == [(None, 3, "whole:small", THREE[0])]
    assert [each[0] for each in panels([*cells("AB", side=40), *cells("--C", side=90)[2:]], min_side=64)] == [
        "A",
        "B",
        "C",
    ]
    assert panels(cells("-", side=40), PLAIN, size=(40, 40), min_side=64) == [(None, 1, "whole:single", PLAIN[0])]


@given(
    st.lists(st.sampled_from("ABCZ-"), min_size=1, max_size=12),
    st.integers(1, 5),
    st.sampled_from([THREE, TWO, SLICES, APART, PLAIN]),
    st.sampled_from(["letter", "cell"]),
    st.integers(1, 3),
)
def test_panels_hold_all_cells_once_and_leave_those_of_others_alone(labels, columns, told, grain, graphics):
    found = Found(cells(labels, columns), "fake-1")
    caption, figure = told[0], Figure(*told, graphics, 1)
    made = Grain(grain).panels(found, figure, (2000, 2000))
    held = [cell.box for each in made for cell in each.cells]
    assert sorted(held) == sorted(cell.box for cell in found.panels)
    boxes = [cell.box for cell in found.panels]
    for each in made:
        assert all(meet(each.panel.box, cell.box) == cell.box for cell in each.cells)
        assert len(each.cells) == 1 or not covered([boxes.index(cell.box) for cell in each.cells], boxes)
        columns = each.text.columns(caption)
        said = {
            kind: tuple((span["start"], span["end"]) for span in columns["text_spans"] if span["kind"] == kind)
            for kind in ("own", "shared")
        }
        assert columns["caption_own"] == spans_text(caption, said["own"])
        assert columns["caption"] == " ".join(filter(None, (columns["caption_own"], columns["caption_shared"])))
        assert columns["caption"]
    assert len({(each.number, each.cell) for each in made}) == len(made)
