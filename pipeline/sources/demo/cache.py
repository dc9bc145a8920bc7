"""Where the demo mirror lies: in the user's cache, written when it is first wanted."""

import hashlib
from pathlib import Path

from pipeline.sources.demo import write_mirror
from pipeline.storage.cache import cached_folder


def demo_mirror() -> Path:
    """The folder of the demo mirror, whole."""
    return cached_folder(f"demo-{_version()}", write_mirror)


def _version() -> str:
    """A digest of what writes the mirror."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
