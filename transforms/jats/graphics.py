"""Graphics: what a JATS href means, and which object of the article it names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

#: An entry of the column `media`: name, uri, md5.
Media: TypeAlias = Mapping[str, str]

#: Extensions of pictures that can be decoded, the preferred ones first: PMC serves JPEG made from the publisher's TIFF.
RASTER = ("jpg", "jpeg", "png", "tif", "tiff", "gif", "webp", "bmp")

#: Extensions of what is no raster image, though an href may end in it and a raster of the same stem exist.
OTHER = frozenset(
    {"ai", "emf", "eps", "pdf", "ps", "svg", "svgz", "wmf"}
    | {"avi", "flv", "m4v", "mov", "mp3", "mp4", "mpeg", "mpg", "ogg", "ogv", "swf", "wav", "webm", "wmv"}
    | {"csv", "doc", "docx", "htm", "html", "ppt", "pptx", "txt", "xls", "xlsx", "xml", "zip"}
)

# Copies for a list or a screen, as publishers mark them in content-type and specific-use.
_COPY = re.compile(r"thumb|preview|small|icon|teaser|web|\d+x\d+", re.IGNORECASE)


def split(name: str) -> tuple[str, str]:
    """Stem and known extension of a name in lower case; a dot before anything else belongs to the stem.

    >>> split("Fig1.TIF"), split("jkms-30-1.f1")
    (('fig1', 'tif'), ('jkms-30-1.f1', ''))
    """
    name = name.lower()
    stem, _, extension = name.rpartition(".")
    return (stem, extension) if stem and (extension in RASTER or extension in OTHER) else (name, "")


def is_image(href: str, mimetype: str = "") -> bool:
    """Whether an href names a raster image: its known extension decides, without one the MIME type."""
    _, extension = split(_name(href))
    return extension in RASTER if extension else mimetype.startswith("image")


def rank(href: str, use: str = "") -> tuple[bool, int]:
    """A sort key for renderings of one picture: the full picture before copies that `use` marks, then by extension."""
    _, extension = split(_name(href))
    return bool(_COPY.search(use)), _preference(extension)


def _preference(extension: str) -> int:
    return RASTER.index(extension) if extension in RASTER else len(RASTER)


def decode_name(name: bytes) -> str:
    """A file's name as text: in UTF-8, else in the encoding of older Windows, which takes in Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            pass
    return name.decode("latin-1")  # which knows all bytes


def _name(href: str) -> str:
    """The last part of a path, URL or `info:doi/` address, percent-decoded, without query."""
    path = re.split("[?#]", href, maxsplit=1)[0] if "://" in href else href
    return decode_name(unquote_to_bytes(path)).strip().replace("\\", "/").rstrip("/").rpartition("/")[2]


class Resolver:
    """The media of one article by name and by stem, in lower case."""

    def __init__(self, media: Iterable[Media]) -> None:
        self._names: dict[str, Media] = {}
        self._stems: dict[str, Media] = {}
        keyed = [(*split(entry["name"]), entry) for entry in media]
        for stem, extension, entry in sorted(keyed, key=lambda key: (_preference(key[1]), key[2]["name"])):
            self._names.setdefault(entry["name"].lower(), entry)
            if extension in RASTER:
                self._stems.setdefault(stem, entry)

    def resolve(self, hrefs: Sequence[str]) -> Media | None:
        """The first href's object that exists: of its exact name unless that is no image, else the best of its stem."""
        for href in hrefs:
            name = _name(href).lower()
            stem, extension = split(name)
            exact = None if extension in OTHER else self._names.get(name)
            if found := exact or self._stems.get(name) or self._stems.get(stem) or self._of_plos(stem):
                return found
        return None

    def _of_plos(self, stem: str) -> Media | None:
        """PLOS writes both `journal.pone.0012345.g001` and `pone.0012345.g001`."""
        other = stem.removeprefix("journal.") if stem.startswith("journal.") else f"journal.{stem}"
        return self._stems.get(other)

    def others(self, hrefs: Sequence[str]) -> list[str]:
        """The names of the objects that `hrefs` name and that are no images."""
        named = [self._names.get(_name(href).lower()) for href in hrefs]
        return [entry["name"] for entry in named if entry and split(entry["name"])[1] in OTHER]
