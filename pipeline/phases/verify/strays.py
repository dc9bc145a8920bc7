"""Files that belong to nothing: what a run left behind, or somebody put there."""

from collections.abc import Iterator

from pipeline.phases import curate, documents, plan, publish
from pipeline.phases.committed import FAILURES
from pipeline.phases.narrow import FOLDER as NARROW
from pipeline.phases.verify.known import Known
from pipeline.storage.backend import DRAFT

#: Where every file belongs to an item, or is known by its name.
FOLDERS = {curate.FOLDER, plan.FOLDER, "dedup", publish.FOLDER, "dataset", documents.FOLDER, NARROW, FAILURES}


def stray_faults(known: Known) -> Iterator[str]:
    """Files that no receipt names, and drafts wherever they lie."""
    for path in known.there:
        if path.endswith(DRAFT):
            yield f"{path}: a draft that nobody finished"
        elif (
            path.partition("/")[0] in FOLDERS
            and path not in known.named
            and path.rpartition("/")[0] not in known.unclear
        ):
            yield f"{path}: no receipt names it"
