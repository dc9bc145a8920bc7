"""The columns of the triplets as documents declare them: what they mean, and the features of the library `datasets`."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

#: Arrow's names of types that differ from those of `datasets`.
_NAMES = {"halffloat": "float16", "float": "float32", "double": "float64", "date32[day]": "date32"}


@cache
def descriptions() -> dict[str, str]:
    """What each column of the triplets holds, by its path: `provenance.year`, `concepts.cui`."""
    lines = files(__package__).joinpath("templates/fields.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def described(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, type and description of every column, the parts of a struct below it."""
    for field in fields:
        path, (kind, repeated) = prefix + field.name, element(field.type)
        name = "struct" if pa.types.is_struct(kind) else str(kind)
        many = f"list of {field.type.list_size} " if pa.types.is_fixed_size_list(field.type) else "list of "
        yield path, many + name if repeated else name, descriptions()[path]
        if pa.types.is_struct(kind):
            yield from described(kind, f"{path}.")


def element(kind: pa.DataType) -> tuple[pa.DataType, bool]:
    """The type of one element, and whether there may be many."""
    is_list = pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)
    return (kind.value_type, True) if is_list else (kind, False)


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """The features of `schema` as the YAML of a card states them; the column `image` is decoded to pictures.

    A reader takes the first key of a feature for its kind, so their order counts.
    """
    return [
        {"name": field.name, **({"dtype": "image"} if field.name == "image" else _feature(field.type))}
        for field in schema
    ]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"struct": [{"name": part.name, **_feature(part.type)} for part in kind]}
    if pa.types.is_fixed_size_list(kind):
        return {"list": _items(kind.value_type), "length": kind.list_size}
    if pa.types.is_list(kind):
        return {"list": _items(kind.value_type)}
    return {"dtype": _NAMES.get(str(kind), str(kind))}


def _items(kind: pa.DataType) -> Any:
    """The type of a list's items: lists as a feature, the parts of a struct or the name of a type as they are."""
    feature = _feature(kind)
    return feature if "list" in feature else next(iter(feature.values()))
