"""Names of the semantic types of the UMLS and of their groups, as tables."""

from functools import cache
from importlib.resources import files

import pyarrow as pa

from transforms.concepts.semantic_types import GROUPS

#: The groups by their codes.
GROUP_NAMES = {
    "ACTI": "Activities and behaviors",
    "ANAT": "Anatomy",
    "CHEM": "Chemicals and drugs",
    "CONC": "Concepts and ideas",
    "DEVI": "Devices",
    "DISO": "Disorders",
    "GENE": "Genes and molecular sequences",
    "GEOG": "Geographic areas",
    "LIVB": "Living beings",
    "OBJC": "Objects",
    "OCCU": "Occupations",
    "ORGA": "Organizations",
    "PHEN": "Phenomena",
    "PHYS": "Physiology",
    "PROC": "Procedures",
}


@cache
def semantic_types() -> pa.Table:
    """The 127 semantic types of the UMLS: tui, name."""
    lines = files(__package__).joinpath("semantic_types.tsv").read_text("utf-8").splitlines()
    tuis, names = zip(*(line.split("\t") for line in lines), strict=True)
    return pa.table({"tui": tuis, "name": names})


@cache
def semantic_groups() -> pa.Table:
    """The group of each semantic type: tui, semantic_group."""
    pairs = [(tui, group) for group, types in GROUPS.items() for tui in types]
    tuis, groups = zip(*pairs, strict=True)
    return pa.table({"tui": tuis, "semantic_group": groups})


def why_untyped(vocabulary: str, untyped: int, concepts: int) -> str | None:
    """Why semantic types are not stated, where `untyped` of some `concepts` have none; None where all have one."""
    if not untyped:
        return None
    return (
        f"Types are those that {vocabulary} states: it has none for {untyped:,} of these {concepts:,} concepts, which "
        "stand under 'not stated'. A vocabulary that is compiled from the UMLS (--umls) states one for each."
    )
