"""The digest of a dataset, from the receipts of its shards."""

from pipeline.phases.corpus import Corpus, open_corpus, shard_receipts
from pipeline.storage.store import Store
from transforms.digest import digest_text


def dataset_digest(store: Store) -> str:
    """The sum of the shards' digests (transforms/digest.py); no row is read.

    Raises:
        UserError: there is no dataset, or it is not complete.
    """
    return corpus_digest(open_corpus(store))


def corpus_digest(corpus: Corpus) -> str:
    """The digest of the dataset of a corpus; raises UserError where a shard is not done."""
    receipts = shard_receipts(corpus).values()
    return digest_text(sum(int(receipt["counts"]["digest"], 16) for receipt in receipts))
