"""Places of references in real paragraphs: the text is what `text_of` reads, a place what the xref holds."""

from lxml import etree

from transforms.jats.citations import CitingText, _Walk
from transforms.jats.markup import one_spaced_spans
from transforms.jats.mentions import _FLOATS
from transforms.jats.text import text_of


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def test_the_text_is_that_of_the_paragraph_and_places_hold_the_references(pmc):
    count = 0
    for path in sorted(pmc.glob("PMC*/*.xml")):
        for paragraph in etree.parse(path).iter("p", "td", "title"):
            xrefs = [each for each in paragraph.iter("xref") if each.get("ref-type") == "fig"]
            if not xrefs:
                continue
            text = text_of(paragraph, _FLOATS)
            assert CitingText(paragraph, xrefs, _FLOATS).text == text
            walk = _Walk(_FLOATS, xrefs)
            walk.gather(paragraph)
            _, places = one_spaced_spans(walk.pieces, walk.places.values())
            for xref, (start, end) in zip(walk.places, places, strict=True):
                assert letters(text[start:end]) == letters(text_of(xref))
                assert text[start:end] == text[start:end].strip()
                count += 1
    assert count > 2500
