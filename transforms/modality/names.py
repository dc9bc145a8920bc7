"""The names of modalities, on two levels: "radiology/ct", and "other", which has no second level.

None stands for a modality that is unknown; `UNKNOWN` is its name in recipes and reports, never in a row.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from schemas.explain import chosen

OTHER, UNKNOWN = "other", "unknown"

#: Modalities that a recipe admits: top levels, names, "unknown"; or every one.
Modalities = tuple[str, ...] | Literal["all"]

#: The second levels of each top level.
TAXONOMY = {
    "radiology": ("x-ray", "ct", "mr", "ultrasound", "angiography", "mammography", "nuclear", "fluoroscopy"),
    "microscopy": ("histology", "immunohistochemistry", "fluorescence", "electron", "light"),
    "visible": ("clinical photo", "endoscopy", "fundus", "surgery", "gross specimen", "other photo"),
    "ophthalmic": ("oct",),
    "signal": ("ecg-eeg trace",),
    "bench": ("gel-blot", "plate"),
    "drawn": ("plot", "diagram", "table-text", "3d-render", "brain-map", "molecule", "illustration"),
}

#: Every name that a row may have.
NAMES = (*(f"{top}/{second}" for top, seconds in TAXONOMY.items() for second in seconds), OTHER)
TOPS = (*TAXONOMY, OTHER)


def top_of(name: str) -> str:
    """The top level of a name."""
    return name.partition("/")[0]


def known_modalities(names: Sequence[str]) -> tuple[str, ...]:
    """Top levels, whole names and "unknown", each once, ascending.

    Raises:
        ValueError: one is unknown, or none is named.
    """
    return chosen(names, dict.fromkeys((*TOPS, UNKNOWN, *NAMES)), "modality")


def admits(names: Iterable[str], modality: str | None) -> bool:
    """Whether one of `names` is the modality, or its top level."""
    return not {UNKNOWN if modality is None else modality, top_of(modality or UNKNOWN)}.isdisjoint(names)
