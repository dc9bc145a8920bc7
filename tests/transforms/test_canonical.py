"""Canonical text: texts that look alike are linked alike, at places of the given text."""

import gzip
import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.resources.linkers import open_linker
from schemas.errors import UserError
from tests.conftest import SHARED
from tests.lexicons import CONCEPTS, assert_offsets, compiled
from transforms.concepts.canonical import canonical, is_canonical, read
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import with_imaging
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.starter import phenotypes

ROCO = SHARED / "data" / "linking" / "roco_captions_cc_by.jsonl.gz"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("pulmo\u200bnary\u00ad e\u2060de\ufe0fma", "pulmonary edema"),
        ("\ufeffThe \u200elung\u200f.", "The lung."),
        ("the\nlung\u00a0and\u2009 \t heart\r\n", "the lung and heart"),
        (" a \u200b b ", "a b"),
        ("Fever , cough ; ( A ) [ 12 ] , 50 % .", "Fever, cough; (A) [12], 50%."),
        ("1 .5 cm : p < .05 !", "1.5 cm: p <.05!"),
        ("CT / MR, T1/ T2, and /or", "CT/MR, T1/T2, and/or"),
        ("(A) / (B) // x", "(A) / (B) // x"),
        ("CT - axial, pre- and post -operative", "CT - axial, pre- and post -operative"),
        ("A fracture ? The mass ?", "A fracture? The mass?"),
        ("A mass ? metastasis, ?fracture", "A mass ? metastasis, ?fracture"),
        ("A mass ?Metastasis", "A mass ?Metastasis"),
        ("( \u200b )", "()"),
        ("\u00ad", ""),
        ("", ""),
    ],
)
def test_how_a_text_reads(given, expected):
    assert canonical(given) == expected
    assert canonical(expected) == expected


def test_white_space_of_any_kind_is_one_blank():
    blanks = [character for character in map(chr, range(0x110000)) if character.isspace()]
    assert {canonical(f"a{blank}b") for blank in blanks} == {"a b"}
    assert [blank for blank in blanks if is_canonical(f"a{blank}b")] == [" "]


def test_a_span_is_found_again():
    text = "No\u00a0 pulmo\u200bnary\n edema\u00ad ."
    found = read(text)
    assert found.text == "No pulmonary edema."
    start, end = found.given_span(3, 18)
    assert text[start:end] == "pulmo\u200bnary\n edema"


TEXTS = st.text() | st.lists(st.sampled_from([*" \n\u00a0\u200b\u00ad.,?/(%)a-A\u0301", "edema"])).map("".join)


@given(TEXTS)
def test_every_character_is_one_of_the_given_text(text):
    found = read(text)
    assert len(found.places) == len(found.text)
    assert list(found.places) == sorted(set(found.places))
    for character, place in zip(found.text, found.places, strict=True):
        assert character == text[place] or (character == " " and text[place].isspace())
    left_out = {text[place] for place in set(range(len(text))) - set(found.places)}
    assert all(re.fullmatch(r"\s", each) or not canonical(each) for each in left_out)


@given(TEXTS)
def test_what_is_canonical_stays(text):
    plain = canonical(text)
    assert read(text).text == read(plain).text == plain
    assert not is_canonical(text) or plain == text


def visible(text):
    return re.sub(r"\s", "", read(text).text)


def links(text, concepts):
    """What must not change: the visible characters, and what is said of them."""
    return [
        (len(visible(text[: each["start"]])), visible(each["text"]), each["cui"], each["negated"], each["uncertain"])
        for each in concepts
    ]


def disguises(seed):
    """Ways to write a text that a reader does not see."""
    dice = random.Random(seed)

    def some(*others):
        return lambda match: match[0] if dice.random() < 0.5 else dice.choice(others).replace("=", match[0])

    return {
        "blanks before marks": lambda text: re.sub(r"(?<=\S)[,.;:!)\]}%]", some(" =", "\n=", "\u2009="), text),
        "blanks after brackets": lambda text: re.sub(r"[(\[{]", some("= ", "=\u00a0"), text),
        "no blanks before marks": lambda text: re.sub(r"\s+(?=[,.;:!)\]}%])", "", text),
        "other blanks": lambda text: text.replace(" ", dice.choice(["  ", "\n", "\u00a0", "\u2009", "\t", " \r\n"])),
        "invisible": lambda text: re.sub(
            r"\w(?=\w)", some("=\u200b", "=\u00ad", "=\u200d", "=\ufe0f", "=\u2060"), text
        ),
        "a full stop": lambda text: text[:-1] if text.endswith(".") else f"{text}.",
        "ends": lambda text: f"\n {text}\u200b \n",
    }


@pytest.fixture(scope="module", params=["dictionary", "trigram", "quickumls", "scispacy"])
def linker(request, tmp_path_factory):
    try:
        return open_linker(request.param, compiled(tmp_path_factory.mktemp("lexicon"), *CONCEPTS))
    except UserError as error:
        pytest.skip(str(error))


WORDS = [
    "breast cancer",
    "Ataxia telangiectasia (AT)",
    "AT",
    "blood clot",
    "cells",
    "burning",
    "No",
    "possible",
    "of the",
]
PHRASES = st.lists(
    st.sampled_from([*WORDS, "(A)", "[12]", "5%"]) | st.text("ab1é-/", min_size=1, max_size=5), max_size=6
)


@given(st.lists(PHRASES.map(" ".join), max_size=4), st.sampled_from([". ", ", ", "; ", ": "]), st.integers())
def test_texts_that_look_alike_are_linked_alike(linker, phrases, joint, seed):
    text = canonical(joint.join(phrases))
    (expected,) = linker.link([text])
    for disguise, disguised in disguises(seed).items():
        given = disguised(text)
        (concepts,) = linker.link([given])
        assert_offsets(given, concepts)
        assert links(given, concepts) == links(text, expected), disguise
        assert all(visible(each["text"][place]) for each in concepts for place in (0, -1))


def test_a_word_with_a_break_that_nobody_sees_is_that_word(linker):
    one, other = linker.link(["No breast cancer.", "No breast can\u200bcer ."])
    assert [(each["cui"], each["negated"]) for each in one] == [("C0006142", True)]
    assert other == [each | {"end": each["end"] + 1, "text": "breast can\u200bcer"} for each in one]


def test_abbreviations_are_read_so_too(tmp_path):
    linker = open_linker("dictionary", compiled(tmp_path, ("C2239176", "Hepatocellular carcinoma")))
    one, other = linker.link(["An HCC .", "An H\u00adCC."], [{"H\u00adCC": "hepato\u200bcellular\ncarcinoma"}] * 2)
    assert [each["text"] for each in one + other] == ["HCC", "H\u00adCC"]


@pytest.mark.skipif(not ROCO.is_file(), reason="shared/data/linking is not there")
def test_real_captions_that_look_alike_are_linked_alike(tmp_path):
    compile_lexicon(with_imaging([phenotypes()]), tmp_path / "lexicon", {"origin": "starter"})
    linker = open_linker("dictionary", Lexicon.open(tmp_path / "lexicon"))
    with gzip.open(ROCO, "rt") as lines:
        captions = [json.loads(line)["caption"] for line in lines][::6]
    expected = [links(text, concepts) for text, concepts in zip(captions, linker.link(captions), strict=True)]
    assert sum(map(len, expected)) > len(captions)
    for disguise, disguised in disguises(0).items():
        texts = [disguised(caption) for caption in captions]
        found = [links(text, concepts) for text, concepts in zip(texts, linker.link(texts), strict=True)]
        assert found == expected, disguise
