"""The source graphics of an export: fetched, compared with what the panels were made of, and written beside it."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pipeline.sources import ObjectRef, Source, SourceReject
from pipeline.storage.store import Store
from schemas.tables import Row
from transforms.images.decode import ImageError, decode
from transforms.panels.letters import Letter, LetterReader

#: Pictures that are fetched at once, and as many are held.
TOGETHER = 16


@dataclass(frozen=True)
class Wanted:
    """A graphic of a figure: its id, the name of its file in the export, and the provenance of a panel of it."""

    graphic: str
    name: str
    provenance: Row


@dataclass(frozen=True)
class Looked:
    """What a picture shows: its size when upright, and the letters on it."""

    width: int
    height: int
    letters: list[Letter]


class Pictures:
    """Fetches graphics from a source into a folder; one that lies there already is not fetched again."""

    def __init__(self, source: Source, folder: Store) -> None:
        self._source, self._folder = source, folder
        self._reader = LetterReader()

    def look(self, wanted: Sequence[Wanted]) -> Iterator[Looked | str]:
        """What each graphic shows; where the source has it no more, why not. Raises Outage."""
        for start in range(0, len(wanted), TOGETHER):
            with ThreadPoolExecutor(TOGETHER) as pool:
                yield from map(self._looked, pool.map(self._had, wanted[start : start + TOGETHER]))

    def _had(self, wanted: Wanted) -> bytes | str:
        """The bytes of a graphic, which lie in the folder from now on, or why they cannot be had."""
        sha256 = wanted.provenance["parent_sha256"]
        if self._folder.size(wanted.name) is not None:
            data = self._folder.read(wanted.name)
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        known = wanted.provenance
        item = ObjectRef(known["graphic"], known["source_uri"], known["source_md5"])
        try:
            data = self._source.read(wanted.graphic.partition("-")[0], item)
        except SourceReject as error:
            return f"{wanted.graphic}: {error}"
        if hashlib.sha256(data).hexdigest() != sha256:
            return f"{wanted.graphic}: the source holds another picture by now"
        self._folder.write(wanted.name, data)
        return data

    def _looked(self, data: bytes | str) -> Looked | str:
        if isinstance(data, str):
            return data
        try:
            image = decode(data).image
        except ImageError as error:
            return str(error)
        (letters,) = self._reader.read([np.asarray(image.convert("L"))])
        return Looked(image.width, image.height, letters)
