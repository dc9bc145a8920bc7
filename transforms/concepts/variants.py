"""Variants: other ways to write a name that no spelling rule of a single word makes.

They are derived once, when a vocabulary is compiled, and stand beside the names as rows of their own:

* inverted names set right: "Carcinoma, renal cell" -> "renal cell Carcinoma";
* of-phrases turned round, and with an article: "Cancer of lung" -> "lung Cancer", "Cancer of the lung";
* what a source adds for its own order: "Pneumonia, NOS", "Pneumonia (disorder)" -> "Pneumonia";
* hyphenated words written as one, and prefixes written apart: "X-ray" -> "Xray", "postoperative" -> "post operative".
"""

import re
from collections.abc import Iterator

#: Longer names are written so in no text, and have no variants.
_LONGEST = 80

_ADDED = re.compile(
    r"(?:,? \(?(?:NOS|not otherwise specified)\)?"
    r"| \((?:disorder|finding|procedure|body structure|morphologic abnormality|substance|observable entity|organism"
    r"|qualifier value|physical object|regime/therapy|cell structure|event|situation|product|cell|diagnosis)\))+$"
)
_ADDED_ENDS = (")", "NOS", "specified")
_OF = re.compile(r"^([^,()]+?) of (?:the )?([^,()]+)$")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_PREFIXES = re.compile(
    r"\b([Aa]nti|[Ee]xtra|[Hh]yp(?:er|o)|[Ii]nt(?:er|ra)|[Mm](?:icro|ulti)|[Nn]on|[Pp](?:ara|eri|ost|re|seudo)|[Rr]etro"
    r"|[Ss](?:emi|ub|upra)|[Tt]rans|[Uu]ltra)([^\W\d_]{5,})"
)


def variants(name: str) -> Iterator[str]:
    """The variants of a name, which may repeat each other."""
    if len(name) > _LONGEST:
        return
    plain = _ADDED.sub("", name) if name.endswith(_ADDED_ENDS) else name
    forms = [plain, *_reordered(plain)]
    yield from forms if plain != name else forms[1:]
    for form in forms:
        if "-" in form and 0 < len(_HYPHEN.findall(form)) <= 2:
            yield _HYPHEN.sub("", form)
        apart, count = _PREFIXES.subn(r"\1 \2", form)
        if count:
            yield apart


def _reordered(name: str) -> Iterator[str]:
    if ", " in name:
        parts = name.split(", ")
        if len(parts) <= 3 and all(parts):
            yield " ".join(reversed(parts))
    elif " of " in name:
        match = _OF.match(name)
        if match and " of " not in match[2]:
            yield f"{match[2]} {match[1]}"
            yield f"{match[1]} of {match[2]}"
            yield f"{match[1]} of the {match[2]}"
