"""What docker/ holds, read: the instructions of the Dockerfile, and what a lock file pins."""

import re
import shlex
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


class Pin(NamedTuple):
    """A version, and the environments that it is for."""

    version: str
    marker: Marker | None

    def fits(self, python):
        environment = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
        return self.marker is None or self.marker.evaluate(environment)


def lock(name):
    """The pins of a lock file by package."""
    pins = defaultdict(list)
    lines = (DOCKER / name).read_text()
    for package, version, marker in re.findall(r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))? \\$", lines, re.MULTILINE):
        pins[package].append(Pin(version, Marker(marker) if marker else None))
    return pins


class Stage(NamedTuple):
    """A stage of the Dockerfile: what it is made from, and its instructions."""

    base: str
    steps: list[tuple[str, str]]


def stages():
    """The stages of the Dockerfile by name."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE))
    found = {}
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = Stage(base, [])
        else:
            found[name].steps.append((word, rest))
    return found


def copies(stage):
    """What COPY takes into a stage: the stage it comes from or "", the sources, the target."""
    for word, rest in stage.steps:
        if word == "COPY":
            words = shlex.split(rest)
            source = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
            yield source, words[:-1], words[-1]
