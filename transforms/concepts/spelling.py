"""Spelling: the form of a word under which all of its spellings meet.

Case, accents, Greek letters, possessives, the regular plural and those of Latin and Greek anatomy, British against
American spelling. The form is made to be compared, not read: it is cut where that makes two spellings equal
("metastasis" and "metastases" are both "metastas").
"""

import re
import unicodedata

_POSSESSIVE = re.compile(r"['\u2019][sS]$")
_PLURAL_CAPITALS = re.compile(r"[A-Z0-9]{2,}s")  # MRIs, CTs
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})

#: Plurals that no rule below makes, and singulars that look like plurals.
_IRREGULAR = {
    "atlas": "atlas",
    "bias": "bias",
    "calves": "calf",
    "canvas": "canvas",
    "children": "child",
    "corpora": "corpus",
    "feet": "foot",
    "femora": "femur",
    "foramina": "foramen",
    "geese": "goose",
    "genera": "genus",
    "halves": "half",
    "irides": "iris",
    "knives": "knife",
    "larynges": "larynx",
    "leaves": "leaf",
    "lens": "lens",
    "lumina": "lumen",
    "men": "man",
    "meninges": "meninx",
    "mice": "mouse",
    "nares": "naris",
    "pelves": "pelvis",
    "phalanges": "phalanx",
    "pharynges": "pharynx",
    "pneumoniae": "pneumoniae",  # a species, not the disease
    "teeth": "tooth",
    "testes": "testis",
    "viscera": "viscus",
    "wolves": "wolf",
    "women": "woman",
}

_Rules = tuple[tuple[re.Pattern[str], str], ...]

#: Endings, by the last letter; the first that fits is replaced. Where a plural does not tell its singular, as
#: "metastases" does not, the singular's ending goes as well.
_ENDINGS: dict[str, _Rules] = {
    "a": (
        (re.compile(r"(\wm)ata$"), r"\1um"),  # carcinomata
        (re.compile(r"(criteri|gangli|mitochondri|phenomen|zo)a$"), r"\1on"),
        (re.compile(r"(\w{3})a$"), r"\1um"),  # vertebra, bacteria
    ),
    "e": (
        (re.compile(r"(\w{3})ie$"), r"\1y"),
        (re.compile(r"(\w(?:[sz]|ch|sh))e$"), r"\1"),  # disease, headache
        (re.compile(r"(\w{3})ae$"), r"\1um"),
    ),
    "i": ((re.compile(r"(\w\w)i$"), r"\1us"),),  # bronchi
    "s": (
        (re.compile(r"(\w\w)ies$"), r"\1y"),
        (re.compile(r"(\w(?:[sxz]|ch|sh))[ei]s$"), r"\1"),  # diseases, metastasis, axes, branches
        (re.compile(r"(ap|append|calc|cerv|cort|hel|ind|matr|var|vert|vort)ices$"), r"\1ex"),
        (re.compile(r"(\w{3})as$"), r"\1um"),  # leukemias
        (re.compile(r"(\w\w[^sui])s$"), r"\1"),
    ),
    "x": ((re.compile(r"(\w\w)ix$"), r"\1ex"),),
}

#: British to American, in words of five letters and more; all are applied where _BRITISH finds that some may fit.
_AMERICAN: _Rules = (
    (re.compile(r"[ao]e(?=\w)"), "e"),  # anaemia, oedema
    (re.compile(r"(arm|behavi|col|fav|flav|harb|hon|hum|lab|neighb|od|rig|sav|tum|vap|vig)our"), r"\1or"),
    (re.compile(r"(calib|cent|euv|fib|goit|lit|lust|meag|met|och|spect|theat|tit)re$"), r"\1er"),
    (re.compile(r"([iy])z"), r"\1s"),  # -ize, -yze
    (re.compile(r"(\w{4}l)l(ed|er|ing)$"), r"\1\2"),  # labelled
    (re.compile(r"(def|off|pret)ence$"), r"\1ens"),  # "defense" has lost its last letter
    (re.compile(r"ogue$"), "og"),
    (re.compile(r"gramme$"), "gram"),
    (re.compile(r"neurone$"), "neuron"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"mould"), "mold"),
    (re.compile(r"leuco"), "leuko"),
    (re.compile(r"artefact"), "artifact"),
    (re.compile(r"aluminium"), "aluminum"),
)
_BRITISH = re.compile(r"[ao]e|our|re$|z|ll|[ft]ence$|ogue$|gramme$|neurone$|sulph|mould|leuco|artefact|aluminium")
_SHORT = {"grey": "gray", "disk": "disc", "haem": "heme"}


def normalise(word: str) -> str:
    """The form of a word (see `transforms.concepts.words`) that stands for all of its spellings; never empty."""
    plain = word[:-2] if _POSSESSIVE.search(word) else word
    if _PLURAL_CAPITALS.fullmatch(plain):
        plain = plain[:-1]
    plain = plain.lower() if plain.isascii() else _fold(plain)
    plain = _IRREGULAR.get(plain) or _singular(plain)
    if len(plain) < 5:
        return _SHORT.get(plain, plain)
    if _BRITISH.search(plain):
        for pattern, replacement in _AMERICAN:
            plain = pattern.sub(replacement, plain)
    return plain


def _singular(word: str) -> str:
    for pattern, replacement in _ENDINGS.get(word[-1], ()):
        singular, count = pattern.subn(replacement, word)
        if count:
            return singular
    return word


def _fold(word: str) -> str:
    """Without case, accents and compatibility forms; Greek letters by name."""
    letters = (character for character in unicodedata.normalize("NFKD", word) if not unicodedata.combining(character))
    folded = "".join(map(_latin, letters)).casefold().translate(_LETTERS)
    return folded or word


def _latin(character: str) -> str:
    if not "\u0370" <= character <= "\u03ff":
        return character
    name = unicodedata.name(character, "")  # GREEK SMALL LETTER ALPHA
    return name.split()[-1].replace("LAMDA", "LAMBDA") if " LETTER " in name else character
