"""Which panel a printed letter stands for: by its place in the sequence, by where it stands, and by its region."""

from collections.abc import Mapping, Sequence
from math import hypot
from statistics import median
from typing import NamedTuple

from transforms.panels.boxes import gap
from transforms.panels.gaps import complete
from transforms.panels.sequence import ALPHABETS, chain

Corners = tuple[float, ...]  # x0, y0, x1, y1 and whatever follows
Place = tuple[float, float]

MIDDLE = 0.5
#: The points of a panel near which a figure prints its letters, as shares of width and height, with how rare that is.
PLACES = {(0.0, 0.0): 1.0, (1.0, 0.0): 2.0, (0.0, 1.0): 1.5, (1.0, 1.0): 2.0, (MIDDLE, 0.0): 1.5, (MIDDLE, 1.0): 1.5}
CLEAR = 0.6  # the score of a letter that counts by itself; one below it completes a sequence, or begins one with others
ALIKE = 1.5  # times that one of two letters is as high as the other, at most
IN_LINE = 1.5  # letter heights by which two letters in line differ at most
SEVERAL = 3  # letters after which a faint one may stand next but one
FAR = 0.25  # of the page: no letter stands farther from its panel's point
STRANGE = 0.05  # of the page: how much farther the panels are that do not hold a letter which another one holds


class Letter(NamedTuple):
    """A panel letter as printed, without brackets, its box in source pixels, and a score 0..1."""

    text: str
    x0: int
    y0: int
    x1: int
    y1: int
    score: float


class _Owned(NamedTuple):
    """A letter and the panel that it stands at."""

    letter: Letter
    panel: int


class _Turned(NamedTuple):
    """The same with the letter's box on a page turned by `_turn`."""

    text: str
    box: Corners
    panel: int


def attach(letters: Sequence[Letter], boxes: Sequence[Corners]) -> list[str | None]:
    """The letter of each panel, None where none is plain.

    A letter goes to one panel. One that was not found goes to the panel that is left for it (gaps.py). The other panels
    of a letter's region, those that it can be read for and that stand nearest to panels of it, inherit it. The order of
    `letters` is of no matter, that of `boxes` only where panels tie.
    """
    labels: list[str | None] = [None] * len(boxes)
    if not boxes or not letters:
        return labels
    owned, place = _own(_choose_sequence(letters), boxes)
    if len(owned) < 2 and not (owned and _stands_alone(owned[0].letter)):
        return labels
    for letter, panel in owned:
        labels[panel] = letter.text
    labels = complete(labels, boxes, _alphabet(letters))
    turned = [_Turned(letter.text, _turn(letter[1:5], place), panel) for letter, panel in owned]
    _inherit(labels, turned, [_turn(box, place) for box in boxes], columns=place[0] != MIDDLE)
    return labels


def _stands_alone(letter: Letter) -> bool:
    """Whether a figure's only letter is believed: a clear first one."""
    return letter.score >= CLEAR and letter.text.casefold() in {names[0] for names in ALPHABETS}


def _turn(box: Corners, place: Place) -> Corners:
    """A box on the page mirrored so that letters stand at the top and at the left."""
    x0, y0, x1, y1 = box[:4]
    if place[0] == 1:
        x0, x1 = -x1, -x0
    if place[1] == 1:
        y0, y1 = -y1, -y0
    return x0, y0, x1, y1


def plain_letters(letters: Sequence[Letter]) -> list[Letter]:
    """The letters of the figure's alphabet that count by themselves: clear ones, or else faint ones that begin it."""
    alphabet = _alphabet(letters)
    own = [letter for letter in letters if letter.text.casefold() in alphabet]
    return [letter for letter in own if letter.score >= CLEAR] or (own if _begins(own) else [])


def _choose_sequence(letters: Sequence[Letter]) -> list[Letter]:
    """The letters that form the figure's sequence, one of each name, in its order.

    Of a name the best stays. A plain letter is kept where it does not lie far beyond its predecessors; a faint one
    where it fills a gap or comes next, or next but one to several, in line with one.
    """
    alphabet, plain = _alphabet(letters), plain_letters(letters)
    if not plain:
        return []
    best: dict[int, Letter] = {}
    for letter in sorted(letters):
        if letter.text.casefold() in alphabet:
            index = alphabet.index(letter.text.casefold())
            if index not in best or letter.score > best[index].score:
                best[index] = letter
    places = sorted(index for index, letter in best.items() if letter in plain)
    kept = chain(places)
    if not kept and len(places) >= 3 and places[-1] - places[0] == len(places) - 1:
        kept = places  # a part of a figure that goes over several pages
    for index in sorted(best):
        if index not in kept and _follows(index, kept, best):
            kept.append(index)
    return [best[index] for index in sorted(kept)]


def _follows(index: int, kept: Sequence[int], best: Mapping[int, Letter]) -> bool:
    """Whether a faint letter, of this place in the alphabet, is one that the letters kept lack or that comes next."""
    beyond = index - max(kept, default=-1)
    in_line = len(kept) >= SEVERAL and any(_in_line(best[index], best[other]) for other in kept)
    return beyond <= 1 or (beyond == 2 and in_line)


def _begins(letters: Sequence[Letter]) -> bool:
    """Whether faint letters tell together: an a and a b, each found once, of one size and in line."""
    first, second = ([each for each in letters if each.text.casefold() == name] for name in "ab")
    if len(first) != 1 or len(second) != 1:
        return False
    return _in_line(first[0], second[0])


def _in_line(one: Letter, other: Letter) -> bool:
    """Whether two letters are of one size and stand in a row or a column."""
    low, high = sorted((one.y1 - one.y0, other.y1 - other.y0))
    return high <= ALIKE * low and min(abs(one.x0 - other.x0), abs(one.y0 - other.y0)) <= IN_LINE * high


def _alphabet(letters: Sequence[Letter]) -> tuple[str, ...]:
    """The alphabet that the letters are most likely of."""
    return max(ALPHABETS, key=lambda names: _support(letters, names))


def _support(letters: Sequence[Letter], names: tuple[str, ...]) -> float:
    """The sum of the scores of an alphabet's letters; 0 where neither its first nor its second is there."""
    texts = {letter.text.casefold() for letter in letters}
    if names[1] not in texts and names[0] not in texts:
        return 0.0
    return sum(letter.score for letter in letters if letter.text.casefold() in names)


def _own(letters: Sequence[Letter], boxes: Sequence[Corners]) -> tuple[list[_Owned], Place]:
    """The letters with their panels, and the place where most of them stand; the nearest pairs are joined first."""
    side = max(max(box[2], box[3]) for box in boxes)

    held = [[_holds(box, letter) for box in boxes] for letter in letters]
    beside = [[STRANGE * side * (any(row) and not holds) for holds in row] for row in held]

    def far(rank: int, panel: int, place: Place) -> float:
        return _distance(letters[rank], boxes[panel], place) + beside[rank][panel]

    def cost(place: Place) -> float:
        near = [min(far(rank, panel, place) for panel in range(len(boxes))) for rank in range(len(letters))]
        return PLACES[place] * (median(near) + 0.01 * side)

    if not letters:
        return [], (0.0, 0.0)
    place = min(PLACES, key=cost)
    pairs = sorted(
        (far(rank, panel, place), rank, panel) for rank in range(len(letters)) for panel in range(len(boxes))
    )
    owned: dict[int, int] = {}
    for distance, rank, panel in pairs:
        if distance <= FAR * side and rank not in owned and panel not in owned.values():
            owned[rank] = panel
    return [_Owned(letters[rank], owned[rank]) for rank in sorted(owned)], place


def _holds(box: Corners, letter: Letter) -> bool:
    """Whether the letter's middle lies in the box."""
    x, y = (letter.x0 + letter.x1) / 2, (letter.y0 + letter.y1) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _distance(letter: Letter, box: Corners, place: Place) -> float:
    """How far a letter stands from a point of a panel, from the letter's nearest edge."""
    x = box[0] + place[0] * (box[2] - box[0])
    y = box[1] + place[1] * (box[3] - box[1])
    across = max(letter.x0 - x, 0.0, x - letter.x1)
    down = max(letter.y0 - y, 0.0, y - letter.y1)
    return hypot(across, down)


def _inherit(labels: list[str | None], owned: Sequence[_Turned], boxes: Sequence[Corners], columns: bool) -> None:
    """Give panels without a letter that of the nearest panel whose letter may be theirs; seams bind before gutters."""
    allowed = {
        one.text: {n for n, box in enumerate(boxes) if _reads_on(one.box, boxes[one.panel], box, owned, columns)}
        for one in owned
    }
    while True:
        pairs = [
            (gap(boxes[heir], boxes[giver]), heir, giver)
            for heir, label in enumerate(labels)
            if label is None
            for giver, given in enumerate(labels)
            if given in allowed and heir in allowed[given]
        ]
        if not pairs:
            return
        _, heir, giver = min(pairs)
        labels[heir] = labels[giver]


def _reads_on(letter: Corners, first: Corners, box: Corners, owned: Sequence[_Turned], columns: bool) -> bool:
    """Whether a panel may lie in a letter's region: neither above nor left of its first panel nor past the next letter.

    The next letters are the one below in the same column, and the one to the right in the same row. Where letters stand
    in the middle of their regions (not `columns`), left and right tell nothing.
    """
    x, y = box[0] + 0.3 * (box[2] - box[0]), box[1] + 0.3 * (box[3] - box[1])
    if y < first[1] or (columns and x < first[0]):
        return False
    near = 2 * (letter[3] - letter[1])
    for _, other, _ in owned:
        right, down = other[0] - letter[0], other[1] - letter[1]
        if abs(right) <= near < down and other[1] <= y:
            return False
        if columns and abs(down) <= near < right and other[0] <= x:
            return False
    return True
