"""Which snapshot is taken: the newest complete one, wherever and however the source shows its folders."""

import gzip
import json
from datetime import date, datetime, timezone
from itertools import repeat

import pytest
from servers import BUCKET, QUICK, cut_off, listing, md5, status

from pipeline.sources import open_source
from schemas.errors import Outage, UserError

OLD, NEW = "2026-11-20T01-00Z", "2026-11-21T01-00Z"
REPORTS = f"inventory-reports/{BUCKET}/metadata"


@pytest.fixture
def two_days(mirror):
    """PMC1.1 is in both snapshots, PMC2.1 in the newer only."""
    mirror.add("PMC1.1").inventory(OLD)
    return mirror.add("PMC2.1").inventory(NEW)


def taken(uri) -> tuple[str, list[str]]:
    snapshot = open_source(str(uri), policy=QUICK).snapshot()
    return snapshot.id, snapshot.articles["article_id"].to_pylist()


def test_the_newest_is_taken(two_days):
    assert taken(two_days.root) == (NEW, ["PMC1v1", "PMC2v1"])


def test_that_of_a_day_is_taken_where_it_is_named(two_days):
    source = open_source(str(two_days.root))
    assert source.snapshot(date(2026, 11, 20)).id == OLD
    assert len(source.snapshot(date(2026, 11, 20)).articles) == 1


def test_a_day_without_an_inventory_is_told_with_the_nearest(two_days):
    source = open_source(str(two_days.root))
    with pytest.raises(UserError, match=r"has no inventory of 2026-11-30; the nearest: 2026-11-21$"):
        source.snapshot(date(2026, 11, 30))
    two_days.inventory("2026-11-25T01-00Z")
    with pytest.raises(UserError, match=r"the nearest: 2026-11-21, 2026-11-25$"):
        source.snapshot(date(2026, 11, 23))


def test_that_of_a_day_is_not_complete(two_days):
    (two_days.root / REPORTS / NEW / "manifest.json").unlink()
    with pytest.raises(UserError, match=r"no complete inventory of 2026-11-21: .*manifest\.json"):
        open_source(str(two_days.root)).snapshot(date(2026, 11, 21))


def test_a_source_without_inventories_has_none_of_a_day(mirror):
    mirror.add("PMC1.1")
    with pytest.raises(UserError, match="has no inventories, of which --snapshot could name one"):
        open_source(str(mirror.root)).snapshot(date(2026, 11, 21))


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (f"{NEW}/manifest.json", lambda path: path.unlink()),
        (f"{NEW}/manifest.json", lambda path: path.write_bytes(b'{"files": [')),
        (f"{NEW}/manifest.json", lambda path: path.write_bytes(b'{"fileSchema": "Key, ETag", "files": []}')),
        (f"{NEW}/manifest.json", lambda path: path.write_text(path.read_text().replace("ETag", "Size"))),
        (f"data/{NEW}-0.csv.gz", lambda path: path.unlink()),
        (f"data/{NEW}-1.csv.gz", lambda path: path.write_bytes(path.read_bytes()[:-1])),
    ],
    ids=["missing", "cut", "empty", "columns", "shard missing", "shard damaged"],
)
def test_an_incomplete_one_is_passed_over(two_days, file, damage):
    damage(two_days.root / REPORTS / file)
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


def replace_shards(mirror, *shards):
    """The shards of the newer snapshot, whole by their MD5."""
    path = mirror.root / REPORTS / NEW / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = []
    for n, shard in enumerate(shards):
        key = f"{REPORTS}/data/{NEW}-{n}.csv.gz"
        (mirror.root / key).write_bytes(shard)
        manifest["files"].append({"key": key, "size": len(shard), "MD5checksum": md5(shard)})
    path.write_text(json.dumps(manifest))


LINE = b'"b","metadata/PMC9.1.json","2026","%s"' % (b"0" * 32)


@pytest.mark.parametrize(
    "shard",
    [b"no gzip", gzip.compress(b'"a","b"\n"c"\n'), gzip.compress(LINE)[:-9], gzip.compress(b"\xff\xfe\n")],
    ids=["no gzip", "rows of two lengths", "cut", "no text"],
)
def test_a_shard_with_the_right_md5_that_is_no_table(two_days, shard):
    replace_shards(two_days, shard, gzip.compress(LINE))
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


EMPTY = {
    "no byte": b"",
    "nothing": gzip.compress(b""),
    "blank lines": gzip.compress(b"\n\r\n \t\n"),
    "no article": gzip.compress(b'"b","metadata/index.html","2026","1"\r\n"b","PMC1.1/PMC1.1.json","2026","2"\r\n'),
    "other bytes": gzip.compress(b'"b","\xe4\0","\xff","\xfe"\n'),
}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_a_shard_may_list_no_article(two_days, empty):
    replace_shards(two_days, empty, gzip.compress(LINE), empty)
    assert taken(two_days.root) == (NEW, ["PMC9v1"])


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_an_inventory_must_list_one(two_days, empty):
    replace_shards(two_days, empty, empty)
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r\n\r\n\r\n"])
@pytest.mark.parametrize("quote", [b'"', b""])
def test_lines_of_all_makes(two_days, end, quote):
    lines = [LINE.replace(b"PMC9", b"PMC%d" % n).replace(b'"', quote) for n in (7, 8)]
    replace_shards(two_days, gzip.compress((end or b"\r\n").join(lines) + end))
    assert taken(two_days.root) == (NEW, ["PMC7v1", "PMC8v1"])


def test_none_is_complete(two_days):
    for day in (OLD, NEW):
        (two_days.root / REPORTS / day / "manifest.json").unlink()
    with pytest.raises(UserError, match=f"no complete inventory: {NEW}: .*manifest.json: not there; {OLD}: "):
        taken(two_days.root)


def test_etags_in_quotes_and_a_bucket_of_another_name(mirror):
    mirror.add("PMC1.1").inventory(folder="my-copy", quoted='"{}"')
    snapshot = open_source(str(mirror.root)).snapshot()
    assert snapshot.articles["etag"].to_pylist() == [mirror.etags["PMC1.1"]]


def test_the_checksum_follows_the_content(two_days):
    before = open_source(str(two_days.root)).snapshot()
    two_days.inventory("2026-11-22T01-00Z")
    again = open_source(str(two_days.root)).snapshot()
    assert (again.id, again.checksum) == ("2026-11-22T01-00Z", before.checksum)
    two_days.add("PMC2.1", b"<article>changed</article>").inventory("2026-11-23T01-00Z")
    assert open_source(str(two_days.root)).snapshot().checksum != before.checksum


def test_a_partial_copy_without_an_inventory(mirror, serve):
    mirror.add("PMC10.1").add("PMC9.2")
    (mirror.root / "metadata" / "README.json").write_bytes(b"")
    source = open_source(str(mirror.root))
    snapshot = source.snapshot()
    assert snapshot.id == "listing"
    assert snapshot.articles["etag"].to_pylist() == [mirror.etags["PMC10.1"], mirror.etags["PMC9.2"]]
    assert taken(serve(mirror.root).uri) == ("listing", ["PMC10v1", "PMC9v2"])


def no_index(server):
    """The server shows no folders."""
    for folder in ("", "inventory-reports/", f"inventory-reports/{BUCKET}/", f"{REPORTS}/", "metadata/"):
        server.faults[f"/{folder}"] = repeat(status(403))


def test_a_server_without_index_pages_is_probed(two_days, serve):
    today = f"{datetime.now(timezone.utc):%Y-%m-%dT01-00Z}"
    two_days.inventory(today)
    server = serve(two_days.root)
    no_index(server)
    assert taken(server.uri) == (today, ["PMC1v1", "PMC2v1"])


def test_nothing_to_be_found_by_probing(mirror, serve):
    mirror.add("PMC1.1")
    server = serve(mirror.root)
    no_index(server)
    with pytest.raises(UserError, match="no PMC Cloud mirror"):
        taken(server.uri)


def test_a_server_that_takes_no_queries(two_days, serve):
    server = serve(two_days.root)
    server.faults["/"] = repeat(status(400))
    assert taken(server.uri)[0] == NEW


@pytest.mark.parametrize("prefix", ["", "some/where/"])
def test_a_bucket_behind_http_is_listed_page_by_page(two_days, serve, prefix):
    keys = [prefix + path.relative_to(two_days.root).as_posix() for path in two_days.root.rglob("*") if path.is_file()]
    top = two_days.root.rename(two_days.root.parent / "top")
    (two_days.root / prefix).parent.mkdir(parents=True, exist_ok=True)
    top.rename(two_days.root / prefix)
    server = serve(two_days.root)
    server.faults["/"] = repeat(listing(keys))
    assert taken(f"{server.uri}/{prefix}") == (NEW, ["PMC1v1", "PMC2v1"])
    assert server.count["/inventory-reports/"] == 0


def test_a_server_that_fails_for_a_moment(two_days, serve):
    server = serve(two_days.root)
    server.faults[f"/{REPORTS}/{NEW}/manifest.json"] = iter([status(503), cut_off])
    server.faults["/inventory-reports/"] = iter([status(429)])
    assert taken(server.uri)[0] == NEW


def test_a_server_that_fails_does_not_make_an_older_snapshot_the_newest(two_days, serve):
    server = serve(two_days.root)
    server.faults[f"/{REPORTS}/{NEW}/manifest.json"] = repeat(status(500))
    with pytest.raises(Outage, match=r"manifest.json: HTTP 500"):
        taken(server.uri)
