"""What a build would take: the articles of a source counted, their bytes and figures estimated from a sample."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyarrow.fs import LocalFileSystem

from pipeline.config.recipe import Recipe
from pipeline.phases.plan import cut, limited
from pipeline.sources import Source, SourceReject, open_source
from pipeline.storage.store import Store
from schemas.errors import UserError
from transforms.graphics import is_image

#: Articles that are looked at, spread evenly over the snapshot.
SAMPLE = 64

#: Bytes that an article with pictures takes in an output: its units 0.54 MB, the dataset as Parquet and as WebDataset
#: 1.15 MB, what finds duplicates 0.04 MB. Measured on the 90 articles with pictures of the real mirror (350 pictures).
BYTES_PER_ARTICLE = 1.7e6

#: Figures that a core curates in a second, everything but the network included: measured by benchmarks/build.py.
FIGURES_PER_CORE_SECOND = 7.0


@dataclass(frozen=True)
class Sample:
    """The mean of some articles: pictures that might be figures, and the bytes of these and of the XML."""

    articles: int
    pictures: float
    bytes: float


def estimate(uri: str, limit: int | None, cores: int, core_hour: float) -> Iterator[str]:
    """Lines that tell articles, units, bytes, and the time and cost of a build with `cores` cores."""
    source = open_source(uri)
    snapshot = source.snapshot()
    articles = limited(snapshot, limit)
    if not articles:
        raise UserError(f"{uri} lists no article")
    units = len(list(cut(articles, Recipe().unit_articles)))
    found = take_sample(source, articles)
    pictures, size = found.pictures * len(articles), found.bytes * len(articles)
    hours = pictures / FIGURES_PER_CORE_SECOND / cores / 3600
    yield f"snapshot   {snapshot.id}"
    yield f"articles   {len(articles):,} versions in {units:,} units"
    yield f"pictures   about {pictures:,.0f} (mean of {found.articles} articles)"
    yield f"bytes      about {size / 1e9:,.2f} GB to download"
    yield f"time       about {hours:,.1f} hours on {cores} cores"
    yield f"cost       about {hours * cores * core_hour:,.2f} at {core_hour:g} a core hour"


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


def take_sample(source: Source, articles: list[tuple[str, str]]) -> Sample:
    """Pictures and bytes of evenly spaced articles; one that cannot be had counts as empty."""
    step = -(-len(articles) // SAMPLE)
    chosen = articles[::step]
    sizes = [size for article, etag in chosen for size in _sizes(source, article, etag)]
    pictures = [name for name, _ in sizes if is_image(name)]
    return Sample(len(chosen), len(pictures) / len(chosen), sum(size for _, size in sizes) / len(chosen))


def _sizes(source: Source, article: str, etag: str) -> list[tuple[str, int]]:
    try:
        stated = source.metadata(article, etag)
        pictures = [item for item in stated.media if is_image(item.name)]
        wanted = pictures + ([stated.xml] if stated.xml else [])
        return [(item.name, source.size(article, item)) for item in wanted]
    except SourceReject:
        return []
