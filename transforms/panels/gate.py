"""The gate of rights: which panels of a picture may be published, and under which licence."""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.panels import UNCROPPED
from schemas.tables import Row
from transforms.panels.finder import Found, Panel
from transforms.rights.figures import Rights, is_noderivatives, rights_of
from transforms.rights.licenses import admitted

#: Pixels: width, height.
Size = tuple[int, int]


class Judged(NamedTuple):
    """A panel with its rights, and why it is refused, None where it is not."""

    panel: Panel
    detector: str
    rights: Rights
    refused: str | None


class Gate:
    """Judges panels by a group of licences, and crops by whether a licence permits derivatives."""

    def __init__(self, licenses: str, crop_noderivatives: bool) -> None:
        self._licenses, self._crop_noderivatives = licenses, crop_noderivatives

    def judge(self, row: Row, found: Found, size: Size) -> list[Judged]:
        """The panels found in the picture of a row of IMAGES.

        Where licences leave none because a crop is a derivative, the whole picture is the first of them.
        """
        judged = list(self._judge(row, found, size))
        if any(each.refused is None for each in judged) or not any(self._derives(each, size) for each in judged):
            return judged
        [whole] = self._judge(row, Found([Panel((0, 0, *size), 0.0, None)], found.detector + UNCROPPED), size)
        return judged if whole.refused else [whole, *judged]

    def _judge(self, row: Row, found: Found, size: Size) -> Iterator[Judged]:
        for panel in found.panels:
            crop = _is_crop(panel, size)
            rights = rights_of(row["article"], row["claims"] or (), panel.label if crop else None)
            refused = None
            if not admitted(rights.license, self._licenses):
                refused = f"{rights.license or 'no licence'}: {rights.attribution}"
            elif crop and is_noderivatives(rights.license) and not self._crop_noderivatives:
                refused = f"{rights.license}: a crop is a derivative"
            yield Judged(panel, found.detector, rights, refused)

    def _derives(self, judged: Judged, size: Size) -> bool:
        """Whether a panel is refused for being a crop alone."""
        return _is_crop(judged.panel, size) and admitted(judged.rights.license, self._licenses)


def _is_crop(panel: Panel, size: Size) -> bool:
    return panel.box != (0, 0, *size)
