"""The best path: which candidates introduce panels, of which alphabet."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from transforms.captions.candidates import ROMAN, Candidate
from transforms.captions.labels import ALPHABETS, NUMERALS, Reading

#: What each further label of a marker is worth beside its first: less than one, as markers of single letters say more.
_FURTHER = 0.65
#: The price of going back in the alphabet, of going on among letters that are there already, and of another style.
_BACK, _FILL, _MIX = 0.6, 0.3, 0.2
#: The price of a letter that never comes, and of one that never comes where the picture has letters but not this.
_HOLE, _HOLE_IN_PICTURE = 0.7, 0.3
#: What a letter is worth that is read in the picture, and the price of a path that has none of these.
_READ, _NONE_READ = 0.3, 0.6
#: The price of each marker: a place that is less likely one adds nothing.
_MARKER = 0.25
#: A path that is worth less names no panels.
_THRESHOLD = 0.85
#: A marker of "A" that is at least so likely says that "A1" and "A2" are parts of one panel.
_SINGLE = 0.8
#: Of two paths the one that starts first is taken, unless it has less than this share of the other's worth.
_OUTER = 0.25
#: Partial paths that are followed at the same time.
_BEAM = 8

#: A candidate, read in one alphabet.
_Option = tuple[Candidate, Reading]


class Path(NamedTuple):
    """The markers that introduce panels. `worth` is what speaks for them."""

    alphabet: str
    markers: tuple[_Option, ...]
    worth: float


class _State(NamedTuple):
    worth: float
    panels: int
    keys: int
    style: str
    last: int
    chosen: tuple[_Option, ...]


_START = _State(0.0, 0, 0, "", 0, ())


def best_path(candidates: Iterable[Candidate], letters: Sequence[str] = ()) -> Path | None:
    """The best path of all alphabets; None where the candidates are no panels."""
    read = frozenset("".join(filter(str.isalnum, letter)).casefold() for letter in letters)
    by_alphabet: dict[str, list[_Option]] = {}
    for candidate in candidates:
        for reading in candidate.readings:
            option = candidate
            if reading.alphabet in ("roman", "ROMAN", "greek"):
                option = candidate._replace(weight=min(candidate.weight, ROMAN[candidate.place]))
            by_alphabet.setdefault(reading.alphabet, []).append((option, reading))
    paths = [path for alphabet, options in by_alphabet.items() if (path := _best_of(alphabet, options, read))]
    if not paths:
        return None
    # Panels may have parts with letters of another alphabet; the panels come first.
    best = max(path.worth for path in paths)
    return min(
        (path for path in paths if path.worth >= _OUTER * best),
        key=lambda path: (path.alphabet in NUMERALS, path.markers[0][0].start, -path.worth),
    )


def _best_of(alphabet: str, options: list[_Option], read: frozenset[str]) -> Path | None:
    names, single = ALPHABETS[alphabet], 0
    for candidate, reading in options:
        if candidate.weight >= _SINGLE:
            single |= reading.keys
    options = [option for option in options if not (option[1].has_digits and option[1].panels & single)]
    most = sum(_worth(candidate, len(reading.labels)) for candidate, reading in options if candidate.weight > _MARKER)
    if most + (_READ * len(names) if read else 0.0) < _THRESHOLD:
        return None
    clean = _in_order(options)
    states = [clean] if clean else _search(options)
    paths = [
        Path(alphabet, state.chosen, _final(state, names, read))
        for state in states
        if len(state.chosen) > 1 or (state.chosen and _tells_all(*state.chosen[0], read))
    ]
    best = max(paths, key=lambda path: path.worth, default=None)
    return best if best and best.worth >= _THRESHOLD else None


def _in_order(options: list[_Option]) -> _State | None:
    """The one state to consider where each marker names the letters that come next; None where there may be others."""
    state, mixed = _START, False
    said = 0  # letters that stand there again, of which another marker may be better
    for candidate, reading in options:
        if not reading.keys & ~state.keys:
            said |= reading.keys
            continue
        is_next = reading.panels & ~state.panels & (state.panels + 1) and not reading.keys & state.keys
        overlaps = state.chosen and candidate.start < state.chosen[-1][0].end
        if not is_next or overlaps or candidate.weight <= _MARKER + _MIX:
            return None
        mixed = mixed or state.style not in ("", candidate.style)
        state = _take(state, candidate, reading)
    several = sum(reading.keys for _, reading in state.chosen if len(reading.labels) > 1)
    return None if said & several or (said and mixed) else state


def _search(options: list[_Option]) -> Collection[_State]:
    """The best states after all options, of each that was taken or not."""
    states = {(0, "", False): _START}
    for candidate, reading in options:
        for state in list(states.values()):
            seen, new = reading.keys & state.keys, reading.keys & ~state.keys
            if not new or (seen and len(reading.labels) > 2):  # "A. Sites of sampling (A-F)."
                continue
            if state.chosen and candidate.start < state.chosen[-1][0].end:
                continue
            taken = _take(state, candidate, reading)
            key = (taken.keys, taken.style, len(taken.chosen) > 1)
            if key not in states or states[key].worth < taken.worth:
                states[key] = taken
        if len(states) > 2 * _BEAM:
            best = sorted(states.items(), key=lambda item: item[1].worth - _HOLE * _holes(item[1]).bit_count())
            states = dict(best[-_BEAM:])
    return states.values()


def _tells_all(candidate: Candidate, reading: Reading, read: frozenset[str]) -> bool:
    """Whether one marker is enough: it names several panels where a sentence starts, or those of the picture."""
    if len(reading.labels) < 2 or reading.alphabet in NUMERALS:
        return False
    return (candidate.place == 0 and candidate.weight >= 0.9) or {label.casefold() for label in reading.labels} == read


def _worth(candidate: Candidate, labels: int) -> float:
    return candidate.weight * (1 + _FURTHER * (labels - 1)) - _MARKER


def _take(state: _State, candidate: Candidate, reading: Reading) -> _State:
    """The state with one more marker."""
    worth = state.worth + _worth(candidate, (reading.keys & ~state.keys).bit_count())
    panels = reading.panels & ~state.panels
    first, highest = (panels & -panels).bit_length(), state.panels.bit_length()
    if panels and first < highest and first != state.last + 1:
        worth -= _BACK if first < state.last else _FILL
    if state.style and candidate.style != state.style:
        worth -= _MIX
    return _State(
        worth,
        state.panels | reading.panels,
        state.keys | reading.keys,
        candidate.style,
        panels.bit_length() or state.last,
        (*state.chosen, (candidate, reading)),
    )


def _holes(state: _State) -> int:
    """The letters before the last that are missing."""
    return (1 << state.panels.bit_length()) - 1 & ~state.panels


def _final(state: _State, names: tuple[str, ...], read: frozenset[str]) -> float:
    """What a path is worth, with the letters that it lacks and those of the picture."""
    holes = _holes(state)
    in_picture = sum(1 << place for place, name in enumerate(names) if name.casefold() in read) if read else 0
    confirmed = (state.panels & in_picture).bit_count()
    worth = state.worth + _READ * confirmed
    if confirmed < 2:  # such letters may be others: L and R for the sides of the body
        return worth - _HOLE * holes.bit_count() - _NONE_READ * (len(read) > 1 and not confirmed)
    return worth - _HOLE * (holes & in_picture).bit_count() - _HOLE_IN_PICTURE * (holes & ~in_picture).bit_count()
