"""Terms: which conditions a clause states, in English, French, Spanish, Portuguese, German and Italian.

Clauses come folded (wording.fold): lower case, without accents, with plain hyphens.
"""

import re

NOT = (
    r"\b(?:no|not|non|nor|neither|never|cannot|without|prohibit\w*|forbid\w*|except\w*|unless"
    r"|pas|sans|aucune?|jamais|interdi\w*|exclu\w*"
    r"|ni|sin|nunca|prohib\w*"
    r"|sem|nao|nem|proib\w*|vedad\w*"
    r"|nicht|kein\w*|ohne|weder|untersagt|verboten|ausgeschlossen"
    r"|senza|vietat\w*|esclu\w*)\b"
)

# Commerce. Whoever mentions it restricts it unless he expressly allows it.
_COMMERCE = re.compile(
    r"commerc\w*|commeric\w*|comerc(?:ia|io)\w*|kommerz\w*|\bfor[\s-]profit\b|\bprofit[\s-]*making\b|\b(?:re-?)?sold\b"
    r"|\bre-?s(?:ale|ell)\w*|gewerblich\w*|\bmarchand\w*|\blucr\w*"
)
_GAIN = re.compile(
    r"\b(?:sin|sem|senza|sans|non|no|nao)\b[^.;]{0,25}\blucr\w*"
    r"|\b(?:non|not)[\s-]*(?:for[\s-]*)?profit (?:use|purpose|re)|\bpersonal use only\b"
)
# Use for science and teaching alone is none for gain.
_LEARNING = (
    r"(?:academic|education|research|teaching|scholar|personal|private|academiqu|pedagogiqu|enseignement"
    r"|recherche|educativ|docente|investigacion|educaciona|didatic|didattic|accademic|scientific|forschung|lehr"
    r"|wissenschaftlich|privat)\w*"
)
_LEARNING_ONLY = re.compile(
    rf"\b{_LEARNING}(?:[\s,/]+\w+){{0,4}}? (?:use|purposes?) only\b"
    r"|(?<!not )(?<!no )(?<!non )(?<!nao )(?<!nicht )"
    rf"\b(?:only|solely|exclusively|(?:limited|restricted) to|uniquement|exclusivement|unicamente|solo|apenas|somente"
    rf"|exclusivamente|soltanto|esclusivamente|nur|ausschliesslich)\b[^.;,]{{0,30}}?\b{_LEARNING}"
)
_DIRECTLY_NOT = re.compile(rf"{NOT}[\s-]*$")
_ALLOWED_BEFORE = re.compile(
    r"\b(?:even|includ\w+|also|both|whether|permit\w*|allow\w*|as well as"
    r"|y compris|meme|aussi|soit|inclu\w+"
    r"|incluso|tanto|tambien|aun|hasta"
    r"|inclusive|mesmo|ate|tambem"
    r"|auch|sogar|selbst|sowohl|einschliesslich"
    r"|anche|perfino|persino|compres\w+|sia)\b[^.;]{0,60}$"
)
_ALLOWED_BEHIND = re.compile(
    r"^[^.;,]{0,40}?\b(?:(?:is|are) (?:also )?(?:permitted|allowed|free)|(?:est|sont) (?:permis|autoris)\w*"
    r"|(?:too|also|as well|alike|aussi|egalement|tambien|tambem|anche|auch|ebenfalls)\b"
    r"|(?:esta|e|es|son|sao) permitid\w*|(?:ist|sind) (?:gestattet|erlaubt)|e (?:permess|consentit)\w*)"
)
_RESTRICTED_BEHIND = re.compile(
    rf"^[^.;,]{{0,60}}?(?:{NOT}|\b(?:only (?:with|after|upon)|requir\w*|needs?|contact|prior|subject to)\b)"
)
_COMMERCIAL = r"(?:commerc|comerc|kommerz)\w*"
_NON = r"(?:non|no|nao|nicht)[\s-]*"
_AND = r"[\s,]*(?:\w+ ){0,2}(?:and|or|et|ou|y|o|e|und|oder|as well as|como)(?: \w+){0,2}? "
_BOTH = re.compile(  # commercial and non-commercial, in either order
    rf"(?<!non-)(?<!non )(?<!no )(?<!nao )(?<!nicht )(?<!nicht-)\b{_COMMERCIAL}{_AND}{_NON}{_COMMERCIAL}"
    rf"|\b{_NON}{_COMMERCIAL}{_AND}{_COMMERCIAL}"
)

# Derivatives. A negation near the word forbids them, save one that denies something else.
_DERIVATIVE = re.compile(
    r"deriv\w*|adapt\w*|modif\w*|\balter(?:ed|ing|ations?|ado|ada|ar|ato|ata|are|e|es|er|azion\w*|ac\w*)?\b"
    r"|\bchang(?:e|es|ed|ing|ement\w*)\b|transform\w*|remix\w*|\bbuil(?:d|t|dup)\s*(?:up)?on\b"
    r"|\btranslat\w*|\btradu[cisz]\w*|\btradott\w*|\btradurre\b|\bubersetz\w*"
    r"|bearbeit\w*|\b(?:ver|ge|ab)?ander(?:t|n|ung\w*)\b|abgewandel\w*"
)
_INTACT = re.compile(
    r"\bun-?(?:modified|altered|changed|edited|adapted)\b|\bunverander\w*|\bunbearbeitet\w*|\binalter\w*"
    r"|\bverbatim\b[^.;]{0,40}\bonly\b|\bonly\b[^.;]{0,20}\bverbatim\b"
)
_NO_DERIVATIVES = re.compile(
    r"(?:no|non|sin|sem|nao|keine?|pas d[e'] ?)[\s-]*(?:a[\s-]*)?(?:obras?|opere|travaux|oeuvres?)?[\s-]*deriv\w*"
    r"|keine[\s-]*bearbeitung\w*"
)
_PURPOSE = r"(?:for|an?|any|the|purposes?|scop[oi]|fini?|fins|fines|animo|but|buts|des|di|de|per|para|zu|fur|con|com)"
_OF_DERIVATIVES = (
    r"(?:(?!cria|gener|elabor|crea|mak|prepar|realiz)[^.,;]){0,60}?\b(?:of|de|des|del|da|das|dos|di|delle|der|von) "
    r"(?:(?:the|any|las|los|les|obras?|opere|oeuvres?|posibles) ){0,3}deriv\w*"
)
_DENIES_SOMETHING_ELSE = re.compile(
    rf"\b{_NON}(?:{_COMMERCIAL}|(?:for[\s-]*)?profit)|{_COMMERCIAL}{_OF_DERIVATIVES}|\bnot only\b"
    rf"|\b(?:not|non?|nao|senza|sin|sem|sans|pas|nicht) (?:{_PURPOSE} ){{1,5}}(?:lucr|profit|gain|{_COMMERCIAL})\w*"
    r"|\bwithout (?:\w+ ){0,3}?(?:restrictions?|limitations?|charge|fees?)"
    r"|\b(?:no|without) (?:\w+ ){0,2}?(?:restrictions?|limitations?|permissions?)"
    r"|\b(?:sans|sin|sem) restric\w*|\bsenza restriz\w*|\bohne einschrank\w*"
)
_PARTS_OF_CLAUSE = re.compile(
    r"[;:()]|,(?!\s*(?:n?or|ni|ou|oder|o)\b)|\b(?:provided|as long as|so long as|purche|siempre que|desde que"
    r"|sempre que|a condition|sofern|vorausgesetzt|solange)\b"
)
_NEAR = 200  # characters
_NOT_BEFORE = re.compile(
    rf"{NOT}[^.;]{{0,60}}$|\bpermission\b[^.;]{{0,40}}\b(?:obtained|required|requested|needed|sought)\b[^.;]{{0,80}}$"
)
_NOT_BEHIND = re.compile(
    rf"^[^.;,]{{0,50}}?{NOT}|^[^.;,]{{0,50}}?\b(?:requir\w*|needs?|only with)\b[^.;,]{{0,30}}\b(?:permission|consent)"
)

_SAME_TERMS = re.compile(
    r"share[\s-]*alike|\b(?:identical|same|similar|equal)\s+(?:or (?:an? )?\w+ )?(?:creative commons )?"
    r"(?:licen[cs]\w*|terms|conditions)"
    r"|partage[\s-]*(?:dans|a l'identique|selon|des conditions)|\bmemes? (?:licence|conditions)"
    r"|compartir[\s-]*(?:igual|bajo)|\bmismas? (?:licencia|condiciones)"
    r"|compartilha\w*[\s-]*(?:igual|pela mesma)|partilha[\s-]*(?:nos|igual)|\bmesmas? (?:licenca|condicoes)"
    r"|\bmesmos termos"
    r"|weitergabe[\s-]*unter[\s-]*gleich\w*|\b(?:gleichen|derselben|dieselbe) (?:lizenz|bedingungen)"
    r"|\blicenc\w* (?:igual|identi\w*|semejante)|\blicenza (?:uguale|identica)"
    r"|condivi(?:di|sione)[\s-]*allo[\s-]*stesso|\b(?:stess|medesim)[ae][\s-]*(?:licenza|condizioni)"
)


def conditions_of(clause: str) -> frozenset[str]:
    """The conditions NC, ND and SA that a clause states."""
    stated = {
        "NC": _forbids_commerce(clause),
        "ND": _forbids_derivatives(clause),
        "SA": _SAME_TERMS.search(clause) is not None,
    }
    return frozenset(name for name, holds in stated.items() if holds)


def around(clause: str, start: int, end: int) -> tuple[str, str]:
    """What stands near before `start` and behind `end`; a bound, so that long texts are read in linear time."""
    return clause[max(0, start - _NEAR) : start], clause[end : end + _NEAR]


def _forbids_commerce(clause: str) -> bool:
    if _GAIN.search(clause) or _LEARNING_ONLY.search(clause):
        return True
    clause = _BOTH.sub("any", clause)
    return any(not _allowed(*around(clause, *found.span())) for found in _COMMERCE.finditer(clause))


def _allowed(before: str, behind: str) -> bool:
    """True if commerce, mentioned between `before` and `behind`, is expressly allowed."""
    if _DIRECTLY_NOT.search(before) or _RESTRICTED_BEHIND.search(behind):
        return False
    if allowed := _ALLOWED_BEFORE.search(before):
        return not re.search(NOT, before[max(0, allowed.start() - 25) :])
    return bool(_ALLOWED_BEHIND.search(behind)) and not re.search(NOT, before[-25:])


def _forbids_derivatives(clause: str) -> bool:
    if _NO_DERIVATIVES.search(clause) or _INTACT.search(clause):
        return True
    return any(
        _NOT_BEFORE.search(before) or _NOT_BEHIND.search(behind)
        for part in _PARTS_OF_CLAUSE.split(_DENIES_SOMETHING_ELSE.sub(" ", clause))
        for found in _DERIVATIVE.finditer(part)
        for before, behind in [around(part, *found.span())]
    )
