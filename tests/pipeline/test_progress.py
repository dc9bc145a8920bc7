"""What a phase tells: honest counts, a beat, and lines that fit."""

import io
import time

import pytest
from rich.console import Console

from pipeline.reports import progress
from pipeline.reports.progress import LineProgress, PhaseProgress, duration, tell

REJECTS = {"license_excluded": 1234, "image_missing": 35, "no_figures": 4, "no_caption": 2}


def receipt(pictures=63, rejects=REJECTS):
    return {
        "folder": "units/a1",
        "files": {"panels": {}},
        "counts": {"figures": 90, "pictures": pictures, "rejects": rejects},
    }


def plain(steps, total=2, done=0):
    """The lines of a phase where there is no terminal."""
    console = Console(file=io.StringIO())
    with PhaseProgress(console, "curate", total, done) as shown:
        steps(shown)
    return console.file.getvalue().splitlines()


def test_the_end_is_told_once():
    (line,) = plain(lambda shown: [shown.advance(receipt()) for _ in range(2)])
    assert line.startswith("curate: 2/2 in 0.")
    assert line.endswith("; rejected: 2,468 license_excluded, 70 image_missing, 8 no_figures, 4 no_caption")


def test_figures_without_a_picture_are_not_counted_as_done():
    (line,) = plain(lambda shown: shown.advance(receipt(pictures=0, rejects={"image_missing": 90})))
    assert "figures/s" not in line
    (line,) = plain(lambda shown: shown.advance({"folder": "publish/a1", "files": {}, "counts": {"triplets": 8}}))
    assert "figures/s" not in line


def test_a_line_is_told_now_and_then_inside_a_unit(monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0.05)

    def work(shown):
        shown.beat("fetch_images", 16)
        shown.beat("panels", 16)
        shown.beat("panels", 8)
        time.sleep(0.2)
        shown.advance(receipt())

    lines = plain(work)
    assert "; now panels, 24 figures" in lines[0]
    assert len(lines) > 2
    assert all(line.startswith("curate: 0/2") for line in lines[:-1])
    assert lines[-1].startswith("curate: 1/2")
    assert "now" not in lines[-1]


def test_no_line_is_told_after_an_error(monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0.05)
    console = Console(file=io.StringIO())
    with pytest.raises(KeyError), PhaseProgress(console, "curate", 2, 0):
        raise KeyError
    time.sleep(0.15)
    assert console.file.getvalue() == ""


def test_what_was_done_before_does_not_count_for_the_time_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shown = PhaseProgress(Console(file=io.StringIO()), "curate", 12, 8)
    now[0] = 60.0
    shown.advance(receipt())
    assert shown._times() == "1:00, 3:00 left"
    assert shown._now() == ["1.1 figures/s"]


def screen(width, seconds=100):
    """The lines of a phase with one unit done on a terminal of this width."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, legacy_windows=False)
    shown = PhaseProgress(console, "curate", 12, 0)
    shown._started -= seconds
    shown.advance(receipt())
    shown.beat("panels", 64)
    console.print(shown)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("seconds", [1, 100, 1e6])
@pytest.mark.parametrize("width", [10, 20, 30, 40, 60, 80, 200])
def test_a_screen_fits_the_width(width, seconds):
    lines = screen(width, seconds)
    assert len(lines) == 3
    assert all(len(line) <= width - progress.FREE for line in lines)


def test_the_screen_at_40_and_at_80_columns():
    assert screen(40) == [
        "curate  ╸        1/12 1:40, 18:20 left",
        "  1.3 figures/s; now panels, 64 figur…",
        "  rejected: 1,234 license_excluded",
    ]
    assert screen(80) == [
        "curate  ━━━━                                             1/12 1:40, 18:20 left",
        "  1.3 figures/s; now panels, 64 figures",
        "  rejected: 1,234 license_excluded, 35 image_missing, 4 no_figures, …",
    ]


def test_lines_of_a_file_fit_the_width_too():
    console = Console(file=io.StringIO(), force_terminal=True, width=40, color_system=None, legacy_windows=False)
    shown = LineProgress(console, "a-name-that-is-long.jsonl")
    shown.advance(1234)
    console.print(shown)
    (line,) = console.file.getvalue().splitlines()
    assert len(line) <= 38
    assert ": 1,234 lines" in line


@pytest.mark.parametrize(
    ("seconds", "told"), [(3.44, "3.4 s"), (59.96, "1:00"), (727, "12:07"), (11052, "3:04:12"), (360000, "100:00:00")]
)
def test_durations(seconds, told):
    assert duration(seconds) == told


def test_a_line_is_told_as_it_is():
    file = io.StringIO()
    tell(Console(file=file, width=20), "/a/folder/with/a/long/name/run.json [bold]: no JSON")
    assert file.getvalue() == "/a/folder/with/a/long/name/run.json [bold]: no JSON\n"
