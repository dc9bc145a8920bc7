"""run.json against what the output was made with."""

from collections.abc import Iterator

from pipeline.config.run_record import PATH, RunRecord, dataset_key
from pipeline.phases.dedup.withheld import WITHHELD
from pipeline.storage.receipts import read_receipt
from pipeline.storage.store import Store


def run_faults(store: Store, run: RunRecord) -> Iterator[str]:
    """Whether the key of run.json is that of its recipe, vocabulary, encoder and version."""
    recipe = run.config.recipe.model_dump(exclude_unset=True)  # as its version knew it
    images = None
    if run.config.recipe.withheld:
        receipt = read_receipt(store, WITHHELD)
        if receipt is None:
            return  # told of what is withheld; without its digest the key cannot be known
        images = receipt["made_by"].get("images")
    if run.key != dataset_key(recipe, images, run.vocabulary, run.encoder, run.versions["medconcept"]):
        yield f"{PATH}: its key is not that of its recipe, vocabulary, encoder and version"
