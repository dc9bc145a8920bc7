"""The command line as a process of its own, and what is asked of an output in this one: a process takes seconds."""

import os
import subprocess
import sys

from pipeline.phases.verify import faults
from pipeline.reports.digest import dataset_digest
from pipeline.storage.store import open_store

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
    return dataset_digest(open_store(str(out)))


def verify(out):
    """Assert that an output is without a fault."""
    assert list(faults(open_store(str(out)))) == []
