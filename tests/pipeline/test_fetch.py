"""The fetching stages: gates, rejects with reasons, bytes with their MD5, rows in order."""

import pickle
from functools import partial
from itertools import repeat

import pyarrow as pa
import pytest
from servers import BUCKET, QUICK, md5, status, write

from dags.stage import apply
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.sources import open_source
from schemas.articles import PLANNED
from schemas.errors import Outage
from schemas.figures import FIGURES


def planned(*articles: str, etags=None) -> pa.Table:
    rows = [{"article_id": article, "etag": (etags or {}).get(article, "")} for article in articles]
    return pa.Table.from_pylist(rows, schema=PLANNED)


def fetched(uri, table: pa.Table, licenses: str = "commercial") -> list[dict]:
    stage = FetchArticles(partial(open_source, str(uri), policy=QUICK), licenses, concurrency=4)
    stage = pickle.loads(pickle.dumps(stage))
    stage.setup()
    return apply(stage, table).to_pylist()


def reasons(rows: list[dict]) -> list[str | None]:
    return [row["reject"] and row["reject"]["reason"] for row in rows]


def test_an_article_with_its_media(mirror):
    mirror.add("PMC7.1", b"<article>7</article>", {"a b.jpg": b"jpeg"})
    (row,) = fetched(mirror.root, planned("PMC7v1"))
    assert row == {
        "article_id": "PMC7v1",
        "pmid": "31",
        "doi": "10.1/x",
        "license": "CC BY",
        "xml": b"<article>7</article>",
        "media": [{"name": "a b.jpg", "uri": f"s3://{BUCKET}/PMC7.1/a%20b.jpg", "md5": md5(b"jpeg")}],
        "reject": None,
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"is_pmc_openaccess": False, "xml_url": None}, "not_open_access"),
        ({"is_retracted": True, "license_code": "CC BY-NC"}, "retracted"),
        ({"is_historical_ocr": True}, "historical_ocr"),
        ({"license_code": "CC BY-NC"}, "license_excluded"),
        ({"license_code": "TDM"}, "license_excluded"),
        ({"license_code": "CC0"}, None),
        ({"license_code": None}, None),
        ({"xml_url": None}, "xml_missing"),
        ({"xml_url": f"s3://{BUCKET}/PMC7.1/other.xml"}, "xml_missing"),
        ({"xml_url": f"s3://{BUCKET}/PMC7.1/PMC7.1.xml?md5={'0' * 32}"}, "md5_mismatch"),
        ({"version": "one"}, "metadata_invalid"),
    ],
    ids=str,
)
def test_the_gates(mirror, fields, reason):
    mirror.add("PMC7.1", **fields)
    (row,) = fetched(mirror.root, planned("PMC7v1"))
    assert reasons([row]) == [reason]
    assert (row["xml"] is None) == (reason is not None)


@pytest.mark.parametrize(
    ("group", "reason"), [("commercial", "license_excluded"), ("noncommercial", None), ("all", None)]
)
def test_the_licence_group(mirror, group, reason):
    mirror.add("PMC7.1", license_code="CC BY-NC-ND")
    assert reasons(fetched(mirror.root, planned("PMC7v1"), group)) == [reason]


@pytest.mark.parametrize(
    ("stated", "group", "license", "reason"),
    [
        ("cc-by", "commercial", "CC BY", None),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "noncommercial", "CC BY-NC", None),
        ("CC BY-XX", "noncommercial", "CC BY-XX", "license_excluded"),
        ("NO-CC CODE", "commercial", "NO-CC CODE", "license_excluded"),
        ("NO-CC CODE", "all", "NO-CC CODE", None),
        (" ", "commercial", None, None),
    ],
)
def test_a_licence_that_is_not_known_is_not_unstated(mirror, stated, group, license, reason):
    mirror.add("PMC7.1", license_code=stated)
    (row,) = fetched(mirror.root, planned("PMC7v1"), group)
    assert (row["license"], reasons([row])) == (license, [reason])


def test_rows_stay_in_order_whatever_answers_first(mirror, serve):
    names = [f"PMC{n}" for n in range(1, 150)]
    for name in names:
        mirror.add(f"{name}.1", name.encode())
    rows = fetched(serve(mirror.inventory().root).uri, planned(*(f"{name}v1" for name in names)))
    assert [row["article_id"] for row in rows] == [f"{name}v1" for name in names]
    assert [row["xml"].decode() for row in rows] == names


def test_one_bad_article_and_a_source_that_is_down(mirror, serve):
    names = [f"PMC{n}" for n in range(1, 21)]
    for name in names:
        mirror.add(f"{name}.1")
    server = serve(mirror.inventory().root)
    server.faults["/PMC3.1/PMC3.1.xml"] = repeat(status(500))
    table = planned(*(f"{name}v1" for name in names))
    assert reasons(fetched(server.uri, table)) == [None, None, "fetch_failed", *[None] * 17]
    for name in names:
        server.faults[f"/metadata/{name}.1.json"] = repeat(status(500))
    with pytest.raises(Outage, match=r"is down, it cannot be reached: HTTP 500; for \d+ s nothing answered"):
        fetched(server.uri, table)


def images(uri, *rows: dict) -> list[dict]:
    stage = FetchImages(partial(open_source, str(uri), policy=QUICK), concurrency=4)
    stage.setup()
    return apply(stage, pa.Table.from_pylist(rows, schema=FIGURES)).to_pylist()


def figure(name: str, uri: str, md5: str | None) -> dict:
    return {"article_id": "PMC7v1", "figure_id": "PMC7v1-f001", "graphic": name, "source_uri": uri, "source_md5": md5}


def test_the_bytes_of_a_graphic(mirror):
    mirror.add("PMC7.1", media={"a.jpg": b"jpeg"})
    uri = f"s3://{BUCKET}/PMC7.1/a.jpg"
    rows = images(
        mirror.root, figure("a.jpg", uri, md5(b"jpeg")), figure("a.jpg", uri, md5(b"x")), figure("a", uri, "")
    )
    assert [row["image"] for row in rows] == [b"jpeg", None, b"jpeg"]
    assert [row["source_md5"] for row in rows] == [md5(b"jpeg"), md5(b"x"), md5(b"jpeg")]
    assert reasons(rows) == [None, "md5_mismatch", None]
    assert {row["reject"]["stage"] for row in rows if row["reject"]} == {"fetch_images"}
    assert {row["figure_id"] for row in rows} == {"PMC7v1-f001"}


def test_the_bytes_of_a_graphic_in_a_package(tmp_path):
    from test_sources_legacy import PACKAGE

    write(tmp_path / "PMC7.tar.gz", PACKAGE)
    rows = images(tmp_path, figure("gr1.jpg", "PMC7.tar.gz#PMC7/gr1.jpg", ""), figure("x", "PMC7.tar.gz#PMC7/x", None))
    assert [(row["image"], row["source_md5"]) for row in rows] == [(b"jpeg", md5(b"jpeg")), (None, None)]
    assert reasons(rows) == [None, "image_missing"]
