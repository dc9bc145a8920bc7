"""Every benchmark finds what it measures: a name that moved would show only when somebody runs it."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
MODULES = sorted(".".join(path.relative_to(FOLDER.parent).with_suffix("").parts) for path in FOLDER.rglob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_can_be_imported(name):
    importlib.import_module(name)


def test_generated_units_are_such_as_the_phases_read(capsys, monkeypatch):
    """Columns that a unit must have change: scale.py would tell it only when somebody measures."""
    monkeypatch.setattr("sys.argv", ["scale", "--sizes", "400", "--workers", "1"])
    importlib.import_module("benchmarks.scale").main()
    assert " 0 faults;" in capsys.readouterr().out
