"""Scopes: how far a cue reaches in a caption, forwards, backwards, or over an item of a list.

A place is not absent because nothing is seen there ("no fracture of the femur"), and a panel marker, a bracket, a verb
or a new clause ends every scope.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from transforms.concepts.cues import compiled

#: How many words a cue reaches, or how many of each item of a list, and how many more items.
WINDOW, ITEMS = 8, 12
#: How far back they are looked for.
CHARACTERS = 300


class Scope(NamedTuple):
    """What a cue reaches, in code points: the concepts that begin in `begin:end` and end by `limit`."""

    begin: int
    end: int
    limit: int

    def reaches(self, start: int, end: int) -> bool:
        """Whether it reaches the concept at `start:end`."""
        return self.begin <= start < self.end and end <= self.limit


_SPECIES = r"(?:coli|aureus|pylori|aeruginosa|tuberculosis|pneumoniae|falciparum|vivax|albicans|gondii|difficile)\b"
#: A clause ends here, in both directions; a reference may stand glued to the full stop.
_CLAUSE = (
    rf"(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)\.(?!\w| {_SPECIES})|[;:!?](?!\w)| [-\u2013\u2014] |"
    r"(?<=[a-z)])\.(?=\d{1,3} |(?:the|this|there|an?|no) )|\( ?[a-z] ?\)|"
    r"\b(?:but|however|although|though|yet|nevertheless|nonetheless|while|whereas|which|"
    r"that|who|because|despite)\b"
)
#: Words whose "of" or "for" leads to what the cue speaks of as well: "no growth of bacteria", "no staining for CD3".
_THROUGH = (
    r"(?:(?:presence|evidence|signs?|growth|formation|accumulation|expression|diagnos[ei]s|cases?|sites?|symptoms?|"
    r"features?|(?:immuno)?(?:staining|reactivity|labell?ing)|positivity|possibility|suspicion|deposition|history|"
    r"kinds?|types?|need|areas?|foc(?:us|i)|coloni(?:es|zation)|bands?|deposits?|clusters?|episodes?) (?:of|for|"
    r"with)\b|(?:such as|including)\b)"
)
_TEST = (
    r"(?:tests?|testing|cultures?|serology|serologies|smears?|pcr|biops(?:y|ies)|stain(?:s|ing)?|work-?up|"
    r"screen(?:ing)?|cytology|assays?|results?|immunohistochemistry|immunostain(?:s|ing)?)"
)
#: A place, a time or a means: what comes after it is not what a cue before it speaks of. "No enlargement of the nodes"
#: speaks of the enlargement, "no growth of bacteria" of both.
_PLACE = (
    r"\b(?:in|on|at|to|within|inside|outside|along|around|near|adjacent to|from|into|onto|through|throughout|between|"
    r"beyond|over|across|above|below|beneath|behind|under|during|after|before|since|by|with|as|using|for|of|"
    r"secondary to|due to)\b"
)
_PARTICIPLE = (
    r"(?:seen|noted|identified|detected|observed|found|present|shown|(?:visible|detectable|evident|apparent|"
    r"identifiable|surrounding|underlying|overlying)(?! (?!the|an?|in|on|at|within|along|around|near|by|with|to|after|"
    r"during|as|from|here|its|and|or|for)\w))"
)
_BE = r"(?:is|are|was|were|has|have|had|remains?|remained|appears?|appeared)"
_VERB = (
    rf"\b(?:{_BE}|undergo(?:es)?|underwent|show(?:s|ed|n|ing)?|demonstrat(?:es?|ed|ing)|reveal(?:s|ed|ing)?|"
    rf"confirm(?:s|ed|ing)?|indicat(?:es?|ed|ing)|making|measur(?:es?|ed|ing)|extending|involving|affecting|causing|"
    rf"invading|compressing|arising|suggest(?:s|ed|ing)|following|can|could|develop(?:s|ed)|receiv(?:es|ed)|"
    rf"le(?:d|ads) to|distinguish(?:es|ed)|allow(?:s|ed|ing)|present(?:s|ed)|represent(?:s|ed|ing)|contain(?:s|ed)|"
    rf"complicating|displaying|depicting|occupying|occur(?:s|red)|{_PARTICIPLE})\b"
)
#: What begins a finding that is there.
_NEW = (
    r"(?:an?|the|with|no|without|normal|known|preserved|intact|mild|moderate|severe|large|small|minimal|marked|"
    r"correct|good|patent|persistent|persisting|new|stable|unchanged)"
)
_POINTER = (
    r"\((?:left|right|top|bottom|arrow|arrowhead|asterisk|star|red|green|blue|black|white|yellow|orange|purple|"
    r"turquoise|cyan|magenta)s?\)"
)
_END = compiled(
    rf"(?P<through>\b(?:{_THROUGH}))|(?P<be>\b(?:(?:is|was)\b|{_BE}\b(?! (?:\w+ly )?(?:not )?{_PARTICIPLE})))|"
    rf"{_CLAUSE}|{_PLACE}|{_VERB}|{_POINTER}|"
    r"\b(?:except|apart|aside|other than|then|when|where|if|consistent|compatible)\b"
    r"|\((?!\w+\))|\]|(?<!\w)\)"
    rf"|\band (?={_NEW}\b)"
    r"|(?P<subject>(?<!\bor)(?<!\bnor)(?<!\band)(?<!\bof)(?<!\bincluding) (?:the|this|these|we|he|she|it|they)\b)"
)
#: Behind a cue these are adjectives: "no visible vessel".
_ADJECTIVE = compiled(rf" (?:\w+ly )?{_PARTICIPLE}(?= \w)")
#: After such a comma a list goes on: ", B, C or D"; but not ", and the D". Markers and bare words need no "or".
_MORE = compiled(
    rf" ?, (?!{_NEW}\b)(?:(?:[\w/-]+(?: [\w/-]+){{0,3}} ?, ){{0,{ITEMS}}}"
    rf"(?:[\w/-]+ ){{0,4}}?(?:or|nor|and|and/or) (?!{_NEW}\b)|[a-z]+-?\d[\w-]*(?= ?[,.;)]| ?$| (?:and|or)\b))"
)
_BARE = compiled(r"(?: ?, [a-z-]+){2,} ?(?:[.;)]|$)")
#: Two findings of which the first is denied: "no edema, and effusion".
_AND = compiled(r" ?, and ")
_COMMA = compiled(r" ?,(?!\w)")
_WORDS = rf"(?:[^\w,]*\w+){{0,{WINDOW}}}"
_FORWARDS = compiled(rf"{_WORDS}(?: ?,{_WORDS}){{0,{ITEMS}}}")
_LIST_END = compiled(r"[.;)\]](?!\w)|\b(?:but|positive|and (?:is|are|was|were))\b|$")
_BEGIN = compiled(rf"(?P<clause>{_CLAUSE}|[(\[])|{_VERB}")
#: An item of a list begins behind the answer to the item before.
_ITEM_BEGIN = (
    rf"(?P<clause>{_CLAUSE}|[(\[)\]+]|\b(?:positive|negative|yes|no|present|absent|none|nil|with|without|treated)\b)|"
    rf"{_VERB}"
)
_ITEM = compiled(_ITEM_BEGIN)
_ADJACENT = compiled(rf"{_ITEM_BEGIN}|{_PLACE}|\b(?:an?|the|this|that|these|those|its)\b|,")
#: The subject of "were sought but not found" stands before the first verb.
_ELLIPSIS = compiled(r"(?:is|are|was|were|been) (?:\w+ ){1,3}(?:but|and) \Z")
_PLACES = compiled(rf"\b(?:(?P<through>{_THROUGH})|(?P<test>{_TEST} (?:of|for)\b))|{_PLACE}")
_NOUN = compiled(r"\b(?:the|an?) |, ")
_WORD = compiled(r"\w+")
#: Who is not seen, or excluded from a study, is no finding.
_PEOPLE = compiled(
    r" ?(?:(?:the|these|all|other) )?(?:patients?|subjects|participants|individuals|women|men|children|animals|mice|"
    r"rats|studies|cases)\b"
)
_JOINED = compiled(r"\b(?:and|or|nor)\b")
_TESTS = compiled(rf"\b{_TEST}\b")


def forwards(text: str, start: int) -> Scope:
    """The scope of a cue that ends at `start`: what comes behind it, up to a place, a verb or a new clause."""
    end = _forwards_end(text, start)
    for count, comma in enumerate(_COMMA.finditer(text, start, end)):
        if _BARE.match(text, comma.start()):
            break
        if not _MORE.match(text, comma.start()) or (count == 0 and _AND.match(text, comma.start())):
            return Scope(start, comma.start(), len(text))
    return Scope(start, end, len(text))


def _forwards_end(text: str, start: int) -> int:
    window = _FORWARDS.match(text, start)
    end = window.end() if window else start
    adjective = _ADJECTIVE.match(text, start, end)
    for stop in _END.finditer(text, adjective.end() if adjective else start, end):
        if stop["through"] or (stop["subject"] and not text[start : stop.start()].strip()):
            continue
        joined = text.rfind(" and ", start, stop.start()) if stop["be"] else -1
        return stop.start() if joined < 0 else joined  # "no fracture and alignment is normal"
    return end


def listed(text: str, start: int) -> Scope:
    """The scope of a cue before a bracket or a colon: the whole list."""
    stop = _LIST_END.search(text, start)
    end = stop.start() if stop else len(text)
    return Scope(start, end, end)


def without_test(text: str, scope: Scope) -> Scope:
    """The scope of "negative" without the test that it names, for that was made: "negative HER2 test"."""
    test = _TESTS.search(text, scope.begin, scope.end)
    return scope._replace(end=test.start(), limit=test.start()) if test else scope


def backwards(text: str, end: int, begins: re.Pattern[str] = _BEGIN, whole: bool = False) -> list[Scope]:
    """The scopes of a cue that begins at `end`: the subject of its clause, without the places that are named after it.

    Of several items it is the last, unless a word joins them or the cue speaks of the `whole` list.
    """
    begin = max(0, end - CHARACTERS)
    ellipsis = _ELLIPSIS.search(text, begin, end)
    end = ellipsis.start() if ellipsis else end
    for stop in begins.finditer(text, begin, end):
        begin = stop.end()
        if not stop["clause"]:  # the clause before has an object: "shows a mass and edema is absent"
            begin = max(begin, text.rfind(" and ", begin, end) + 5)
    return [_subject(text, left, right) for left, right in _items(text, begin, end, whole)]


def _items(text: str, begin: int, end: int, whole: bool) -> list[tuple[int, int]]:
    """Where the items of the list "A, B and C" lie that ends at `end`, or the last of items that nothing joins."""
    commas = [comma.start() for comma in _COMMA.finditer(text, begin, end)]
    if not commas or not text[commas[-1] + 1 : end].strip():  # "the fracture, as expected, is absent"
        return [(begin, end)]
    items = [(left + 1, right) for left, right in pairwise([begin - 1, *commas, end])]
    if not whole and not _JOINED.search(text, commas[-1], end):
        return items[-1:]
    others = [
        at
        for at, (left, right) in enumerate(items[:-1])
        if len(_WORD.findall(text, left, right)) > WINDOW or _PLACES.match(text, left + 1)
    ]
    return items[max(others, default=-1) + 1 :]


def _subject(text: str, begin: int, end: int) -> Scope:
    """What an item speaks of: its last words, without a place; people are never absent."""
    if _PEOPLE.match(text, begin, end):
        return Scope(end, end, end)
    limit = end
    words = [word.start() for word in _WORD.finditer(text, begin, end)][-WINDOW:]
    begin = words[0] if words else end
    for place in _PLACES.finditer(text, begin, end):
        if place["test"]:  # "cultures for fungi"
            begin = place.end()
        elif not place["through"] and place.start() > begin:
            end = place.start()
            break
        elif not place["through"]:  # "after therapy, the effusion"
            begin = max((noun.end() for noun in _NOUN.finditer(text, place.end(), end)), default=begin)
    return Scope(begin, end, limit)


def answered(text: str, end: int, whole: bool) -> list[Scope]:
    """The scopes of an answer that begins at `end`: the item before it, or the list that it ends."""
    while end and text[end - 1] in " ([:=":
        end -= 1
    return backwards(text, end, _ITEM, whole)


def adjacent(text: str, end: int, words: int) -> Scope:
    """The scope of an adjective or a sign that begins at `end`: an item of few words, or only the last of more."""
    begin = max(0, end - CHARACTERS)
    begin = max((stop.end() for stop in _ADJACENT.finditer(text, begin, end)), default=begin)
    found = [word.start() for word in _WORD.finditer(text, begin, end)]
    begin = found[0 if len(found) <= words else -1] if found else end
    return Scope(begin, end, end)
