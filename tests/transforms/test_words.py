import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.concepts.spelling import normalise
from transforms.concepts.words import BREAK, COMMA, HYPHEN, POINT, SIGN, SLASH, SPACE, TIGHT, ngram_keys, tokenise

PAIRS = (
    "tumours tumor, oedema edema, diarrhoea diarrhea, leukaemias leukemia, centres center, characterise characterize, "
    "labelled labeled, haematomata hematoma, sulphates sulfate, analogues analog, manoeuvre maneuver, defence defense, "
    "biopsies biopsy, diseases disease, metastases metastasis, branches branch, axes axis, appendices appendix, "
    "vertebrae vertebra, foci focus, bacteria bacterium, ganglia ganglion, lenses lens, masses mass, viruses virus, "
    "analyses analysis, phalanges phalanx, calories calorie, fibres fiber, grey gray, artefacts artifact, "
    "leucocytes leukocyte"
)


def written(text):
    tokens = tokenise([text])
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


def keys(text):
    return tokenise([text]).keys.tolist()


def test_words_are_letters_digits_and_single_greek_letters():
    assert written("TNFα, IL-6 and Crohn's 3D") == ["TNF", "α", "IL", "6", "and", "Crohn's", "3", "D"]
    assert written("Me\u0301nie\u0300re\u2019s “disease”") == ["Me\u0301nie\u0300re\u2019s", "disease"]
    assert written("(…) __ 5²") == ["5", "²"]


def test_joints_tell_what_stands_between_two_words():
    tokens = tokenise(["IL6 H&E x-ray, left/right 3,4-di (A) end. New", "text"])
    expected = [
        TIGHT,
        SPACE,
        SIGN,
        SPACE,
        HYPHEN,
        COMMA,
        SLASH,
        SPACE,
        POINT,
        HYPHEN,
        BREAK,
        BREAK,
        BREAK,
        BREAK,
        BREAK,
    ]
    assert tokens.joints.tolist() == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IL-6", "il6"),
        ("TNF-α", "TNF alpha"),
        ("β-Catenin", "beta catenin"),
        ("Crohn's disease", "Crohn disease"),
        ("CROHN\u2019S DISEASE", "Crohns disease"),
        ("Ménière", "Meniere"),
        ("Straße", "STRASSE"),
        ("non–small-cell", "non small cell"),
        ("(H&E)", "H & E"),
        ("MRIs", "MRI"),
    ],
)
def test_spellings_of_a_name_have_the_same_keys(one, other):
    assert keys(one) == keys(other)


@pytest.mark.parametrize("pair", PAIRS.split(", "))
def test_plurals_and_british_spellings_meet(pair):
    one, other = pair.split()
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ileum", "ilium"), ("was", "wa"), ("CT", "CTA"), ("pus", "pu"), ("mass", "mas"), ("toe", "te")]
)
def test_different_words_stay_different(one, other):
    assert normalise(one) != normalise(other)


def test_the_key_of_a_run_depends_on_its_words_and_their_order():
    words = tokenise(["lung cancer lung cancer lung"]).keys
    pairs = ngram_keys(words, 2)
    assert pairs[0] == pairs[2] != pairs[1]
    assert ngram_keys(words, 1).tolist() == words.tolist()
    assert len(ngram_keys(words, 6)) == 0


@given(st.lists(st.text()))
def test_words_stand_where_they_say_in_any_texts(texts):
    tokens = tokenise(texts)
    at = list(zip(tokens.texts.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
    assert at == sorted(at)
    for index, start, end in at:
        assert 0 <= start < end <= len(texts[index])
        alone = texts[index][start:end]
        assert written(alone) == [alone]
    assert len(tokens.keys) == len(tokens.joints) == len(at)
    apart = [key for text in texts for key in keys(text)]
    assert tokens.keys.tolist() == apart


@given(st.text())
def test_every_word_has_a_form(text):
    assert all(normalise(word) for word in written(text))
