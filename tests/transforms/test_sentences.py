"""Sentences: what ends one and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.sentences import sentence_spans, sentences


@pytest.mark.parametrize(
    "text",
    [
        "Grown as in Fig. 2 and Figs. S1 of Smith et al. Nature 2014.",
        "It grew (e.g. Mus musculus, i.e. Mice) approx. 3 mm, cf. Ref. 4 vs. Suppl. Table 1.",
        "A dose of 0.5 M NaCl at p < .001 (see Fig. 1).",
        "Seen by J. R. Smith and A. Kumar in the U.S. Army.",
        "Larvae of Aedes sp. Nova and Culex spp. Pipiens.",
        "Strain no. 4, GenBank acc. no. NC_001477 (Dr. Who).",
        "It was found. (Figure 5C).",
        "It grew in vitro (Fig. 7.).",
        "We used 3.5 Mb of DNA.",
        "It fell . then rose.",
    ],
)
def test_what_ends_no_sentence(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["It grew (Fig. 2A).", "The mice died."],
        ["It is seen in Fig. 2A.", "The mice died."],
        ["It is seen in Fig. 2 A and B.", "Mice died."],
        ["Hepatitis B.", "In mice it is rare."],
        ["As shown by Smith et al.", "We saw the same."],
        ["It grew.", "mRNA fell.", "p53 rose!", "Did it?", "β-Actin did not."],
        ["It grew.12,13", "Then it fell.[4]", "It rose.[ 76 ]", "It ended."],
        ["It said “no.”", "Then it left."],
        ["It weighed 5 g in 2014.", "Then it grew to 0.5."],
        ["胸部CT示结节。", "术后复查。"],
        ["Lung.", "a) Left.", "b) Right."],
        ["A title.", "(A) A part."],
    ],
)
def test_what_ends_one(parts):
    text = ("" if "。" in parts[0] else " ").join(parts)
    assert sentences(text) == parts


@given(st.text(st.sampled_from("aB1 .!?()[]。”^,Fig"), max_size=60))
def test_sentences_hold_all_of_a_text_but_blanks(text):
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(" ", "")
    bounds = [bound for span in spans for bound in span]
    assert bounds == sorted(bounds)
    assert all(start < end for start, end in spans)
