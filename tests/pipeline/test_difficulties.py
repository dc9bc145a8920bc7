"""Articles of one difficulty each, with what has to come out of them: those of shared/cases, where they are present."""

import re
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from tests.conftest import SHARED
from tests.running import medconcept, verify

CASES, CHECKER = SHARED / "cases" / "articles", SHARED / "eval" / "check_articles.py"

#: The checker reads Arabic digits of a figure's label, and this article's figures are numbered I, II, III.
UNREADABLE = {"mention_roman"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    if not CASES.is_dir():
        pytest.skip("the articles of shared/cases are not here")
    folder = tmp_path_factory.mktemp("difficulties")
    subprocess.run([sys.executable, CHECKER, "mirror", CASES, folder / "mirror"], check=True)
    options = ["--recipe", "whole-figures", "--licenses", "all", "--engine", "inline"]
    medconcept("build", folder / "mirror", folder / "out", *options)
    verify(folder / "out")
    return folder / "out"


def test_every_article_comes_out_right(built):
    told = subprocess.run([sys.executable, CHECKER, "check", CASES, built], capture_output=True, text=True).stdout
    wrong = set(re.findall(r"^(\w+): ", told, re.MULTILINE))
    assert wrong <= UNREADABLE, told


def test_figures_in_roman_numbers_are_cited_by_a_range(built):
    rows = pq.read_table(built / "dataset" / "data").to_pylist()
    roman = [row for row in rows if row["provenance"]["figure_label"] in ("Figure I", "Figure II", "Figure III")]
    assert [row["mentions"] for row in roman] == [["See Figures I–III."]] * 3
