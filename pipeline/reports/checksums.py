"""dataset/CHECKSUMS: the SHA-256 of each file of a dataset, as `sha256sum -c` reads it."""

from collections.abc import Mapping

from pipeline.reports.facts import Facts

#: What every path in the list is relative to.
FOLDER = "dataset/"


def checksums(stamps: Mapping[str, str]) -> str:
    """A line for each of the files below FOLDER, sorted by name; `stamps` are SHA-256 by path in the output."""
    names = sorted(path for path in stamps if path.startswith(FOLDER))
    return "".join(f"{stamps[path]}  {path.removeprefix(FOLDER)}\n" for path in names)


def shard_sums(facts: Facts) -> dict[str, str]:
    """The SHA-256 of the shards by path in the output, as their receipts state them: no shard is read."""
    return {f"{FOLDER}{file['name']}": file["sha256"] for file in facts["files"]}
