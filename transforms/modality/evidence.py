"""What a panel's text and picture say together: a posterior over the modalities, by naive Bayes.

The picture gives the probability of each modality. A text multiplies those that it names: where it names some with
score s, one of them is shown with the chance s, and other kinds of picture share the rest. So the picture vetoes the
text (a plot is no PET), and the text decides between what pictures leave open (CT or MR, stained how).
"""

from collections.abc import Mapping, Sequence

from schemas.tables import Row
from transforms.modality.names import NAMES, OTHER, TOPS, top_of
from transforms.modality.text import Cue

Scores = Mapping[str, float]
#: A cue with its words.
_Read = tuple[Cue, str]

#: Top level of at least this posterior, else the modality is unknown. Set on held-out figures (training/modality).
CERTAIN = 0.4
#: What the picture's network was never shown, and what of that which it was shown looks like it; a picture of the
#: latter is one of the former with so small a chance, before any text.
UNSEEN = {
    "radiology/mammography": "radiology/x-ray",
    "visible/fundus": "visible/other photo",
    "ophthalmic/oct": "radiology/ultrasound",
    OTHER: "drawn/illustration",
}
RARE = 0.02
IMMUNO, HISTOLOGY = "microscopy/immunohistochemistry", "microscopy/histology"
#: A section that looks stained in another way may be stained by antibodies with so much of that chance: the text knows.
STAINED = {HISTOLOGY: 0.1, "microscopy/light": 0.1}
#: The picture's probabilities are at least this, for a network may be wrong however sure it is.
LEAST = 2e-4
#: Names of the picture that a row keeps, and the score below which it keeps none.
SEEN, FAINT = 3, 0.01


def complete(seen: Scores) -> dict[str, float]:
    """The picture's probabilities with those of what its network does not know, none of them 0; they sum to 1.

    What `seen` leaves of 1 is shared by the names that it does not hold.
    """
    rest = LEAST + max(0.0, 1 - sum(seen.values())) / len(NAMES)
    chances = {name: seen.get(name, RARE * seen.get(UNSEEN.get(name, ""), 0.0)) + rest for name in NAMES}
    for name, share in STAINED.items():
        moved = max(0.0, share * chances[name] - chances[IMMUNO])
        chances |= {name: chances[name] - moved, IMMUNO: chances[IMMUNO] + moved}
    whole = sum(chances.values())
    return {name: chance / whole for name, chance in chances.items()}


def posterior(seen: Scores, cues: Sequence[Cue]) -> dict[str, float]:
    """The chance of each modality by picture and text; they sum to 1."""
    chances = complete(seen)
    named = _named(cues)
    if named:
        score = max(cue.score for cue in cues)
        share = len(named) / len(NAMES)
        meant, other = score / share, (1 - score) / (1 - share)
        chances = {name: chance * (meant if name in named else other) for name, chance in chances.items()}
        whole = sum(chances.values())
        chances = {name: chance / whole for name, chance in chances.items()}
    return chances


def _named(cues: Sequence[Cue]) -> set[str]:
    """The modalities that cues name.

    Antibodies outrank other stains unless these are named as surely: sections so stained have a stroma, too.
    """
    cued = {cue.name for cue in cues}
    named = {name for name in NAMES if covers(cued, name)}
    antibodies = max((cue.score for cue in cues if cue.name == IMMUNO), default=0.0)
    surely = {cue.name for cue in cues if cue.score >= antibodies}
    return named - (set(STAINED) - surely) if antibodies else named


def outranked(own: Sequence[_Read], whole: Sequence[_Read]) -> list[_Read]:
    """The cues of a panel's text: its own words, and of the whole text what makes a top level of theirs more precise.

    All of the whole text where its own words name nothing.
    """
    if not own:
        return list(whole)
    named = {cue.name for cue, _ in own}
    return [*own, *(read for read in whole if read[0].name not in named and top_of(read[0].name) in named)]


def covers(named: set[str], modality: str) -> bool:
    """Whether a modality is among those named, by itself or by its top level."""
    return modality in named or top_of(modality) in named


def decide(chances: Scores) -> str | None:
    """The likeliest modality of the likeliest top level, None where that is too uncertain."""
    tops = {top: sum(chance for name, chance in chances.items() if top_of(name) == top) for top in TOPS}
    best = max(tops, key=tops.__getitem__)
    if tops[best] < CERTAIN:
        return None
    return max((name for name in chances if top_of(name) == best), key=chances.__getitem__)


def looks(seen: Scores) -> list[Row]:
    """What the picture looks like, best first."""
    best = sorted(seen.items(), key=lambda each: (-each[1], each[0]))[:SEEN]
    return [{"name": name, "score": score} for name, score in best if score >= FAINT]


def evidence(seen: Scores, cues: Sequence[tuple[Cue, str]]) -> list[Row]:
    """Each evidence with its score: names in the text, the surest and first of each modality, then the picture's."""
    best: dict[str, tuple[Cue, str]] = {}
    for cue, words in cues:
        if cue.name not in best or cue.score > best[cue.name][0].score:
            best[cue.name] = cue, words
    text = [
        {"source": "text", "name": name, "score": cue.score, "detail": words} for name, (cue, words) in best.items()
    ]
    return text + [{"source": "picture", **each, "detail": None} for each in looks(seen)]
