"""Where articles come from: a PMC Cloud bucket or mirror, or a tree of legacy packages, behind one interface."""

from pathlib import Path

from pipeline.config.places import check_source, local, scheme
from pipeline.sources.base import (
    IMAGE,
    METADATA,
    XML,
    Metadata,
    ObjectRef,
    Role,
    Snapshot,
    Source,
    SourceReject,
)
from pipeline.sources.cloud import CloudSource
from pipeline.sources.demo.cache import demo_mirror
from pipeline.sources.http import Web
from pipeline.sources.legacy import LegacySource, packages_below
from pipeline.sources.retry import Client, Policy
from pipeline.sources.s3 import Bucket
from pipeline.sources.transport import Folder, Transport
from schemas.errors import UserError

__all__ = [
    "IMAGE",
    "METADATA",
    "XML",
    "Metadata",
    "ObjectRef",
    "Policy",
    "Role",
    "Snapshot",
    "Source",
    "SourceReject",
    "open_source",
]


def open_source(uri: str, concurrency: int = 16, policy: Policy | None = None) -> Source:
    """The source at `s3://bucket[/prefix]`, `http(s)://…` or a directory, or `demo`; nothing is fetched yet.

    `concurrency` is the number of threads that will read from it. Raises UserError for what is no source.
    """
    if uri == "demo":
        return _open_directory(demo_mirror(), concurrency, policy)
    check_source(uri)
    if not scheme(uri):
        return _open_directory(local(uri), concurrency, policy)
    transport: Transport = Bucket(uri, concurrency) if scheme(uri) == "s3" else Web(uri, concurrency)
    return CloudSource(Client(transport, policy or Policy()), concurrency)


def _open_directory(root: Path, concurrency: int, policy: Policy | None) -> Source:
    if not root.is_dir():
        raise UserError(f"{root} is no directory")
    if (root / "inventory-reports").is_dir() or (root / "metadata").is_dir():
        return CloudSource(Client(Folder(root), policy or Policy()), concurrency)
    if any(packages_below(root)):
        return LegacySource(root, concurrency)
    raise UserError(f"{root} has neither metadata/ nor inventory-reports/ nor any PMCn.tar.gz: no source of articles")
