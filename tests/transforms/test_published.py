"""The record format of MedConcept-23M, against the records that were published."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from transforms.concepts.published import PublishedText, umls_meta_info


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("(A) The Café's 3.2\xa0Å map, p<0.05.", "( a ) the cafe's 3. 2 a map, p < 0. 05."),
        (
            "Scale bar = 10 µm; mitochondria\u00adl 核酸",
            "scale bar = 10 µm ; mitochondrial 核酸".replace("核酸", "核 酸"),
        ),
        ("", ""),
        ("\u0301\n\ufffd", ""),
    ],
)
def test_the_text_that_published_offsets_index(caption, text):
    assert PublishedText(caption).text == text


def test_a_record_has_their_offsets_and_ours():
    caption = "(a) Café-au-lait, non-exudative  MACULA."
    concept = {"cui": "C0000001", "score": 0.9, "start": 21, "end": 31, "text": "-exudative"}
    (record,) = umls_meta_info(caption, [concept])
    assert record == {
        "umls_cui": "C0000001",
        "umls_similarity": 0.9,
        "start_char": 28,
        "end_char": 39,
        "tokens": ["-", "exudative"],
        "start_token": 10,
        "end_token": 12,
        "start": 21,
        "end": 31,
        "text": "-exudative",
    }
    assert PublishedText(caption).text[28:39] == "- exudative"


def test_a_concept_of_which_nothing_is_left_has_no_place():
    assert umls_meta_info("a\u0301", [{"cui": "C0000001", "score": 1.0, "start": 1, "end": 2, "text": "\u0301"}]) == []


def test_published_offsets_are_reproduced():
    records = SHARED / "data" / "medconcept_sample" / "records.jsonl"
    if not records.is_file():
        pytest.skip("the published records are not here")
    for record in map(json.loads, records.read_text("utf-8").splitlines()):
        text = PublishedText(record["caption"]).text
        for info in record["umls_meta_info"]:
            words = " ".join(info["tokens"]).replace(" ##", "")
            assert text[info["start_char"] : info["end_char"]] == words


@given(st.text(max_size=50), st.data())
def test_every_letter_has_its_place(caption, data):
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(caption))] * 2)))
    published = PublishedText(caption)
    span = published.span(start, end)
    if span is not None:
        assert 0 <= span[0] < span[1] <= len(published.text)
    assert [token for token in published.tokens if token[0] >= token[1]] == []
