"""Which concepts of a vocabulary are worth linking: those of some semantic groups, without the most general ones.

general.tsv lists concepts that say nothing of a picture whatever their type: "Patients", "Study", "Detection".
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from schemas.explain import chosen
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.semantic_types import GROUPS, UNKNOWN

#: Names of semantic groups, or every concept.
Groups = tuple[str, ...] | Literal["all"]
#: Whether each concept is to be linked; None: all are.
Wanted = NDArray[np.bool_] | None

#: All but concepts and ideas, activities, places, objects, occupations and organisations, which no picture shows.
PICTURED: tuple[str, ...] = ("ANAT", "CHEM", "DEVI", "DISO", "GENE", "LIVB", "PHEN", "PHYS", "PROC")


def known_groups(names: Sequence[str]) -> tuple[str, ...]:
    """The names of semantic groups, each once, ascending; raises ValueError where one is unknown, or none is named."""
    return chosen(names, GROUPS, "group of semantic types")


def wanted_concepts(lexicon: Lexicon, groups: Groups) -> Wanted:
    """Whether each concept of the lexicon is to be linked; None where all are.

    A concept is left out that general.tsv lists, or whose types all belong to other groups. One whose type is not known
    stays.
    """
    if groups == "all":
        return None
    others = {tui for group, types in GROUPS.items() if group not in groups for tui in types} - {UNKNOWN}
    sets = [not types or not others.issuperset(types) for types in lexicon.header["semantic_types"]]
    wanted: NDArray[np.bool_] = np.array(sets, np.bool_)[lexicon.concept_types]
    listed = (lexicon.concept_of(cui) for cui in general_concepts())
    wanted[[concept for concept in listed if concept is not None]] = False
    return wanted


def general_concepts() -> list[str]:
    """The CUIs of general.tsv."""
    lines = files(__package__).joinpath("general.tsv").read_text("utf-8").splitlines()[1:]
    return [line.split("\t")[0] for line in lines]
