"""Boundaries: patterns of the words at which a scope ends, and of those through which it goes on."""

_SPECIES = r"(?:coli|aureus|pylori|aeruginosa|tuberculosis|pneumoniae|falciparum|vivax|albicans|gondii|difficile)\b"
#: A clause ends here, in both directions; a reference may stand glued to the full stop.
CLAUSE = (
    rf"(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)\.(?!\w| {_SPECIES})|[;:!?](?!\w)| [-\u2013\u2014] |"
    r"(?<=[a-z)])\.(?=\d{1,3} |(?:the|this|there|an?|no) )|\( ?[a-z] ?\)|"
    r"\b(?:but|however|although|though|yet|nevertheless|nonetheless|while|whereas|which|"
    r"that|who|because|despite)\b"
)
#: Words whose "of" or "for" leads to what the cue speaks of as well: "no growth of bacteria", "no staining for CD3".
THROUGH = (
    r"(?:(?:presence|evidence|signs?|growth|formation|accumulation|expression|diagnos[ei]s|cases?|sites?|symptoms?|"
    r"features?|(?:immuno)?(?:staining|reactivity|labell?ing)|positivity|possibility|suspicion|deposition|history|"
    r"kinds?|types?|need|areas?|foc(?:us|i)|coloni(?:es|zation)|bands?|deposits?|clusters?|episodes?) (?:of|for|"
    r"with)\b|(?:such as|including)\b|"
    # of the finding's own name: "bleeding on probing", "shortness of breath"
    r"(?:on|to|with|upon|at) (?:probing|palpation|percussion|auscultation|pressure|touch|motion|movement|exertion|"
    r"effort|rest|exercise|swallowing|chewing|biting|walking|coughing|inspiration|flexion|extension)\b|"
    r"(?:shortness|loss) of (?:breath|consciousness|appetite|weight|vision|hearing|smell|taste|sensation)\b)"
)
TEST = (
    r"(?:tests?|testing|cultures?|serology|serologies|smears?|pcr|biops(?:y|ies)|stain(?:s|ings?)?|work-?up|"
    r"screen(?:ing)?|cytology|assays?|results?|ihc|fish|hybridi[sz]ation|immuno(?:stain(?:s|ing)?|histochemistry|"
    r"fluorescence|peroxidase))"
)
#: These colour a tissue, and are not what is looked for in it.
STAINS = (
    r"(?:congo red|pas|periodic acid[- ]schiff|ziehl[- ]neelsen|gram|gms|grocott|giemsa|mucicarmine|alcian blue|"
    r"prussian blue|trichrome|von kossa|immunohistochemical|immunoperoxidase|in situ)"
)
#: A place, a time or a means: what comes after it is not what a cue before it speaks of. "No enlargement of the nodes"
#: speaks of the enlargement, "no growth of bacteria" of both.
PLACE = (
    r"\b(?:in|on|at|to|within|inside|outside|along|around|near|adjacent to|from|into|onto|through|throughout|between|"
    r"beyond|over|across|above|below|beneath|behind|under|during|after|before|since|by|with|as|using|for|of|"
    r"secondary to|due to)\b"
)
PARTICIPLE = (
    r"(?:seen|noted|identified|detected|observed|found|present|shown|(?:visible|detectable|evident|apparent|"
    r"identifiable|surrounding|underlying|overlying)(?! (?!the|an?|in|on|at|within|along|around|near|by|with|to|after|"
    r"during|as|from|here|its|and|or|for)\w))"
)
BE = r"(?:is|are|was|were|has|have|had|remains?|remained|appears?|appeared)"
VERB = (
    rf"\b(?:{BE}|undergo(?:es)?|underwent|show(?:s|ed|n|ing)?|demonstrat(?:es?|ed|ing)|reveal(?:s|ed|ing)?|"
    rf"confirm(?:s|ed|ing)?|indicat(?:es?|ed|ing)|making|measur(?:es?|ed|ing)|extending|involving|affecting|causing|"
    rf"invading|compressing|arising|suggest(?:s|ed|ing)|following|can|could|develop(?:s|ed)|receiv(?:es|ed)|"
    rf"le(?:d|ads) to|distinguish(?:es|ed)|allow(?:s|ed|ing)|present(?:s|ed)|represent(?:s|ed|ing)|contain(?:s|ed)|"
    rf"complicating|displaying|depicting|occupying|occur(?:s|red)|{PARTICIPLE})\b"
)
#: What begins a finding that is there.
NEW = (
    r"(?:an?|the|with|no|without|normal|known|preserved|intact|mild|moderate|severe|large|small|minimal|marked|"
    r"correct|good|patent|persistent|persisting|new|stable|unchanged)"
)
POINTER = (
    r"\((?:left|right|top|bottom|arrow|arrowhead|asterisk|star|red|green|blue|black|white|yellow|orange|purple|"
    r"turquoise|cyan|magenta)s?\)"
)
