"""How a caption was split, worked out again from what is stored, and whether that gives the stored texts."""

from collections.abc import Iterator, Sequence
from itertools import chain

from schemas.tables import Row
from transforms.captions.explain import clause_rows
from transforms.captions.parts import Split
from transforms.captions.split import read_caption
from transforms.captions.whole import full_caption, full_markup
from transforms.panels.stage import SplitPanels

#: How a panel's text was found, in words: `caption_method`.
METHODS = {
    "label": "the letter in the picture is that of the part of the caption",
    "count": "as many panels as parts were left, in reading order",
    "rows": "each row, or each column, of the grid is a part",
    "place": "the caption says where the panel stands",
    "graphics": "each graphic of the figure is a part, in document order",
    "shared": "the caption has no part for the panel: it has what is said of all",
    "whole:single": "one panel is all of the figure, so it has the whole caption",
    "whole:unlettered": "the caption does not tell panels apart, so all of it stands with the picture",
    "whole:mismatch": "the caption has parts, but they are not those of the panels there are: all of it",
    "whole:small": "each panel would be too small, so the picture stays whole with all of the caption",
}


def caption_facts(figure: Row, panels: Sequence[Row], made_by: str | None) -> Row:
    """The split of a figure's caption, given the panels of one of its graphics; `made_by`: their stage's version then.

    The letters that were read are stored in part alone: those of the panels, and those that the caption lacks. So some
    sets of letters are tried, and the first counts that gives the stored texts.
    """
    caption, markup = full_caption(figure), full_markup(figure)
    tried = list(dict.fromkeys(_letters(panels)))
    splits = {letters: read_caption(caption, markup, letters).split for letters in tried}
    letters = next((each for each in tried if all(gives(splits[each], row, len(caption)) for row in panels)), tried[0])
    reading, parts = read_caption(caption, markup, letters), splits[letters].parts
    return {
        "recomputed": True,
        "made_by": made_by,
        "recomputed_by": SplitPanels().version,
        "letters": list(letters),
        "kind": reading.split.kind,
        "parts": [{"label": part.label, "confidence": round(part.confidence, 4)} for part in parts],
        "doubt": reading.doubt or None,
        "clauses": list(clause_rows(reading, caption)),
        "same": {row["panel_id"]: gives(splits[letters], row, len(caption)) for row in panels},
    }


def _letters(panels: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """Letters that the picture may have shown, the likeliest first; none in the end."""
    of_panels = [_named(row["panel_label"]) for row in panels]
    read = [_named(row["panel_label"]) for row in panels if row["caption_method"] not in ("count", "rows", "place")]
    lacking = [row["letters_without_text"] for row in panels[:1]]
    for known in (read, of_panels):
        yield tuple(dict.fromkeys(chain(*known, *lacking)))
    yield tuple(dict.fromkeys(chain(*lacking)))
    yield ()


def _named(label: str | None) -> list[str]:
    return label.split(", ") if label else []


def gives(split: Split, panel: Row, length: int) -> bool:
    """Whether a split gives the stored text of a panel by the method that is stored; `length` is the caption's."""
    own, shared = (
        tuple((span["start"], span["end"]) for span in panel["text_spans"] if span["kind"] == kind)
        for kind in ("own", "shared")
    )
    method = panel["caption_method"]
    if method.startswith("whole:"):
        is_told = {"whole:unlettered": not split.parts, "whole:single": True}.get(method, bool(split.parts))
        return is_told and own + shared == (((0, length),) if length else ())
    if method == "shared":
        return not own and any(part.shared == shared for part in split.parts)
    mine = [part for part in split.parts if part.label in _named(panel["panel_label"])] or split.parts
    return any(part.own == own and part.shared == shared for part in mine)
