"""TeX as a line of text: latex2mathml makes it MathML, so that a formula reads alike in both."""

import html
import re
from typing import Any

from transforms.jats.math import math_text

_GROUP = r"\s*\{(?:[^{}]|\{[^{}]*\})*\}"
_OPTION = r"(?:\s*\[[^\]]*\])?"
#: What sets up a document, what says nothing in a formula, and where a formula begins and ends.
_SETUP = re.compile(
    rf"\\(?:documentclass|usepackage|RequirePackage|pagestyle|thispagestyle|label|tag)\b\*?{_OPTION}(?:{_GROUP})?"
    rf"|\\(?:setlength|addtolength|newcommand|renewcommand|DeclareMathOperator)\b\*?(?:{_GROUP}|\s*\\[A-Za-z]+)?"
    rf"{_OPTION}(?:{_GROUP})?"
    r"|\\(?:nonumber|notag|displaystyle|textstyle|scriptstyle|protect|allowbreak|limits|nolimits)(?![A-Za-z])"
    r"|\\(?:begin|end)\s*\{(?:document|math|displaymath|equation|gather|align|aligned|eqnarray|split|multline)\*?\}"
    r"|(?<!\\)\$|(?<!\\)\\[\[\]()]"
)
_TABLE = re.compile(r"\\begin\s*\{(?:array|cases|[a-zA-Z]*matrix)")
_ALIGNMENT = re.compile(r"(?<!\\)&")

#: Macros of packages, by those that the library knows.
_ALIASES = (
    dict.fromkeys(("bm", "pmb", "varvec"), r"\boldsymbol")
    | dict.fromkeys(("hbox", "mbox", "textnormal", "textsc", "textsf", "textup"), r"\text")
    | {"degree": r"^{\circ}", "micro": r"\mu ", "textdegree": r"^{\circ}", "textmu": r"\mu ", "thinspace": r"\,"}
)
_MACRO = re.compile(rf"\\({'|'.join(_ALIASES)})(?![A-Za-z])")

#: Beyond these a formula stays as it is written: the library reads groups in groups by recursion.
_LONGEST, _DEEPEST = 5000, 40
_CHAIN = re.compile(rf"(?:\\[A-Za-z]+\s*){{{_DEEPEST}}}")


def tex_text(tex: str) -> str:
    """The text of a formula in TeX, with or without a document around it; its source where that is broken TeX."""
    body = tex.rpartition(r"\begin{document}")[2].partition(r"\end{document}")[0]
    body = _MACRO.sub(lambda macro: _ALIASES[macro[1]], _SETUP.sub(" ", body)).strip()
    if not _TABLE.search(body):
        body = _ALIGNMENT.sub("", body)
    math = _parsed(body) if body and _is_shallow(body) else None
    return body if math is None else math_text(math)


def _is_shallow(body: str) -> bool:
    depth = deepest = 0
    for character in body:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    environments = body.count(r"\left") + body.count(r"\begin")
    return len(body) <= _LONGEST and max(deepest, environments) <= _DEEPEST and not _CHAIN.search(body)


def _parsed(body: str) -> Any:
    """The MathML of a formula, None where it is broken TeX."""
    from latex2mathml import converter, exceptions  # few articles have TeX alone; it loads in 60 ms

    kinds = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    broken: tuple[type[Exception], ...] = (*kinds, IndexError, KeyError, StopIteration, TypeError, ValueError)
    try:
        math = converter.convert_to_element(body)
    except broken:
        return None
    for element in math.iter():
        text = html.unescape(element.text or "")
        if text.startswith("\\") and len(text) > 1:  # a macro that it does not know: its arguments follow
            text = ""
        element.text = "\u223c" if text == "~" else text
        if element.tag == "mi" and len(text) > 1 and text.isalpha():  # a function: all else is a letter an element
            element.tag = "mo"
    return math
