"""A run as `medconcept status` tells it from outside, step by step."""

import json
import time

from tests.running import medconcept


class Watch:
    """Asks `status` in processes of its own. What stands of a phase never becomes less, and each failure has a cause.

    What a person would see is printed: `pytest -s` shows it.
    """

    def __init__(self, out):
        self.out, self.stood = out, {}

    def says(self, *states):
        """What it says now, as a document; the run is in one of these states."""
        shown = medconcept("status", self.out, NO_COLOR="1").stdout
        print(f"\n$ medconcept status {self.out}\n{shown}")
        assert max(map(len, shown.splitlines())) <= 80
        told = json.loads(medconcept("status", self.out, "--json").stdout)
        assert told["state"] in states, shown
        for phase in told["phases"]:
            assert self.stood.get(phase["name"], 0) <= phase["done"] <= phase["items"], shown
            assert sum(cause["items"] for cause in phase["causes"]) == phase["failed"], shown
            self.stood[phase["name"]] = phase["done"]
        return told

    def until(self, holds, *states):
        """What it says as soon as that holds of it."""
        while not holds(told := self.says(*states)):
            time.sleep(1)
        return told

    def nothing(self):
        """There is no run yet, and that is said in one line."""
        done = medconcept("status", self.out, check=False)
        print(f"\n$ medconcept status {self.out}\n{done.stderr}")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "holds no run" in done.stderr


def curate(told):
    """What a status says of the first phase, if it has begun."""
    return next((phase for phase in told["phases"] if phase["name"] == "curate"), None)


def curated(told):
    """How many units stand, by what a status says."""
    return curate(told)["done"] if curate(told) else 0
