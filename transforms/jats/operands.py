"""Terms of a formula in one line: what parts them, and which need parentheses."""

import re
import unicodedata

#: A blank if both neighbours are letters or digits, else nothing. In a file it applies a function to its argument.
APART = "\u2061"
#: A blank if both neighbours are digits, else nothing. In a file it is invisible times.
NUMBERS = "\u2062"
#: A blank also before a fence or a sign, so that these are not taken for a denominator. In a file it is invisible plus.
FRACTION_END = "\u2064"
MARKERS = "\u2061\u2062\u2063\u2064"
_BLANK = re.compile(
    rf"(?<=[^\W_]|[\u0300-\u036f\u20d0-\u20ff])[{MARKERS}]*{APART}[{MARKERS}]*(?=[^\W_])"
    rf"|(?<=[\w)\]])[{MARKERS}]*{FRACTION_END}[{MARKERS}]*(?=[\w(\[{{⟨√∑∏∫∂∇])"
    rf"|(?<=\d)[{MARKERS}]+(?=\d)"
)
_NOTHING = dict.fromkeys(map(ord, MARKERS))

_OPEN, _CLOSE, _BARS = frozenset("([{⟨⌈⌊"), frozenset(")]}⟩⌉⌋"), frozenset("|‖∥∣")
_SEPARATORS = frozenset(" \u00a0/,;:*·")
#: Signs that Unicode counts among the operators and that begin an operand.
_UNARY = frozenset("∂∇√∑∏∫∮∞¬∀∃")
#: What is longer is not searched for operators, so that formulas in formulas are read in linear time.
_LONGEST_TERM = 500


def parted(line: str) -> str:
    """A line with a blank for a marker where its neighbours would run together, and without markers."""
    return _BLANK.sub(" ", line).translate(_NOTHING)


def plain(text: str) -> str:
    """A text without markers and blanks around it."""
    return text.translate(_NOTHING).strip()


def outside(text: str) -> str:
    """What of a plain text stands outside of fences."""
    outside: list[str] = []
    depth, between = 0, False
    for character in text:
        if character in _CLOSE:
            depth -= 1
        elif character in _OPEN:
            depth += 1
        elif character in _BARS:
            between = not between
        elif depth == 0 and not between:
            outside.append(character)
            continue
        outside.append("(")  # for anything inside
    return "".join(outside)


def several(text: str) -> bool:
    """Whether an operator or a blank outside of fences parts a plain text into terms; a sign at an end does not."""
    if text.isalnum():
        return False
    return len(text) > _LONGEST_TERM or any(map(_parts, outside(text)[1:-1]))


def _parts(character: str) -> bool:
    if character in _SEPARATORS:
        return True
    return character not in _UNARY and unicodedata.category(character) in ("Sm", "Pd")


def operand(text: str) -> str:
    """A text as an operand: in parentheses where it is several terms."""
    text = text.strip()
    return f"({text})" if several(plain(text)) or several(parted(text)) else text
