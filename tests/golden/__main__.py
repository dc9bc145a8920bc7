"""Write the golden file anew, once the versions of the stages that changed are raised: python -m tests.golden."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.stages import GOLDEN, summaries

with TemporaryDirectory() as scratch:
    GOLDEN.write_text(json.dumps(summaries(Path(scratch)), indent=1) + "\n", encoding="utf-8")
