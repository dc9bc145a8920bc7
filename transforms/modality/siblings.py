"""What the panels of a figure look like together: most of them are of one kind, so each is evidence for the others."""

from collections.abc import Mapping, Sequence

#: The chance that a panel is of a kind that the others show; else it may be of any. Set on held-out figures
#: (training/modality), where a panel has the modality of another panel of its figure in 80 of 100 cases.
KINSHIP = 0.5

Seen = Mapping[str, float]


def together(panels: Sequence[Seen]) -> list[dict[str, float]]:
    """What each panel looks like, given what the others of its picture look like by themselves.

    `panels` have the probabilities of the same names, which sum to 1, as those that come back do. A panel without
    others stays as it is.
    """
    if len(panels) < 2:
        return [dict(panel) for panel in panels]
    names = list(panels[0])
    sums = {name: sum(panel[name] for panel in panels) for name in names}
    return [_given(panel, {name: (sums[name] - panel[name]) / (len(panels) - 1) for name in names}) for panel in panels]


def _given(panel: Seen, others: Seen) -> dict[str, float]:
    """A panel's probabilities, each weighed by how probable the others are of that kind on average."""
    chances = {
        name: chance * (1 - KINSHIP + KINSHIP * len(panel) * max(others[name], 0.0)) for name, chance in panel.items()
    }
    whole = sum(chances.values())
    return {name: chance / whole for name, chance in chances.items()}
