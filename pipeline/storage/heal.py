"""Healing: what relies on a damaged file is withdrawn, so that it is made again."""

from pipeline.storage.receipts import is_receipt, load_receipt
from pipeline.storage.store import Store
from schemas.errors import Damaged


def heal(store: Store, path: str) -> bool:
    """Withdraw the receipt that names a damaged file, then remove the file; False where it is no file of an item."""
    folder = path.rpartition("/")[0]
    for receipt in [each for each in store.listing(folder) if is_receipt(each)] if folder else []:
        if receipt == path or _names(store, receipt, path):
            store.delete_all([receipt])
    if not folder:
        return False
    if store.size(path) is not None or store.listing(path):
        store.delete(path)
    return True


def _names(store: Store, receipt: str, path: str) -> bool:
    try:
        return any(stamp["path"] == path for stamp in load_receipt(store, receipt)["files"].values())
    except Damaged:
        return True  # what it named cannot be known
