"""What an update brings: two inventories compared by ETag."""

from dataclasses import dataclass

from pipeline.sources import Snapshot


@dataclass(frozen=True)
class Difference:
    """The article versions that are new, whose content changed, and that are gone."""

    added: list[str]
    changed: list[str]
    withdrawn: list[str]


def compare(before: Snapshot, after: Snapshot) -> Difference:
    """The article ids that differ between two snapshots, sorted."""
    old, new = _etags(before), _etags(after)
    return Difference(
        added=sorted(new.keys() - old.keys()),
        changed=sorted(article for article in new.keys() & old.keys() if new[article] != old[article]),
        withdrawn=sorted(old.keys() - new.keys()),
    )


def _etags(snapshot: Snapshot) -> dict[str, str]:
    columns = (snapshot.articles[name].to_pylist() for name in ("article_id", "etag"))
    return dict(zip(*columns, strict=True))


def describe_update(before: Snapshot, after: Snapshot) -> str:
    """The difference in one line."""
    found = compare(before, after)
    return (
        f"update {before.id} -> {after.id}: {len(found.added)} added, {len(found.changed)} changed, "
        f"{len(found.withdrawn)} withdrawn"
    )
