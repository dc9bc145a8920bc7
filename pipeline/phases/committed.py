"""What the phases have in common: an item is done when it has a receipt, and a failure is kept for the driver."""

import json
from dataclasses import dataclass

from dags.graph import Failure, Item, Receipt
from pipeline.storage.receipts import find_receipt
from pipeline.storage.store import Store

#: Where workers that cannot answer the driver leave what failed, a file for each item.
FAILURES = "failures"


@dataclass(frozen=True)
class Committed:
    """A phase over a store."""

    store: Store

    def done(self, item: Item) -> Receipt | None:
        """The receipt of an item; raises Damaged."""
        return find_receipt(self.store, item)

    def report(self, failure: Failure) -> None:
        """Keep a failure for the driver."""
        stated = {name: value for name, value in vars(failure).items() if name != "item"}
        self.store.write(f"{FAILURES}/{failure.item.key}.json", json.dumps(stated).encode())

    def reported(self, item: Item) -> Failure | None:
        """The failure that was kept of an item."""
        try:
            return Failure(item, **json.loads(self.store.read(f"{FAILURES}/{item.key}.json")))
        except FileNotFoundError:
            return None
