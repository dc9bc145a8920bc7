import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.concepts.abbreviations import UsedIn, find_abbreviations, in_use, may_define, resolve
from transforms.concepts.canonical import canonical

CAPTIONS = Path(__file__).parents[1] / "data" / "abbreviations.jsonl"
TEXTS = st.lists(
    st.sampled_from(["HCC", "(", ")", " ", ", ", "=", "hepatic cell ", "cancer", "c\u0327", "\u0130", "\n"])
).map("".join)


def definitions(text):
    return [(found.short, found.long) for found in find_abbreviations(text)]


def uses(text, known=None):
    return [(text[start:end], long) for start, end, long in resolve(text, known or {})]


def test_hand_made_captions():
    captions = [json.loads(line) for line in CAPTIONS.read_text("utf-8").splitlines()]
    wrong = 0
    for caption in captions:
        missed = set(uses(caption["text"])) ^ {tuple(pair) for pair in caption["resolved"]}
        if missed:
            wrong += 1
            print(f"wrong: {sorted(missed)} in {caption['text']!r}")
    print(f"abbreviations: {1 - wrong / len(captions):.1%} right of {len(captions)} captions")
    assert len(captions) >= 100
    assert wrong <= 0.05 * len(captions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hepatocellular carcinoma (HCC)", [("HCC", "hepatocellular carcinoma")]),
        ("hepatocellular carcinoma ( HCC )", [("HCC", "hepatocellular carcinoma")]),
        ("HCC (\u00a0hepatocellular carcinoma )", [("HCC", "hepatocellular carcinoma")]),
        ("HCC (hepatocellular carcinoma)", [("HCC", "hepatocellular carcinoma")]),
        ("the heat shock protein (HSP)", [("HSP", "heat shock protein")]),
        ("interleukin 6 (IL-6; green)", [("IL-6", "interleukin 6")]),
        ("tumor necrosis factor alpha (TNF-α)", [("TNF-α", "tumor necrosis factor alpha")]),
        ("LA, left atrium; LV, left ventricle.", [("LA", "left atrium"), ("LV", "left ventricle")]),
        ("LA = left atrium, LV=left ventricle", [("LA", "left atrium"), ("LV", "left ventricle")]),
        ("al: antennal lobe; LA indicates left atrium", [("al", "antennal lobe"), ("LA", "left atrium")]),
        ("T, tumor; K, kidney", [("T", "tumor"), ("K", "kidney")]),
        ("A, aorta; B, bladder; T, tumor", [("T", "tumor")]),
    ],
)
def test_definitions(text, expected):
    assert definitions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "carcinoma (arrow)",
        "carcinoma of the liver (HCC)",
        "(HCC)",
        "femur (left side)",
        "patients (n = 24)",
        "milk volume (ml)",
        "hepatocellular carcinoma (" + 20_000 * " " + "HCC",
        "Left: lesion of the foot",
        "(A) aorta, (B) bladder",
        "HR: 0.5",
        "",
    ],
)
def test_no_definitions(text):
    assert definitions(text) == []


def test_offsets():
    text = "İß: hepatocellular carcinoma (HCC)."
    [found] = find_abbreviations(text)
    assert text[slice(*found.short_span)] == found.short == "HCC"
    assert text[slice(*found.long_span)] == found.long == "hepatocellular carcinoma"


def test_every_use_is_resolved_and_plurals_too():
    text = "HCCs on CT: hepatocellular carcinoma (HCC). HCC-like, but no HCCX."
    assert uses(text) == [(short, "hepatocellular carcinoma") for short in ("HCCs", "HCC", "HCC")]


def test_definitions_of_the_article_yield_to_those_of_the_text():
    known = {"AML": "acute myeloid leukemia", "BM": "bone marrow"}
    assert uses("AML in the BM", known) == [("AML", "acute myeloid leukemia"), ("BM", "bone marrow")]
    assert uses("AML, angiomyolipoma. BM", known) == [("AML", "angiomyolipoma"), ("BM", "bone marrow")]


def test_single_letters_and_small_letters_are_resolved_in_brackets_only():
    assert uses("T, tumor. T cells (T)") == [("T", "tumor"), ("T", "tumor")]
    assert uses("as it is", {"as": "aortic sinus"}) == []
    assert uses("In it (In), as AS", {"In": "indium", "AS": "stenosis"}) == [("In", "indium"), ("AS", "stenosis")]


def test_a_list_is_told_from_a_phrase():
    text = "HCC, hepatocellular carcinoma"
    assert definitions(text) == [("HCC", "hepatocellular carcinoma")]
    assert find_abbreviations(text, lists=False) == []


def test_what_a_text_uses():
    known = {"MRI": "magnetic resonance imaging", "HCC": "x", "CT": "computed tomography", "T": "tumor"}
    assert in_use("hepatocellular carcinoma (HCC) on CTs and IMRIS", known) == {
        "CT": "computed tomography",
        "HCC": "hepatocellular carcinoma",
    }


def test_a_use_with_a_break_that_nobody_sees():
    assert in_use("An H\u00adCC", {"HCC": "hepatocellular carcinoma"}) == {"HCC": "hepatocellular carcinoma"}


def test_nothing_stands_for_nothing():
    assert uses("An HCC", {"": "hepatocellular carcinoma"}) == []


def test_a_part_of_a_longer_name_is_no_use():
    assert uses("IL-6 and IL", {"IL": "interleukin"}) == [("IL", "interleukin")]


ODD = [
    "H\u00adCC",
    "HCC",
    "(",
    ")",
    " ",
    "\u00a0",
    ", ",
    "/",
    " : ",
    "\u200b",
    "h cell c",
    "cat",
    "HCCs",
    "\ufe0f",
    " = ",
]


@given(st.lists(st.sampled_from(ODD)).map("".join), st.booleans())
def test_looking_for_some_finds_those_of_all(text, lists):
    text = canonical(text)
    wanted = UsedIn("HCC, CC and (cat)").__getitem__
    assert find_abbreviations(text, lists, wanted) == [
        found for found in find_abbreviations(text, lists) if wanted(found.short)
    ]


@given(st.lists(st.sampled_from(ODD)).map(" ".join))
def test_a_text_that_may_define_nothing_defines_nothing(text):
    used = UsedIn("HCC, CC and (cat)")
    assert may_define(text, used) or not find_abbreviations(canonical(text), lists=False, wanted=used.__getitem__)


@pytest.mark.parametrize(
    ("text", "short", "used"),
    [
        ("HCCs", "HCC", True),
        ("HCC", "HCCs", True),
        ("HCCX", "HCC", False),
        ("HCC-1", "HCC", False),
        ("a cat", "cat", False),
        ("(cat)", "cat", True),
        ("(T)", "T", False),
        ("hepatocellular carcinoma", "hepatocellular carcinoma", False),
    ],
)
def test_what_is_looked_for(text, short, used):
    assert UsedIn(text)[short] is used


@given(TEXTS)
def test_spans(text):
    for found in find_abbreviations(text):
        assert text[slice(*found.short_span)] == found.short
        assert text[slice(*found.long_span)] == found.long
    ends = [position for start, end, _ in resolve(text, {"HCC": "x"}) for position in (start, end)]
    assert ends == sorted(ends)
