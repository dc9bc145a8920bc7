"""Cues: the words that deny a concept, or that leave open whether it is there.

A cue is a pattern in small letters. Its kind tells what it means and where it stands: "before" what it speaks of ("no
fracture"), "after" a subject ("fracture is not seen"), behind an item as its "answer" ("fracture: none"), before a
"bracket" or a colon with a list, "between" two diagnoses, or as an "adjective" behind a noun ("CD3 negative").
"""

import re


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern in which a blank stands for up to three, and " ?" for none as well."""
    return re.compile(pattern.replace(" ?", "\0").replace(" ", " {1,3}").replace("\0", " {0,3}"))


_BE = r"(?:is|are|was|were|be|been|being|remains?|remained|appears?|appeared|has been|have been|had been)"
_HAVE = r"(?:has|have|had|having)"
_SEEN = (
    r"(?:seen|visible|visuali[sz]ed|identified|identifiable|detected|detectable|demonstrated|demonstrable|observed|"
    r"found|present|evident|noted|apparent|appreciated|recogni[sz]ed|encountered|discernible|delineated|palpable|"
    r"expressed|confirmed|reported|recorded|elicited|isolated|recovered|grown|revealed)"
)
#: A treatment or a test is denied so; "not shown" is no denial, for that is what a picture leaves out.
_DONE = r"(?:performed|done|carried out|undertaken|administered|required|needed|used)"
_SHOW = (
    r"(?:show|reveal|demonstrate|identify|detect|visuali[sz]e|contain|exhibit|display|express|have|develop|find|see|"
    r"indicate|suggest|include|present|receive|undergo|require|need|experience|report|cause|"
    r"(?:stain|react|label)(?: for| with)?|complain of|suffer from)"
)
_SUBTLE = r"(?:entirely|completely|fully|definitely|definitively|confidently|reliably|clearly|yet|longer)"
_STAIN = (
    r"(?:(?:immuno)?(?:stain(?:ing|s)?|reactivity|expression|labell?ing|histochemi(?:stry|cal)(?: stain(?:ing|s)?)?)|"
    r"positivity|reaction|results?|test(?:s|ing)?|serology|signals?)"
)
#: "no clear evidence of": belongs to the cue, not to what it reaches.
_EVIDENCE = (
    r"(?:(?: \w+){0,2}? (?:evidence|signs?|indications?|features?|history|suspicion|suggestion|traces?|hint|findings?|"
    r"complaints?|symptoms?|stigmata|clues?) (?:of|for|that|to suggest|suggesting|indicating|suggestive of|"
    r"suspicious for)(?: (?:an?|any|the)(?= ))?)?"
)
_TO_BE = (
    r"(?: to (?:be|represent|reflect|have|indicate)| represent(?:s|ing)?| reflect(?:s|ing)?| (?:due|related|"
    r"secondary) to| caused by)?"
)
_GRADED = r"(?:partial(?:ly)?|partly|incomplete(?:ly)?|almost|nearly|largely|mostly|not|un|well|better|poorly)"
_FULLY = rf"(?!{_GRADED}\b)(?:\w+ly|since|now|also|all|both|by then)"
#: What comes behind a denial that ends its clause.
_END = (
    r"(?= ?(?:[.,;:()\]/|]|$)| (?:in|on|at|by|after|with|without|within|during|bilaterally|and|but|while|whereas|"
    r"here)\b)"
)
_ABSENT = (
    rf"(?:absent|lacking|missing|(?:none|nil)(?: {_SEEN})?|negative(?! for)|neg|ruled out|excluded|resolved|"
    rf"not (?:{_SEEN}|{_DONE}))"
)
#: The hyphen, the minus and the dashes that stand for "negative".
MINUS = r"[-\u2010-\u2014\u2212]"

#: Markers of tumours and cells that a lone minus or "negative" denies.
MARKERS = r"(?:cd\d+\w*|ck\d+\w*|er|pr|ar|her-?2|s-?100|bcl-?\d+|ttf-?1|sox10|gfap|ema|hmb45|tdt|mum1)"

_DOUBTFUL = (
    r"(?:suspected|possible|probable|likely|presumed|unlikely|questionable|equivocal|uncertain|unclear|doubtful|"
    r"indeterminate)"
)
_NOT_EXCLUDED = rf"(?:can ?not|could not|can['\u2019]t) be(?: {_SUBTLE})? (?:excluded|ruled out|confirmed)"
#: What is still to be done about a suspicion.
_SETTLED = r"(?:\w+ly )?(?:excluded|ruled out|confirmed|proven|verified)"

CUES = {
    "pseudo": [
        # what does not change is there
        r"(?:no|without)(?: any)? (?:(?:statistically|significant|significantly|further|interval|clear|obvious|major|"
        r"adverse|direct|relevant|appreciable|substantial) )*(?:increase|decrease|change|difference|correlation|"
        r"association|relation|relationship|effect|impact|influence|improvement|progression|response|delay|difficulty|"
        r"interruption)s?(?= (?:of|in|on|to|between|with|for|from|after|was|were|is|are|at|over|among)\b| ?[.,;:)(]|$)",
        r"nos?\. ?\d",
        r"no[-\u2010\u2011]\w+",  # no-reflow, no-touch, the ones that are names
        r"no (?:one|doubt|matter|more than|less than|fewer than|later than|longer than|greater than|larger than)",
        r"oxide ?\( ?no ?\)",
        r"nil (?:by mouth|per os)",
        r"(?:gram|triple|double|false|true|rh|quadruple)[-\s]negative",
        r"negative[-\s](?:predictive|control|pressure|contrast|feedback|regulat\w+|selection|charge|correlat\w+|ions?)",
        r"(?:cell|germ|pathogen|serum|scale)-free",
        r"(?:disease|event|progression|relapse|recurrence|metastasis|tumou?r|failure)[-\s]free survival",
        r"not (?:only|just|necessarily|merely|to scale|drawn|uncommon|infrequent|rare|all|every)",
        r"with(?:out)?(?: ?\([^)]*\))? (?:or|and|and/or) with(?:out)?",
        r"(?:presence|absence)(?: ?\([^)]*\))? (?:or|and|and/or) (?:the )?(?:presence|absence)(?: of)?",
        r"(?:as|if|where|when|whenever|not|made) possible(?: to)?|(?:is |are )?possible to",
        r"(?:more|less|equally|as|not) likely(?: to)?",
        # what could be done
        r"(?:could|would) be \w+(?:ed|en|ught|wn)\b(?<!related)(?<!caused)(?<!infected)(?<!associated)",
        rf"(?:{_BE} )?(?:therefore |\w+ly )?excluded (?:from|if|when|because|due)",  # of a study
        rf"{_BE} resolved (?:by|using|on|in)",  # on a gel
        rf"{_GRADED} (?:completely |fully )?(?:resolved|cleared|disappeared|absent)",
        rf"{_GRADED} (?:resolution|disappearance|clearance|loss) of",
    ],
    "uncertain_answer": [
        rf"[(\[] ?{_DOUBTFUL} ?[)\]]",
        # "fracture: possible", "fracture - cannot be excluded", "fracture: ?"
        rf"(?:[:=] ?|(?<=\s){MINUS} ?)(?:(?:(?:most|more|very|highly) )?{_DOUBTFUL}|{_NOT_EXCLUDED}|"
        rf"not(?: {_SUBTLE})? (?:excluded|ruled out)|to be {_SETTLED}){_END}",
        r"[:=] ?\?(?! ?\w)",
    ],
    "uncertain_after": [
        _NOT_EXCLUDED,
        r"(?:must|should|needs? to|ha(?:s|ve|d) to)(?: also| first| still| \w+ly)? be (?:excluded|ruled out)"
        r"(?! (?:from|if|when))",
        rf"(?:(?:{_BE}|has|have)(?: (?:yet|still|\w+ly))? |(?<!able\s)(?<!found\s)(?<!shown\s))"
        rf"to be {_SETTLED}(?! (?:from|if|when))",
        rf"{_BE} not(?: {_SUBTLE})? (?:excluded|ruled out)",
        rf"{_BE} (?:considered |thought |deemed |felt )?(?:\w+ly )?(?:suspected|possible|probable|(?:most |more |"
        rf"less )?likely|"
        r"unlikely|questionable|equivocal|presumed|uncertain|unclear|suggested)(?! (?:to|for|an?|the|due|whether|"
        r"if)\b)",
        r"unlikely(?! to)|(?:suspected|possible|probable|likely|not excluded|not ruled out)(?= ?(?:[.;)]|$)| (?:on|"
        r"by)\b)",
        rf"{_BE} (?:also )?considered(?= ?(?:[.;,)]|$))",
        rf"{_BE} (?:also )?(?:considered )?(?:in|part of) the differential",
    ],
    "uncertain_before": [
        rf"(?:can ?not|could not|can['\u2019]t|does not|do not|did not)(?: {_SUBTLE})? (?:rule out|exclude)",
        r"(?:may|might|could|would)(?: also| well| possibly| potentially)? (?:represent|reflect|indicate|suggest|"
        rf"correspond to|result from|be(?: due to| related to| caused by| a sign of)?)(?! {_SEEN}| used| not)",
        rf"possible|possibilit(?:y|ies) of|probable|unlikely to (?:be|represent)|presum(?:ed|ptive){_TO_BE}",
        rf"(?:possibly|probably|perhaps|presumably|(?:most |very |more )?likely){_TO_BE}",
        r"putative|questionable|equivocal(?: for)?|indeterminate for|tentative",
        r"suspect(?:ed|ing)?(?: of| to| as)?(?: having| have| be)?|suspicio(?:n|us) (?:for|of)",
        r"concern(?:ing)? for|worrisome for|suggest(?:s|ed|ing|ive)?(?: of| for| that)?|thought to (?:be|represent)",
        r"(?<=[,;:(.]\s)query|(?<=\()query|\Aquery",
        r"(?:in favou?r of|favou?r(?:s|ing|ed))",
        r"mimic(?:s|king|ked)?",
        r"(?:to )?(?:rule out|exclude)|r/o",
        r"(?:evaluat(?:e|ed|ion|ing)|assess(?:ed|ment|ing)?|screen(?:ed|ing)?|work-?up|look(?:ed|ing)?|"
        r"search(?:ed|ing)?|checked) for",
        r"differential diagnos[ei]s(?: (?:of|is|are|was|were|between))?(?: ?:)?",
        r"(?:differential(?: (?:diagnos[ei]s|considerations?))?|ddx)"
        r"(?: (?:would |may |also )*(?:includ(?:es?|ed|ing)|comprises?)(?: ?:)?| ?:)",
        r"(?:unclear|uncertain|unknown|determine|not certain) (?:whether|if)",
    ],
    "uncertain_between": [r"vs(?: ?\.)?|versus"],
    "negated_bracket": [rf"negative(?: {_STAIN})?(?= ?[(\[:] ?\w)"],
    # "negative HER2 staining", "loss of MLH1 expression"; a loss of signal or of height is no absence
    "negated_stain": [
        rf"(?:negative|(?:complete )?loss of(?: nuclear| protein| the)?(?: (?:expression|staining) of)?)"
        rf"(?=(?: (?!for\b|of\b|in\b|with\b)[\w/-]+){{1,4}} {_STAIN}\b)",
        r"loss of (?:nuclear |protein )?(?:expression|staining) (?:of|for)",
    ],
    "negated_answer": [
        # "fracture: none", "fracture - not seen", "A, B and C: all negative"
        rf"(?:[:=;] ?|(?<=\s){MINUS} ?|[\u2013\u2014] ?|(?<=\w)- )(?:all |both |each )?(?:were |was |are |is )?"
        rf"(?:no(?= ?(?:[.,;)/|]|$))|{_ABSENT}{_END})",
        rf"[(\[] ?(?:no|absence|{_ABSENT}) ?[)\]]",
        r"(?:absent|none|nil|ruled out|excluded|negative(?! for\b))"
        r"(?= ?(?:[.,;:)\]/|]|$)| (?:in|on|at|by|after|bilaterally)\b(?!-))",
        r"no(?= ?(?:[,;)]|\.?$))|(?:all|both) (?:negative|absent)(?! for\b)",
    ],
    "negated_after": [
        rf"(?:(?:{_BE} (?:found|shown|seen|noted) )?to be|{_BE}|could be|can be)"
        r"(?: \w+ly| all| both| also| now| therefore| already)?"
        r" (?:absent|excluded|ruled out|lacking|missing|negative(?! for)|gone|denied)",
        r"(?:tested|stained|came back|turned out|returned)(?: to be)? negative(?! for)",
        rf"(?:{_BE}|could be|can be)(?: also| all| both)? (?:not|never)(?: {_SUBTLE})? (?:{_SEEN}|{_DONE})",
        rf"(?:can ?not|could not|(?:can|could)n?['\u2019]t)(?: {_SUBTLE})? be(?: {_SUBTLE})? {_SEEN}",
        rf"(?:is|are|was|were)n['\u2019]t(?: {_SUBTLE})? (?:{_SEEN}|{_DONE})",
        r"(?:expression|staining|(?:immuno)?reactivity) (?:is|was) (?:\w+ly )?lost",
        r"(?:is|are|was|were) not(?= ?(?:[.;,)]|$))",
        rf"(?:do|does|did|has|have|had) not (?:occur(?:red)?|develop(?:ed)?|arise|ensue|happen){_END}",
        rf"(?:{_BE} )?not given{_END}|(?:not|never)(?: {_SUBTLE})? (?:{_SEEN}|{_DONE})|"
        rf"(?:{_BE} )?no longer(?: {_SUBTLE})? (?:{_SEEN}|there)",
        rf"(?:(?:is|are|was|were) (?:shown|seen|found|noted) to )?{_HAVE}(?: {_FULLY})*"
        r" (?:resolved|disappeared|vanished|cleared|subsided|regressed completely)",
        rf"{_BE}(?: {_FULLY})? resolved|disappeared|vanished",
        r"resolved(?= ?(?:[.;,)]|$)| (?:completely|fully|spontaneously|after|within|following|on|without)\b)",
    ],
    "negated_before": [
        r"(?:no|none of the) (?:patient|case|subject|animal|participant|mouse|mice|rat|specimen|sample)s? "
        r"(?:had|has|have|showed|shows?|developed|revealed|with|reported|experienced)",
        rf"(?:no longer|never) (?:{_HAVE}|show(?:s|ed)|demonstrate[sd]|reveal(?:s|ed)|contain(?:s|ed)|exhibit(?:s|ed))",
        rf"(?:no|without|w/o|absence of|lack(?:s|ed|ing)?(?: of)?|(?:negative|non-?reactive) (?:for|to)|neither|nor|"
        rf"nil)(?: any)?{_EVIDENCE}",
        rf"negative {_STAIN} (?:for|with|of|to)|negative(?= {MARKERS}\b)",
        r"(?<!\bof\s)missing(?= \w)(?! (?:data|values?|in|on|from|at|and|or|the)\b)",
        r"absence of the|absent|(?:free|clear) (?:of|from)|devoid of|rather than|instead of",
        r"(?:(?:complete|full) )?(?:resolution|disappearance) of(?: the)?|"
        r"resolved(?= \w)(?! (?:in|by|using|on|upon|with|to|after|within|following|at|from|during|under|\w+ly)\b)",
        rf"fail(?:s|ed|ing|ure)? to {_SHOW}|(?:is|are|was|were)(?: not|n['\u2019]t) any",
        rf"(?:(?:do|does|did|could|can|has|have|had) ?not|(?:do|does|did|has|have|had)n['\u2019]t|unable to|never) "
        rf"(?:{_SHOW}(?:n|ed|d)?|had|shown|seen|received)",
        r"not (?:(?:show|reveal|contain|demonstrat|hav)ing|(?:positive|(?:immuno)?reactive|stained|staining) (?:for|"
        r"with)|(?:accompanied|complicated|caused|treated) (?:by|with)|due to|given)|(?:is|are|was|were) not an?",
        r"(?:rules|ruled|ruling) out|exclud(?:es|ed|ing)|exclusion of|den(?:y|ies|ied|ying)|(?:\A|(?<=[.:;,]\s)|"
        r"(?<=\band\s)|(?<=\bbut\s))not(?: for| with)?",
    ],
    "negated_adjective": [
        r"negative(?! (?:for|to|is|was|are|were|after)\b)(?= \w)",
        r"(?<=\w\s)free(?= ?(?:[.,;)]|$)| (?:margins?|intervals?|periods?)\b)",
    ],
}

#: How the first words of cues begin: cues are sought nowhere else.
_FIRST = (
    "no|none|not|nor|nos|neither|nil|never|negative|non-|non\u2010|non\u2011|non|without|w/o|with or|with and|with (|"
    "absen|lack|missing|free|clear|rather|instead|complete|full|resol|disappear|vanish|fail|do|did|can|could|ha|"
    "unable|rul|excl|den|loss|is|are|was|were|be|remain|appear|to|test|stain|came|turn|return|all|both|may|might|"
    "would|possib|probab|perhaps|query|most|very|more|likely|unlikely|presum|putative|question|equivocal|"
    "indeterminate|tentative|sus|concern|worrisome|sugg|thought|in f|favo|mimic|r/o|evaluat|assess|screen|work|look|"
    "search|check|diff|ddx|unc|unknown|determine|must|should|need|vs|versus|gram|triple|double|false|true|rh|"
    "quadruple|cell|germ|pathogen|serum|scale|disease|event|progression|relapse|recurrence|metasta|tumo|presence|"
    "oxide|expression|immunor|reactivity|as |if |whe|made|equally|less|part|incomplete|almost|nearly|largely|mostly|"
    "un|well|better|poorly"
)


def _guard(words: str) -> str:
    """A pattern for the beginnings of words, sorted by their letters so that it fails soon."""
    by_letter: dict[str, list[str]] = {}
    for word in words.split("|"):
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]).replace("\\ ", " "))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())


#: A word that may stand behind "? " as what is asked.
_ASKED = r"(?!(?:in|on|at|of|the)\b)\w"
_GROUPS = "|".join(f"(?P<{kind}>{'|'.join(cues)})" for kind, cues in CUES.items())
CUE = compiled(
    rf"(?:(?<!\w)(?={_guard(_FIRST)})|(?=[:;=(\[\u2013\u2014] ?[a-z?]|(?:-(?<=\s.)|- ) ?[a-z]))"
    rf"(?:(?:{_GROUPS})(?!\w)|non[-\u2010\u2011](?P<negated_next>\w+))"
    rf"|(?P<uncertain_before_mark>(?<!\w)(?<!\d\s)\? ?(?={_ASKED}))"
    rf"|(?P<uncertain_after_mark>(?<=\w)(?:\?| \?(?! ?{_ASKED})))"
)
WORD = re.compile(r"[a-z0-9]+")
_HINTS = """
    no none not non nor neither nil never nos negative neg nonreactive w cannot t without absent absence lack lacks
    lacked lacking missing devoid free clear rather instead resolution resolved disappearance disappeared vanished
    cleared subsided regressed gone lost loss fail fails failed failing failure unable rule rules ruled ruling
    exclude excludes excluded excluding exclusion deny denies denied denying may might could would possible possibly
    possibility possibilities probable probably perhaps query likely unlikely presumed presumably presumptive
    putative questionable equivocal indeterminate tentative suspect suspected suspecting suspicion suspicious
    concern concerning worrisome suggest suggests suggested suggesting suggestive thought considered favor favors
    favored favoring favour favours favoured favouring mimic mimics mimicking mimicked r evaluate evaluated
    evaluation evaluating assess assessed assessment assessing screen screened screening workup work look looked
    looking search searched searching checked differential ddx considerations unclear uncertain unknown determine
    certain vs versus confirmed proven verified doubtful
"""
#: One of these words, or a question mark, is in every cue: most captions hold none of them and are done.
HINTS = frozenset(_HINTS.split())
