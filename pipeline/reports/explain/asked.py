"""What is asked for: an article, a figure, one of its graphics, a panel or a cell of one."""

import re
from dataclasses import dataclass

from schemas.errors import UserError
from schemas.ids import article_id, figure_id, graphic_id, panel_id

_ASKED = re.compile(
    r"(?P<pmcid>PMC[0-9]+)(?:[v.](?P<version>[0-9]+))?"
    r"(?:-f(?P<figure>[0-9]+)(?:g(?P<graphic>[0-9]+))?(?:-p(?P<panel>[0-9]+)(?:c(?P<cell>[0-9]+))?)?)?",
    re.IGNORECASE,
)

FORMS = "PMC13901, PMC13901.1, PMC13901v1, PMC13901v1-f003, …-f003g2, …-f003-p02 or …-p02c03"


@dataclass(frozen=True)
class Asked:
    """The parts of an id; None where it does not state them. `version` is that of the article."""

    pmcid: str
    version: int | None
    figure: int | None
    graphic: int | None
    panel: int | None
    cell: int | None

    @property
    def kind(self) -> str:
        """What the id names."""
        parts = {"cell": self.cell, "panel": self.panel, "graphic": self.graphic, "figure": self.figure}
        return next((kind for kind, number in parts.items() if number is not None), "article")

    def figure_of(self, article: str) -> str:
        """The id of the figure, in a version of the article."""
        return figure_id(article, self.figure or 0)

    def graphic_of(self, article: str) -> str:
        """The id of the graphic; the first where none is stated."""
        return graphic_id(self.figure_of(article), self.graphic or 1)

    def panel_of(self, article: str) -> str:
        """The id of the panel, without that of a cell in it."""
        return panel_id(self.graphic_of(article), self.panel or 0)

    def in_article(self, article: str) -> str:
        """The whole id, in a version of the article."""
        if self.panel is not None:
            return panel_id(self.graphic_of(article), self.panel, self.cell)
        if self.figure is None:
            return article
        return self.figure_of(article) if self.graphic is None else self.graphic_of(article)

    @property
    def version_id(self) -> str | None:
        """The id of the article in the version that is stated."""
        return None if self.version is None else article_id(self.pmcid, self.version)


def parse(text: str) -> Asked:
    """The parts of an id, in any of its forms; numbers may lack their zeros. Raises UserError."""
    found = _ASKED.fullmatch(text.strip())
    if not found:
        raise UserError(f"{text!r} is no id; ids are {FORMS}")
    pmcid, *numbers = found.groups()
    return Asked(pmcid.upper(), *(None if number is None else int(number) for number in numbers))
