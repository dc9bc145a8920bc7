"""`coco`: source graphics with the boxes of their panels, cells and letters, as COCO's JSON for detection.

See https://cocodataset.org/#format-data. Images come before annotations in a document, so that these wait in a
temporary file until all images are written.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO

from pipeline.reports.export.boxes import CATEGORIES, letter_boxes, panel_boxes, size_of
from pipeline.reports.export.pictures import TOGETHER, Looked, Pictures, Wanted
from pipeline.reports.export.shards import PublishedShard
from pipeline.reports.facts import LICENSE_URL
from schemas.panels import is_whole
from schemas.tables import Row
from transforms.panels.detector import model_digest
from transforms.panels.finder import UNSOUGHT
from transforms.rights.licenses import narrowest

COLUMNS = ["panel_id", "cells", "modality", "provenance"]

#: Bytes of annotations that are read back at once.
CHUNK = 1 << 20

#: The ending of a file's name, where it is one.
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}", re.ASCII)


class Coco:
    """Documents of COCO. Ids of images and annotations are unique among all that one export writes.

    `about` says what the dataset is; without `pictures` no picture is read; annotations wait in `folder`.
    """

    suffix, begins = ".json", b'{"info"'

    def __init__(self, about: Row, pictures: Pictures | None, folder: str | None) -> None:
        self._about, self._pictures, self._folder = about, pictures, folder
        self.counts: Counter[str] = Counter()
        self._lost = ""

    def document(self, shards: Iterable[PublishedShard]) -> Iterator[bytes]:
        """A document of these shards; raises UserError."""
        licenses: dict[tuple[str | None, str | None], int] = {}
        with TemporaryFile(dir=self._folder) as annotations:
            yield _line('{"info": ', self._about, ',\n"images": [')
            before = "\n"
            for shard in shards:
                refused = shard.partly_refused()
                for graphic, rows, looked in self._graphics(shard):
                    right = _license(rows, graphic in refused)
                    license = licenses.setdefault(right, len(licenses) + 1)
                    image = {**self._image(shard, graphic, rows, looked), "license": license}
                    yield _line(before, image)
                    before = ",\n"
                    self._annotate(annotations, image, rows, looked)
            yield b'\n],\n"annotations": ['
            yield from _read_back(annotations)
            categories = [
                {"id": number, "name": name, "supercategory": "figure"} for number, name in enumerate(CATEGORIES, 1)
            ]
            yield _line('\n],\n"categories": ', categories, ',\n"licenses": ')
            yield _line("", [_stated(number, *right) for right, number in licenses.items()], "}\n")

    def _graphics(self, shard: PublishedShard) -> Iterator[tuple[str, list[Row], Looked | None]]:
        """The graphics of a shard with their rows and, where pictures are read, what they show."""
        graphics = shard.graphics(COLUMNS)
        while some := list(islice(graphics, TOGETHER)):
            if self._pictures is None:
                yield from ((graphic, rows, None) for graphic, rows in some)
                continue
            wanted = [Wanted(graphic, _name(shard, graphic, rows), rows[0]["provenance"]) for graphic, rows in some]
            for (graphic, rows), looked in zip(some, self._pictures.look(wanted), strict=True):
                if isinstance(looked, str):
                    self.counts["pictures lost"] += 1
                    self._lost = self._lost or looked
                yield graphic, rows, looked if isinstance(looked, Looked) else None

    def _image(self, shard: PublishedShard, graphic: str, rows: list[Row], looked: Looked | None) -> Row:
        known = rows[0]["provenance"]
        size = (looked.width, looked.height) if looked else size_of(rows)
        self.counts["images"] += 1
        self.counts["sizes unknown"] += size is None
        width, height = size or (None, None)
        return {
            "id": self.counts["images"],
            "file_name": _name(shard, graphic, rows),
            "width": width,
            "height": height,
            "uri": known["source_uri"],
            "md5": known["source_md5"],
            "sha256": known["parent_sha256"],
            "graphic_id": graphic,
            "split": shard.shard.split,
            "attribution": " ".join(dict.fromkeys(filter(None, (row["provenance"]["attribution"] for row in rows)))),
        }

    def _annotate(self, annotations: IO[bytes], image: Row, rows: list[Row], looked: Looked | None) -> None:
        """Add the boxes of an image to the annotations."""
        boxes = list(panel_boxes(rows))
        detector = rows[0]["provenance"]["detector"]
        if looked and not detector.startswith(UNSOUGHT):
            boxes += letter_boxes(looked.letters, rows, (looked.width, looked.height))
            self.counts["other weights"] += model_digest() not in detector
        for box in boxes:
            self.counts["annotations"] += 1
            self.counts[CATEGORIES[box["category_id"] - 1]] += 1
            annotation = {"id": self.counts["annotations"], "image_id": image["id"], **box}
            annotations.write(_line(",\n" if annotations.tell() else "\n", annotation))

    def summary(self) -> str:
        """How many images and annotations there are."""
        counts = self.counts
        kinds = ", ".join(f"{counts[name]:,} {name}s" for name in CATEGORIES)
        return f"{counts['images']:,} images, {counts['annotations']:,} annotations: {kinds}"

    def left_out(self) -> Iterator[str]:
        """What only pictures say where none is read, those that are lost, and what the format has no place for."""
        counts = self.counts
        if self._pictures is None:
            yield "pictures, and the letters on them, whose boxes no corpus keeps: --images SOURCE reads both"
        if counts["pictures lost"]:
            yield f"{counts['pictures lost']:,} pictures, first {self._lost}"
        if counts["sizes unknown"]:
            yield f"width and height of {counts['sizes unknown']:,} images, of which no row shows the whole"
        if counts["other weights"]:
            yield f"the letters of {counts['other weights']:,} images as the build read them: its weights were others"
        yield "captions, concepts, embeddings and what else a triplet has; `export jsonl` has them by `panel_id`"


def _name(shard: PublishedShard, graphic: str, rows: list[Row]) -> str:
    """The name of a graphic's file, from where the document lies."""
    suffix = PurePosixPath(rows[0]["provenance"]["graphic"]).suffix.lower()
    return f"images/{shard.name}/{graphic}{suffix if _SUFFIX.fullmatch(suffix) else ''}"


def _license(rows: list[Row], refused: bool) -> tuple[str | None, str | None]:
    """The licence of a graphic and its address: what its panels have, the narrowest where they differ.

    None where a panel of it is `refused` for its rights. Of a graphic that is published whole the crops are refused,
    where no derivative is permitted: its one row says what it is under.
    """
    if refused and not any(is_whole(row["provenance"]["detector"]) for row in rows):
        return None, None
    stated = {(row["provenance"]["license"], row["provenance"]["license_url"]) for row in rows}
    if len(stated) == 1:
        return stated.pop()
    codes = {code for code, _ in stated}
    return (None if None in codes else narrowest(code for code in codes if code)), None


def _stated(number: int, code: str | None, url: str | None) -> Row:
    return {"id": number, "name": code or "none for the whole picture", "url": url or LICENSE_URL}


def _line(before: str, value: object, after: str = "") -> bytes:
    return (before + json.dumps(value, ensure_ascii=False) + after).encode(errors="backslashreplace")


def _read_back(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
