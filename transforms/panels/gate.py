"""The gate: which panels of a picture may be published, and under which licence; and how many of a figure are."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.panels import UNCROPPED
from schemas.rejects import Reason
from schemas.tables import Row
from transforms.panels.finder import Found
from transforms.panels.grain import Figure, Grain, Grouped, Size, whole
from transforms.panels.texts import whole_text
from transforms.rights.figures import Rights, is_noderivatives, rights_of
from transforms.rights.licenses import Licenses, admitted


class Refusal(NamedTuple):
    """Why a panel is refused."""

    reason: Reason
    detail: str


class Judged(NamedTuple):
    """A panel with its rights, and why it is refused, None where it is not."""

    panel: Grouped
    rights: Rights
    refused: Refusal | None


class Gate:
    """Judges panels by licences, crops by whether a licence permits derivatives and by their size.

    Of a figure at most `most` panels are admitted; with `single` a picture is admitted whole, and only if it is one.
    """

    def __init__(
        self, licenses: Licenses, crop_noderivatives: bool, grain: Grain, most: int | None, single: bool = False
    ) -> None:
        self._licenses, self._crop_noderivatives = licenses, crop_noderivatives
        self._grain, self._most, self._single = grain, most, single

    def judge(self, row: Row, found: Found, figure: Figure, size: Size) -> list[Judged]:
        """The panels found in the picture of a row of IMAGES.

        Where licences leave none because a crop is a derivative, the whole picture is the first of them.
        """
        if self._single:
            return list(self._limited([self._judge_single(row, found, figure, size)], figure))
        judged = [self._judge(row, panel, size) for panel in self._grain.panels(found, figure, size)]
        if all(each.refused for each in judged) and any(self._derives(each, size) for each in judged):
            uncropped = whole(found, size, UNCROPPED, whole_text(figure.caption, "single"), number=0)
            first = self._judge(row, uncropped, size)
            judged = judged if first.refused else [first, *judged]
        return list(self._limited(judged, figure))

    def _judge(self, row: Row, panel: Grouped, size: Size) -> Judged:
        crop = panel.is_crop(size)
        rights = _rights(row, panel.letters if crop else ())
        refused = None
        if not admitted(rights.license, self._licenses):
            refused = Refusal(Reason.FIGURE_LICENSE, f"{rights.license or 'no licence'}: {rights.attribution}")
        elif crop and is_noderivatives(rights.license) and not self._crop_noderivatives:
            refused = Refusal(Reason.FIGURE_LICENSE, f"{rights.license}: a crop is a derivative")
        elif self._grain.is_small(panel, size):
            x0, y0, x1, y1 = panel.panel.box
            refused = Refusal(Reason.PANEL_TOO_SMALL, f"{x1 - x0} x {y1 - y0} pixels, under {self._grain.min_side}")
        return Judged(panel, rights, refused)

    def _judge_single(self, row: Row, found: Found, figure: Figure, size: Size) -> Judged:
        """The whole picture, refused where several panels are found in it."""
        first = self._grain.panels(found, figure, size)[0]
        panel = first.widened(size) if first.is_crop(size) else first
        judged = self._judge(row, panel, size)
        if len(found.panels) == 1 or judged.refused:
            return judged
        return judged._replace(refused=Refusal(Reason.COMPOUND, f"{len(found.panels)} panels"))

    def _derives(self, judged: Judged, size: Size) -> bool:
        """Whether a panel is refused for being a crop alone."""
        return judged.panel.is_crop(size) and admitted(judged.rights.license, self._licenses)

    def _limited(self, judged: Sequence[Judged], figure: Figure) -> Iterator[Judged]:
        """The panels, those beyond the picture's share of `most` refused."""
        left = None if self._most is None else share(self._most, figure)
        for each in judged:
            if each.refused or left is None:
                yield each
            elif left:
                left -= 1
                yield each
            else:
                yield each._replace(refused=Refusal(Reason.TOO_MANY_PANELS, f"over {self._most} of the figure"))


def _rights(row: Row, letters: Sequence[str]) -> Rights:
    """The rights of a panel that has these letters; those of a panel that is not known where they differ."""
    found = {rights_of(row["article"], row["claims"] or (), letter) for letter in letters}
    return found.pop() if len(found) == 1 else rights_of(row["article"], row["claims"] or ())


def share(most: int, figure: Figure) -> int:
    """How many of the `most` panels of a figure its picture may have; the shares of all pictures add up to `most`."""
    return most * figure.graphic // figure.graphics - most * (figure.graphic - 1) // figure.graphics
