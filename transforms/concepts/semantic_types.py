"""The semantic types of the UMLS and the groups that they form.

Groups after McCray, Burgun, Bodenreider: Aggregating UMLS semantic types for reducing conceptual complexity. Stud
Health Technol Inform 2001; 84: 216-220, as of the Semantic Network of 2018: 127 types in 15 groups.
"""

from collections.abc import Iterable

from schemas.errors import UserError

#: Each group's types, by the digits of their ids (T047).
GROUPS = {
    group: tuple(f"T{digits}" for digits in types.split())
    for group, types in {
        "ACTI": "051 052 053 054 055 056 057 064 066",
        "ANAT": "017 018 021 022 023 024 025 026 029 030 031",
        "CHEM": "103 104 109 114 116 120 121 122 123 125 126 127 129 130 131 192 195 196 197 200",
        "CONC": "077 078 079 080 081 082 089 102 169 170 171 185",
        "DEVI": "074 075 203",
        "DISO": "019 020 033 037 046 047 048 049 050 184 190 191",
        "GENE": "028 085 086 087 088",
        "GEOG": "083",
        "LIVB": "001 002 004 005 007 008 010 011 012 013 014 015 016 096 097 098 099 100 101 194 204",
        "OBJC": "071 072 073 167 168",
        "OCCU": "090 091",
        "ORGA": "092 093 094 095",
        "PHEN": "034 038 067 068 069 070",
        "PHYS": "032 039 040 041 042 043 044 045 201",
        "PROC": "058 059 060 061 062 063 065",
    }.items()
}
TYPES = frozenset(tui for types in GROUPS.values() for tui in types)

#: Entity, the root of the network: open subsets of the UMLS give it to concepts whose type is not known.
UNKNOWN = "T071"


def expand(names: Iterable[str]) -> tuple[str, ...]:
    """The types that `names`, types (T047) and groups (DISO), stand for, ascending.

    Raises:
        UserError: a name is neither.
    """
    types: set[str] = set()
    for name in names:
        if name not in GROUPS and name not in TYPES:
            raise UserError(f"{name}: no semantic type (T047) and no group of them ({', '.join(GROUPS)})")
        types.update(GROUPS.get(name, (name,)))
    return tuple(sorted(types))
