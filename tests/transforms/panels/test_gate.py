"""What the gate refuses beside licences: crops that are too small, panels that are too many."""

import pytest

from schemas.rejects import Reason
from transforms.captions.parts import NO_SPLIT, Part, Split
from transforms.panels.finder import Found, Panel
from transforms.panels.gate import Gate, share
from transforms.panels.grain import Figure, Grain

CAPTION = "(A) One. (B) Two. (C) Three."


def split(spans):
    """Parts of a caption by letter."""
    return Split("letters", tuple(Part(letter, (span,), (), 0.9) for letter, span in spans.items()))


SPLIT = split({"A": (0, 8), "B": (9, 17), "C": (18, 28)})
ARTICLE = {"license": "CC BY", "license_url": None, "attribution": "Doe."}
FOUND = Found(
    [Panel((0, 0, 100, 100), 1.0, "A"), Panel((110, 0, 173, 100), 1.0, "B"), Panel((200, 0, 300, 100), 1.0, "C")], "x"
)


def judged(claims=(), licenses="all", min_side=0, most=None, graphics=1):
    gate = Gate(licenses, False, Grain("letter", min_side), most)
    figure = Figure(CAPTION, SPLIT, graphics, 1)
    row = {"article": ARTICLE, "claims": list(claims)}
    return [each.refused and tuple(each.refused) for each in gate.judge(row, FOUND, figure, (300, 100))]


def test_crops_that_are_too_small_are_refused():
    assert judged(min_side=64) == [None, (Reason.PANEL_TOO_SMALL, "63 x 100 pixels, under 64"), None]
    assert judged(min_side=63) == [None] * 3


def test_panels_beyond_the_most_of_a_figure_are_refused_and_refused_ones_do_not_count():
    many = (Reason.TOO_MANY_PANELS, "over 2 of the figure")
    assert judged(most=2) == [None, None, many]
    assert judged(most=3) == [None] * 3
    small = (Reason.PANEL_TOO_SMALL, "63 x 100 pixels, under 64")
    assert judged(most=2, min_side=64) == [None, small, None]
    assert judged(most=2, graphics=2) == [None, many, many]


@pytest.mark.parametrize(("most", "graphics"), [(1, 1), (5, 2), (2, 3), (7, 4), (1, 3)])
def test_the_shares_of_the_pictures_of_a_figure_add_up(most, graphics):
    shares = [share(most, Figure("", NO_SPLIT, graphics, n)) for n in range(1, graphics + 1)]
    assert sum(shares) == most
    assert max(shares) - min(shares) <= 1


def test_the_rights_of_a_panel_of_several_letters_are_those_of_all():
    caption = "(A-C) Scans. (D) A plot."
    cells = [Panel((110 * n, 0, 110 * n + 100, 100), 1.0, "ABCD"[n]) for n in range(4)]
    spans = dict.fromkeys("ABC", (0, 12)) | {"D": (13, 24)}
    figure = Figure(caption, split(spans), 1, 1)

    def licenses(claimed):
        row = {"article": ARTICLE, "claims": [{"text": f"{claimed} © Press.", "license": None, "panels": [claimed]}]}
        found = Gate("all", False, Grain(), None).judge(row, Found(cells, "x"), figure, (430, 100))
        return [(each.panel.panel.label, each.rights.license) for each in found]

    assert licenses("B") == [("A, B, C", None), ("D", "CC BY")]
    assert licenses("D") == [("A, B, C", "CC BY"), ("D", None)]


def single(cells, detector="x", licenses="all"):
    gate = Gate(licenses, False, Grain("letter", 64), None, single=True)
    row = {"article": ARTICLE, "claims": []}
    found = Found([Panel(box, 1.0, None) for box in cells], detector)
    (judged,) = gate.judge(row, found, Figure(CAPTION, SPLIT, 1, 1), (300, 100))
    return judged.refused and tuple(judged.refused), judged.panel.panel.box, judged.panel.detector


def test_of_single_pictures_those_with_several_panels_are_refused_and_the_others_stay_whole():
    whole = (0, 0, 300, 100)
    assert single([(0, 0, 140, 100), (150, 0, 300, 100)])[:2] == ((Reason.COMPOUND, "2 panels"), whole)
    assert single([(0, 0, 300, 100)], "x/whole:nothing") == (None, whole, "x/whole:nothing")
    assert single([(20, 10, 200, 90)]) == (None, whole, "x/whole:single")  # not cut: it is published as it stands
    assert single([(20, 10, 60, 50)]) == (None, whole, "x/whole:small")
    refused, *_ = single([(0, 0, 140, 100), (150, 0, 300, 100)], licenses=("CC0",))
    assert refused == (Reason.FIGURE_LICENSE, "CC BY: Doe.")
