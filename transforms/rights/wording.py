"""Wording: which licence the words and links of a statement grant, in six languages.

All evidence is read and the narrowest code rules. A code comes from a link, a code in the words or a licence's name;
conditions count wherever a sentence states them. What is said of something else (data, code, an abstract) and what lies
in the future is left out; a denial outweighs a grant. A code that nobody knows is unknown, not unstated.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from transforms.rights.licenses import NONCOMMERCIAL, TDM, code_of
from transforms.rights.names import COMMONS_LICENCE, Mention, mentions
from transforms.rights.scope import clauses, denies, denies_all, is_future
from transforms.rights.terms import conditions_of


class Grant(NamedTuple):
    """What texts say. `licences` holds what each licence that they name asks for, `conditions` those stated in words.

    `unknown` holds what can be read of each name that is no known licence's; `refused` says that a licence is denied;
    `aside` that a licence is spoken of, named or not, for something else or the future, `direct` that one is for the
    thing itself, `mining` that texts may be mined and no more. `versions` are of codes, as addresses write them.
    """

    licences: frozenset[frozenset[str]] = frozenset()
    conditions: frozenset[str] = frozenset()
    unknown: frozenset[frozenset[str]] = frozenset()
    refused: bool = False
    aside: bool = False
    direct: bool = False
    mining: bool = False
    versions: tuple[tuple[str, str], ...] = ()

    def join(self, other: "Grant") -> "Grant":
        """What two texts say together."""
        return Grant(
            self.licences | other.licences,
            self.conditions | other.conditions,
            self.unknown | other.unknown,
            self.refused or other.refused,
            self.aside or other.aside,
            self.direct or other.direct,
            self.mining or other.mining,
            self.versions + other.versions,
        )

    @property
    def code(self) -> str | None:
        """The narrowest code; None where no licence is named, one is denied, or one is unknown and no other tells it.

        An unknown name is told by a narrower one: "by-n" by BY-NC, not by BY.
        """
        if self.refused or not self.licences:
            return TDM if self.mining and not self.refused else None
        asked = frozenset().union(*self.licences, self.conditions)
        if any(not part < asked for part in self.unknown):
            return None
        return code_of(asked)


def licence_of(texts: Iterable[str], of_picture: bool = False) -> str | None:
    """The narrowest code that `texts` (words, links, codes) grant of the thing that they stand at; None for none.

    What is said of figures and images is left out, unless the thing is one: `of_picture`.

    >>> licence_of(["http://creativecommons.org/licenses/by/4.0/", "Data are available under CC0."])
    'CC BY'
    """
    grant = Grant()
    for text in texts:
        grant = grant.join(_read(text, of_picture))
    return grant.code


def known_code(text: str | None) -> str | None:
    """PMC's code for what a source states of an article: a code, an address or words; None where it is not known.

    "NO-CC CODE" of the old lists is not known either: PMC found no licence of Creative Commons then, and what the
    article says beside it contradicts that.
    """
    if not text:
        return None
    plain = text.strip().upper()
    return plain if plain in NONCOMMERCIAL | {TDM} else licence_of([text])


def names_only_others(text: str, of_picture: bool = False) -> bool:
    """True if a text speaks of a licence, but only for something else or the future."""
    grant = _read(text, of_picture)
    return grant.aside and not grant.direct


def licence_link(code: str, texts: Iterable[str], of_picture: bool = False) -> str | None:
    """The address of a licence in the version and the port that `texts` state; the newest where they state none.

    >>> licence_link("CC BY", ["http://creativecommons.org/licenses/by/3.0/igo/legalcode"])
    'https://creativecommons.org/licenses/by/3.0/igo/'
    """
    if code == TDM:
        return None
    versions = [stated for text in texts for stated in _read(text, of_picture).versions]
    own = (version for named, version in versions if named == code)
    if code == "CC0":
        return f"https://creativecommons.org/publicdomain/{next(own, 'zero/1.0')}/"
    others = (version.partition("/")[0] for named, version in versions if named != "CC0")
    version = next(own, None) or next(others, "4.0")
    return f"https://creativecommons.org/licenses/{code.removeprefix('CC ').lower()}/{version}/"


def fold(text: str) -> str:
    """`text` in lower case, without accents and invisible characters, with plain hyphens, quotes and blanks."""
    text = unquote(text)
    text = unicodedata.normalize("NFKD", text.translate(_PLAIN)).casefold()
    return " ".join("".join(char for char in text if not unicodedata.combining(char)).split())


_PLAIN: dict[int, str | None] = {ord(dash): "-" for dash in "‐‑‒–—―−﹣－"}
_PLAIN |= {ord(quote): "'" for quote in "‘’ʼ´`"} | {ord("œ"): "oe", ord("Œ"): "OE"}
_PLAIN |= dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))

# A sentence ends at a stop before a blank; a link that blanks break does not end one.
_BROKEN_LINK = re.compile(r"(creative\s*commons)\s*\.\s*org\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\s\d\.)(?<!\s\d\d\.)\s+|;")  # not behind the 1. of January
_HYPHENATED = re.compile(r"(?<=[a-z])- (?=[a-z])")
_CONTINUED = re.compile(r"\s*(?:its|their|they|these|those)\b")
_PORTUGUESE = re.compile(r"\b(?:artigos?|licenca|atribuicao|sob|uma|obras? originai?s?)\b")


def _sentences(folded: str) -> list[str]:
    """The sentences of a folded text."""
    folded = _BROKEN_LINK.sub("creativecommons.org", folded)
    if _PORTUGUESE.search(folded):  # where "no" is "in the"
        folded = re.sub(r"\bno\b(?!\s*-?\s*comerc)", "em", folded)
    return [sentence for sentence in _SENTENCE_END.split(folded) if sentence]


_MINING = re.compile(
    r"\b(?:solely|only|exclusively|ausschliesslich|nur|uniquement|seulement|n'est \w+ qu'|ne \w+ qu'|exclusivamente"
    r"|solo|soltanto|apenas|somente)[^.;]{0,60}(?:\bdata[\s-]*mining|fouille de (?:textes|donnees)|mineria de"
    r"|mineracao de|estrazione di)|/tdm/userlicen"
)

#: Without any of these a folded text says nothing: most lines of copyright.
_SIGN = re.compile(
    r"creativ|common|c[\s_-]?c|licen|lizenz|by-|public|permi|attribu|commer|comer|kommer|lucr|profit|use|deriv|adapt"
    r"|modif|alter|chang|transform|bearbeit|ander|same|identical|verbatim|sold|sale|translat|tradu"
    r"|ubersetz|gewerb|marchand|mining|/tdm/|fouille|miner|estrazione"
)


@lru_cache(4096)
def _read(text: str, of_picture: bool) -> Grant:
    """What one text says. Words that hyphens break at line ends are read both ways."""
    folded, grant = fold(text), Grant()
    if not _SIGN.search(folded):
        return grant
    for reading in dict.fromkeys((folded, _HYPHENATED.sub("", folded))):
        aside = False
        for sentence in _sentences(reading):
            continued = aside and _CONTINUED.match(sentence)  # "its use", of what the sentence before spoke of
            for clause, about_itself in clauses(sentence, of_picture):
                aside = bool(continued) or not about_itself
                grant = grant.join(Grant(aside=_speaks_of_licence(clause)) if aside else _read_clause(clause))
    return Grant(mining=True) if _MINING.search(folded) and not grant.licences else grant


def _speaks_of_licence(clause: str) -> bool:
    return "licen" in clause or "lizenz" in clause or any(mentions(clause))


def _read_clause(clause: str) -> Grant:
    found = list(mentions(clause))
    conditions = conditions_of(clause)
    if not found and conditions and (unnamed := COMMONS_LICENCE.search(clause)):  # told by what it asks for
        found.append(Mention(*unnamed.span(), frozenset({"BY"}), True, ""))
    if denies_all(clause) or any(denies(clause, mention.start, mention.end) for mention in found):
        return Grant(refused=True, direct=True)
    if is_future(clause):
        return Grant(aside=_speaks_of_licence(clause))
    grant = Grant(
        licences=frozenset(mention.asked for mention in found if mention.known),
        conditions=conditions,
        unknown=frozenset(mention.asked for mention in found if not mention.known),
        direct=_speaks_of_licence(clause),
    )
    if code := grant.code:
        of_code = (each.version for each in found if bool(each.asked) is (code != "CC0"))
        grant = grant._replace(versions=tuple((code, version) for version in of_code if version))
    return grant
