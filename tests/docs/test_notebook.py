"""The notebook of docs/: its cells run from top to end on the demo corpus, and it is kept without outputs."""

import ast
import json

import matplotlib
import pytest

from tests.docs.pages import ROOT

NOTEBOOK = json.loads((ROOT / "docs/coverage.ipynb").read_text("utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def folder(demo, tmp_path, monkeypatch):
    """A folder in which the corpus lies where the notebook looks for it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/demo").symlink_to(demo)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
def test_every_cell_runs(capsys):
    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = {}
    for cell in CODE:
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    assert len(pyplot.get_fignums()) == 5
    assert "license_excluded" in capsys.readouterr().out
    pyplot.close("all")


def test_it_is_kept_without_outputs():
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in CODE)
    assert len({cell["id"] for cell in NOTEBOOK["cells"]}) == len(NOTEBOOK["cells"])


def test_it_needs_no_more_than_it_says():
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in CODE))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {name.split(".")[0] for name in imported} - {"io"}
    assert rooms == {"duckdb", "pyarrow", "matplotlib", "numpy", "PIL"}
