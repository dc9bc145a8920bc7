"""Captions: what of a figure is its caption, and when it has none."""

import re
from collections.abc import Iterable

from transforms.jats.markup import Marked, marked_text
from transforms.jats.text import Element, text_of
from transforms.rights.credits import classify

#: What may stand inside a caption in the file and is no part of it: other figures, files, notes.
_WITHOUT = frozenset({"fig", "fig-group", "fn", "fn-group", "media", "supplementary-material"})
_FIGURE = r"fig(?:s|ures?|uras?|uur|uren)?|abb(?:ildung)?|рис(?:унок)?|図|图|圖|그림|(?:graphical|visual)\s+abstract"
#: Words for other things that are numbered as figures are; without a number they may be all that a caption says.
_NUMBERED = (
    r"scheme|esquema|schéma|schema|plate|planche|tafel|l[aá]mina|chart|graph|gr[aá]fic[oa]|graphique|diagram|image"
    r"|imagen|bild|ilustra(?:ção|ción)|illustration|photo(?:graph)?|picture|panel|box|video"
)
_NUMBER = r"(?:[a-z]{0,2}[\s.-]?\d+(?:[\s.–-]\d+)*[\s.-]?[a-z]?|[ivx]+|[a-z])"
#: A label, a number, punctuation: nothing that a caption would say.
_NO_CAPTION = re.compile(
    rf"[\W_]*(?:(?:(?:supp?l(?:ementa(?:ry|l)|ement)?|online|extended data)\W*)?"
    rf"(?:(?:{_FIGURE})(?![^\W\d_])[\W_]*{_NUMBER}?|(?:{_NUMBERED})(?![^\W\d_])[\W_]*{_NUMBER})|\d+[a-z]?)?[\W_]*",
    re.IGNORECASE,
)
_LONGEST_LABEL = 80
#: The beginning of a list of short forms.
_SHORT_FORMS = re.compile(r"bbreviation|\S\s?=\s?\S|^\W*[A-Z]\S*[,:;]\s[a-z]")
#: Words of a name at most.
_NAME = 5


def read_caption(sources: Iterable[list[Element]], label: str | None = None) -> Marked | None:
    """The caption of a figure, given where it may stand, best first, and the figure's label; None where there is none.

    The first of `sources` that says something is the caption. An element that repeats what another says is left out.
    """
    for elements in sources:
        if len(elements) > 1:
            elements = list({text_of(element): element for element in reversed(elements)}.values())[::-1]
        marked = marked_text(elements, _WITHOUT)
        if says_something(marked.text, label):
            return marked
    return None


def says_something(caption: str, label: str | None = None) -> bool:
    """Whether a caption is more than a label or punctuation.

    >>> [says_something(text) for text in ("Lung.", ".", "Fig. 2.", "Figura 3", "")]
    [True, False, False, False, False]
    """
    if len(caption) > _LONGEST_LABEL:
        return any(map(str.isalnum, caption))
    return not _NO_CAPTION.fullmatch(caption) and _letters(caption) != _letters(label or "")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def legends_of(figures: Iterable[Element]) -> list[Element]:
    """Attributions of `figures` that are none but explain what the figure shows: they belong to its caption."""
    attributions = (attribution for figure in figures for attribution in figure.iterchildren("attrib"))
    return [element for element in attributions if is_legend(text_of(element))]


def is_legend(attribution: str) -> bool:
    """Whether an attribution explains something: it neither claims rights nor names a source, as a bare name does.

    >>> [is_legend(text) for text in ("CT, computed tomography.", "WHO", "Illustration: Jane Doe", "© Elsevier")]
    [True, False, False, False]
    """
    explains = len(attribution.split()) > _NAME or _SHORT_FORMS.search(attribution)
    return bool(explains) and classify(attribution) == "neither"
