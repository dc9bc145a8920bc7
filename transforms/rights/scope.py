"""Scope: whether a folded sentence speaks of the thing itself, of now, and grants what it names."""

import re
from collections.abc import Iterator
from datetime import date

from transforms.rights.terms import around

#: When this reading was written: what began before then has begun. A constant, so that no result hangs on a clock.
IN_FORCE = date(2026, 11, 1)

_OTHERS = (
    r"data(?:sets?|bases?)?(?!\s*-?\s*mining)|metadata|codes?|software|scripts?|abstracts?|summar(?:y|ies)"
    r"|supplement\w*|appendi(?:x|ces)|videos?|cover (?:image|photo|picture|page|art)\w*|third[\s-]*part(?:y|ies)|logos?"
    r"|trademarks?|questionnaires?|materials? from (?:other|third)|any author[\s-]accepted manuscript"
    r"|(?:earlier|previous|prior|older) versions?"
    r"|donnees|metadonnees|logiciels?|resumes?"
    r"|datos|metadatos|resumen(?:es)?|codigos?"
    r"|dados|metadados|resumos?"
    r"|daten\w*|metadaten|quellcode|zusammenfassung\w*"
    r"|dati|metadati|riassunt\w*|codice"
)
_PICTURES = (
    r"fig(?:ures?|s|uras?)?|tables?|images?|photo\w*|illustrations?|pictures?|tableaux?|imagen(?:es)?|tablas?|imagens?"
    r"|imagem|tabelas?|abbildung\w*|bild(?:er)?|tabelle\w*|immagin\w*"
)
# The thing itself is what a sentence is about: "this open access article", not "the data of this article".
_PREPOSITION = (
    r"(?:in|of|with|to|for|from|by|within|accompanying|underlying|supporting|behind"
    r"|dans|de|du|en|del|da|do|dos|no|na|di|nel|dell|der|des|im|zu|zum|von|vom"
    r"|a|al|ai|alla|au|aux|ao|aos|auf|fur|para|per|pour|por|on)"
)
_ITSELF = re.compile(
    r"(?:\b(?:this|the|all|cet|cette|este|esta|el|la|o|a|dieser|diese|dieses|der|das|questo|questa|il|lo)\s"
    rf"|\bl'|\bquest')\s*(?:(?!{_PREPOSITION}\b)\w+[\s-]){{0,4}}?"
    r"(?:articles?|works?|papers?|manuscripts?|chapter|review|publication|journal|contents?|preprint|articulos?"
    r"|contenido|conteudo|contenuto|contenu|inhalte?|ensemble"
    r"|te(?:xt[eo]?|sto)(?!\W+(?:\w+\W+){0,2}(?:abstract|resum|zusamm|riass))"
    r"|artigos?|artikel|beitrag|articol[oi]|obra|oeuvre|werk|opera|trabajo|trabalho|lavoro)\b"
)
_GENITIVE = re.compile(r"\b(?:article|work|paper)'s\s+(?:open access\s+)?(?:cc|creative)\b")
_BEHIND_PREPOSITION = re.compile(rf"\b{_PREPOSITION}['\s]+$")
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|may|can|est|sont|es|esta|ist|sind|steht|stehen|wird|e|sao|sono)\b")
_VERB = re.compile(rf"{_FINITE.pattern}|\b(?:under|licen[cs]ed|reserved)\b")
_AND = r"(?:(?:and|but|while|whereas|with|et|mais|y|e|pero|und|aber|mas|ma)\s+|except(?:\s+(?:for|that))?\s+)"
_THE = r"(?:the|all|its|any|les|des|los|las|os|as|die|der|das|i|le|la|el|o)\s+"
_CONJUNCTION = re.compile(rf"[,:]?\s+{_AND}{{1,2}}{_THE}")
#: What comes before a part where a clause about it begins: "…, and the data are …".
_TURN = rf"[,:]?\s+{_AND}{{0,2}}(?:{_THE})?(?:\w+\s+)?"

#: Other articles, of other years.
_OTHER_ARTICLES = re.compile(
    r"\b(?:articles|papers|articulos|artigos|artikel|articoli)\b[^.;,]{0,40}\b(?:until|before|prior to|up to|since|from"
    r"|after|between|hasta|antes de|desde|ate|a partir|avant|jusqu'\w+|depuis|bis|vor|seit|fino|prima|dal)"
    r"\b[^.;,]{0,20}\b\d{4}\b"
)


class _Parts:
    """How parts are named that a statement may speak of instead of the thing itself."""

    def __init__(self, names: str) -> None:
        self.name = re.compile(rf"(?<![a-z/.-])(?:{names})(?![a-z/]|\.[a-z])")
        self.turn = re.compile(f"{_TURN}(?={self.name.pattern})")


_OF_PICTURE, _OF_ARTICLE = _Parts(_OTHERS), _Parts(f"{_OTHERS}|{_PICTURES}")

# A denial stands before the name of the licence or behind it.
_DENIED = re.compile(
    r"\bno\s+(?:\w+\s+)?$|\bneither\s+$|(?:\bnot|n't)\s+(?!otherwise|only|differently)(?:\w+\s+){0,4}$"
    r"|\b(?:declin\w+|refus\w+|lacks?|unless)\s+(?:\w+\s+){0,4}$|\bwithout\s+(?:an?\s+|any\s+)?$"
    r"|\b(?:nao|non|pas|no (?:esta|es|se|tiene|implica|concede|otorga|supone|significa))\s+(?:\w+\s+){0,4}$"
    r"|(?:\b(?:not|nicht|pas|nao|neither|non?)|n't)\s+(?:\w+\s+){0,3}?(?:under|covered|licen[cs]\w+|lizenziert"
    r"|published|distribu\w+|released|available|included|subject|part|sous|unter|sob|bajo|con|sotto)\b[^.;,]{0,40}$"
    r"|\b(?:other than|instead of|rather than|no longer|outside|excluded from|nor)\b[^.;,]{0,40}$"
    r"|\bkeine\w?\s+(?:[\w-]+\s+)?$|\bnicht\s+(?:[\w-]+\s+){0,4}$"
    r"|\b(?:aucune|ninguna|nenhuma|nessuna)\s+(?:[\w-]+\s+)?$"
)
_DENIED_BEHIND = re.compile(
    r"^[^.;,]{0,60}\bnicht[.!]?$|^[^.;,]{0,60}?\b(?:(?:does|do|is|are|shall|will|can)\s*(?:not|n't)\s+(?:\w+\s+)?"
    r"(?:appl\w+\b(?!\s+to\s+(?!(?:this|the (?:present|article|work|paper))\b))|cover\w*|extend|hold|valid|granted)"
    r"|cannot be applied|no longer|expired|revoked|withdrawn"
    r"|applies to (?:none|no\b)|gilt nicht|ne s'applique pas|no se aplica|nao se aplica|non si applica"
    r"|(?:nicht|pas|no) (?:gilt|aplicable))"
    r"|^[^.;]{0,120}?\b(?:and|but|e|et|y|und|mas|ma|mais|pero|aber)\s+(?:not|non|nicht|no|nao|pas)\s+(?:\w+\s+)?"
    r"(?:this|questo|este|cet|diese[nrms]?)\b"
)
_DENIES_SOMETHING_ELSE = re.compile(
    r"\b(?:not?|non|nao|nicht|keine?)[\s-]+(?:\w+[\s-]+)?(?:only|exclusiv\w+|exklusiv\w*|ausschliesslich\w*"
    r"|(?:commerc|comerc|kommerz|deriv|bearbeit|modif|adapt|alter|chang|profit|lucr)\w*)"
    r"|\bpas\s+d(?:e\s|')\s*(?:\w+\s+)?(?:modif|deriv|travaux|oeuvre|utilis|usage)\w*(?:\s+(?:derive|commerc)\w*)?"
    r"|\b(?:no|without|any)\s+(?:\w+\s+){0,2}?(?:restrictions?|limitations?|permissions?|charge|fees?|embargo)\b"
    r"|\bpas seulement\b"
)
_FORBIDS_COPIES = re.compile(
    r"\b(?:no part\b|(?:may|must|can|should)\s*not\b|cannot\b)[^.;]{0,80}"
    r"\b(?:reproduced|copied|distributed|reprinted|reused)\b[^.;]{0,80}"
    r"\bwithout\b[^.;]{0,40}\b(?:permission|consent|authori[sz]ation)"
)
_NO_COMMONS = re.compile(
    r"\b(?:no|kein\w*|aucune|ninguna|nenhuma|nessuna)\s+(?:licen[cs]\w*\s+(?:de\s+)?)?creative[\s-]*commons\b"
    r"(?![\s-]*(?:attribution|by\b))[^.;,]{0,20}?\s(?:appl|is (?:granted|given)|gilt|s'appliqu|se aplica|si applica)\w*"
)
_CONDITIONAL = re.compile(r"commerc|deriv|adapt")

_FUTURE = re.compile(
    r"\bwill\s+(?:\w+\s+){0,2}?(?:be|become)\b|\bupon expir\w*|(?<!first )\b(?:\d+|one|two|three|six|twelve|eighteen"
    r"|twenty-four)[\s-]+(?:months?|years?)\s+(?:after|from|following|post)\b"
    r"|\b(?:after|following|nach|apres|depois de|apos|despues de|tras|dopo)\s+(?:[\w-]+\s+){0,4}?"
    r"(?:months?|years?|embargo\w*|sperrfrist|monat\w*|jahr\w*|mois|ans|meses|anos|mesi|anni)\b"
    r"|\b(?:monate?n?|jahre?n?|mois|ans|meses|anos|mesi|anni)\s+(?:nach|apres|despues|depois|apos|tras|dopo)\b"
    r"|\bthereafter\b"
    r"|\bsera\s+(?:\w+\s+)?(?:disponible|accessible|publie|diffuse|mis|disponivel|disponibilizad|licenciad|publicad"
    r"|distribu)\w*|\bestara\b|\bsara\s+\w+|\bwird\s+(?:ab|nach|kunftig|spater)\b"
)
_OPTION = re.compile(
    r"\b(?:may|can|could)\s+(?:also\s+)?(?:choose|opt|select|elect|request|pay|apply)\b"
    r"|\bfor an? (?:additional |extra )?fee\b"
)
_FROM_YEAR = re.compile(
    r"\b(?:from|as of|starting|effective|beginning|after|on|until|a partir d\w+|desde|a contar de|a compter d\w+|ab|dal"
    r"|des)\b[^;]{0,25}?\b(20\d\d)\b"
)


def clauses(sentence: str, of_picture: bool) -> Iterator[tuple[str, bool]]:
    """The clauses of a sentence, each with whether it speaks of the thing itself and not of a part or something else.

    Of a picture itself it speaks where it speaks of a figure.
    """
    parts = _OF_PICTURE if of_picture else _OF_ARTICLE
    for turn in parts.turn.finditer(sentence) if parts.name.search(sentence) else ():
        head = sentence[: turn.start()]
        joined = _CONJUNCTION.match(turn[0]) or _FINITE.search(sentence[turn.end() :])
        if joined and _VERB.search(head) and not _BEHIND_PREPOSITION.search(turn[0]):
            yield head, _about_itself(head, parts)
            yield sentence[turn.start() :], False
            return
    yield sentence, _about_itself(sentence, parts)


def _about_itself(clause: str, parts: _Parts) -> bool:
    if _OTHER_ARTICLES.search(clause):
        return False
    if not parts.name.search(clause) or _GENITIVE.search(clause):
        return True
    return any(not _BEHIND_PREPOSITION.search(clause[: found.start()]) for found in _ITSELF.finditer(clause))


def denies(clause: str, start: int, end: int) -> bool:
    """True if a clause says that the licence named from `start` to `end` does not hold."""
    before, behind = around(clause, start, end)
    return bool(_DENIED.search(_DENIES_SOMETHING_ELSE.sub(" ", before)) or _DENIED_BEHIND.search(behind))


def denies_all(clause: str) -> bool:
    """True if a clause forbids copies for whatever use, or says that no licence of Creative Commons holds."""
    if _NO_COMMONS.search(clause):
        return True
    return bool(_FORBIDS_COPIES.search(clause)) and not _CONDITIONAL.search(clause)


def is_future(clause: str) -> bool:
    """True if what a clause grants begins at a time that has yet to come or hangs on another date, or if it might."""
    if _FUTURE.search(clause) or _OPTION.search(clause):
        return True
    return any(int(found[1]) > IN_FORCE.year for found in _FROM_YEAR.finditer(clause))
