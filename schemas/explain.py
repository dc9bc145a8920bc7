"""What is wrong with a document or a file in plain words, where libraries speak of their own types and drafts."""

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

#: What a value must be, by pydantic's type of the fault; braces are filled from the fault's context.
WANTED = {
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "finite_number": "a number",
    "string_too_short": "a text that is not empty",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}

#: The same by the first word of the type: int_type, int_parsing and int_from_float all want a whole number.
WANTED_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping of names to values",
    "model": "a mapping of names to values",
}

#: Characters of a wrong value that are shown.
SHOWN = 40

#: A draft is written beside its file (`x.parquet.123.part`, `x.jsonl.medconcept.part`, `.x.lexicon.part`) or in a
#: folder of tempfile's.
_DRAFT, _DRAFT_FOLDER = re.compile(r"\.?(.+?)(?:\.\d+|\.medconcept)?\.part"), re.compile(r"tmp[a-z0-9_]{8}")

#: Arrow says "Failed to open local file 'x.parquet'. Detail: [errno 13] Permission denied".
_ARROW = re.compile(r"(?:[^']*'(.*)')?.*\[errno \d+\] (.*)", re.DOTALL)

Location = tuple[int | str, ...]


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The faults of a document that should be a `model`, in one line."""
    told: list[str] = []
    refused: dict[str, _Refused] = {}
    for fault in error.errors(include_url=False):
        location, field, owner = _follow(model, fault["loc"])
        place = ".".join(map(str, location)) or "the document"
        kind = fault["type"]
        if kind in ("extra_forbidden", "invalid_key"):
            known = list(owner.model_fields)
            told.append(
                f"{place} is no setting{nearest(str(location[-1]), known) or ': there are ' + ', '.join(known)}"
            )
        elif kind == "missing":
            told.append(f"{place} is missing")
        elif kind == "json_invalid":
            told.append(f"no JSON: {fault['ctx']['error']}")
        elif kind == "value_error":
            told.append(f"{place}: {fault['ctx']['error']}")
        else:
            refused.setdefault(place, _Refused(fault["input"])).add(kind, fault.get("ctx", {}), field)
    return "; ".join(told + [f"{place} must be {each}" for place, each in refused.items()])


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean WORD?" where one of the known words is near, else nothing."""
    by_letters = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), by_letters, n=1)
    return f"; did you mean {by_letters[found[0]]}?" if found else ""


def chosen(names: Sequence[str], known: Collection[str], what: str) -> tuple[str, ...]:
    """`names`, each once, ascending.

    Raises:
        ValueError: one is not `known` (none is `what`), or none is named.
    """
    told = ", ".join(known)
    if not names:
        raise ValueError(f"it names no {what} ({told})")
    for name in names:
        if name not in known:
            raise ValueError(f"{name} is no {what} ({told}){nearest(name, known)}")
    return tuple(sorted(set(names)))


def explain_value(error: ValidationError) -> str:
    """The fault of a single value, such as an option's."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "value_error":
        value, *known = re.findall(r"'([^']*)'", text := str(fault["ctx"]["error"]).rstrip(".")) or [""]
        return text + nearest(value, known)
    refused = _Refused(fault["input"])
    refused.add(fault["type"], fault.get("ctx", {}), None)
    return f"must be {refused}"


def explain_os_error(error: OSError) -> str:
    """`FILE: No space left on device`, by the name of the file and not of its draft."""
    name = _name(error)
    return f"{_final(name)}: {reason(error)}" if name else reason(error)


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """Give this name to an OSError of the block that names no file: a write that fails knows none."""
    try:
        yield
    except OSError as error:
        if _name(error) or not error.errno:
            raise
        raise OSError(error.errno, error.strerror, name) from error


def _name(error: OSError) -> str | None:
    found = _ARROW.fullmatch(str(error.strerror))
    if found and found[1]:
        return found[1]
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None


def reason(error: OSError) -> str:
    """What the operating system says, without the file's name: `No space left on device`."""
    text = str(error.strerror or error) or type(error).__name__
    found = _ARROW.fullmatch(text)
    return found[2] if found else text


def _final(name: str) -> str:
    """The file that a draft becomes; the folder that a folder of drafts lies in."""
    path = PurePath(name)
    for folder in (path, *path.parents):
        if _DRAFT_FOLDER.fullmatch(folder.name):
            path = folder.parent
    draft = _DRAFT.fullmatch(path.name)
    return str(path.with_name(draft[1]) if draft else path)


class _Refused:
    """A value that is not allowed, and what would be: any of several types, each with its own fault."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self._wanted: list[str] = []
        self._known: list[str] = []

    def add(self, kind: str, context: dict[str, Any], field: FieldInfo | None) -> None:
        """Add what a fault of this type wants instead."""
        if kind == "literal_error":
            self._add_known(re.findall(r"'([^']*)'", context["expected"]))
        elif kind == "string_pattern_mismatch" and field and field.examples:
            self._add_known(field.examples)
        elif kind == "string_pattern_mismatch":
            self._wanted.append((field and field.description) or f"of the form {context['pattern']}")
        elif kind in WANTED:
            self._wanted.append(WANTED[kind].format(**context))
        else:
            self._wanted.append(WANTED_KINDS.get(kind.split("_")[0], "another value"))

    def _add_known(self, known: list[str]) -> None:
        self._known += known
        self._wanted.append(f"one of {', '.join(known)}")

    def __str__(self) -> str:
        value = json.dumps(self._value, default=str, ensure_ascii=False)
        shown = value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}…"
        near = nearest(self._value, self._known) if isinstance(self._value, str) else ""
        return f"{' or '.join(dict.fromkeys(self._wanted))}, not {shown}{near}"


def _follow(model: type[BaseModel], location: Location) -> tuple[Location, FieldInfo | None, type[BaseModel]]:
    """Follow a fault's location: its parts that stand in the document, the last field, and the model that has it.

    Where several types are allowed, pydantic adds the name of one, which the document has not.
    """
    followed: list[int | str] = []
    field: FieldInfo | None = None
    owner, inner = model, _model_in(model)
    for part in location:
        owner = inner or owner
        if inner and part in inner.model_fields:
            field = inner.model_fields[str(part)]
            inner = _model_in(field.annotation)
        elif not (inner or isinstance(part, int) or (field and "dict" in str(field.annotation))):
            continue
        followed.append(part)
    return tuple(followed), field, owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in a type such as `Splits | None` or `list[Splits]`."""
    if parts := get_args(annotation):
        return next((found for part in parts if (found := _model_in(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
