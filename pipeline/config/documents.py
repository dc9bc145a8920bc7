"""A YAML file that somebody wrote, read as plain values: whatever is in it, a fault is one line.

A few lines can stand for gigabytes: aliases repeat what repeats, and numbers in base 60 have no end. So a document is
small and has no aliases, its values are of the simple kinds, and a mapping names a key once.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

from schemas.errors import UserError

#: Bytes of a document; a recipe with every setting has about 600.
LARGEST = 1 << 16
LARGEST_NUMBER = 1 << 63

#: What the constructors of PyYAML raise of a value that is none of its kind, such as the date 2026-13-45.
_FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)


class _Loader(yaml.SafeLoader):
    """Plain values without aliases; every fault is a MarkedYAMLError."""

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*) is not taken", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping = super().construct_mapping(node, deep)
        seen = set()
        for name, _ in node.value:
            if (key := self.construct_object(name)) in seen:
                said = f"{str(key)[:50]!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, said, name.start_mark)
            seen.add(key)
        return mapping

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
                raise ValueError("too large a number")
            return value
        except _FAULTS as error:
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(None, None, f"no {kind}: {error}", node.start_mark) from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty one.

    Raises:
        UserError: there is no such file, or it is none of our documents.
    """
    if path.is_dir():
        raise UserError(f"{path} is a directory, not a file")
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST:,} bytes")
    try:
        given = yaml.load(content.decode(), _Loader)  # a SafeLoader
    except UnicodeDecodeError:
        raise UserError(f"{path} is no valid YAML: it is not UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path} is no valid YAML: {_fault(error)}") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise UserError(f"{path} is no mapping of settings")
    return given


def _fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
