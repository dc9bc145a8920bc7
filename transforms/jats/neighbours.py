"""Neighbours: graphics in the text, and the captions and boxes that stand around them or next to them."""

from collections.abc import Iterator

from transforms.jats.figures import Figure
from transforms.jats.text import Element, text_of

#: What may stand around a figure without a word of its own.
_FRAMES = frozenset({"alternatives", "boxed-text", "disp-quote", "p"})
_SHOWN = frozenset({"fig", "fig-group", "graphic", "media"})
_TITLES = frozenset({"caption", "label", "object-id"})
_NOTHING: frozenset[str] = frozenset()


class Frames:
    """What holds figures and no words; found once for each element, which may hold thousands."""

    def __init__(self) -> None:
        self._found: dict[tuple[Element, frozenset[str]], bool] = {}

    def adjoin(self, element: Element, following: Element) -> bool:
        """Whether nothing stands between two elements but the edges of frames."""
        blocks = set(self._around(following))
        return any(block.getnext() in blocks and not (block.tail or "").strip() for block in self._around(element))

    def box_around(self, element: Element) -> list[Element]:
        """The box that holds `element` and no words but its label and caption, if there is one."""
        *_, outer = self._around(element)
        box = outer.getparent()
        return [box] if box is not None and box.tag == "boxed-text" and self._is_frame(box, _TITLES) else []

    def _around(self, element: Element) -> Iterator[Element]:
        """The element and the frames around it."""
        yield element
        for ancestor in element.iterancestors():
            if not self._is_frame(ancestor, _NOTHING):
                return
            yield ancestor

    def _is_frame(self, element: Element, titles: frozenset[str]) -> bool:
        """Whether an element holds no words, but those of `titles` and of what is shown in it."""
        if (found := self._found.get((element, titles))) is None:
            known = _FRAMES | _SHOWN | titles
            found = self._found[element, titles] = (
                element.tag in _FRAMES
                and all(child.tag in known for child in element)  # which is quick
                and not text_of(element, _SHOWN | titles)
            )
        return found


def join_neighbours(figures: list[Figure], frames: Frames) -> list[Figure]:
    """Figs that show nothing joined with the graphics next to them in the text, ahead of one or behind it."""
    done: list[Figure] = []
    ahead: list[Figure] = []
    taking = last = None
    for figure in figures:
        waiting = taking is not None or bool(ahead)
        adjoins = waiting and last is not None and frames.adjoin(last.element, figure.element)
        last = figure
        if figure.is_loose():
            ahead = [*ahead, figure] if adjoins and taking is None else [figure]
            if adjoins and taking is not None:
                _take(taking, ahead)
                ahead = []
                continue
            taking = None
        elif figure.is_caption() and adjoins and ahead:
            del done[-len(ahead) :]
            _take(figure, ahead)
            ahead, taking = [], None
        else:
            ahead, taking = [], figure if figure.is_caption() else None
        done.append(figure)
    return done


def _take(figure: Figure, pictures: list[Figure]) -> None:
    for picture in pictures:
        figure.graphics += picture.graphics
        figure.names.append(picture.element)
