"""Where the text of one letter ends and that of the next begins, between two letters of a sentence."""

import re

from transforms.captions.layout import FOLLOWED
from transforms.captions.markers import Marker
from transforms.captions.parts import Span

#: What joins two coordinated phrases, behind the letter of the first.
JOINT = re.compile(
    r"[\s)\]]*(?:(?P<mark>[,;.])\s*(?:(?:and|or|versus|vs\.?|but|then|as well as)\b\s*|&\s*)?"
    r"(?!(?:which|where|who|with|show\w*|demonstrat\w*|indicat\w*|reveal\w*|respectively|and|or)\b)"
    r"|(?:and|or|versus|vs\.?|to|as well as)\b\s*|&\s*)"
)
#: A phrase so short that a comma was forgotten before it: "PeEc (b) PHA1 (c)".
FORGOTTEN = re.compile(r"(?P<mark>)\s+(?=[^\s,;.]+\s?$)")
#: What is left of a conjunction before the next letter.
_DANGLING = re.compile(r"[\s,]*(?:\b(?:and|or|versus|vs\.?|as well as|while|whereas|but)\s*|&\s*)?[\s(\[]*$")
#: Where a new clause begins inside a sentence, strongest first.
_BREAKS = (
    re.compile(r";\s+(?:(?:and|while|whereas|but)\s)?"),
    re.compile(r",?\s+(?:while|whereas|but)\s+"),
    re.compile(r",\s+(?:and|or|then)\s+"),
    re.compile(r",\s+"),
    re.compile(r"\s+and\s+"),
)


def new_clause(caption: str, start: int, following: Marker) -> Span:
    """Where the text of one letter ends and that of the next begins, between the two letters."""
    end = following.start
    joint = without_joint(caption, start, end)
    is_joined = caption[joint - 1] in ",;" or caption[joint:end].strip(" ([")
    if is_joined and not FOLLOWED.match(caption, following.end):
        return joint, end  # the next letter stands ahead of its text: "MRI (a) shows oedema and (b) necrosis"
    for pattern in _BREAKS:
        *_, last = [None, *pattern.finditer(caption, start, end)]
        if last is not None and last.end() < end - 1:
            return last.start() + (caption[last.start()] in ";,"), last.end()
    return start, start


def without_joint(caption: str, start: int, end: int) -> int:
    """Where a phrase ends before the conjunction that leads to the next letter."""
    near = max(start, end - 16)
    found = _DANGLING.search(caption[near:end])
    place = near + found.start() if found else end
    return place + (place < end and caption[place] in ",;")
