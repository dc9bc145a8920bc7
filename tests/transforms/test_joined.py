"""The concepts of a figure's panels in its whole caption."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.captions.parts import spans_text
from transforms.concepts.joined import join_concepts, places_in

CAPTION = "Lung disease. (A) CT of the chest. (B) MR of the liver."
SHARED = {"kind": "shared", "start": 0, "end": 13}
A, B = {"kind": "own", "start": 14, "end": 34}, {"kind": "own", "start": 35, "end": 55}


def concept(caption, text, cui="C1", score=0.9):
    start = caption.index(text)
    return {"cui": cui, "start": start, "end": start + len(text), "text": text, "score": score}


def panel(own, *links):
    text = f"{CAPTION[own['start'] : own['end']]} {CAPTION[:13]}"
    return {"text_spans": [SHARED, own], "concepts": [concept(text, *link) for link in links]}


def joined(*panels):
    found = join_concepts(CAPTION, panels)
    assert all(CAPTION[each["start"] : each["end"]] == each["text"] for each in found.concepts)
    return [(each["text"], each["cui"], each["score"]) for each in found.concepts], found.overlapping, found.divided


def test_own_and_shared_texts_are_put_where_they_stand():
    told, *left = joined(panel(A, ("chest", "C1"), ("Lung", "C2")), panel(B, ("liver", "C3")))
    assert told == [("Lung", "C2", 0.9), ("chest", "C1", 0.9), ("liver", "C3", 0.9)]
    assert left == [0, 0]


def test_what_panels_link_alike_counts_once_with_its_best_score():
    assert joined(panel(A, ("Lung", "C2", 0.7)), panel(B, ("Lung", "C2", 0.8))) == ([("Lung", "C2", 0.8)], 0, 0)


def test_of_links_that_overlap_the_best_stays_then_the_longest_then_the_smallest_cui():
    assert joined(panel(A, ("Lung", "C2", 0.7)), panel(B, ("Lung disease", "C5", 0.8)))[0] == [
        ("Lung disease", "C5", 0.8)
    ]
    assert joined(panel(A, ("Lung", "C2")), panel(B, ("Lung disease", "C5"))) == ([("Lung disease", "C5", 0.9)], 1, 0)
    assert joined(panel(A, ("Lung", "C7")), panel(B, ("Lung", "C5"))) == ([("Lung", "C5", 0.9)], 1, 0)


def test_words_that_stand_apart_in_the_whole_caption_are_counted():
    assert joined(panel(B, ("liver. Lung", "C1"))) == ([], 0, 1)


def test_words_of_neighbouring_parts_are_one_text():
    first, second = {"kind": "own", "start": 0, "end": 4}, {"kind": "own", "start": 4, "end": 12}
    row = {"text_spans": [first, second], "concepts": [concept("Lung disease", "Lung disease")]}
    assert len(join_concepts(CAPTION, [row]).concepts) == 1


@given(
    st.text("ab \n", min_size=1, max_size=30),
    st.lists(st.tuples(st.sampled_from(["own", "shared"]), st.integers(0, 29), st.integers(1, 30)), max_size=5),
)
def test_each_character_of_a_text_has_its_place(caption, drawn):
    spans = [{"kind": kind, "start": start, "end": end} for kind, start, end in drawn if start < end <= len(caption)]
    own, shared = (
        spans_text(caption, tuple((span["start"], span["end"]) for span in spans if span["kind"] == kind))
        for kind in ("own", "shared")
    )
    text = f"{own} {shared}".strip()
    said = "".join(" " if place < 0 else caption[place] for place in places_in(caption, spans))
    assert said.strip() == text
    assert len(said) == len(text)
