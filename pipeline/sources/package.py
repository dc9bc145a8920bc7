"""The files of a package: which one is the article, and what is no part of it."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from pipeline.sources.archive import Archive
from pipeline.sources.transport import MAX_BYTES
from transforms.jats.secure_xml import XmlError, parse_article

#: Where macOS keeps what its disks know of a file and an archive does not, in files of the same names.
_MACOS_FOLDER, _MACOS_PREFIX = "__MACOSX", "._"

#: XML files of one package that are looked into.
_LOOKED_INTO = 8


def members(names: Iterable[str]) -> list[str]:
    """The files without those that macOS adds, sorted."""
    return sorted(name for name in names if _MACOS_FOLDER not in PurePosixPath(name).parts)


def find_article(archive: Archive, pmcid: str) -> str | None:
    """The article's XML: named like its id or its folder, else the one that says its id, else an .nxml, an article.

    Raises Corrupt, FileNotFoundError.
    """
    found = sorted(filter(_is_xml, members(archive.sizes)), key=_order)
    named = [name for name in found if _stem(name) in (pmcid.lower(), PurePosixPath(name).parent.name.lower())]
    if len(found) < 2 or named:
        return next(iter(named or found), None)
    likeness = {name: _likeness(archive, name, pmcid) for name in found[:_LOOKED_INTO]}
    return min(likeness, key=lambda name: (likeness[name] != 2, not _is_nxml(name), -likeness[name]))


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".nxml", ".xml")) and not PurePosixPath(name).name.startswith(_MACOS_PREFIX)


def _is_nxml(name: str) -> bool:
    return name.lower().endswith(".nxml")


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.lower()


def _order(name: str) -> tuple[bool, int, str]:
    return not _is_nxml(name), len(PurePosixPath(name).parts), name


def _likeness(archive: Archive, name: str, pmcid: str) -> int:
    """2 for an XML that says the article's id, 1 for another article, 0 for what is none."""
    if archive.sizes[name] > MAX_BYTES:
        return 0
    try:
        article = parse_article(archive.read(name))
    except XmlError:
        return 0
    ids = article.iterfind("front/article-meta/article-id")
    stated = [(each.text or "").strip().upper() for each in ids if (each.get("pub-id-type") or "").startswith("pmc")]
    return 2 if pmcid in (f"PMC{number.removeprefix('PMC')}" for number in stated) else 1
