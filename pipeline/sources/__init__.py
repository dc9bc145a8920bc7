"""Where articles come from: a PMC Cloud bucket or mirror, or a tree of legacy packages, behind one interface."""

from pathlib import Path
from urllib.parse import urlsplit

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
from pipeline.sources.legacy import LegacySource, packages_below
from pipeline.sources.names import is_text, to_uri
from pipeline.sources.retry import Client, Policy
from pipeline.sources.s3 import Bucket
from pipeline.sources.transport import Folder, Transport
from pipeline.sources.web import Web
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
    if "://" not in uri:
        return _open_directory(Path(uri).expanduser(), concurrency, policy)
    scheme = uri.partition("://")[0]
    if scheme not in ("s3", "http", "https") or not _host(uri):
        raise UserError(f"{uri} is no source: name a directory, s3://bucket[/prefix] or an http(s) address")
    transport: Transport = Bucket(uri, concurrency) if scheme == "s3" else Web(uri, concurrency)
    return CloudSource(Client(transport, policy or Policy()), concurrency)


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _open_directory(root: Path, concurrency: int, policy: Policy | None) -> Source:
    if not root.is_dir():
        raise UserError(f"{root} is no directory")
    if not is_text(str(root)):
        raise UserError(f"{to_uri(str(root))} is no name in UTF-8, and run.json could not state it")
    if (root / "inventory-reports").is_dir() or (root / "metadata").is_dir():
        return CloudSource(Client(Folder(root), policy or Policy()), concurrency)
    if any(packages_below(root)):
        return LegacySource(root, concurrency)
    raise UserError(f"{root} has neither metadata/ nor inventory-reports/ nor any PMCn.tar.gz: no source of articles")
