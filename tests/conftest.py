"""What many tests need: a demo corpus, and the real data where it is present."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.cli import main
from tests.built import built_once
from tests.running import medconcept

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def common(tmp_path_factory):
    """A folder that all processes of a run of tests have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "common"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _cache(common):
    """What the program keeps for later runs stays out of the user's cache."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(common / "cache"))
        yield


@pytest.fixture(scope="session")
def small_units(tmp_path_factory):
    """A recipe whose units and shards are small, so that a small corpus has several."""
    recipe = tmp_path_factory.mktemp("recipe") / "small.yaml"
    recipe.write_text("unit_articles: 3\nshard_rows: 8\n")
    return recipe


@pytest.fixture(scope="session")
def demo(common, small_units):
    """The demo corpus, built once; tests do not write into it."""
    return built_once(common / "demo", lambda out: medconcept("build", "demo", out, "--recipe", small_units))


@pytest.fixture(scope="session")
def pmc():
    """The mirror of real articles."""
    mirror = SHARED / "data" / "pmc"
    if not mirror.is_dir():
        pytest.skip("the real articles of shared/data/pmc are not here")
    return mirror


@pytest.fixture
def run(monkeypatch, capsys):
    """The command line in this process: exit status, standard output, standard error."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["medconcept", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run
