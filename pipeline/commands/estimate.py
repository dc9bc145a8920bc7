"""What a build would take: the articles of a source counted, what is in them estimated from a sample.

Of a sample the metadata is read and the sizes are asked; no text and no picture is. What follows is reckoned by rates
that were measured (pipeline/commands/rates.py).
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from rich.console import Console

from pipeline.commands import plan_report as report
from pipeline.commands.layouts import Choice, Deadline, choose, earliest
from pipeline.commands.like import Built, factors, multiplied, read_built, shaped
from pipeline.commands.machines import Layout, Machine, Machines
from pipeline.commands.needs import Site, Work, works_of
from pipeline.commands.plan_report import labelled
from pipeline.commands.rates import Amounts, Rates, load_rates
from pipeline.config.places import scheme
from pipeline.config.recipe import Recipe
from pipeline.phases.plan import choose_cut, cut, limited, newest
from pipeline.sources import Desk, Metadata, ObjectRef, Source, SourceReject, open_source
from pipeline.sources.base import ARTICLE_VERSIONS
from pipeline.sources.s3 import bucket_region
from pipeline.watch.throttling import tell_cut
from schemas.errors import UserError
from transforms.jats.graphics import is_image, rank, split
from transforms.rights.licenses import Licenses, admitted
from transforms.rights.wording import known_code

#: Articles that are looked at, spread evenly over the snapshot, and how many at a time.
SAMPLE, TOGETHER = 1024, 16

#: Articles from which on no unit is empty.
LARGE = 100_000

#: Bytes of an article's metadata, about.
METADATA_BYTES = 2000


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


@dataclass(frozen=True)
class Wanted:
    """What a plan is asked for: `limit` articles at most; the inventory of a `day`; an output that it goes by (`like`).

    It is of the `layout`, or where a `deadline` is set of the layouts of `types` that end by then. The source is asked
    as a build asks it, no more than `requests` times a second over so many `connections`.
    """

    known: Machines
    layout: Layout
    types: tuple[Machine, ...] = ()
    deadline: Deadline | None = None
    limit: int | None = None
    day: date | None = None
    like: str | None = None
    requests: int = 1000
    connections: int = 256


@dataclass(frozen=True)
class Reckoned:
    """What a source holds, and the work of each phase on it.

    `deviation` is the relative standard error of the figures, None where nothing tells it; `factors` say how much more
    work than by our rates the phases of `built` took.
    """

    snapshot: str
    articles: int
    units: int
    found: Sample
    deviation: float | None
    amounts: Amounts
    rates: Rates
    works: dict[str, Work]
    built: Built | None
    factors: dict[str, float]


def estimate(uri: str, wanted: Wanted) -> Iterator[str]:
    """Lines that tell what a source holds, what a build takes phase by phase, and which machines to take."""
    reckoned = reckon(uri, wanted)
    site = site_of(uri, wanted, reckoned.rates)
    yield from _source_lines(uri, reckoned)
    layout, currency, works = wanted.layout, wanted.known.currency, reckoned.works
    if wanted.deadline is not None:
        todo, text = list(works.values()), wanted.deadline.text
        if not (choices := choose(todo, wanted.types, site, wanted.deadline.hours)):
            raise UserError(report.too_late(text, *earliest(todo, wanted.types, site), site, currency))
        yield from report.choices(choices, text, site, currency)
        layout = choices[0].layout
    total = Choice.of(works.values(), layout, site).need
    source_gb = (reckoned.amounts["megabyte"] + reckoned.amounts["text"]) / 1000
    yield from report.phases(works, layout, site)
    yield from report.totals(total, layout, site, currency)
    yield from report.moves(total, source_gb, layout)
    if scheme(uri) == "s3":
        yield from report.region(bucket_region(uri), source_gb, layout, site, currency)
    yield from report.grounds(reckoned.amounts, reckoned.rates, layout, site, wanted.known, reckoned.built)


def reckon(uri: str, wanted: Wanted) -> Reckoned:
    """Count what a source holds, look at a sample of it, and reckon the work of each phase.

    Raises:
        UserError: the source lists no article, or there is no output to go by.
    """
    rates, told = load_rates(), {}
    built = read_built(wanted.like) if wanted.like else None
    recipe = built.recipe if built else Recipe()
    desk = Desk(wanted.requests, wanted.connections, partial(tell_cut, Console(stderr=True)))
    source = open_source(uri, TOGETHER, bounds=desk)
    snapshot = source.snapshot(wanted.day)
    chosen = limited(newest(snapshot.articles), wanted.limit)
    if not (articles := len(chosen)):
        raise UserError(f"{uri} lists no article")
    found = take_sample(source, every(chosen, SAMPLE), recipe.licenses)
    figures = found.pictures * articles * rates.assumed.figures_per_picture
    deviation: float | None = found.deviation
    if built:
        rates = shaped(rates, built)
        told = factors(built, amounts_of(found, built.articles, built.figures, rates), rates)
        rates = multiplied(rates, told)
        figures, deviation = built.figures / built.articles * articles, built.deviation
    units, amounts = count_units(chosen, recipe), amounts_of(found, articles, figures, rates)
    works = works_of(rates, amounts, units, recipe.shard_rows)
    return Reckoned(snapshot.id, articles, units, found, deviation, amounts, rates, works, built, told)


def site_of(uri: str, wanted: Wanted, rates: Rates) -> Site:
    """What a build of a source is reckoned with; a folder answers as fast as it is asked."""
    return Site(wanted.known.clouds, wanted.requests if scheme(uri) else 0, rates.assumed.gpu_speedup)


def _source_lines(uri: str, reckoned: Reckoned) -> Iterator[str]:
    found, amounts = reckoned.found, reckoned.amounts
    missing = f"; {found.missing} could not be had" if found.missing else ""
    off = "" if reckoned.deviation is None else f" (± {reckoned.deviation:.0%})"
    published = amounts["panel"] * reckoned.rates.shape.published
    yield from labelled("snapshot", reckoned.snapshot)
    yield from labelled("articles", f"{reckoned.articles:,} versions in {reckoned.units:,} units")
    yield from labelled("sample", f"{found.articles:,} articles, of which {found.admitted:.0%} pass the gates{missing}")
    yield from labelled("figures", f"about {amounts['figure']:,.0f}{off}")
    yield from labelled("panels", f"about {amounts['panel']:,.0f}, of which about {published:,.0f} are published")
    if reckoned.built:
        yield from report.like_lines(uri, reckoned.built, reckoned.factors)


def amounts_of(found: Sample, articles: int, figures: float, rates: Rates) -> Amounts:
    """How many there are of all that rates are of; pictures and texts are as large as those of the sample."""
    return {
        "run": 1,
        "article": articles,
        "admitted": found.admitted * articles,
        "figure": figures,
        "panel": figures * rates.shape.panels_per_figure,
        "megabyte": found.picture_bytes / max(found.pictures, 1e-9) * figures / 1e6,
        "text": found.text_bytes * articles / 1e6,
    }


def count_units(articles: pa.Table, recipe: Recipe) -> int:
    """The units that have an article, cut as a build cuts them. Of a large corpus every unit has some."""
    shares = recipe.splits.model_dump()
    halved = choose_cut(len(articles), shares, recipe.unit_articles)
    if len(articles) > LARGE:
        return sum(2**times for times in halved.values())
    return len(np.unique(cut(articles, halved, shares).places))


def every(articles: pa.Table, count: int) -> list[tuple[str, str]]:
    """So many articles at most (id, ETag), spread evenly over a snapshot."""
    even = articles.take(pa.array(np.linspace(0, len(articles) - 1, min(count, len(articles))).astype(int)))
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
