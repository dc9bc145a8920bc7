"""What many tests need: a demo corpus, and the real data where it is present."""

from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.cli import main
from tests.running import medconcept

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    """What the program keeps for later runs stays out of the user's cache."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def small_units(tmp_path_factory):
    """A recipe whose units and shards are small, so that a small corpus has several."""
    recipe = tmp_path_factory.mktemp("recipe") / "small.yaml"
    recipe.write_text("unit_articles: 3\nshard_rows: 8\n")
    return recipe


@pytest.fixture(scope="session")
def demo(tmp_path_factory, small_units):
    """The demo corpus, built once; tests do not write into it."""
    out = tmp_path_factory.mktemp("demo") / "out"
    medconcept("build", "demo", out, "--recipe", small_units)
    return out


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
