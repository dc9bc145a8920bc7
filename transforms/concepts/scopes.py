"""Scopes: how far a cue reaches in a caption, forwards, backwards, or over an item of a list.

A place is not absent because nothing is seen there ("no fracture of the femur"), and a panel marker, a bracket, a verb
or a new clause ends every scope.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from transforms.concepts.boundaries import BE, CLAUSE, NEW, PARTICIPLE, PLACE, POINTER, STAINS, TEST, THROUGH, VERB
from transforms.concepts.cues import compiled

#: How many words a cue reaches, or how many of each item of a list, and how many more items.
WINDOW, ITEMS = 8, 12
#: How far back they are looked for.
CHARACTERS = 300


class Scope(NamedTuple):
    """What a cue reaches, in code points: the concepts that begin in `begin:end`, and end behind `past` by `limit`."""

    begin: int
    end: int
    limit: int
    past: int = 0

    def reaches(self, start: int, end: int) -> bool:
        """Whether it reaches the concept at `start:end`."""
        return self.begin <= start < self.end and self.past < end <= self.limit


_END = compiled(
    rf"(?P<through>\b(?:{THROUGH}))|(?P<be>\b(?:(?:is|was)\b|{BE}\b(?! (?:\w+ly )?(?:not )?{PARTICIPLE})))|"
    rf"{CLAUSE}|{PLACE}|{VERB}|{POINTER}|"
    r"\b(?:except|apart|aside|other than|then|when|where|if|consistent|compatible)\b"
    r"|\((?!\w+\))|\]|(?<!\w)\)"
    rf"|\band (?={NEW}\b)"
    r"|(?P<subject>(?<!\bor)(?<!\bnor)(?<!\band)(?<!\bof)(?<!\bincluding) (?:the|this|these|we|he|she|it|they)\b)"
)
#: Behind a cue these are adjectives: "no visible vessel".
_ADJECTIVE = compiled(rf" (?:\w+ly )?{PARTICIPLE}(?= \w)")
#: After such a comma a list goes on: ", B, C or D"; but not ", and the D". Markers and bare words need no "or".
_MORE = compiled(
    rf" ?, (?!{NEW}\b)(?:(?:[\w/-]+(?: [\w/-]+){{0,3}} ?, ){{0,{ITEMS}}}"
    rf"(?:[\w/-]+ ){{0,4}}?(?:or|nor|and|and/or) (?!{NEW}\b)|[a-z]+-?\d[\w-]*(?= ?[,.;)]| ?$| (?:and|or)\b))"
)
_BARE = compiled(r"(?: ?, [a-z-]+){2,} ?(?:[.;)]|$)")
#: Two findings of which the first is denied: "no edema, and effusion".
_AND = compiled(r" ?, and ")
_COMMA = compiled(r" ?,(?!\w)")
_WORDS = rf"(?:[^\w,]*\w+){{0,{WINDOW}}}"
_FORWARDS = compiled(rf"{_WORDS}(?: ?,{_WORDS}){{0,{ITEMS}}}")
_LIST_END = compiled(r"[.;)\]](?!\w)|\b(?:but|positive|and (?:is|are|was|were))\b|$")
_BEGIN = compiled(rf"(?P<clause>{CLAUSE}|[(\[])|{VERB}")
#: An item of a list begins behind the answer to the item before.
_ITEM_BEGIN = (
    rf"(?P<clause>{CLAUSE}|[(\[)\]+]|\b(?:positive|negative|yes|no|present|absent|none|nil|with|without|treated)\b)|"
    rf"{VERB}"
)
_ITEM = compiled(_ITEM_BEGIN)
_ADJACENT_BEGIN = rf"{_ITEM_BEGIN}|{PLACE}|\b(?:an?(?= )|the|this|that|these|those|its)\b|,"
_ADJACENT = compiled(_ADJACENT_BEGIN)
#: A marker with a sign begins behind the sign of the one before, or behind the word that joins them.
SIGNED = compiled(rf"{_ADJACENT_BEGIN}|\b(?:and|or)\b|(?<=\w) ?[-+\u2010-\u2014\u2212](?!\w)|[/(]")
#: The subject of "were sought but not found" stands before the first verb.
_ELLIPSIS = compiled(r"(?:is|are|was|were|been) (?:\w+ ){1,3}(?:but|and) \Z")
_PLACES = compiled(
    rf"\b(?:(?P<test>{TEST}(?: of(?: \w+){{1,4}}?)? (?:of|for|against)\b)|(?P<through>{THROUGH}))|{PLACE}"
)
_NOUN = compiled(r"\b(?:the|an?) |, ")
_WORD = compiled(r"\w+")
#: Who is not seen, or excluded from a study, is no finding.
_PEOPLE = compiled(
    r" ?(?:(?:the|these|all|other) )?(?:patients?|subjects|participants|individuals|women|men|children|animals|mice|"
    r"rats|studies|cases)\b"
)
_JOINED = compiled(r"\b(?:and|or|nor)\b")
_TESTS = compiled(rf"\b(?:{STAINS} )?{TEST}\b")
#: What stands in a list of findings with one answer: no state of its own, no number.
_BARE_ITEM = compiled(
    r"(?:(?!(?:normal|clear|intact|enlarged|stable|unremarkable|unchanged|mild|moderate|severe|male|female|man|woman|"
    r"\w*smoker|(?:in|on|of|at|with|by|after)(?= ))\b)[a-z-]+(?: (?=[a-z])|$)){1,3}"
)


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
    if not commas or not text[commas[-1] : end].strip(" ,"):  # "the fracture, as expected, is absent"
        return [(begin, end)]
    items = [(left + 1, right) for left, right in pairwise([begin - 1, *commas, end])]
    if not whole and not _JOINED.search(text, commas[-1], end):
        return items[-1:]
    others = [
        at
        for at, (left, right) in enumerate(items[:-1])
        if len(_WORD.findall(text, left, right)) > WINDOW or _begins_with_place(text, left, right)
    ]
    return items[max(others, default=-1) + 1 :]


def _begins_with_place(text: str, begin: int, end: int) -> bool:
    place = _PLACES.match(text, end - len(text[begin:end].lstrip()), end)
    return place is not None and place.lastgroup is None  # "staining for IgG" begins with what was done


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
    """The scopes of an answer that begins at `end`: the item before it, or the list that it ends.

    Behind a colon it answers a whole list of bare items: "fever, cough, rash: none".
    """
    is_behind_colon = text[end : end + 1] in (":", "=")
    while end and text[end - 1] in " ([:=":
        end -= 1
    if is_behind_colon and not whole:
        items = backwards(text, end, _ITEM, whole=True)
        if len(items) > 2 and all(_BARE_ITEM.fullmatch(text[item.begin : item.limit].rstrip()) for item in items):
            return items
    return backwards(text, end, _ITEM, whole)


def adjacent(text: str, end: int, words: int, begins: re.Pattern[str] = _ADJACENT) -> Scope:
    """The scope of an adjective or a sign that begins at `end`: an item of few words, or only the last of more."""
    begin = max(0, end - CHARACTERS)
    begin = max((stop.end() for stop in begins.finditer(text, begin, end)), default=begin)
    found = [word.start() for word in _WORD.finditer(text, begin, end)]
    begin = found[0 if len(found) <= words else -1] if found else end
    return Scope(begin, end, end)
