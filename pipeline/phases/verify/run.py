"""run.json against itself, and against what the output was made with."""

from collections.abc import Iterator

from dags.graph import Receipt
from pipeline.config.run_record import PATH, RunRecord, dataset_key
from pipeline.phases.curate import SETTINGS
from pipeline.phases.dedup.withheld import FOLDER as WITHHELD
from pipeline.phases.verify.known import Known


def run_faults(known: Known, run: RunRecord) -> Iterator[str]:
    """Whether the cut and the key of run.json are those of its recipe, vocabulary, encoder and version."""
    recipe = run.config.recipe
    splits = ", ".join(recipe.splits.model_dump())
    if known.halved is None:
        yield f"{PATH}: its cut is not one of the splits {splits} into units"
    if known.doubled is None:
        yield f"{PATH}: its cut is not one of the splits {splits} into shards"
    elif known.halved is not None and any(known.doubled[split] > times for split, times in known.halved.items()):
        yield f"{PATH}: its cut makes shards of more units than there are"
    images = None
    if recipe.withheld:
        found = known.receipt(WITHHELD)
        if found is None:
            return  # told of what is withheld; without its digest the key cannot be known
        images = found["made_by"].get("images")
    stated = recipe.model_dump(exclude_unset=True)  # as its version knew it
    if run.key != dataset_key(stated, images, run.vocabulary, run.encoder, run.versions["medconcept"]):
        yield f"{PATH}: its key is not that of its recipe, vocabulary, encoder and version"


def settings_faults(receipt: Receipt, run: RunRecord) -> Iterator[str]:
    """Settings of run.json with which a unit was not made."""
    recipe, made_by = run.config.recipe, receipt["made_by"]
    stated = recipe.model_dump(mode="json") | {"vocabulary": run.vocabulary}
    for name in SETTINGS:
        if name != "linker" and (found := made_by.get(name)) != stated[name]:
            yield f"made with {name} {found!r}, not {stated[name]!r} as {PATH} says"
    linker, kind = made_by.get("linker"), recipe.linker.partition(":")[0]
    if not isinstance(linker, dict) or str(linker.get("method")).rpartition("-")[0] != kind:
        yield f"made with the linker {linker!r}, not {kind} as {PATH} says"
