"""The whole caption of a figure: that of its group before its own."""

from schemas.tables import Row


def full_caption(figure: Row) -> str:
    """The figure's caption behind that of its group; a member without one of its own has the group's, once."""
    return " ".join(dict.fromkeys(filter(None, (figure["group_caption"], figure["figure_caption"]))))


def full_markup(figure: Row) -> list[Row]:
    """The spans of the markup of `full_caption`, wherever its parts stand in it."""
    group, own = figure["group_caption"], figure["figure_caption"]
    spans: list[Row] = list(figure["group_markup"] or ()) if group else []
    if own and own != group:
        shift = len(group) + 1 if group else 0
        moved = ((span, span["start"] + shift, span["end"] + shift) for span in figure["caption_markup"] or ())
        spans += ({**span, "start": start, "end": end} for span, start, end in moved)
    return spans
