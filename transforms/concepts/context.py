"""Context: where a text says that something is absent, and where it leaves open whether it is there.

After NegEx (Chapman, Bridewell, Hanbury, Cooper, Buchanan: A simple algorithm for identifying negated findings and
diseases in discharge summaries. J Biomed Inform 2001; 34: 301-310) and ConText (Harkema, Dowling, Thornblade, Chapman.
J Biomed Inform 2009; 42: 839-851): cues reach forwards or backwards over a few words, up to what ends their scope, and
some phrases look like a cue and are none. Scopes are made for captions: a place is not absent because nothing is seen
there ("no fracture of the femur"), and a panel marker, a bracket or a new clause ends them all.
"""

import re
from typing import NamedTuple

#: How many words a cue reaches.
WINDOW = 8
#: How far back they are looked for.
_CHARACTERS = 200


class Scope(NamedTuple):
    """What a cue reaches, in code points: the concepts that begin in `begin:end` and end by `limit`."""

    begin: int
    end: int
    limit: int

    def reaches(self, start: int, end: int) -> bool:
        """Whether it reaches the concept at `start:end`."""
        return self.begin <= start < self.end and end <= self.limit


class Context(NamedTuple):
    """The scopes of all cues of a text."""

    negations: list[Scope]
    uncertainties: list[Scope]

    def negated(self, start: int, end: int) -> bool:
        """Whether the text says that the concept at `start:end` is absent."""
        return any(scope.reaches(start, end) for scope in self.negations)

    def uncertain(self, start: int, end: int) -> bool:
        """Whether the text leaves open if the concept at `start:end` is there; what is negated is not uncertain."""
        return any(scope.reaches(start, end) for scope in self.uncertainties) and not self.negated(start, end)


_BE = r"(?:is|are|was|were|be|been|being|remains?|appears?)"
_SEEN = (
    r"(?:seen|visible|visuali[sz]ed|identified|identifiable|detected|detectable|demonstrated|observed|found|present|evident|"
    r"noted|apparent|appreciated|recogni[sz]ed|encountered|discernible)"
)
_SHOW = (
    r"(?:show|reveal|demonstrate|identify|detect|visuali[sz]e|contain|exhibit|display|express|have|develop|find|see|"
    r"indicate|suggest|include|present)"
)
_SUBTLE = r"(?:entirely|completely|fully|definitely|definitively|confidently|reliably|clearly|yet)"
#: "no clear evidence of": belongs to the cue, not to what it reaches.
_EVIDENCE = (
    r"(?:(?:\s\w+){0,2}?\s(?:evidence|signs?|indications?|features?|history|suspicion|suggestion|traces?|hint|findings?)"
    r"\s(?:of|for|that|to\ssuggest|suggesting|suggestive\sof|suspicious\sfor)(?:\s(?:an?|any|the)(?=\s))?)?"
)

_CUES = {
    "pseudo": [
        r"no (?:(?:statistically|significant|significantly|further|interval|clear|obvious|major|adverse|direct) )*"
        r"(?:increase|decrease|change|difference|correlation|association|relation|relationship|effect|impact|influence|"
        r"improvement|progression|response)s?",
        r"no\.\s*\d",
        r"no (?:one|doubt|matter)",
        r"(?:gram|triple|double|false|true|rh)[- ]negative",
        r"(?:cell|germ|pathogen)-free",
        r"(?:disease|event|progression|relapse|recurrence|metastasis|tumou?r|failure)-free survival",
        r"not (?:only|just|necessarily|merely|to scale|drawn|uncommon|infrequent|rare)",
        r"with(?:out)?(?:\s?\([^)]*\))? (?:or|and|and/or) with(?:out)?",
        r"(?:presence|absence)(?:\s?\([^)]*\))? (?:or|and|and/or) (?:the )?(?:presence|absence)(?: of)?",
        r"without (?:difficulty|interruption|any change|change)",
        r"(?:as|if|where|when|whenever|not|made) possible(?: to)?",
        r"(?:is |are )?possible to",
        r"(?:more|less|equally|as|not) likely(?: to)?",
    ],
    "uncertain_before": [
        rf"(?:can ?not|could not|can't|does not|do not|did not)(?: {_SUBTLE})? (?:rule out|exclude)",
        r"(?:may|might|could|would)(?: also| well)? (?:represent|reflect|indicate|suggest|correspond to|result from|"
        rf"be(?: due to| related to| caused by| a sign of)?)(?! {_SEEN}| used)",
        r"possible|possibly|possibilit(?:y|ies) of|probable|probably",
        r"(?:most |very )?likely|unlikely to (?:be|represent)",
        r"presum(?:ed|ably|ptive)|putative|questionable|equivocal(?: for)?",
        r"suspect(?:ed|ing)?(?: of| to)?(?: having| have| be)?|suspicio(?:n|us) (?:for|of)",
        r"concern(?:ing)? for|worrisome for|suggest(?:s|ed|ing|ive)?(?: of| for| that)?|thought to (?:be|represent)",
        r"mimic(?:s|king|ked)?",
        r"(?:to )?(?:rule out|exclude)|r/o",
        r"(?:evaluat(?:e|ed|ion|ing)|assess(?:ed|ment|ing)?|screen(?:ed|ing)?|work-?up|look(?:ed|ing)?|"
        r"search(?:ed|ing)?|checked) for",
        r"differential diagnos[ei]s(?: (?:of|includes?|included|including|is|are|was|were|between))?:?",
        r"(?:unclear|uncertain|unknown|determine|not certain) (?:whether|if)",
    ],
    "uncertain_after": [
        rf"(?:can ?not|could not|can't) be(?: {_SUBTLE})? (?:excluded|ruled out|confirmed)",
        r"(?:must|should|needs? to|ha(?:s|ve) to) be (?:excluded|ruled out)",
        rf"{_BE} not(?: {_SUBTLE})? (?:excluded|ruled out)",
        rf"{_BE} (?:\w+ly )?(?:suspected|possible|probable|(?:most )?likely|unlikely|questionable|equivocal|presumed|"
        r"uncertain|unclear)(?! (?:to|for|an?|the|due|whether|if)\b)",
        r"unlikely",
        rf"{_BE} (?:also )?(?:considered )?(?:in|part of) the differential",
    ],
    "negated_after": [
        rf"(?:{_BE}|has been|have been|could be|can be) (?:absent|excluded|ruled out|lacking)",
        rf"(?:{_BE}|has been|have been|could be|can be) not(?: {_SUBTLE})? (?:{_SEEN}|shown)",
        rf"(?:can ?not|could not|can't)(?: {_SUBTLE})? be(?: {_SUBTLE})? {_SEEN}",
        rf"not {_SEEN}|(?:{_BE} )?no longer {_SEEN}",
        r"ha(?:s|ve|d)(?: completely)? (?:resolved|disappeared|vanished)",
    ],
    "negated_before": [
        r"(?:no|none of the) (?:patient|case|subject|animal|participant|mouse|mice|rat|specimen|sample)s? "
        r"(?:had|has|have|showed|shows?|developed|revealed|with|reported|experienced)",
        rf"(?:no|without|w/o|absence of|lack(?:s|ed|ing)?(?: of)?|negative for|neither|nor){_EVIDENCE}",
        r"absence of the|absent|free (?:of|from)|devoid of|rather than",
        r"(?:(?:complete|full) )?(?:resolution|disappearance) of",
        rf"fail(?:s|ed|ing|ure)? to {_SHOW}",
        rf"(?:(?:do|does|did|could|can|has|have) ?not|unable to|never) {_SHOW}(?:n|ed|d)?",
        r"(?:rules|ruled|ruling) out|exclud(?:es|ed|ing)|exclusion of|den(?:y|ies|ied|ying)|(?<=, )not|(?<=and )not",
    ],
}
_GROUPS = "|".join(f"(?P<{kind}>{'|'.join(cues)})" for kind, cues in _CUES.items())
_CUE = re.compile(
    r"(?:(?<!\w)|(?=\?))(?:"  # nowhere within a word, which spares most places the rest
    rf"\b(?:{_GROUPS})(?!\w)"
    r"|\bnon[-\u2010\u2011](?P<negated_next>\w+)|\b(?P<negated_last>\w+)[-\u2010\u2011](?:negative|free)\b"
    r"|(?P<uncertain_before_mark>(?<!\w)\?\s?(?=\w))|(?P<uncertain_after_mark>(?<=\w)\?)"
    r")"
)
#: One of these is in every cue: most captions hold none of them and are done.
_HINTS = (
    "no ", "no.", "none ", "not ", "non-", "non\u2010", "non\u2011", "nor ", "cannot", "can't", "without", "w/o",
    "absen", "lack", "devoid", "free", "negative", "exclu", "rule", "ruling", "deni", "deny", "never", "neither",
    "fail", "unable", "resolved", "resolution of", "disappear", "vanish", "rather than", "may ", "might", "could",
    "would", "possib", "probabl", "likely", "presum", "putative", "questionabl", "equivocal", "suspic", "suspect",
    "mimic", "concern", "worrisome", "suggest", "thought to", "r/o", "evaluat", "assess", "screen", "work-up", "workup",
    "look", "search", "check", "differential", "unclear", "uncertain", "unknown", "determine", "?",
)  # fmt: skip

#: A clause ends here, in both directions.
_CLAUSE = (
    r"[.;:!?](?!\w)|\n|\(\s*[a-z]\s*\)|\b(?:but|however|although|though|yet|nevertheless|nonetheless|while|whereas|which|"
    r"that|who|because|despite)\b"
)
#: A place, a time or a means: what comes after it is not what a cue before it speaks of. "No enlargement of the nodes"
#: speaks of the enlargement, "no growth of bacteria" of both.
_PLACE = (
    r"\b(?:in|on|at|within|inside|along|around|near|adjacent to|from|into|through|between|during|after|before|"
    r"by|with|as|using|for|secondary to|due to|(?<!presence )(?<!evidence )(?<!sign )(?<!signs )(?<!growth )"
    r"(?<!formation )(?<!accumulation )(?<!expression )(?<!diagnosis )(?<!cases )(?<!sites )of)\b"
)
_VERB = (
    r"\b(?:is|are|was|were|has|have|had|remains?|appears?|undergo(?:es)?|show(?:s|ed|n|ing)?|demonstrat(?:es?|ed|ing)|"
    r"reveal(?:s|ed|ing)?|confirm(?:s|ed|ing)?|indicat(?:es?|ed|ing)|making|seen|noted|visible|identified|detected|observed|found)\b"
)
_POINTER = r"\((?:left|right|top|bottom|arrow|arrowhead|asterisk|star|red|green|blue|black|white)s?\)"
_END = re.compile(
    rf"{_CLAUSE}|{_PLACE}|{_VERB}|{_POINTER}|\b(?:except|apart|aside|other than|then|consistent|compatible)\b"
    r"|\((?!\w+\))|\]|(?<!\w)\)"
    r"|\band (?=(?:an?|the|with|normal|known|preserved|intact|mild|moderate|severe|large|small)\b)"
)
#: After such a comma a list goes on: ", B, C or D"; but not ", and the D".
_MORE = re.compile(
    r",\s+(?:[\w/-]+(?: [\w/-]+){0,3},\s+){0,8}"
    r"(?:[\w/-]+ ){0,4}?(?:or|nor|and|and/or)\s(?!(?:an?|the|with|no|without|normal)\b)"
)
_COMMA = re.compile(r",(?!\w)")
_FORWARD = re.compile(rf"(?:\W*\w+){{0,{WINDOW}}}")
_BEGIN = re.compile(rf"(?P<clause>{_CLAUSE}|[(\[])|{_VERB}")
_PLACES = re.compile(_PLACE)
_NOUN = re.compile(r"\b(?:the|an?) |, ")
_WORD = re.compile(r"\w+")
_OPEN_QUESTION = re.compile(r"\s*(?:what|how|why|which|when|where|who)\b")


def context(text: str) -> Context:
    """What the cues of `text` reach."""
    found = Context([], [])
    written, text = text, lowered(text)
    if not any(map(text.__contains__, _HINTS)):
        return found
    for cue in _CUE.finditer(text):
        meaning, _, side = str(cue.lastgroup).partition("_")
        nitric_oxide = cue.group() == "no" and written.startswith("NO", cue.start()) and not written.isupper()
        if meaning == "pseudo" or nitric_oxide:
            continue
        scope = _scope(text, cue, side)
        if meaning == "negated":
            found.negations.append(scope)
        elif not _OPEN_QUESTION.match(text, scope.begin):
            found.uncertainties.append(scope)
    return found


def _scope(text: str, cue: re.Match[str], side: str) -> Scope:
    if side.startswith("before"):
        return _scope_after(text, cue.end())
    if side.startswith("after"):
        return _scope_before(text, cue.start())
    start, end = cue.span(cue.lastgroup or 0)
    return Scope(start, end, end)


def lowered(text: str) -> str:
    """`text` in small letters, every character in its place (the capital \u0130 would become two)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def _scope_after(text: str, start: int) -> Scope:
    """The scope of a cue that ends at `start`."""
    window = _FORWARD.match(text, start)
    end = window.end() if window else start
    stop = _END.search(text, start, end)
    end = stop.start() if stop else end
    ends = (comma.start() for comma in _COMMA.finditer(text, start, end) if not _MORE.match(text, comma.start()))
    return Scope(start, next(ends, end), len(text))


def _scope_before(text: str, end: int) -> Scope:
    """The scope of a cue that begins at `end`: the subject of its clause, without the place that is named after it."""
    begin = max(0, end - _CHARACTERS)
    for stop in _BEGIN.finditer(text, begin, end):
        begin = stop.end()
        if not stop["clause"]:  # the clause before has an object: "shows a mass and edema is absent"
            begin = max(begin, text.rfind(" and ", begin, end) + 5)
    words = [word.start() for word in _WORD.finditer(text, begin, end)][-WINDOW:]
    begin = words[0] if words else end
    place = _PLACES.search(text, begin, end)
    if place and place.start() > begin:
        end = place.start()
    elif place:  # "after therapy, the effusion"
        begin = max((noun.end() for noun in _NOUN.finditer(text, place.end(), end)), default=begin)
    return Scope(begin, end, end)
