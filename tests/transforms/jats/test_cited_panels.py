"""Cited panels: <…> is what the reference holds, behind it what the paragraph goes on with."""

import pytest

from transforms.jats.cited_panels import cited_panels


def cited(text: str, number: str | None = "2") -> str:
    start, end = text.index("<"), text.index(">") - 1
    return "".join(cited_panels(text.replace("<", "").replace(">", ""), start, end, number))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("<Fig. 2B>", "B"),
        ("<Figures 2A–C>", "ABC"),
        ("<Fig. 2 (b, d)>", "bd"),
        ("<Fig. 2>(b, d) shows", "bd"),
        ("<Fig. 2> (a)-(c)", "abc"),
        ("<Fig. 2(a)>, (b) and (c)", "abc"),
        ("<Figure 2>B", "B"),
        ("<2A>–C", "ABC"),
        ("<2A–2C>", "ABC"),
        ("<2A–3C>", "A"),
        ("<Fig. 2D>–F, H", "DEFH"),
        ("<Figs. 2A, 2B, and 2D>", "ABD"),
        ("<Fig. 2a,b and 3c>", "ab"),
        ("<Figures 1A, 2B, C and 3D>", "BC"),
        ("<2A, left>", "A"),
        ("<Figure 2, panel B>", "B"),
        ("<Fig. 2> (panels A and C)", "AC"),
        ("<Fig. 2>, panels B and D).", "BD"),
        ("<2Bi>", "B"),
        ("<Fig. 2Bi–iii>", "B"),
        ("<Fig. 2B′>", "B"),
        ("<Figure 2 D1>", "D"),
        ("<Fig. 2D1–D3>", "D"),
        ("<Fig. 2AB>", "AB"),
        ("<Fig. 2ABD>", "ABD"),
        ("<Fig. 2E–HJ>", "EFGHJ"),
        ("<Fig. 2> (i)–(iii)", "iiiiii"),
        ("<Figure 2—figure supplement 2A>", "A"),
        ("<Figure S2A>", "A"),
        ("<Fig. 2> a–c", "abc"),
        ("<Figure 2>, A and B, show", "AB"),
        ("<Figure 2> A)", "A"),
    ],
)
def test_letters_that_are_named(text, letters):
    assert cited(text) == letters


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("<Figure 2>", ""),
        ("<Figure 2>. A total of", ""),
        ("<Figure 2> A total of", ""),
        ("(<Figure 2>), a total of", ""),
        ("<Fig. 2>, A total of", ""),
        ("<Fig. 2>, de novo", ""),
        ("<Fig. 2> (n = 5)", ""),
        ("<Fig. 2> (a patient)", ""),
        ("<Fig. 2> (left) and", ""),
        ("<Fig. 2-fold>", ""),
        ("<Fig. 2a>, a trend was", "a"),
        ("<Fig. 2A> and T cells", "A"),
        ("<Fig. 2A> and E. coli", "A"),
        ("<Fig. 2A>, P = 0.05", "A"),
        ("<Fig. 2A>), C57BL/6 mice", "A"),
        ("<Fig. 2A>, CT scans", "A"),
        ("<Fig. 2A>, S1", "A"),
        ("<Figure 2, S1>", ""),
        ("<S2>–S15", ""),
        ("<Figs. 1A–3C>", ""),
        ("<here>", ""),
    ],
)
def test_words_and_other_figures_are_none(text, letters):
    assert cited(text) == letters


@pytest.mark.parametrize(
    ("text", "letters"), [("<B>", "B"), ("<B–D>", "BCD"), ("<(b)>", "b"), ("<panel B>", "B"), ("<Fig. I>", "")]
)
def test_a_reference_may_be_letters_alone(text, letters):
    assert cited(text) == letters


def test_a_roman_number_is_no_letter():
    assert (cited("Figures <I>–<III>".replace("<III>", "III"), "1"), cited("2H and <I>")) == ("", "I")


def test_of_a_figure_without_a_number_the_first_one_counts():
    assert (cited("<Fig. 7B>", None), cited("<B>", None)) == ("B", "B")
