"""Where the demo mirror lies: in the user's cache, written when it is first wanted."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.sources.demo import write_mirror
from pipeline.storage.cache import cache
from schemas.explain import blamed


def demo_mirror() -> Path:
    """The folder of the demo mirror. Workers that want it at once each write one; the first to be ready stays."""
    place = cache() / f"demo-{_version()}"
    if not place.is_dir():
        with blamed(str(place)), TemporaryDirectory(dir=place.parent) as folder:
            draft = Path(folder) / place.name
            draft.mkdir()
            write_mirror(draft)
            with suppress(OSError):  # another worker was first
                os.replace(draft, place)
    return place


def _version() -> str:
    """A digest of what writes the mirror."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
