"""MathML as a line of text, by its structure.

* A fraction is a/b, a root √x, √[3]x where it has an index; scripts and limits are x_i, x^2, ∑_(i=1)^n. An operand of
  several terms stands in parentheses: (a+1)/b, √(x+1), x_(i+1). A degree or a prime needs no mark: 37°C, x′.
* An accent over one letter is on that letter: x̄. Fences stay; the cells of a table are parted by blanks, rows by "; ".
* Operators are as the file has them, with blanks where it has a space of positive width. Invisible operators vanish.
* A blank parts what would run together: 2 and 3 (invisible times), 2 and 1/2, x_max and y, sin and x.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from transforms.jats.operands import APART, FRACTION_END, MARKERS, NUMBERS, operand, outside, parted, plain, several

#: An element of lxml or of the standard library.
Node: TypeAlias = Any

MATHML = "{http://www.w3.org/1998/Math/MathML}"

#: Scripts that are no index and no power.
_RAISED = {"∘": "°", "°": "°", "º": "°"} | {prime: prime for prime in ("′", "″", "‴", "'", "''")}
#: Accents, and the combining characters that they are over a letter.
_ACCENTS = {
    accent: combining
    for accents, combining in (
        ("^ˆ", "\u0302"),
        ("¯‾―‒–—_ˉ", "\u0304"),
        ("~˜∼", "\u0303"),
        ("→⟶", "\u20d7"),
        (".˙", "\u0307"),
        ("¨", "\u0308"),
        ("ˇ", "\u030c"),
        ("˘", "\u0306"),
    )
    for accent in accents
}
#: Functions by name: a blank parts them from what they are of, though the file may not.
_FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "log", "ln", "lg"}
    | {"exp", "max", "min", "sup", "inf", "lim", "det", "arg", "argmax", "argmin", "gcd", "mod", "sgn"}
)
#: What only draws a line along its base.
_BRACES = frozenset("⏞⏟⏜⏝︷︸")

_WIDTH = re.compile(r"\s*\+?(?:\d*\.?\d*[1-9]|\d*[1-9][\d.]*|[a-z]+mathspace)", re.IGNORECASE)


def math_text(math: Node) -> str:
    """The text of a formula from its tokens; empty where it has none."""
    return parted(_row(math))


def _children(element: Node) -> list[str]:
    """The texts of the children. It is a loop so that deep formulas take few frames of Python's stack."""
    texts = []
    for child in element:
        if isinstance(child.tag, str):
            texts.append(_RULES.get(child.tag, _row)(child))
    return texts


def _row(element: Node) -> str:
    """The parts of an element side by side."""
    line = ""
    for child in element:
        line += _RULES.get(child.tag, _row)(child)
    return line


def _nothing(element: Node) -> str:
    """Nothing: it is not printed, or says again what stands beside it."""
    return ""


def _content(element: Node) -> str:
    """The text inside a token; mathematical alphabets as plain letters, as if they were set in italics or bold."""
    text: str = element.text or ""
    for child in element:
        text += (child.get("alt") or _content(child) if isinstance(child.tag, str) else "") + (child.tail or "")
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFKC", c) if "\U0001d400" <= c <= "\U0001d7ff" else c for c in text)


def _token(element: Node) -> str:
    return _content(element).strip(" \t\r\n")


def _identifier(element: Node) -> str:
    text = _token(element)
    return f"{APART}{text}{APART}" if text in _FUNCTIONS else text


def _number(element: Node) -> str:
    return f"{NUMBERS}{_token(element)}{NUMBERS}"


def _operator(element: Node) -> str:
    text = _token(element)
    return f"{APART}{text}{APART}" if len(text) > 1 and text.isalpha() else text


def _words(element: Node) -> str:
    """Words with the blanks around them, unless these only indent the file."""
    text = _content(element)
    return _token(element) if "\n" in text else text


def _string(element: Node) -> str:
    quoted: str = element.get("lquote", '"') + _token(element) + element.get("rquote", '"')
    return quoted


def _space(element: Node) -> str:
    wide = _WIDTH.match(element.get("width", "0"))
    return " " if element.get("linebreak") == "newline" or (wide and "negative" not in wide[0]) else ""


def _fraction(element: Node) -> str:
    parts = _children(element)
    if (element.get("linethickness") or "").startswith("0"):  # a binomial
        return "; ".join(parts)
    return f"{APART}{'/'.join(map(operand, parts))}{FRACTION_END}"


def _root(element: Node) -> str:
    return _rooted(_row(element))


def _rooted(text: str) -> str:
    return f"√{operand(text)}{APART}"


def _indexed_root(element: Node) -> str:
    base, *index = _children(element) or [""]
    return f"√[{plain(''.join(index))}]{operand(base)}{APART}"


def _script(base: str, mark: str, script: str) -> str:
    """`base` with one script."""
    sign, bare = plain(script), plain(base)
    if not sign:
        return base
    if sign in _RAISED:
        return base + _RAISED[sign]
    if bare.startswith("√") or several(bare) or mark in outside(bare):
        base = f"({base})"
    end = APART if bare and (sign[1:].isalpha() or not bare[-1].isalnum()) else NUMBERS
    return f"{base.rstrip(MARKERS)}{mark}{operand(script)}{end}"


def _scripts(marks: str) -> Callable[[Node], str]:
    """The rule for a base with a script for each of `marks`."""

    def rule(element: Node) -> str:
        base, *scripts = _children(element) or [""]
        for mark, script in zip(marks, scripts, strict=False):
            base = _script(base, mark, script)
        return base

    return rule


def _over(element: Node) -> str:
    """An accent on its letter, else a limit."""
    base, *over = _children(element) or [""]
    letter, sign = plain(base), plain("".join(over))
    if sign in _BRACES:
        return base
    combining = sign if unicodedata.combining(sign[:1] or " ") else _ACCENTS.get(sign)
    if combining is None:
        return _script(base, "^", sign)
    return unicodedata.normalize("NFC", letter + combining) if len(letter) == 1 else base + sign


def _under(element: Node) -> str:
    base, *under = _children(element) or [""]
    sign = "".join(under)
    return base if sign in _BRACES else _script(base, "_", sign)


def _multiscripts(element: Node) -> str:
    """A base with pairs of scripts behind it, and in front of it those behind `mprescripts`."""
    names = [child.tag.removeprefix(MATHML) for child in element if isinstance(child.tag, str)]
    base, *scripts = _children(element) or [""]
    split = names.index("mprescripts") if "mprescripts" in names else len(names)
    before = scripts[split:]
    for number, script in enumerate(scripts[: split - 1]):
        base = _script(base, "_^"[number % 2], script)
    marked = (_script("", "_^"[number % 2], script) for number, script in enumerate(before))
    return "".join(marked) + base


def _fenced(element: Node) -> str:
    parts = _children(element)
    separators = "".join(element.get("separators", ",").split())
    inner = parts[:1]
    for number, part in enumerate(parts[1:]):
        inner += (separators[min(number, len(separators) - 1)] if separators else "", part)
    return f"{element.get('open', '(')}{''.join(inner)}{element.get('close', ')')}"


def _joined(separator: str) -> Callable[[Node], str]:
    """The rule for parts with `separator` between those that say something."""

    def rule(element: Node) -> str:
        return separator.join(part for part in map(str.strip, _children(element)) if part)

    return rule


def _action(element: Node) -> str:
    """The one of several expressions that is shown first."""
    parts = _children(element)
    selected = element.get("selection", "1")
    return parts[int(selected) - 1] if selected.isdecimal() and 0 < int(selected) <= len(parts) else "".join(parts[:1])


def _enclosed(element: Node) -> str:
    text = _row(element)
    return _rooted(text) if "radical" in element.get("notation", "") else text


def _rules(rule: Callable[[Node], str], names: Iterable[str]) -> dict[str, Callable[[Node], str]]:
    """The rule of elements of these names, in the namespace of MathML and in none."""
    return dict.fromkeys((name for local in names for name in (local, f"{MATHML}{local}")), rule)


#: How an element is read; what is not named here is a row.
_RULES: dict[str, Callable[[Node], str]] = {
    **_rules(_identifier, ("mi", "ci", "csymbol")),
    **_rules(_number, ("mn", "cn")),
    **_rules(_operator, ("mo",)),
    **_rules(_words, ("mtext",)),
    **_rules(_string, ("ms",)),
    **_rules(_space, ("mspace",)),
    **_rules(_nothing, ("mphantom", "annotation", "annotation-xml")),
    **_rules(_fraction, ("mfrac",)),
    **_rules(_root, ("msqrt",)),
    **_rules(_indexed_root, ("mroot",)),
    **_rules(_scripts("_"), ("msub",)),
    **_rules(_scripts("^"), ("msup",)),
    **_rules(_scripts("_^"), ("msubsup", "munderover")),
    **_rules(_over, ("mover",)),
    **_rules(_under, ("munder",)),
    **_rules(_multiscripts, ("mmultiscripts",)),
    **_rules(_fenced, ("mfenced",)),
    **_rules(_joined(" "), ("mtr", "mlabeledtr")),
    **_rules(_joined("; "), ("mtable",)),
    **_rules(_action, ("maction",)),
    **_rules(_enclosed, ("menclose",)),
}
