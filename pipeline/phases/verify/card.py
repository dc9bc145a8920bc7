"""The card, its Croissant description, the citation and the checksums: what they say of the published files."""

from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version as installed

from dags.graph import Receipt
from pipeline.phases.corpus import Corpus
from pipeline.phases.documents import CARD, CHECKSUMS, CITATION, CROISSANT, FOLDER, VERSION, total_coverage
from pipeline.phases.verify.files import vouched
from pipeline.phases.verify.known import Known
from pipeline.reports.card import dataset_card
from pipeline.reports.checksums import checksums, shard_sums
from pipeline.reports.citation import citation
from pipeline.reports.covered import read_covered
from pipeline.reports.croissant import croissant
from pipeline.reports.digest import corpus_digest
from pipeline.reports.facts import read_facts
from pipeline.storage.receipts import load_receipt
from pipeline.storage.store import Store
from schemas.errors import Damaged, UserError


def card_faults(store: Store, known: Known, sound: bool) -> Iterator[str]:
    """Whether these files are there, and whether they say what they should where the dataset is `sound`.

    What another version of the program wrote is not compared; of documents of another version one line says so.
    """
    yield from _vouched_faults(store, known)
    receipt = known.receipt(FOLDER)
    if receipt is not None and receipt["made_by"].get("version") != VERSION:
        yield f"{FOLDER}: of another version of medconcept: build or update the output, which writes them anew"
        return
    written: dict[str, bytes] = {}
    for path in (CARD, CROISSANT, CITATION, CHECKSUMS):
        try:
            written[path] = store.read(path)
        except FileNotFoundError:
            yield f"{path}: missing"
        except OSError as error:
            yield f"{path}: cannot be read: {error}"
    corpus = _corpus(store, known) if sound else None
    if corpus is not None and corpus.run.versions["medconcept"] == installed("medconcept"):
        try:
            expected = _expected(corpus, receipt)
        except UserError as error:  # a receipt of no shard, among those of the shards; a partial that is damaged
            yield str(error)
            return
        wrong = [path for path in written if path in expected and written[path] != expected[path].encode()]
        yield from (f"{path}: not what the dataset says" for path in wrong)


def _expected(corpus: Corpus, receipt: Receipt | None) -> dict[str, str]:
    """What the files should be; the checksums only where the receipt that vouches for the other files is known."""
    facts = read_facts(corpus)
    expected = {
        CARD: dataset_card(facts, read_covered(corpus, total_coverage(corpus))),
        CROISSANT: croissant(facts),
        CITATION: citation(facts, corpus_digest(corpus)),
    }
    if receipt is not None:
        others = {name: stamp["sha256"] for name, stamp in receipt["files"].items() if name != CHECKSUMS}
        expected[CHECKSUMS] = checksums(shard_sums(facts) | others)
    return expected


def _vouched_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the documents, of the audit's files too: `medconcept audit` leaves those of a build as they are."""
    paths: dict[str, str] = {}
    with suppress(Damaged, OSError):
        for marker in known.markers(FOLDER):
            paths |= {name: name for name in load_receipt(store, marker)["files"]}
    yield from vouched(store, known, FOLDER, None, paths).faults


def _corpus(store: Store, known: Known) -> Corpus | None:
    """The corpus as it is known; None where something of it is not."""
    units = known.sound_units()
    if known.run is None or units is None or known.selected is None or known.shards is None:
        return None
    return Corpus(store, known.run, units, known.selected, known.shards)
