"""Graphics: what a JATS href means, and which object of the article it names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple, TypeAlias
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
    return _decoded(_path(href)).strip().replace("\\", "/").rstrip("/").rpartition("/")[2]


def _path(href: str) -> str:
    return re.split("[?#]", href, maxsplit=1)[0] if "://" in href else href


def _decoded(name: str) -> str:
    return decode_name(unquote_to_bytes(name)) if "%" in name else name


def _composed(name: str) -> str:
    """The name in one of the two forms in which Unicode has an ä: disks and publishers differ."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _loose(name: str) -> str:
    """The name as all its spellings have it: in small letters, decoded however often, blanks for plus signs."""
    if "%" in name:
        name = _decoded(_decoded(name))  # a name may hold "%20", and its address "%2520"
    return " ".join(_composed(name.replace("+", " ")).lower().split())


class _File(NamedTuple):
    """An object, with the folders of its path and its name, composed."""

    media: Media
    folders: tuple[str, ...]
    name: str
    stem: str
    extension: str

    def unlikeness(self, names: Sequence[str]) -> list[int]:
        """How far its name is from `names`, and its stem: alike before alike but for capitals, the first name first."""
        stems = [_split(name)[0] for name in names]
        return [_difference(self.name, names), min(_difference(self.stem, stems), _difference(self.stem, names))]


def _difference(name: str, names: Sequence[str]) -> int:
    alike = [name == other for other in names] + [name.lower() == other.lower() for other in names]
    return [*alike, True].index(True)


def _split(name: str) -> tuple[str, str]:
    """The same as `split`, with the stem in its own letters."""
    extension = split(name)[1]
    return (name[: -len(extension) - 1], extension) if extension else (name, "")


class Resolver:
    """The media of one article. A name may have folders before it, where they are not the XML's."""

    def __init__(self, media: Iterable[Media]) -> None:
        self._names: dict[str, list[_File]] = defaultdict(list)
        self._stems: dict[str, list[_File]] = defaultdict(list)
        for entry in media:
            *folders, name = _composed(entry["name"]).split("/")
            file = _File(entry, tuple(map(_loose, folders)), name, *_split(name))
            self._names[_loose(name)].append(file)
            if file.extension in RASTER:
                self._stems[_loose(file.stem)].append(file)

    def resolve(self, hrefs: Sequence[str]) -> Media | None:
        """The first href's object that exists: of its exact name unless that is no image, else the best of its stem.

        Of several objects that a name may mean, that of the href's folder is taken, else of the XML's, and then that
        whose name is written as in the href; none where these do not tell which.
        """
        for href in hrefs:
            name = _name(href)
            stem, extension = _split(name)
            plos = stem[8:] if stem.lower().startswith("journal.") else f"journal.{stem}"
            exact = [] if extension in OTHER else self._names.get(_loose(name))
            same = (self._stems.get(_loose(other)) for other in (name, stem, plos))  # PLOS writes both
            if files := next(filter(None, (exact, *same)), None):
                return files[0].media if len(files) == 1 else _choose(files, href)
        return None

    def others(self, hrefs: Sequence[str]) -> list[str]:
        """The names of the objects that `hrefs` name and that are no images."""
        named = [file for href in hrefs for file in self._names.get(_loose(_name(href)), ())]
        return list(dict.fromkeys(file.media["name"] for file in named if file.extension in OTHER))


def _choose(files: Sequence[_File], href: str) -> Media | None:
    """The file that the href means; None where it may mean two that are not known to be the same."""
    path = _composed(_path(href)).strip().replace("\\", "/").rstrip("/").split("/")
    folders, names = [_loose(folder) for folder in path[:-1]], [path[-1], _composed(_name(href))]
    keys = [(-_shared(file.folders, folders), bool(file.folders), file.unlikeness(names)) for file in files]
    least = min(keys)
    best = [file for file, key in zip(files, keys, strict=True) if key == least]
    if len({(file.folders, file.stem) for file in best}) == 1:  # renderings of one picture
        best.sort(key=lambda file: (_preference(file.extension), file.name))
        best = [file for file in best if _preference(file.extension) == _preference(best[0].extension)]
    known = {file.media["md5"] or file.media["uri"] for file in best}
    return best[0].media if len(known) == 1 else None


def _shared(folders: Sequence[str], others: Sequence[str]) -> int:
    """How many folders two paths share at their ends."""
    pairs = zip(reversed(folders), reversed(others), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
