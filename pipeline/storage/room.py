"""Room: whether the disk of an output is likely to hold what comes."""

import shutil
from pathlib import Path

from pyarrow.fs import LocalFileSystem

from pipeline.storage.store import Store

#: Bytes that an article with pictures takes in an output: its units 0.54 MB, the dataset as Parquet and as WebDataset
#: 1.15 MB, what finds duplicates 0.04 MB. Measured on the 90 articles with pictures of the real mirror (350 pictures).
BYTES_PER_ARTICLE = 1.7e6


def disk_warning(store: Store, articles: int, bytes_per_article: float = BYTES_PER_ARTICLE) -> str | None:
    """A line where the disk of an output has less room than so many more articles are likely to take."""
    if not isinstance(store.filesystem, LocalFileSystem):
        return None
    root = Path(store.root)
    place = next(path for path in (root, *root.parents) if path.exists())
    free, wanted = shutil.disk_usage(place).free, articles * bytes_per_article
    if wanted <= free:
        return None
    return f"{store.uri}: {_size(free)} are free, and {articles:,} articles are likely to take {_size(wanted)}"


def _size(count: float) -> str:
    """12.3 GB."""
    unit = "MB" if count < 1e9 else "GB" if count < 1e12 else "TB"
    return f"{count / {'MB': 1e6, 'GB': 1e9, 'TB': 1e12}[unit]:,.1f} {unit}"
