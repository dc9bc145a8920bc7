"""The words by which a sentence claims rights in a picture or names where it comes from, in six languages.

A word that has other senses stands with what makes it one of rights: "permission", but not the patient's; "©", but not
the mark of a product; "taken from", but not a sample from a mouse.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple


class Words(NamedTuple):
    """A pattern, and parts of words in small letters without one of which it matches nowhere.

    A sentence is taken to follow another: the sign ". from " is for those that begin with "From".
    """

    signs: tuple[str, ...]
    pattern: re.Pattern[str]


def _words(signs: str, *patterns: str) -> Words:
    return Words(tuple(signs.split("|")), re.compile("|".join(patterns), re.IGNORECASE))


_PICTURE = (
    r"(?:images?|pictures?|photo(?:graph|micrograph)?s?|micrographs?|fig(?:ure)?s?\.?|illustrations?|drawings?|artworks?"
    r"|diagrams?|schem(?:e|a|atic)s?|maps?|graph(?:ic)?s?|paintings?|cartoons?|videos?|scans?|models?|im[aá]gen(?:es)?"
    r"|imagem|imagens|immagin[ei]|foto(?:s|graf[ií]as?|grafi[ae]n?)?|dessins?|abbildung(?:en)?|bild(?:er)?|figur(?:as?|en?)"
    r"|grafik(?:en)?|karten?|cartes?|mapas?)"
)
#: Those whose permission is for a picture of themselves, not for somebody's work.
_PERSON = (
    r"(?:patient(?:e|es|s|in|en|innen)?|participants?|subjects?|volunteers?|parents?|mothers?|fathers?|famil(?:y|ies)"
    r"|relatives?|guardians?|child(?:ren)?|individuals?|donors?|next of kin|pacientes?|padres|madre|familiar(?:es|i)?"
    r"|tutor(?:es)?|pais|mãe|família|famille|pazient[ei]|genitori|eltern|angehörigen|proband(?:en|innen)?)"
)
_PERMISSION = (
    r"(?:permissions?|permiso|permiss[ãa]o|autorizaci[óo]n|autoriza[çc][ãa]o|autorisation|authori[sz]ation|genehmigung"
    r"|erlaubnis|permesso|autorizzazione|consent|consentement|consentimi?ento|consenso|einwilligung|einverständnis"
    r"|zustimmung|agreement|accord)"
)
_LICENCE = r"(?:licen[cs]es?|licencias?|licen[çc]as?|lizenz|licenz[ae])"
_OF = r"(?:of|from|by|de|du|des|da|do|dos|das|del|della|dei|delle|der|vom|von)"
_REPRODUCED = (
    r"(?:re-?print\w*|re-?produc\w*|republish\w*|re-?drawn|adapt\w*|modif\w*|re-?used?|used|published"
    r"|reprodui\w+|reproduzi\w+|riprodott\w+|(?:ab|nach)druck\w*|(?:ab|nach)gedruckt)"
)
#: A word of plain text, none that names somebody or says whose work it is.
_PLAIN = r"(?!publish|journal|author|editor|copyright|press\b|artist|photographer)(?-i:[a-zà-ÿ])\w*"
#: [12], (12), ref. 12, Smith et al., Smith and Jones, Smith (1990), Smith, 1990.
_REFERENCE = (
    r"(?:[\[(]\s*\d|refs?\b|reference|(?-i:[A-Z])[\w’'-]+(?:\s+(?-i:[A-Z])\w*\.?)*"
    r"(?:\s+et\s+al|\s+(?:and|&)\s+(?-i:[A-Z])|[\s,]+[\[(]?(?:19|20)\d\d|\s*\[\d))"
)

#: A line of copyright.
COPYRIGHT = re.compile(r"\W*(?:©|ⓒ|\(c\)\s|copyright\b)", re.IGNORECASE)

#: Claims of rights.
CLAIMS = (
    _words("permission", r"\bpermissions?\b"),
    _words("autorisation|l'accord|l’accord|un accord", r"\b(?:avec|sous|par)\b[^.;]{0,30}?\b(?:autorisation|accord)\b"),
    _words("permiso|autorizaci", r"\b(?:con|bajo|previa|por)\b[^.;]{0,30}?\b(?:permiso|autorizaci[óo]n)\b"),
    _words("permiss|autoriza", r"\b(?:com|sob|mediante|por)\b[^.;]{0,30}?\b(?:permiss[ãa]o|autoriza[çc][ãa]o)\b"),
    _words("permesso|autorizza", r"\b(?:con|su|per|previa)\b[^.;]{0,30}?\b(?:permesso|autorizzazione)\b"),
    _words("genehmigung|erlaubnis|zustimmung", r"\bmit\b[^.;]{0,40}?\b(?:genehmigung|erlaubnis|zustimmung)\b"),
    _words(
        "consent|authori|approval|agreement|licen",
        rf"\b{_REPRODUCED}\b[^.;]{{0,60}}?\b(?:with|by|under|upon)\b[^.;]{{0,40}}?"
        r"\b(?:consent|authori[sz]ation|approval|agreement|licen[cs]e)\b",
        r"\b(?:by|with) (?:the )?(?:kind )?(?:consent|agreement|authori[sz]ation) of\b",
    ),
    _words(
        "consent|consenso|einverständnis|einwilligung|accord",
        rf"\b(?:consent|consentement|consentimi?ento|consenso|einverständnis|einwilligung|accord)\s+{_OF}\s*"
        r"(?:the |la |l['’]|los )?(?:authors?|publishers?|editors?|artists?|auteurs?|éditeurs?|autor(?:es|s|e)?"
        r"|editor[ae]?s?|verlag\w*|museum|museo|musée)\b",
    ),
    _words(
        "reproduc|reprodução|riproduzione|nachdruck|vervielfältigung",
        r"\breproduction (?:is )?(?:prohibited|forbidden|not (?:permitted|allowed))\b|\breproduction interdite\b",
        r"\breproducción prohibida\b|\bprohibida (?:su|la) reproducción\b|\breprodução proibida\b",
        r"\bproibida a reprodução\b|\briproduzione (?:è )?(?:vietata|riservata)\b|\bvietata la riproduzione\b",
        r"\b(?:nachdruck|vervielfältigung) (?:verboten|untersagt|nicht gestattet)\b",
    ),
    _words("©|ⓒ|copyright", r"[©ⓒ]|\bcopyright(?:s|ed)?\b"),
    _words(
        "(c) 20|(c) 19|(c)20|(c)19|(c) copy|(c)copy", r"\(c\)\s?(?:copyright\b|(?:19|20)\d\d,?\s+(?:by\s+)?(?-i:[A-Z]))"
    ),
    _words(
        "rights|right holder|right owner|right-holder|right-owner|copyright|droits|droit d|derechos|direitos|diritti"
        "|rechte vor|urheberrecht",
        r"\brights?\s+(?:are\s+|is\s+)?reserved\b|\b(?:copy)?rights?[- ](?:holder|owner)s?\b",
        r"\bdroits (?:de reproduction )?réservés\b|\bdroits? d['’]auteur\b|\bderechos (?:reservados|de autor)\b",
        r"\bdireitos (?:reservados|autorais|de autor)\b|\bdiritti (?:sono )?(?:riservati|d['’]autore)\b",
        r"\brechte vorbehalten\b|\burheberrecht\w*",
    ),
    _words(
        "licen|lizenz",
        rf"\b{_LICENCE}\s+(?:n[ro]\b|number|agreement|id\b|creative|from|by|#?\d{{4}})|\b{_LICENCE}\s*:",
        rf"\b(?:excluded|exempt\w*|not (?:included|covered|part))\b[^.;]{{0,60}}?\b{_LICENCE}\b",
        r"\blicen[cs]ed\s+(?:under|from|through|via|by)\b",
        rf"\b(?:under|sous|bajo|sob|unter|sotto|con|com|mit)\b[^.;]{{0,60}}?\b{_LICENCE}\b",
    ),
    _words("commons", r"\bcreative[- ]?commons\b"),
    _words("cc by|cc-by|ccby|cc0|cc 0|cc-0|cc zero|cc-zero", r"\bcc[\s-]?by\b|\bcc[\s-]?(?:0\b(?![.\d])|zero\b)"),
    _words("gfdl|gnu free", r"\bGFDL\b|\bGNU Free\b"),
    _words("domain", rf"\b(?:in|into|from) the public domain\b|\bpublic[- ]domain {_PICTURE}"),
    _words("permits", r"\bpermits\s+(?:\w+\s+){0,2}?(?:use|re-?use|sharing)\b"),
    _words("not be", r"\b(?:may|must|can)\s?not be (?:reproduced|re-?used|copied|distributed)\b"),
)

#: What sounds like rights and is none in the picture. It is taken out before claims are looked for.
UNRELATED = re.compile(
    "|".join(
        (
            # The permission of those who are shown.
            rf"\b{_PERMISSION}\s+(?:\w+\s+){{0,8}}?{_OF}\s*(?:l['’])?(?:{_PLAIN}\s+){{0,3}}?(?:{_PLAIN}['’]s?\s+)?{_PERSON}\b"
            rf"(?:['’]s?)?(?:\s+(?:and|or|und|et|y|e)\s+(?:\w+\s+){{0,2}}?{_PERSON}\b)?",
            rf"\b{_PERSON}(?:['’]s?)?\s+(?:\w+\s+){{0,3}}?{_PERMISSION}\b",
            rf"\b{_PERSON}\b[^.;]{{0,30}}\b(?:gave|given?|provided|granted|signed)\b[^.;]{{0,40}}?\b{_PERMISSION}\b",
            rf"\b(?:written|verbal|signed)\s+(?:\w+\s+){{0,3}}?(?:consent|permission)\b(?=[^.;]*\b{_PERSON}\b)",
            r"\binformed\s+consent\b",
            rf"\b{_PERMISSION}\s+{_OF}\s+(?:{_PLAIN}\s+){{0,4}}?(?:committees?|boards?|comit[éêe]s?|comitato|ethi\w+|[ée]tica"
            r"|authorit\w+|minist\w+)\b",
            # The permission of authorities for what was done.
            r"\bpermissions?\s+(?:was\s+\w+\s+)?to\s+(?:conduct|perform|collect|access|enter|carry|sample|work|film"
            r"|handle|capture|excavate|study)\b",
            r"\b(?:collected|sampled|captured|excavated|trapped|harvested|conducted|performed|carried out)\b"
            r"[^.;(]{0,60}?\b(?:permissions?|permits?|licen[cs]es?|approval)\b",
            r"\b(?:data(?:sets?)?|samples?|specimens?|tissues?|cells|strains?)\s+(?:was|were)\s+(?:obtained|accessed|received)"
            r"\b[^.;(]{0,60}?\b(?:permissions?|approval)\b",
            r"\b(?:ethic\w*|marketing|regulatory|board|FDA|EMA)\b[^.;]{0,50}?\b(?:permissions?|approval|authori[sz]ation"
            r"|agreement|licen[cs]e)\b",
            r"\b(?:read|write|file|user|access|planning)\s+permissions?\b",
            # Licences of animal work, drugs and programs; what cells are licensed to do.
            r"\b(?:under|with|by)\s+(?:an?\s+|the\s+)?(?:UK\s+)?(?:animal|import|export|fishing|hunting|marketing"
            r"|academic|student)\s+licen[cs]es?\b",
            r"\b(?:home office|project|personal|software|driving|medical)\s+licen[cs]es?\b",
            r"\blicen[cs](?:ed|ing)\s+(?:NK|[TB]|natural|cells?|for|to|by the FDA|physicians?|origins?|vaccines?)\b",
            # The mark of a product.
            r"(?<=\w)©(?!\s?(?:19|20)\d\d)",
        )
    ),
    re.IGNORECASE,
)

#: Sources of the picture, without a claim.
SOURCES = (
    _words(
        "courtes|cortes|courtois|concessione|gracieus",
        r"\bcourtesy\b(?!-)|\bcortes[ií]a (?:de|do|da|del|di)\b|\bcourtoisie\b|\bconcessione\b|\bgracieus\w+\b",
    ),
    _words(
        "reprinted|re-printed|reproduced|re-produced|republished|redrawn|re-drawn|excerpted|adapted|modified"
        "|originally pub|previously pub|first pub|digiti",
        r"\b(?:re-?printed|re-?produced|republished|re-?drawn|excerpted|adapted|modified|digiti[sz]ed)"
        r"(?:\s?/\s?\w+| and \w+)? (?:in part |\w+ly |with \w+ )?(?:from|after)[\s:]",
        r"\b(?:originally|previously|first) published (?:in|by|as)\b",
    ),
    _words(
        "reprodui|d'après|d’après|adapté|modifié|tiré|extrait",
        r"\breprodui\w+ (?:de|d['’]après)\b|\bd['’]après\s|\b(?:adapté|modifié|tiré|extrait)e?s? d[eu]\b",
    ),
    _words(
        "adaptad|modificad|tomad|extraíd|extraid|retirad|reproducid|reproduzid",
        r"\b(?:adaptad|modificad|tomad|extra[ií]d|retirad|reproducid|reproduzid)[oa]s? (?:de|do|da|del|dos|das)\b",
    ),
    _words(
        "adattat|modificat|tratt|riprodott",
        r"\b(?:adattat|modificat|tratt|riprodott)[oaie] d(?:a|al|alla|ai|alle|all['’])\b",
    ),
    _words(
        "modifiziert|adaptiert|verändert|gezeichnet|umgezeichnet|nachgezeichnet",
        r"\b(?:modifiziert|adaptiert|verändert|(?:um|nach)?gezeichnet) (?:nach|aus)\b",
    ),
    _words("freundlich|verfügung", r"\bfreundlicher(?:weise| unterstützung)\b|\bzur verfügung gestellt\b"),
    _words(
        "source:|sources:|source :|credit|quelle|bildq|bildnachweis|fonte|fonti|fuente",
        r"(?:^|[(.;])\s*(?:base )?(?:image |photo |figure |map )?(?:sources?|credits?|(?:bild)?quellen?|fontes?|fonti"
        r"|fuentes?|bildnachweis)\s*:(?!\s*(?:the\s+|los\s+|os\s+)?(?:author|own|elabora|propi|eigen|auto|auteur|fait))",
        rf"\b{_PICTURE}\s+credits?\b",
    ),
    _words("crédit|crédito|credito", rf"\bcr[ée]dit[os]* {_PICTURE}", r"\bcr[ée]ditos?\s*:"),
    _words(
        "photo:|photo :|photos:|photos :|photograph:|photographs:|photographer:|foto:|fotos:|illustration:|drawing:",
        r"\b(?:(?:photo|foto)\w*|illustration|drawing)\s*:\s*(?-i:[A-Z])",
    ),
    _words("image:|image :", r"(?:^|[(.;])\s*image\s?:\s*(?-i:[A-Z])"),
    _words(
        "image by|images by|photo by|photos by|photograph by|photographs by|figure by|figures by|map by|maps by"
        "|graphic by|illustration by|illustrations by|drawing by|drawings by|painting by|artwork by|taken by|made by"
        "|drawn by",
        rf"\b{_PICTURE} (?:is |are |was |were |taken |made |drawn )*by (?:dr\.? |prof\.? )?"
        r"(?-i:[A-Z])\w*\.?\s+(?-i:[A-Z])",
    ),
    _words(
        "provided by|supplied by|donated by|contributed by",
        rf"\b{_PICTURE}\b[^.;]{{0,60}}? (?:provided|supplied|donated|contributed) by\b",
    ),
    _words(
        "taken from|obtained from|borrowed from|downloaded from|retrieved from",
        rf"(?:^\W*|\(|\b{_PICTURE}\b[^.;]{{0,60}}? )(?:taken|obtained|borrowed) from (?:the )?{_REFERENCE}",
        rf"\b{_PICTURE}\b[^.;]{{0,60}}? (?:taken|obtained|downloaded|retrieved|borrowed) from (?:the )?"
        r"(?:(?-i:[A-Z])|http|www)",
    ),
    _words("(after |, after |(from |(nach ", rf"(?:\(|, (?=after))(?:after|from|nach) (?:the )?{_REFERENCE}"),
    _words(". from |) from |; from ", rf"^\W*from {_REFERENCE}"),
)

#: What is measured, done or told, not shown: where that is taken or adapted from says nothing of the picture.
NOT_SHOWN = re.compile(
    r"\b(?:protocols?|methods?|procedures?|assays?|techniques?|algorithms?|approach|questionnaires?|criteria|data|values?"
    r"|points|parameters?|samples?|biops\w+|ser(?:um|a)|specimens?|measurements?|areas|sequences?|cells?|strains?"
    r"|sections?|blood|mice|software|scripts?|code|annotations?|proportions?|nomenclature|classification|definitions?)\s+"
    r"(?:(?:was|were|is|are|have|has|been|as|previously|which|that) ){0,3}?"
    r"(?:adapted|modified|taken|obtained|derived|provided|supplied|kindly)\b"
    # What the article itself shows elsewhere.
    r"|\b(?:reproduced|redrawn|adapted|modified|taken) from (?:the )?fig(?:ure)?s?\.? ?S?\d+\w?"
    r"(?![^.;]*(?:of|in|from|ref|\[))",
    re.IGNORECASE,
)

#: A statement that is nothing but the name of an organisation, as an element `attrib` often is.
NAME = _words(
    "society|universit|institut|museum|museo|musée|library|archive|agency|association|organi|foundation|red cross"
    "|nasa|noaa|unicef|unesco|usgs|who|fao|cdc|esa|oecd",
    r"\W*(?-i:(?:[A-Z][\w.’'-]*|of|for|and|the|de|la|le|du|di|der|für|&),?\s+){0,9}?"
    r"(?:society|universit\w+|institut\w*|museum|museo|musée|library|archives?|agency|association|organi[sz]ation"
    r"|foundation|cross|(?-i:NASA|NOAA|UNICEF|UNESCO|USGS|WHO|FAO|CDC|ESA|OECD))(?-i:,?\s+(?:[A-Z][\w.’'-]*|of|for|and|the|de|la|le|du|di|der|für|&)){0,9}\W*",
)


def _sign(signs: Iterable[str]) -> re.Pattern[str]:
    """What finds a sign: one search for all, sorted by first letters, for it is run over every caption."""
    by_letter: dict[str, list[str]] = {}
    for sign in sorted(signs):
        by_letter.setdefault(sign[0], []).append(re.escape(sign[1:]))
    words: list[str] = []
    others: list[str] = []
    for letter, rests in by_letter.items():
        (words if letter.isalpha() else others).append(f"{re.escape(letter)}(?:{'|'.join(rests)})")
    return re.compile(rf"\b(?:{'|'.join(words)})|{'|'.join(others)}")


#: A text in small letters without this is of neither kind.
SIGN = _sign({sign for signs, _ in (*CLAIMS, *SOURCES, NAME) for sign in signs})
