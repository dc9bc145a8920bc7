"""The words of a phrase, and what kind of word joins phrases."""

import re

WORD = re.compile(r"[^\s,;()\[\]]+")

#: The kinds of the words that stand between phrases; a word of none of them is an e(lse).
_KINDS = {
    "p": "of in for with by to on at from using against among under through via into within without as like",
    "t": "before after during prior following versus vs pre post",
    "d": "the a an its their this these",
    "v": "show shows showing showed shown demonstrate demonstrates demonstrating demonstrated reveal reveals revealing "
    "revealed depict depicting illustrating indicating display displaying is are was were include including see",
    "c": "and or both either between",
}
_KIND = {word: kind for kind, listed in _KINDS.items() for word in listed.split()}


def kind_of(word: str) -> str:
    """p(reposition), t(ime), d(eterminer), v(erb), c(onjunction) or e(lse)."""
    return _KIND.get(word.casefold().rstrip(".:"), "e")
