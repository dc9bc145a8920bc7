"""The program as a process of its own: signals, closed pipes, full disks, and nothing on stderr that is not ours."""

import ctypes
import json
import os
import pty
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.running import MEDCONCEPT, medconcept

SENT = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
FULL = Path("/dev/full")

#: A line of a phase, as it is told where there is no terminal.
STEPS = ["centroids", "describe", "compare", "components", "members", "groups", "selection"]
PHASES = ["curate", *STEPS, "publish"]
PHASE = re.compile(rf"({'|'.join(PHASES)}): \d+/\d+ in .*")


def start(*command, **options):
    """A process that hears every signal, whatever the shell of the tests has done to SIGINT."""
    return subprocess.Popen(
        list(map(str, command)),
        stderr=options.pop("stderr", subprocess.PIPE),
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in SENT],
        **options,
    )


def until(happens, process):
    """Wait for something that a process does."""
    end = time.monotonic() + 60
    while not happens():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)


def said(process):
    """The lines on stderr that are no progress, and the status; the process has to end soon."""
    _, error = process.communicate(timeout=60)
    return [line for line in error.splitlines() if not PHASE.fullmatch(line)], process.returncode


def drafts(folder):
    return sorted(path for path in folder.rglob("*") if path.name.endswith(".part"))


# Signals


@pytest.mark.parametrize("number", SENT)
def test_a_signal_while_the_program_is_imported(number, tmp_path):
    slow = tmp_path / "faiss.py"  # imported in place of the real one, by what `build` needs
    slow.write_text("import os, time\nopen(os.environ['SEEN'], 'w')\ntime.sleep(60)")
    names = {"PYTHONPATH": str(tmp_path), "SEEN": str(tmp_path / "seen")}
    process = start(*MEDCONCEPT, "verify", tmp_path, env=os.environ | names)
    until((tmp_path / "seen").exists, process)
    process.send_signal(number)
    assert said(process) == ([f"medconcept: interrupted by {number.name}"], SENT[number])


@pytest.mark.parametrize(
    "engine", ["local", "inline", "beam", pytest.param("ray", marks=[pytest.mark.slow, pytest.mark.full])]
)
@pytest.mark.parametrize("number", [*list(SENT)[:2], pytest.param(signal.SIGHUP, marks=pytest.mark.full)])
def test_a_signal_while_a_unit_is_worked_on(number, engine, tmp_path):
    process = start(*MEDCONCEPT, "build", "demo", tmp_path / "out", "--engine", engine)
    until(lambda: drafts(tmp_path / "out" / "units"), process)
    process.send_signal(number)
    line = f"medconcept: interrupted by {number.name}; the same command resumes it"
    assert said(process) == ([line], SENT[number])
    if engine != "ray":  # which kills its workers
        assert drafts(tmp_path) == []


#: Work in C that hears no signal, with a file half written and a bar drawn.
IN_C = """
import hashlib, sys
from rich.console import Console
from pipeline import signals
from pipeline.reports.progress import PhaseProgress
from pipeline.storage.store import open_store

signals.GRACE = float(sys.argv[2])
with signals.answered(["build"]):
    with PhaseProgress(Console(stderr=True), "curate", 2, 0), open_store(sys.argv[1]).create("a/file") as sink:
        sink.write(b"half")
        hashlib.pbkdf2_hmac("sha256", b"", b"", 100_000_000)
"""


@pytest.mark.parametrize(
    ("grace", "numbers"),
    [(0.2, [signal.SIGTERM]), (60, [signal.SIGTERM, signal.SIGTERM]), (60, [signal.SIGINT, signal.SIGHUP])],
)
def test_a_signal_while_c_code_runs_ends_the_process_all_the_same(grace, numbers, tmp_path):
    process = start(sys.executable, "-c", IN_C, tmp_path, grace)
    until(lambda: drafts(tmp_path), process)
    time.sleep(0.2)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.1)
    line = f"medconcept: interrupted by {numbers[0].name}; the same command resumes it"
    assert said(process) == ([line], SENT[numbers[0]])
    assert drafts(tmp_path) == []


@pytest.mark.parametrize(("grace", "unwound"), [("60", True), ("0.2", False)])
def test_a_bar_is_left_with_the_cursor_shown(grace, unwound, tmp_path):
    master, slave = pty.openpty()
    script = (
        IN_C.replace("hashlib.pbkdf2_hmac", "__import__('time').sleep(60); hashlib.pbkdf2_hmac") if unwound else IN_C
    )
    process = start(
        sys.executable, "-c", script, tmp_path, grace, stderr=slave, env=os.environ | {"TERM": "xterm", "COLUMNS": "60"}
    )
    os.close(slave)
    until(lambda: drafts(tmp_path), process)
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    process.wait(15)
    shown = b""
    while part := _read(master):
        shown += part
    text = shown.decode()
    assert "curate" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert text.count("interrupted") == 1
    assert process.returncode == 130


def _read(descriptor):
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """As by nohup."""
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *MEDCONCEPT, "build", "demo", str(tmp_path / "out")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: drafts(tmp_path / "out" / "units"), process)
    os.killpg(process.pid, signal.SIGHUP)  # its workers too, as a terminal does that is closed
    assert said(process) == ([], 0)


# Pipes


@pytest.mark.parametrize("command", ["link {lines} -", "-h", "build -h"])
def test_a_pipe_that_is_closed_ends_the_program_quietly(command, tmp_path):
    lines = tmp_path / "in.jsonl"
    lines.write_text("".join(f'{{"id": {n}, "text": "pleural effusion"}}\n' for n in range(20000)))
    process = subprocess.Popen(
        [*MEDCONCEPT, *command.format(lines=lines).split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait(30)


def test_faults_and_progress_into_a_closed_pipe(tmp_path):
    for command in (["verify", tmp_path], ["build", "demo", tmp_path / "out", "--limit", "3"]):
        process = subprocess.Popen([*MEDCONCEPT, *map(str, command)], stdout=-1, stderr=subprocess.STDOUT)
        process.stdout.close()
        process.wait(60)  # nobody is left to be told anything


# Files


def denied():
    """Give up what lets root write everywhere: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7))."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("build demo {tmp}/shut/out", "{tmp}/shut/out/lease.json: Permission denied"),
        ("build demo {tmp}/file", "{tmp}/file is a file, not a directory"),
        ("build demo {tmp}/file/out", "{tmp}/file/out/lease.json: Not a directory"),
        ("build {tmp}/file {tmp}/out", "{tmp}/file is no directory"),
        ("build {tmp}/no such\\directory\x1b[2Jö {tmp}/out", "{tmp}/no such\\directory\\x1b[2Jö is no directory"),
        ("vocabulary build --starter {tmp}/shut/v.lexicon", "{tmp}/shut: Permission denied"),
        ("vocabulary build --starter {tmp}/none/v.lexicon", "{tmp}/none: No such file or directory"),
        ("vocabulary build --starter /dev/null", "/dev/null is no file"),
        ("link {tmp}/in.jsonl {tmp}/none/out.jsonl", "{tmp}/none/out.jsonl: No such file or directory"),
        ("link {tmp} {tmp}/out.jsonl", "{tmp}: Is a directory"),
        ("split {tmp}/in.jsonl -o {tmp}/shut/out.jsonl", "{tmp}/shut/out.jsonl: Permission denied"),
        ("captions {tmp}/secret {tmp}/out.jsonl", "{tmp}/secret: Permission denied"),
        ("verify {tmp}/file", "{tmp}/file is a file, not a directory"),
        ("link {tmp}/in.jsonl /dev/full", "/dev/full: No space left on device"),
        ("link {tmp}/in.jsonl - >/dev/full", "standard output: No space left on device"),
        ("verify {demo} >/dev/full", "No space left on device"),
        ("export {demo} /dev/full", "/dev/full: No space left on device"),
    ],
)
def test_what_cannot_be_read_or_written_is_told_in_a_line(arguments, told, demo, tmp_path):
    if "/dev/full" in arguments and not (FULL.exists() and stat.S_ISCHR(FULL.stat().st_mode)):
        pytest.skip("no /dev/full")
    (tmp_path / "file").write_text("x")
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "", "caption": ""}\n')
    (tmp_path / "shut").mkdir(mode=0o555)
    (tmp_path / "secret").touch(mode=0o000)
    words = [word.format(tmp=tmp_path, demo=demo) for word in re.split(r" (?!such)", arguments)]
    stdout = subprocess.DEVNULL
    if words[-1] == ">/dev/full":
        stdout = FULL.open("wb")
        words.pop()
    done = subprocess.run([*MEDCONCEPT, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, preexec_fn=denied)
    line = re.sub(r"starter-\w+", "VERSION", done.stderr)
    assert line == f"medconcept: {told.format(tmp=tmp_path)}\n"
    assert done.returncode == 1


@pytest.fixture
def disk(tmp_path):
    """Runs the command line with a disk of its own mounted at the folder that it also gives."""
    place = tmp_path / "disk"
    place.mkdir()

    def run(options, *arguments):
        mounted = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mounted, str(place)]
        if subprocess.run([*command, "true"], capture_output=True).returncode:
            pytest.skip("no file system may be mounted here")
        return subprocess.run([*command, *MEDCONCEPT, *map(str, arguments)], capture_output=True, text=True)

    run.place = place
    return run


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("ro", r"disk/out/lease\.json: Read-only file system"),
        ("size=1m", r"disk/out/vocabulary/starter-\w+\.lexicon: No space left on device"),
        (
            "size=9m",
            r"disk/out/(dataset|dedup|publish|units)/[\w./\-]+: No space left on device; run it again to resume",
        ),
    ],
)
def test_a_disk_that_takes_no_more(disk, options, told):
    done = disk(options, "build", "demo", disk.place / "out")
    assert done.returncode == 1
    *progress, line = done.stderr.splitlines()
    assert all(PHASE.fullmatch(other) or "are likely to take" in other for other in progress)
    assert re.fullmatch(f"medconcept: .*{told}", line)


@pytest.mark.parametrize("name", ["Lungenröntgen 肺, two words", "a\nnew line:b"])
def test_any_name_is_good_for_an_output(name, tmp_path):
    done = medconcept("build", "demo", f"{tmp_path}/{name}", "--limit", "3")
    assert all(PHASE.fullmatch(line) for line in done.stderr.splitlines())
    assert medconcept("verify", f"{tmp_path}/{name}").stdout == "no fault found\n"


def test_a_picture_whose_name_is_no_utf_8(tmp_path):
    image = os.fsencode(tmp_path) + b"/\xff.jpg"
    Path(os.fsdecode(image)).write_bytes(b"x")
    subprocess.run([*MEDCONCEPT, "split", image, "-o", tmp_path / "out.jsonl"], check=True, capture_output=True)
    (row,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert row["image"].endswith("/\udcff.jpg")
    done = medconcept("build", "demo", os.fsdecode(image), check=False)
    assert "no UTF-8" in done.stderr
    assert done.stderr.count("\n") == 1


# Nothing on stderr that is not ours


@pytest.mark.parametrize(
    "engine", ["local", "inline", "beam", pytest.param("ray", marks=[pytest.mark.slow, pytest.mark.full])]
)
def test_a_build_tells_its_phases_and_nothing_else(engine, tmp_path):
    done = medconcept("build", "demo", tmp_path / "out", "--engine", engine)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == PHASES
    assert all(PHASE.fullmatch(line) for line in done.stderr.splitlines())


def test_other_commands_tell_nothing_on_stderr(demo, tmp_path):
    texts, images = tmp_path / "in.jsonl", tmp_path / "images"
    texts.write_text('{"id": 1, "text": "Pleural effusion.", "caption": "(A) CT. (B) MR."}\n')
    images.mkdir()
    shutil.copy(_a_picture(), images / "a.jpg")
    for arguments in (
        ("split", images / "a.jpg", "-o", tmp_path / "out.jsonl", "--draw", tmp_path / "drawn"),
        ("link", texts, tmp_path / "out.jsonl"),
        ("link", texts, tmp_path / "out.jsonl", "--linker", "trigram"),
        ("captions", texts, tmp_path / "out.jsonl"),
        ("vocabulary", "build", "--starter", tmp_path / "v.lexicon"),
        ("leakage", demo, "--images", images),
        ("digest", demo),
        ("verify", demo),
        ("plan", "demo"),
    ):
        assert medconcept(*arguments).stderr == "", arguments


def test_an_export_tells_what_it_leaves_out_and_nothing_else(demo, tmp_path):
    told = medconcept("export", demo, tmp_path / "out.jsonl").stderr.splitlines()
    assert told
    assert all(line.startswith("left out: ") for line in told)


def _a_picture():
    """One of the demo's."""
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "medconcept"
    return next(path for path in sorted(cache.rglob("*.jpg")))


def test_verbose_tells_every_item_and_the_traceback(tmp_path):
    done = medconcept("-v", "build", "demo", tmp_path / "out", "--limit", "3")
    assert re.search(r"^medconcept: curate 1/\d: units/\w+-00000: .*\b[123] articles", done.stderr, re.MULTILINE)
    done = medconcept("-v", "verify", tmp_path / "none", check=False)
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1] == f"medconcept: {tmp_path}/none holds no run: run.json is missing"
    assert "Traceback" not in medconcept("verify", tmp_path / "none", check=False).stderr


def test_completion_of_the_shell():
    shell = {"_MEDCONCEPT_COMPLETE": "complete_bash", "COMP_WORDS": "medconcept ver", "COMP_CWORD": "1"}
    assert medconcept(check=False, **shell).stdout.split() == ["verify"]
    assert "_MEDCONCEPT_COMPLETE" in medconcept(check=False, _MEDCONCEPT_COMPLETE="source_bash").stdout


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&-"])
def test_a_closed_stream_is_no_fault(tmp_path, closed):
    command = f"{shlex.join(MEDCONCEPT)} build demo {tmp_path}/out --limit 3 {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    medconcept("verify", tmp_path / "out")
