"""The sentences behind the last letter: which still speak of its panel, and from which on they speak of all.

"(B) Liver. The arrow shows a cyst. | Scale bar: 50 μm. CT: ..." A conditional logit over the places where the
remarks may begin; each sentence behind that place adds its features, so words that are frequent there pull it forward.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence

from transforms.captions.parts import Span
from transforms.captions.weights import model, score

_WORD = re.compile(r"[^\W\d_]+|\d+|[=*<×%]")
#: What kind of remark a word points to …
_KINDS = {
    "bar": "scale bar bars magnification magnifications magnified × scalebar",
    "stat": "< ± mean means sd sem se s error errors test tests significant significance anova values",
    "all": "all each both every panels images",
    "mark": "arrow arrows arrowhead arrowheads asterisk asterisks star stars circle circles triangle triangles square "
    "squares dashed dotted line lines color colors colour colours red green blue white black",
    "stain": "stain stains stained staining counterstain counterstained nuclei dapi eosin",
    "source": "reprinted reproduced adapted modified courtesy permission methods supplementary text",
}
_CUES = {word: kind for kind, listed in _KINDS.items() for word in listed.split()}
#: … or how it begins.
_BEGINS = (
    ("short", re.compile(r"\W*abbrev|\W*\w{1,6}(?:\s?[=:]\s|,\s\w+(?:\s\w+){0,4};)")),
    ("note", re.compile(r"\W*(?:note|it|this|these|here|there|they|its|in contrast|however)\b")),
)
#: What usually speaks of all panels, unless each letter has it: "(A) Liver. Bar: 1 mm. (B) Lung. Bar: 2 mm."
_USUAL = re.compile(
    r"\W*(?:(?:scale\s?|error )?bars?\b|(?:original )?magnifications?\b|abbreviations?\b"
    r"|all (?:panels|images|scale|data)\b|in all\b|see also\b|see (?:the )?(?:text|methods|supplement\w*)\b"
    r"|(?:further|additional|more) (?:details|information)\b)"
)
#: What speaks of a place within the last panel: "Right, the same at 4 h." Several panels may be of all letters.
_WITHIN = re.compile(
    r"\W*(?:the )?(?:left|right|top|bottom|upper|lower|middle|inset)(?: panel| image)?(?:[,:)]| shows?\b)"
)
#: The words of a sentence weigh more than each of these levels that they pass.
_LEVELS = range(-3, 5)
_STEPS = [f"word>{level}" for level in _LEVELS]
#: How much the rules weigh beside what was learnt.
SURE = 3.0
Features = list[str]


def remarks_from(
    caption: str, run: Sequence[Span], own: Span, lead: str, inner: Sequence[str], layout: str
) -> tuple[int, float]:
    """From which sentence of `run` on they speak of all panels (len(run): none do), and the chance of that.

    `own`: the text of the last letter, right before the run; `lead`: the text before the letters; `inner`: the
    sentences without letters that follow earlier letters; `layout`: ahead or behind.
    """
    learnt = model()["remark"]
    scores = [0.0]
    for features in reversed(features_of(caption, run, own, lead, inner, layout)):
        weight = score(learnt, features)
        if "echo" in features or "within" in features:
            weight = min(weight, 0.0) - SURE
        elif "usual" in features:
            weight += SURE
        scores.append(scores[-1] + weight)
    scores.reverse()
    top = max(scores)
    return scores.index(top), 1.0 / sum(math.exp(each - top) for each in scores)


def features_of(
    caption: str, run: Sequence[Span], own: Span, lead: str, inner: Sequence[str], layout: str
) -> list[Features]:
    """The features of each sentence of a run."""
    mine, before = _content(_words(caption[slice(*own)])), _content(_words(lead))
    others = [_words(sentence) for sentence in inner]
    known = {_CUES[word] for words in others for word in words if word in _CUES}
    usual = model()["word"]
    starts = {tuple(words[:2]) for words in others}
    # Where earlier letters have sentences of their own, so may the last.
    common = ["bias", layout, f"inner{min(len(inner), 2)}"]
    made = []
    for place, (start, end) in enumerate(run):
        text = caption[start:end].casefold()
        spoken = _words(text)
        words = _said(spoken)
        content = _content(spoken)
        cues = sorted({_CUES[word] for word in _CUES.keys() & words})
        cues += [name for name, begins in _BEGINS if begins.match(text)]
        order = "later" if place else "first"
        alike, led = len(content & mine), len(content & before)
        features = [
            *common,
            *_STEPS[: bisect_left(_LEVELS, score(usual, words))],
            order,
            "end" if place + 1 == len(run) else "more",
            "long" if len(words) > 20 else "middle" if len(words) > 8 else "short",
            f"own{min(alike, 3)}",
            f"lead{min(led, 2)}",
            "nearer" if alike > led else "farther" if led > alike else "even",
            f"{layout} {order}",
        ]
        features += [f"again {name}" for name in cues if name in known]
        for cue in [f"cue {name}" for name in cues] or ["no cue"]:
            features += [cue, f"{order} {cue}"]
        features += ["echo"] * (not place and tuple(spoken[:2]) in starts)
        features += ["within"] * (_WITHIN.match(text) is not None)
        features += ["usual"] * (_USUAL.match(text) is not None)
        features.append("^" + (spoken[0] if spoken else ""))
        made.append(features)
    return made


def sentence_words(text: str) -> set[str]:
    """The words of a sentence, numbers as one, and how it begins."""
    return _said(_words(text))


def _said(spoken: list[str]) -> set[str]:
    words = ["0" if word.isdigit() else word for word in spoken]
    return {*words, "^" + " ".join(words[:2]), "^" + " ".join(words[:1])}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _content(words: list[str]) -> set[str]:
    """The longer words."""
    return {word for word in words if len(word) > 4}
