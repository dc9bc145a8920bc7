"""A small synthetic mirror in the layout of PMC Cloud, so that a newcomer needs neither network nor data.

Its articles hold what a real mirror holds: compound and single figures, every licence group, and one of each fault
that a run must account for. The same libraries write the same bytes every time.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from pipeline.sources.demo.articles import Article, Graphic, jats, read_articles
from pipeline.sources.demo.drawings import draw, encode

BUCKET = "pmc-oa-opendata"
INVENTORY = f"inventory-reports/{BUCKET}/metadata"
SNAPSHOT, INCOMPLETE = "2026-10-01T01-00Z", "2026-10-02T01-00Z"
MODIFIED = "2026-09-30T12:00:00.000Z"
CREATED = "1790816400000"  # the snapshot's time in milliseconds since 1970
SHARDS = 2


def write_mirror(folder: Path) -> None:
    """Write the mirror into `folder`, which must not hold one yet.

    The newest inventory snapshot lacks its manifest, as one that is still being written does.
    """
    metadata = {"metadata/README.txt": b"One JSON document for each article version.\n"}
    for article in read_articles():
        objects = dict(_objects(article))
        document = _metadata(article, objects)
        metadata[f"metadata/{article.name}.json"] = document
        objects[f"{article.name}/{article.name}.json"] = document
        _write(folder, objects)
    _write(folder, metadata)
    _write(folder, dict(_inventory(metadata)))


def _objects(article: Article) -> Iterator[tuple[str, bytes]]:
    """Keys and contents of the article's XML and media."""
    yield f"{article.name}/{article.name}.xml", jats(article)
    for graphic in article.graphics:
        if graphic.draw:
            yield f"{article.name}/{graphic.name}", _picture(graphic)
    for attachment in article.attachments:
        yield f"{article.name}/{attachment}", b"visit,volume\n1,412\n2,388\n"


def _picture(graphic: Graphic) -> bytes:
    image = draw(graphic.draw, graphic.letters)
    if graphic.scale != 1:
        size = round(image.width * graphic.scale), round(image.height * graphic.scale)
        image = image.resize(size, Image.Resampling.LANCZOS)
    return encode(image, graphic.name, graphic.quality)


def _metadata(article: Article, objects: dict[str, bytes]) -> bytes:
    """The article's JSON with the 16 fields that PMC publishes."""
    xml, *media = [f"s3://{BUCKET}/{quote(key)}?md5={hashlib.md5(data).hexdigest()}" for key, data in objects.items()]
    document = {
        "pmcid": article.id,
        "version": article.version,
        "pmid": article.pmid,
        "doi": article.doi,
        "mid": None,
        "title": article.title,
        "citation": f"{article.journal}. {article.year}",
        "is_pmc_openaccess": article.open_access,
        "is_manuscript": article.manuscript,
        "is_historical_ocr": article.historical_ocr,
        "is_retracted": article.retracted,
        "license_code": article.license if article.license_in_json else None,
        "xml_url": xml,
        "text_url": None,
        "pdf_url": None,
        "media_urls": media,
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def _inventory(metadata: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Shards, the manifest of the complete snapshot, and the incomplete one that follows it."""
    rows = [
        f'"{BUCKET}","{key}","{MODIFIED}","{hashlib.md5(data).hexdigest()}"\n' for key, data in sorted(metadata.items())
    ]
    listed = []
    for shard in range(SHARDS):
        key = f"{INVENTORY}/data/part-{shard}.csv.gz"
        data = gzip.compress("".join(rows[shard::SHARDS]).encode(), mtime=0)
        listed.append({"key": key, "size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()})
        yield key, data
    manifest = {
        "sourceBucket": BUCKET,
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "version": "2016-11-30",
        "creationTimestamp": CREATED,
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
        "files": listed,
    }
    data = json.dumps(manifest, indent=1).encode()
    for snapshot in (SNAPSHOT, INCOMPLETE):
        yield f"{INVENTORY}/{snapshot}/manifest.checksum", hashlib.md5(data).hexdigest().encode()
    yield f"{INVENTORY}/{SNAPSHOT}/manifest.json", data


def _write(folder: Path, objects: dict[str, bytes]) -> None:
    for key, data in objects.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
