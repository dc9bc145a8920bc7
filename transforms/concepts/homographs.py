"""Homographs: names that mean something else by the words around them.

A name of the list of imaging terms may be a statistic, a country or a protein ("mean ± SEM"). A species is no disease
("M. tuberculosis"). Of other words senses.tsv says, for one of their concepts, what a text must have anywhere, and what
must not stand within some characters of the word: a canal is a root canal where there are teeth, and the head of the
hippocampus is no head. The rows are links that readers of captions found wrong again and again.
"""

import csv
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from transforms.concepts.imaging import imaging
from transforms.concepts.linker import Concept
from transforms.concepts.spelling import normalise

#: Where a name of the list names no image.
_NO_IMAGE = re.compile(
    # a standard error of the mean
    r"(?:±|\+/[-\u2212\u2013]|\b[Mm]eans?\b(?: and| with| or)?|\b[Ee]rror bars?\b[^.]{0,30}?)\W{0,3}(?:1 )?SEMs?\b"
    r"|\bSEMs?\b(?=,? (?:of|from) \w+ (?:independent|experiments|replicates|animals)|\W{0,3}n ?=)"
    # the country
    r"|\b(?:(?:[Ii]n|[Aa]cross|[Tt]hroughout|[Ww]ithin|[Tt]o|[Ff]rom|[Oo]f|[Bb]y) the|[Tt]he) US\b"
    r"(?![- ](?:image|scan|exam|probe|finding|guid|show|appear|beam|transducer))"
    r"|\bUS(?=\$|[- ](?:patents?|dollars?|states?|citizens?|population|adults?|born|based|\d{4})\b)"
    r"|\bUS(?= (?!Doppler|Imag|Scan)[A-Z][a-z])"
    # a gene, a protein, a receptor, a plastic
    r"|\b(?!IHC|IF)[A-Z]{2,5}(?=[- /](?:mRNA|proteins?|genes?|expression|levels?|antibod|(?:ant)?agonist|RANKL)\b)"
    r"|\bRANKL\W{1,2}OPG\b|\bPET(?=[- ](?:films?|bottle|substrate|fib|membrane|mesh|sheet|graft|suture|plastic))"
    # X-rays that make no picture
    r"|\b[Ee]nergy[- ]dispersive [Xx][- ]?[Rr]ays?\b"
    r"|\b[Xx][- ]?[Rr]ays?(?=[- ](?:powder|small|wide|single|photoelectron|diffract|crystal|scatter|spectr|fluoresc|"
    r"absorption (?:spectr|near|fine|edge)|emission|microanalysis|structur|beam|source|tube\b|detector|dose))"
    # a signal that times an image of another kind, a thing that is safe in a scanner
    r"|\b[\w-]{2,20}(?=[- ](?:gat(?:ed|ing)|trigger(?:ed|ing)|synchroni[sz]ed|compatible|conditional)\b)"
)
#: The abbreviation of a genus: the word behind it names a species, "tuberculosis" no disease.
_GENUS = re.compile(r"(?<![\w.])(?:[A-Z]|Ae|An|Cl|Cx|Ps|St|Str)\.\s?\Z")
#: How many characters before and after a name are looked at.
_BESIDE = 40
#: Characters of the longest imaging term that may be something else.
_LONGEST = 6


class _Sense(NamedTuple):
    """When a word means a concept: what the text must have, and what must not stand beside the word."""

    only_with: re.Pattern[str] | None
    not_beside: re.Pattern[str] | None

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether the word at `start:end` of `text` may mean the concept."""
        beside = text[max(start - _BESIDE, 0) : end + _BESIDE]
        has = self.only_with is None or self.only_with.search(text)
        return bool(has) and not (self.not_beside and self.not_beside.search(beside))


def means(text: str, concept: Concept) -> bool:
    """Whether a name that a linker found in `text` may mean its concept there."""
    written, start = concept["text"], concept["start"]
    if written[0].islower() and "." in text[max(start - 2, 0) : start] and _GENUS.search(text, 0, start):
        return False
    senses = _senses().get(concept["cui"])
    sense = senses and senses.get(normalise(written))
    if sense and not sense.fits(text, start, concept["end"]):
        return False
    short = len(written) <= _LONGEST and concept["cui"] in _imaging_cuis()
    return not (short and names_no_image(text, start, concept["end"]))


def names_no_image(text: str, start: int, end: int) -> bool:
    """Whether the imaging term at `start:end` names no image by what stands beside it."""
    beside = _NO_IMAGE.finditer(text, max(start - _BESIDE, 0), end + _BESIDE)
    return any(match.start() < end and start < match.end() for match in beside)


@cache
def _senses() -> dict[str, dict[str, _Sense]]:
    """By a concept and the normal spelling of a word, when the word means it."""
    lines = files(__package__).joinpath("senses.tsv").read_text("utf-8").splitlines()
    senses: dict[str, dict[str, _Sense]] = {}
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        patterns = (row[column] and re.compile(row[column], re.IGNORECASE) for column in ("only_with", "not_beside"))
        senses.setdefault(row["cui"], {})[normalise(row["word"])] = _Sense(*(pattern or None for pattern in patterns))
    return senses


@cache
def _imaging_cuis() -> frozenset[str]:
    return frozenset(row["cui"] for row in imaging() if row["kind"] == "modality")
