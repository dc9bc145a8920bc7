"""The command line as a process of its own."""

import os
import subprocess
import sys

MEDCONCEPT = [sys.executable, "-m", "pipeline"]


def medconcept(*arguments, check=True, **environment):
    """Run the command line to its end; `environment` adds variables."""
    command = [*MEDCONCEPT, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=900)
    if check:
        assert done.returncode == 0, done.stderr
    return done


def digest(out):
    """The dataset's digest."""
    return medconcept("digest", out).stdout.strip()
