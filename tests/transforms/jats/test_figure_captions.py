import pytest

from transforms.jats.captions import is_legend, legends_of, read_caption, says_something
from transforms.jats.secure_xml import parse


def caption(*sources: str, label: str | None = None) -> str | None:
    """The caption of a figure whose sources are the children of these elements."""
    found = read_caption([list(parse(f"<source>{inner}</source>".encode())) for inner in sources], label)
    return found and found.text


def test_the_first_source_that_says_something_is_the_caption():
    assert caption("<caption><title>Lung.</title><p>CT.</p></caption>", "<p>Other.</p>") == "Lung. CT."
    assert caption("", "<caption><p>.</p></caption>", "<p>Other.</p><p>More.</p>") == "Other. More."
    assert caption("", "<caption/>") is None


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Lung.<fig><caption><p>Other.</p></caption></fig></p>",
        "<p>Lung.</p><supplementary-material><object-id>10.1/x</object-id><label>Figure 1—source data 1.</label>"
        "<caption><title>Blots.</title></caption><media/></supplementary-material>",
        "<p>Lung.<fn><p>A note.</p></fn></p>",
        "<p>Lung.<xref ref-type='table-fn' rid='t'>*</xref></p>",
        "<p>Lung.<media><label>Video 1</label><caption><p>A video.</p></caption></media></p>",
        "<p><object-id>10.1/x</object-id>Lung.</p>",
    ],
)
def test_what_stands_in_a_caption_and_is_none(inner):
    assert caption(f"<caption>{inner}</caption>") == "Lung."


def test_what_is_said_twice_is_said_once():
    assert caption("<caption><p>Lung.</p></caption><caption><p>Lung.</p></caption><attrib>CT = scan</attrib>") == (
        "Lung. CT = scan"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        " – ",
        "Figure 1",
        "Fig. 2.",
        "FIGURE 1A:",
        "Figura 3",
        "Abbildung 4.",
        "Abb. 4",
        "Fig. S1",
        "Figure 1.2",
        "Supplementary Figure 1",
        "Scheme 1",
        "Graphical abstract",
        "Image 1",
        "Рис. 2",
        "图1",
        "1",
        "3a.",
        "Figure II",
    ],
)
def test_a_label_is_no_caption(text):
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "C.",
        "CT",
        "Figure 1. Lung.",
        "Figure of merit",
        "Scheme of the study",
        "Photo: lung",
        "Graph A and B",
        "Graphs",
        "Image",
        "10 mm",
        "I",
        "mild",
        "p53",
        "图1 肺",
    ],
)
def test_a_word_is_a_caption(text):
    assert says_something(text)


def test_a_caption_that_is_its_own_label_says_nothing():
    assert not says_something("Kuva 3.", "Kuva 3")
    assert says_something("Kuva 3.", "Kuva 2")


@pytest.mark.parametrize(
    ("attribution", "legend"),
    [
        ("Abbreviations: CT, computed tomography.", True),
        ("CT, computed tomography; MR, magnetic resonance.", True),
        ("NS = not significant", True),
        ("Arrows mark the lesion that was seen on admission.", True),
        ("WHO", False),
        ("ILLUSTRATION: BEN MARDER", False),
        ("Reprinted with permission from Elsevier.", False),
        ("© 2014 Elsevier. All rights reserved, used with permission.", False),
        ("Source: World Health Organization, Global Health Observatory, 2014.", False),
    ],
)
def test_attributions_that_explain_are_legends(attribution, legend):
    assert is_legend(attribution) is legend
    figure = parse(f"<fig><attrib>{attribution}</attrib></fig>".encode())
    assert len(legends_of([figure])) == legend
