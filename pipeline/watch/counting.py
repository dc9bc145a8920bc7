"""Counts items by their receipts, for an engine whose workers answer to nobody until its job has ended."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from os.path import commonpath

from dags.graph import Item
from pipeline.repeated import repeated
from pipeline.storage.receipts import receipt_path
from pipeline.storage.store import Store, StoreOutage

#: Seconds between two counts at least; a count may take this share of the time, for a large phase is a long listing.
INTERVAL, SHARE = 10.0, 0.05


def folder_of(items: Sequence[Item]) -> str:
    """The folder below which the results of items lie."""
    return commonpath([item.folder for item in items]) if items else ""


def counted(store: Store, items: Sequence[Item], tell: Callable[[int], None]) -> AbstractContextManager[None]:
    """Tell now and then inside the block how many of the items have a receipt, from a thread that ends with it."""
    folder, paths = folder_of(items), {receipt_path(item) for item in items}
    took = 0.0

    def count() -> None:
        nonlocal took
        began = time.monotonic()
        with suppress(StoreOutage):  # it is asked again
            tell(len(paths & store.listing(folder).keys()))
        took = time.monotonic() - began

    return repeated(count, lambda: max(INTERVAL, took / SHARE), "counting")
