"""What no module of ours does: unpickle what lies in a file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for room in ("pipeline", "dags", "transforms", "schemas") for path in (ROOT / room).rglob("*.py"))

#: Ray's steps travel between the processes of one run, never through a file.
EXEMPT = {"dags/ray_engine.py": {"cloudpickle"}, "dags/ray_gpu.py": {"cloudpickle"}}
UNPICKLE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "read_pickle", "unsafe_load"}


def names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (part for alias in node.names for part in alias.name.split("."))
            yield from (getattr(node, "module", None) or "").split(".")
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value  # require("joblib", ...)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield "allow_pickle" if getattr(node.value, "value", True) else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled(path):
    used = set(names(ast.parse(path.read_text("utf-8")))) & {*UNPICKLE, "allow_pickle"}
    assert used - EXEMPT.get(str(path.relative_to(ROOT)), set()) == set()
