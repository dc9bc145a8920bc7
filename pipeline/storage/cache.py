"""The user's cache: what can be made again, below XDG_CACHE_HOME (XDG Base Directory Specification)."""

import os
from pathlib import Path


def cache() -> Path:
    """Our folder in it, which is there afterwards."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "medconcept"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
