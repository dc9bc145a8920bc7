"""The commands of README.md, CONTRIBUTING.md and docs/, run as they stand there.

Each page is run from its top to its end in a folder of its own. A block `sh` is run by bash, a block `python` in one
namespace with the others of its page, a block `sql` by DuckDB, a block `json` is read. A block `text` behind one of
these is what it prints: a line "…" stands for any number of lines; digests and numbers with a decimal point may be
others.

What a reader has and a test has not is replaced by what stands for it (`STANDS_FOR`). A command that cannot run here is
listed in `NOT_RUN`, with the reason: then the command line must accept its options.
"""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import duckdb
import numpy as np
import pytest
import typer
from PIL import Image

from pipeline.cli import app
from pipeline.sources.demo import write_mirror
from tests.docs.pages import PAGES, ROOT, blocks, name, prose
from tests.running import medconcept

#: What stands here for a bucket, or for the name of an argument.
STANDS_FOR = {
    "s3://pmc-oa-opendata": "mirror",
    "s3://my-bucket": "out/bucket",
    "OUT": "out/demo",
    "OTHER": "out/other",
    "SOURCE": "mirror",
    "ID": "PMC9000001v1-f001-p01",
    "DIR": "figures",
}

#: Commands that do not run here: a pattern, and why.
NOT_RUN = {
    r"-m venv|\bpip (un)?install\b|\bpip wheel\b|\. \.venv|^uv ": "packages: .ci/run installs them",
    r"^docker |^kubectl |^ray |RAY_\w+=": "Docker, a cluster: tests/docker does what images and compose file say",
    r"\b(pytest|ruff|mypy)\b|\.ci/run": "what runs these tests, or runs beside them in .ci/run",
    r"git clone|cd medconcept$": "the repository's address, which a reader knows",
    r"--engine (ray|beam)": "a cluster; tests/dags run the engines, tests/pipeline the same corpus on each",
    r"--umls": "a release of the UMLS, under a licence of its own; tests/pipeline/test_vocabulary.py has a small one",
    r"--encoder": "an encoder of one's own; tests/pipeline/test_resources.py has one",
    r"-m benchmarks\.": "minutes, or data that is no part of the repository; tests/test_benchmarks.py runs them",
}

#: Pictures of docs/ that a command of a page draws.
DRAWN = {"row.png"}

PROGRAM = typer.main.get_command(app)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The demo corpus as the README builds it."""
    out = tmp_path_factory.mktemp("corpus") / "demo"
    medconcept("build", "demo", out)
    medconcept("audit", out)
    return out


@pytest.fixture
def place(tmp_path, monkeypatch, corpus):
    """An empty folder with the program, and what the pages take for granted: a mirror, pictures."""
    for folder in ("bin", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
        program = tmp_path / folder / "medconcept"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pipeline "$@"\n')
        program.chmod(0o755)
        (tmp_path / folder / "python").symlink_to(sys.executable)
    write_mirror(tmp_path / "mirror")
    (tmp_path / "figures").mkdir()
    for picture in sorted(tmp_path.glob("mirror/PMC9000001.1/*.jpg")):
        shutil.copy(picture, tmp_path / "figures")
    paths = [str(tmp_path / "bin"), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(paths))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seed(place, page, corpus):
    """Put the demo corpus into out/demo, and wherever the page speaks of an output that it does not build here."""
    shell = [command for block in blocks(page) if block.language == "sh" for command in commands(block)]
    built = " ".join(here(command) for command in shell if not why_not_run(command))
    for out in ("out/demo", "out/other", "out/pmc", "out/bucket/pmc"):
        if out == "out/demo" or not re.search(rf"medconcept build +\S+ +{out}\b", built):
            shutil.copytree(corpus, place / out)


def commands(block):
    """The commands of a block of sh: its lines, joined where one ends in a backslash, parted at "&&"."""
    lines = re.sub(r" *\\\n *", " ", block.text).splitlines()
    return [part for line in lines for part in re.split(r" && ", line)]


def why_not_run(command):
    """The reason why a command is not run here, None if it is."""
    return next((reason for pattern, reason in NOT_RUN.items() if re.search(pattern, command)), None)


def here(command):
    """The command with what stands here for what a reader has."""
    for word, other in STANDS_FOR.items():
        command = re.sub(rf"(?<![\w/.]){re.escape(word)}(?![\w.])", other, command)
    return command


def check_options(command):
    """The command line of medconcept, or the source of a module, knows each option of a command that is not run."""
    words = shlex.split(command, comments=True)
    if words and words[0].split("/")[-1] == "medconcept":
        program = PROGRAM.make_context("medconcept", words[1:])
        found, subcommand, rest = PROGRAM.resolve_command(program, words[1:])
        subcommand.make_context(found, rest, parent=program)
    elif module := re.search(r"-m (benchmarks\.[\w.]+)", command):
        source = (ROOT / f"{module[1].replace('.', '/')}.py").read_text("utf-8")
        options = [word.split("=")[0] for word in words if word.startswith("--")]
        assert not [option for option in options if option not in source], command


def run_shell(block):
    """Run a block of sh; return what it prints."""
    script = []
    for command in commands(block):
        if why_not_run(command):
            check_options(command)
        else:
            script.append(here(command))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(script)], capture_output=True, text=True)
    assert done.returncode == 0, f"line {block.line}: {done.stderr}"
    return done.stdout


def run_python(block, names):
    """Run a block of python in `names`; return what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, f"line {block.line}", "exec"), names)
    return printed.getvalue()


def assert_prints(expected, printed, line):
    """What a page shows is what was printed, but for digests, numbers with a point, and lines left out."""

    def plain(text):
        return re.sub(r"\b[0-9a-f]{12,}\b|\b\d+\.\d+\b", "#", text)

    pattern = "".join(
        "(?:.*\n)*" if each.strip() == "…" else re.escape(each) + " *\n" for each in plain(expected).splitlines()
    )
    assert re.fullmatch(pattern, plain(printed)), f"line {line}: {printed}"


def assert_shows(shown, drawn):
    """A picture of a page is what the command drew, but for its palette."""
    here, there = (np.asarray(Image.open(path).convert("RGB"), float) for path in (shown, drawn))
    assert here.shape == there.shape
    assert np.abs(here - there).mean() < 3, shown


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name)
def test_commands(page, place, corpus):
    seed(place, page, corpus)
    names, printed = {"__name__": "page"}, ""
    for block in blocks(page):
        if block.language == "sh":
            printed = run_shell(block)
        elif block.language == "python":
            printed = run_python(block, names)
        elif block.language == "sql":
            printed = "".join(f"{row}\n" for row in duckdb.sql(here(block.text)).fetchall())
        elif block.language == "json":
            [json.loads(line) for line in block.text.splitlines()]
        elif block.language == "text":
            assert_prints(block.text, printed, block.line)
    for picture in DRAWN.intersection(path.name for path in place.iterdir()):
        assert_shows(ROOT / "docs" / picture, place / picture)


def in_text(page):
    """The commands that stand in the running text of a page; the names alone ("`medconcept split`") are none."""
    found = re.findall(r"`((?:python -m|medconcept) [^`]+)`", prose(page))
    return [command for command in found if len(command.split()) > 2 and "…" not in command]


@pytest.mark.parametrize("page", [page for page in PAGES if in_text(page)], ids=name)
def test_commands_in_the_text_have_these_options(page):
    for command in in_text(page):
        check_options(command)


def test_every_exception_is_needed():
    shell = [block for page in PAGES for block in blocks(page) if block.language in ("sh", "sql")]
    found = [command for block in shell for command in commands(block)]
    assert not [
        word for word in STANDS_FOR if not any(here(command) != command and word in command for command in found)
    ]
    found += [command for page in PAGES for command in in_text(page)]
    assert not [pattern for pattern in NOT_RUN if not any(re.search(pattern, command) for command in found)]


def test_the_readme_runs_the_tests_as_ci_does():
    (line,) = (block.text for block in blocks(ROOT / "README.md") if "pytest" in block.text)
    ours = [" ".join(command.split()) for command in line.split("&&")]
    ci = (ROOT / ".ci/run").read_text("utf-8").replace('"$venv/bin/', ".venv/bin/").replace('"', "")
    ci = re.sub(r"--quiet --disable-pip-version-check", "-q", ci).replace(
        "python3 -m venv $venv", "python3 -m venv .venv"
    )
    assert all(command in map(str.strip, ci.splitlines()) for command in ours)
