"""What a build would take: the articles of a source counted, their bytes and figures estimated from a sample."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.config.recipe import Recipe
from pipeline.phases.plan import choose_cut, limited, newest
from pipeline.sources import Source, SourceReject, open_source
from pipeline.sources.base import ARTICLE_VERSIONS
from schemas.errors import UserError
from transforms.graphics import is_image

#: Articles that are looked at, spread evenly over the snapshot.
SAMPLE = 64

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
    chosen = limited(newest(snapshot.articles), limit)
    if not len(chosen):
        raise UserError(f"{uri} lists no article")
    recipe = Recipe()
    halved = choose_cut(len(chosen), recipe.splits.model_dump(), recipe.unit_articles)
    units = sum(2**times for times in halved.values())
    even = chosen.take(pa.array(range(0, len(chosen), -(-len(chosen) // SAMPLE))))
    found = take_sample(source, list(zip(*(even[name].to_pylist() for name in ARTICLE_VERSIONS.names), strict=True)))
    pictures, size = found.pictures * len(chosen), found.bytes * len(chosen)
    hours = pictures / FIGURES_PER_CORE_SECOND / cores / 3600
    yield f"snapshot   {snapshot.id}"
    yield f"articles   {len(chosen):,} versions in {units:,} units"
    yield f"pictures   about {pictures:,.0f} (mean of {found.articles} articles)"
    yield f"bytes      about {size / 1e9:,.2f} GB to download"
    yield f"time       about {hours:,.1f} hours on {cores} cores"
    yield f"cost       about {hours * cores * core_hour:,.2f} at {core_hour:g} a core hour"


def take_sample(source: Source, chosen: list[tuple[str, str]]) -> Sample:
    """The mean pictures and bytes of some articles (id, ETag); one that cannot be had counts as empty."""
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
