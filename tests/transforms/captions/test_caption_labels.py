import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.captions.labels import plain_characters, read_labels, stem_of


@pytest.mark.parametrize(
    ("text", "alphabet", "labels"),
    [
        ("A", "upper", "A"),
        ("(A, B)", "upper", "AB"),
        ("A-C", "upper", "ABC"),
        ("A to C and E", "upper", "ABCE"),
        ("(a)-(c)", "lower", "abc"),
        ("(A/B)", "upper", "AB"),
        ("(A)(C)", "upper", "AC"),
        ("C & D", "upper", "CD"),
        ("AA", "upper", ["AA"]),
        ("A'", "upper", ["A'"]),
        ("a1-3", "lower", ["a1", "a2", "a3"]),
        ("A1, B2", "upper", ["A1", "B2"]),
        ("ii-iv", "roman", ["ii", "iii", "iv"]),
        ("3, 4", "number", "34"),
    ],
)
def test_what_a_list_names(text, alphabet, labels):
    assert {reading.alphabet: list(reading.labels) for reading in read_labels(text)}[alphabet] == list(labels)


@pytest.mark.parametrize("text", ["A, b", "C-A", "A-b", "H&E", "H and E", "ab", "0", "99", "A-B-C"])
def test_what_is_no_list(text):
    assert read_labels(text) == ()


def test_a_letter_may_be_a_roman_number():
    assert [reading.alphabet for reading in read_labels("i")] == ["lower", "roman"]


def test_the_letter_of_a_label():
    assert [stem_of(label) for label in ("A", "A'", "a12", "b2", "iv", "AA", "7")] == [
        "A",
        "A",
        "",
        "b",
        "iv",
        "AA",
        "7",
    ]


def test_plain_characters():
    assert plain_characters("（Ａ–Ｃ）\u2212【b′】\xa0“é”") == "(A-C)-[b'] “é”"
    assert plain_characters("\ufeff(\u202aA\u202c)\u200eCT\u200b\u2066é\u2069") == " ( A ) CT  é "


@given(st.text())
def test_each_character_stays_one(text):
    assert len(plain_characters(text)) == len(text)
