"""The snapshot that an output is built from: kept under its checksum, so that run.json names exactly one."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.sources import Snapshot
from pipeline.sources.base import ARTICLE_VERSIONS, checksum_of
from pipeline.storage.parquet import WRITING, Fault, read_table
from pipeline.storage.store import Store


def snapshot_path(checksum: str) -> str:
    """Where the snapshot with this checksum lies."""
    return f"plan/snapshot-{checksum[:16]}.parquet"


def write_snapshot(store: Store, snapshot: Snapshot) -> None:
    """Keep the snapshot, unless it is there: later runs of the same output work on it until an update."""
    path = snapshot_path(snapshot.checksum)
    kept = read_snapshot(store, snapshot.checksum)
    if kept is None or kept.id != snapshot.id:  # a newer inventory may list the same
        metadata = {"id": snapshot.id, "checksum": snapshot.checksum}
        with store.create(path) as sink:
            pq.write_table(snapshot.articles.replace_schema_metadata(metadata), sink, **WRITING)


def read_snapshot(store: Store, checksum: str) -> Snapshot | None:
    """The snapshot with this checksum; None where it is missing or damaged."""
    found = load_snapshot(store, snapshot_path(checksum))
    return None if isinstance(found, Fault) or found.checksum != checksum else found


def kept_snapshots(store: Store) -> list[Snapshot]:
    """Every snapshot that an output holds and that is sound."""
    paths = [path for path in store.listing("plan") if path.startswith("plan/snapshot-")]
    found = (load_snapshot(store, path) for path in sorted(paths))
    return [snapshot for snapshot in found if not isinstance(snapshot, Fault)]


def load_snapshot(store: Store, path: str) -> Snapshot | Fault:
    """The snapshot at a path, or what is wrong with it."""
    table = read_table(store, path, ARTICLE_VERSIONS)
    if isinstance(table, Fault):
        return table
    stated = {key: value.decode(errors="replace") for key, value in (table.schema.metadata or {}).items()}
    if not {b"id", b"checksum"} <= stated.keys():
        return Fault(f"{path}: it states no id and checksum", path)
    if not _names_articles(table):
        return Fault(f"{path}: it names no articles such as PMC13901v1", path)
    if checksum_of(table) != stated[b"checksum"]:
        return Fault(f"{path}: its articles have another checksum than it states", path)
    return Snapshot(stated[b"id"], stated[b"checksum"], table.replace_schema_metadata(None))


def _names_articles(table: pa.Table) -> bool:
    return bool(len(table) and pc.all(pc.match_substring_regex(table["article_id"], "^PMC[0-9]+v[0-9]+$")).as_py())
