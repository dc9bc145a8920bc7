"""Confidence intervals beside the scores of panels."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.intervals import METRICS, interval, load_match, matched, metrics

SCORER = Path(__file__).parents[2] / "shared/eval/score_panels.py"

LEFT, RIGHT, WHOLE = [0, 0, 50, 100], [50, 0, 100, 100], [0, 0, 100, 100]
TRUTH = {"one": [{"box": LEFT}, {"box": RIGHT}], "two": [{"box": WHOLE}], "three": [{"box": WHOLE}]}
FOUND = {
    "one": [{"box": LEFT, "score": 0.9}, {"box": [52, 0, 100, 90], "score": 0.4}, {"box": WHOLE, "score": 0.95}],
    "two": [{"box": [0, 0, 100, 80], "score": 0.5}],
    "three": [],
}


@pytest.fixture
def match():
    if not SCORER.exists():
        pytest.skip("the scorer is not there")
    return load_match(SCORER)


def test_the_scores_are_those_that_the_scorer_prints(match, tmp_path):
    for name, panels in (("truth", TRUTH), ("found", FOUND)):
        lines = [json.dumps({"image": image, "panels": boxes}) for image, boxes in panels.items()]
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
    command = [sys.executable, str(SCORER), str(tmp_path / "truth"), str(tmp_path / "found")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    numbers = metrics(matched(TRUTH, FOUND, match), np.ones(3))

    said = [float(printed[printed.index(metric) + 1]) for metric in METRICS]
    assert numbers == pytest.approx(said, abs=6e-5)


def test_a_figure_that_counts_twice_counts_as_two(match):
    twice = {**TRUTH, "again": TRUTH["two"]}, {**FOUND, "again": FOUND["two"]}

    assert metrics(matched(*twice, match), np.ones(4)) == pytest.approx(
        metrics(matched(TRUTH, FOUND, match), np.array([1.0, 2.0, 1.0]))
    )


def test_an_interval_holds_the_score_and_closes_where_all_figures_are_alike(match):
    panels = matched(TRUTH, FOUND, match)
    low, high = interval(panels)
    same = dict.fromkeys("abc", TRUTH["two"]), dict.fromkeys("abc", FOUND["two"])

    assert (low <= metrics(panels, np.ones(3))).all()
    assert (metrics(panels, np.ones(3)) <= high).all()
    assert (low < high).any()
    assert np.ptp(interval(matched(*same, match)), axis=0).max() == 0
