"""The card and its Croissant description: what the published files say."""

from collections.abc import Iterator
from importlib.metadata import version as installed

from pipeline.config.run_record import RunRecord
from pipeline.reports.card import dataset_card
from pipeline.reports.croissant import croissant
from pipeline.reports.documents import CARD, CROISSANT
from pipeline.reports.facts import read_facts
from pipeline.storage.store import Store


def card_faults(store: Store, run: RunRecord | None, sound: bool) -> Iterator[str]:
    """Whether the card is there, and whether it says what it should where what it describes is `sound`.

    One that another version of the program wrote is not compared.
    """
    written: dict[str, bytes] = {}
    for path in (CARD, CROISSANT):
        try:
            written[path] = store.read(path)
        except FileNotFoundError:
            yield f"{path}: missing"
        except OSError as error:
            yield f"{path}: cannot be read: {error}"
    if sound and run is not None and run.versions["medconcept"] == installed("medconcept"):
        facts = read_facts(store)
        expected = {CARD: dataset_card(facts).encode(), CROISSANT: croissant(facts).encode()}
        yield from (f"{path}: not what the dataset says" for path in written if written[path] != expected[path])
