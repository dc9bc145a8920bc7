"""Where articles come from: a PMC Cloud bucket or mirror, or a tree of legacy packages, behind one interface."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.config import places
from pipeline.sources.base import (
    IMAGE,
    METADATA,
    XML,
    Away,
    Metadata,
    ObjectRef,
    Role,
    Snapshot,
    Source,
    SourceReject,
)
from pipeline.sources.cloud import CloudSource
from pipeline.sources.credentials import authorization
from pipeline.sources.demo.cache import demo_mirror
from pipeline.sources.health import Policy
from pipeline.sources.http import Web
from pipeline.sources.legacy import LegacySource, packages_below
from pipeline.sources.local import LANDMARKS, Folder
from pipeline.sources.quota.desk import Desk
from pipeline.sources.quota.lines import Bounds
from pipeline.sources.quota.rate import Cut
from pipeline.sources.retry import Client
from pipeline.sources.s3 import Bucket
from pipeline.sources.transport import Transport
from schemas.errors import told

__all__ = [
    "IMAGE",
    "METADATA",
    "XML",
    "Away",
    "Bounds",
    "Cut",
    "Desk",
    "Metadata",
    "ObjectRef",
    "Opening",
    "Policy",
    "Role",
    "Snapshot",
    "Source",
    "SourceReject",
    "open_source",
]


def open_source(uri: str, concurrency: int = 16, policy: Policy | None = None, bounds: Bounds | None = None) -> Source:
    """The source at `s3://bucket[/prefix]`, `http(s)://…` or a directory, or `demo`; nothing is fetched yet.

    `concurrency` is the number of threads that will read from it, `bounds` what they keep to together with those of
    other workers, where it is not on this machine.

    Raises:
        Away: the directory is not there, or holds nothing that a source does.
        UserError: the address is none of a source.
    """
    policy = policy or Policy()
    if uri == "demo":
        return _open_directory(demo_mirror(), concurrency, policy)
    places.check_source(uri)
    if not places.scheme(uri):
        return _open_directory(places.local(uri), concurrency, policy)
    transport: Transport
    if places.scheme(uri) == "s3":
        transport = Bucket(uri, concurrency, bounds=bounds)
    else:
        transport = Web(uri, concurrency, headers=authorization(uri), bounds=bounds)
    return CloudSource(Client(transport, policy), concurrency)


@dataclass
class Opening:
    """Opens a source as `open_source` does, once a process: what reads from it there has the same connections."""

    uri: str
    concurrency: int
    policy: Policy
    bounds: Bounds | None = None
    _opened: Source | None = field(default=None, init=False)

    def __call__(self) -> Source:
        """The source."""
        if self._opened is None:
            self._opened = open_source(self.uri, self.concurrency, self.policy, self.bounds)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        """Without what it has opened: connections stay in their process."""
        return vars(self) | {"_opened": None}


def _open_directory(root: Path, concurrency: int, policy: Policy) -> Source:
    try:
        if not root.is_dir():
            raise Away(f"{root} is no directory")
        if any((root / name).is_dir() for name in LANDMARKS):
            return CloudSource(Client(Folder(root), policy), concurrency)
        if any(packages_below(root)):
            return LegacySource(root, concurrency, policy)
    except OSError as error:
        raise Away(f"{root} cannot be read: {told(error)}") from error
    raise Away(f"{root} has neither metadata/ nor inventory-reports/ nor any PMCn.tar.gz: no source of articles")
