"""The training of the caption splitter, on captions of a few words."""

from random import Random

import pytest

from training.captions.confidence import overlap, reliability
from training.captions.coordination import Coordination, coordinations, head_examples, tail_examples
from training.captions.corpus import Annotated, shown
from training.captions.logit import fit, share_right
from training.captions.phrases import phrase_examples


def test_a_coordination_is_made_of_what_panels_share():
    made = list(coordinations(["(A) Low expression of KRAS. (B) High expression of KRAS."]))
    assert made == [Coordination([], [["Low"], ["High"]], ["expression", "of", "KRAS"])]
    ((options, answer),) = tail_examples(made, Random(0))
    assert answer == 1  # behind "high"
    assert "n1 d0" in options[answer]


def test_a_list_changes_its_layout():
    made = list(coordinations(["Stains of (A) keratin and (B) vimentin."]))
    assert Coordination(["Stains", "of"], [["keratin"], ["vimentin"]], []) in made
    (options, answer), *_ = head_examples([made[0]], Random(0))
    assert "kp" in options[answer]  # a preposition ends what is shared


def test_the_cut_that_people_saw():
    caption = "(A) Low and (B) high dose of iron."
    row = Annotated(caption, {"A": "(A) Low dose of iron.", "B": "(B) high dose of iron."})
    _, ((_, answer),) = phrase_examples([row])
    assert answer == 1


def test_words_of_a_caption_that_a_text_holds():
    assert shown("Liver. (A) Low. (B) High.", "Liver. High.") == {0, 4}


def test_what_is_learnt_tells_options_apart():
    examples = [([["x"], ["y", "z"]], 1), ([["x"], ["y"]], 1), ([["y"], ["x", "z"]], 0)] * 3
    learnt = fit(examples, penalty=0.1)
    assert learnt["y"] > learnt["x"]
    assert share_right(examples, learnt) == 1


def test_overlap_and_reliability():
    assert overlap("a liver", "A liver.") == 1
    assert overlap("", "liver") == 0
    (row,) = reliability([(0.72, 1.0, 0.5), (0.78, 0.5, 0.5)])
    assert row == pytest.approx((0.75, 0.5, 0.75, 0.5, 2))
