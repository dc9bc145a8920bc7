"""The boxes of a graphic as annotations of COCO: panels, cells and letters, in the pixels of the upright graphic."""

from collections.abc import Iterator

from schemas.panels import is_whole
from schemas.tables import Row
from transforms.panels.letters import Letter

#: The categories in their order; ids count from 1.
CATEGORIES = ("panel", "cell", "letter")


def size_of(rows: list[Row]) -> tuple[int, int] | None:
    """Width and height of the graphic of these rows; None where each row shows a part, for then no row says it."""
    for row in rows:
        if is_whole(row["provenance"]["detector"]):
            _, _, width, height = row["provenance"]["box"]
            return width, height
    return None


def panel_boxes(rows: list[Row]) -> Iterator[Row]:
    """The panels of these rows, each before its cells."""
    for row in rows:
        known = row["provenance"]
        yield _annotation("panel", known["box"]) | {
            "panel_id": row["panel_id"],
            "label": known["panel_label"],
            "score": known["detector_score"],
            "modality": row["modality"],
        }
        for cell in row["cells"]:
            yield _annotation("cell", cell["box"]) | {"panel_id": row["panel_id"], "score": cell["score"]}


def letter_boxes(letters: list[Letter], rows: list[Row], size: tuple[int, int]) -> Iterator[Row]:
    """The letters on a graphic of this size, whose boxes end where it does.

    `panel_id` is the panel that bears a letter, null where none or several do.
    """
    for letter in letters:
        x0, y0, x1, y1 = letter[1:5]
        box = [max(0, x0), max(0, y0), min(size[0], x1), min(size[1], y1)]
        bearing = [row["panel_id"] for row in rows if row["provenance"]["panel_label"] == letter.text]
        yield _annotation("letter", box) | {
            "panel_id": bearing[0] if len(bearing) == 1 else None,
            "label": letter.text,
            "score": letter.score,
        }


def _annotation(category: str, box: list[int]) -> Row:
    x0, y0, x1, y1 = box
    return {
        "category_id": CATEGORIES.index(category) + 1,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
        "iscrowd": 0,
    }
