"""What an update brings: two inventories compared by ETag."""

import pyarrow.compute as pc

from pipeline.sources import Snapshot


def describe_update(before: Snapshot, after: Snapshot) -> str:
    """The difference in one line: how many article versions are new, have other content, and are gone."""
    old, new = before.articles, after.articles
    place = pc.index_in(new["article_id"], value_set=old["article_id"].combine_chunks())
    known = pc.is_valid(place)
    kept = pc.sum(known).as_py() or 0
    same = pc.sum(pc.equal(new["etag"].filter(known), old["etag"].take(place.drop_null()))).as_py() or 0
    added, withdrawn = len(new) - kept, len(old) - kept
    return f"update {before.id} -> {after.id}: {added} added, {kept - same} changed, {withdrawn} withdrawn"
