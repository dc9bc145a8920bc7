"""What a build would take: the articles of a source counted, what is in them estimated from a sample.

Of a sample the metadata is read and the sizes are asked; no text and no picture is. What follows is reckoned by rates
that were measured (pipeline/commands/rates.py).
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.commands.rates import Amounts, Cluster, Need, Rates, load_rates
from pipeline.config.recipe import Recipe
from pipeline.phases.plan import choose_cut, limited, newest
from pipeline.sources import Metadata, ObjectRef, Source, SourceReject, open_source
from pipeline.sources.base import ARTICLE_VERSIONS
from schemas.errors import UserError
from transforms.jats.graphics import is_image, rank, split
from transforms.rights.licenses import Licenses, admitted
from transforms.rights.wording import known_code

#: Articles that are looked at, spread evenly over the snapshot, and how many at a time.
SAMPLE, TOGETHER = 256, 16

#: Bytes of an article's metadata, about.
METADATA_BYTES = 2000

#: The columns of the table, and the width of each.
COLUMNS = {
    "core h": 9, "GPU h": 8, "driver h": 9, "wall h": 8, "GB read": 9, "GB written": 11, "GETs": 13, "PUTs": 12,
    "cost": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Means of some articles: the share that passes the gates; the pictures that might be figures; bytes of these, and
    of the texts. `missing` of them could not be had. `deviation` is the relative standard error of the pictures.
    """

    articles: int
    missing: int
    admitted: float
    pictures: float
    picture_bytes: float
    text_bytes: float
    deviation: float


def estimate(uri: str, limit: int | None, cluster: Cluster) -> Iterator[str]:
    """Lines that tell what a source holds, and what a build takes on a cluster, phase by phase."""
    source = open_source(uri, TOGETHER)
    snapshot = source.snapshot()
    chosen = limited(newest(snapshot.articles), limit)
    if not len(chosen):
        raise UserError(f"{uri} lists no article")
    recipe, rates = Recipe(), load_rates()
    halved = choose_cut(len(chosen), recipe.splits.model_dump(), recipe.unit_articles)
    units = sum(2**times for times in halved.values())
    found = take_sample(source, every(chosen, SAMPLE), recipe.licenses)
    amounts = amounts_of(found, len(chosen), rates)
    yield f"snapshot   {snapshot.id}"
    missing = f"; {found.missing} could not be had" if found.missing else ""
    yield f"articles   {len(chosen):,} versions in {units:,} units"
    yield f"sample     {found.articles} articles, of which {found.admitted:.0%} pass the gates{missing}"
    published = amounts["panel"] * rates.shape.published
    yield f"figures    about {amounts['figure']:,.0f} (± {found.deviation:.0%})"
    yield f"panels     about {amounts['panel']:,.0f}, of which about {published:,.0f} are published"
    yield f"cluster    {cluster.cores:,} cores, {f'{cluster.gpus:,} GPUs' if cluster.gpus else 'no GPU'}"
    yield ""
    yield from costs(amounts, units, cluster, rates)


def costs(amounts: Amounts, units: int, cluster: Cluster, rates: Rates) -> Iterator[str]:
    """The table of phases; memory, money, and what all of that is reckoned by."""
    assumed, where = rates.assumed, rates.measured
    needs = {name: Need.of(phase, amounts, cluster, units, assumed) for name, phase in rates.phases.items()}
    needs["all"] = total = Need.total(list(needs.values()))
    yield f"{'phase':11}" + "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    yield from (_row(name, need) for name, need in needs.items())
    yield ""
    driver, worker = rates.memory_mib.driver.of(amounts), rates.memory_mib.worker
    source = _short((amounts["megabyte"] + amounts["text"]) / 1000)
    yield f"time       about {_short(total.wall_h)} hours, the driver alone {total.driver_h / total.wall_h:.1%} of it"
    yield f"memory     driver about {driver / 1024:,.1f} GiB, each worker up to {worker / 1024:,.1f} GiB"
    yield f"source     {source} GB by {total.source_gets:,.0f} GETs; output {_short(total.written_gb)} GB"
    yield (
        f"cost       about {total.cost:,.2f}, at {cluster.hourly(assumed, with_gpus=True):,.2f} an hour of the cluster"
        f"{' while its GPUs are used' if cluster.gpus else ''}; then {total.written_gb * assumed.gb_month:,.2f} a month"
        " to keep the output in S3"
    )
    yield f"measured   {where.date}, {where.machine}: {where.corpora}; by {', '.join(where.commands)}"
    yield (
        f"assumed    every picture of an article is a figure; a GPU runs the networks as fast as"
        f" {assumed.gpu_speedup:g} cores (no GPU was at hand to measure it); a million GETs cost"
        f" {assumed.get_price * 1e6:g}, a million PUTs {assumed.put_price * 1e6:g}, a GB and month {assumed.gb_month:g}"
    )


def amounts_of(found: Sample, articles: int, rates: Rates) -> Amounts:
    """How many there are of all that rates are of."""
    figures = found.pictures * articles * rates.assumed.figures_per_picture
    return {
        "run": 1,
        "article": articles,
        "admitted": found.admitted * articles,
        "figure": figures,
        "panel": figures * rates.shape.panels_per_figure,
        "megabyte": found.picture_bytes * articles / 1e6,
        "text": found.text_bytes * articles / 1e6,
    }


def every(articles: pa.Table, count: int) -> list[tuple[str, str]]:
    """So many articles at most (id, ETag), spread evenly over a snapshot."""
    even = articles.take(pa.array(range(0, len(articles), -(-len(articles) // count))))
    return list(zip(*(even[name].to_pylist() for name in ARTICLE_VERSIONS.names), strict=True))


def take_sample(source: Source, chosen: list[tuple[str, str]], licenses: Licenses) -> Sample:
    """Means of some articles (id, ETag), of which those count as admitted whose licence is one of `licenses`.

    One that cannot be had passes no gate; a picture that cannot be had counts as none.
    """
    with ThreadPoolExecutor(TOGETHER) as pool:
        looked = list(pool.map(partial(_look, source, licenses), chosen))
    counts = np.array([len(each.pictures) for each in looked], float)
    return Sample(
        articles=len(looked),
        missing=sum(each.missing for each in looked),
        admitted=sum(each.admitted for each in looked) / len(looked),
        pictures=float(counts.mean()),
        picture_bytes=sum(sum(each.pictures) for each in looked) / len(looked),
        text_bytes=sum(each.text for each in looked) / len(looked),
        deviation=float(counts.std() / np.sqrt(len(counts)) / max(counts.mean(), 1e-9)),
    )


class _Looked(NamedTuple):
    """What was seen of an article: bytes of its texts, and of each picture."""

    admitted: bool
    text: int
    pictures: list[int]
    missing: bool = False


def _look(source: Source, licenses: Licenses, chosen: tuple[str, str]) -> _Looked:
    article, etag = chosen
    try:
        stated = source.metadata(article, etag)
    except SourceReject:
        return _Looked(False, 0, [], missing=True)
    if not _passes(stated, licenses):
        return _Looked(False, METADATA_BYTES, [])
    best: dict[str, ObjectRef] = {}  # of several renderings of one picture
    for item in sorted(filter(lambda item: is_image(item.name), stated.media), key=lambda item: rank(item.name)):
        best.setdefault(split(item.name)[0], item)
    text = sum(_sizes(source, article, [stated.xml] if stated.xml else []))
    return _Looked(True, METADATA_BYTES + text, _sizes(source, article, best.values()))


def _passes(stated: Metadata, licenses: Licenses) -> bool:
    """Whether an article passes the gates, as far as its metadata says."""
    gated = not stated.open_access or stated.retracted or stated.historical_ocr
    return not gated and (not stated.license or admitted(known_code(stated.license), licenses))


def _sizes(source: Source, article: str, items: Iterable[ObjectRef]) -> list[int]:
    found = []
    for item in items:
        with suppress(SourceReject):
            found.append(source.size(article, item))
    return found


def _row(name: str, need: Need) -> str:
    """A line of the table."""
    hours = (need.core_h, need.gpu_h, need.driver_h, need.wall_h, need.read_gb, need.written_gb)
    shown = [*map(_short, hours), f"{need.gets:,.0f}", f"{need.puts:,.0f}", f"{need.cost:,.2f}"]
    return f"{name:11}" + "".join(f"{each:>{width}}" for each, width in zip(shown, COLUMNS.values(), strict=True))


def _short(value: float) -> str:
    """A number to two or three digits; what is next to nothing is 0."""
    return (
        f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 10 else f"{value:.2g}" if value > 1e-4 else "0"
    )
