"""The table of shards: each panel goes where the recipe puts it, or is left out for a reason."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.recipe import Recipe
from pipeline.config.run_record import PATH
from pipeline.phases.publish import SHARDS_FILE
from pipeline.phases.verify.files import Known
from pipeline.reports.digest import SHARD
from schemas.ids import panel_order, parse_article_id
from transforms.splits import assign, with_their_groups


def shards_faults(shards: pa.Table, known: Known) -> Iterator[str]:
    """Faults of the table SHARDS against the panels, duplicates and the recipe, as far as these are known."""
    misnamed = list(_name_faults(shards))
    faults = misnamed + list(_membership_faults(shards, known))
    if not misnamed:
        faults += _split_faults(shards)
    recipe = known.run.config.recipe if known.run is not None else None
    sure = recipe is not None and known.duplicates is not None and (known.withheld is not None or not recipe.withheld)
    if recipe is not None and sure:
        faults += _left_out_faults(shards, known, recipe)
    yield from faults
    if recipe is not None and sure and not (faults or known.unread):
        yield from _assignment_faults(shards, known, recipe)


def _name_faults(shards: pa.Table) -> Iterator[str]:
    """Names that are none of panels or of shards, and shards that are not all there."""
    numbers: dict[tuple[str, str], set[str]] = {}
    for panel in shards["panel_id"].to_pylist():
        try:
            panel_order(panel)
        except ValueError as error:
            yield f"{SHARDS_FILE}: {error}"
    for shard in pc.unique(shards["shard"]).drop_null().to_pylist():
        if name := SHARD.fullmatch(shard):
            numbers.setdefault((name[1], name[3]), set()).add(name[2])
        else:
            yield f"{SHARDS_FILE}: {shard!r} is no shard"
    for (split, total), found in numbers.items():
        if found != {f"{number:05d}" for number in range(int(total))}:
            yield f"{SHARDS_FILE}: {len(found)} of {int(total)} shards of {split}"


def _membership_faults(shards: pa.Table, known: Known) -> Iterator[str]:
    assigned = dict(zip(*(shards[name].to_pylist() for name in ("panel_id", "unit")), strict=True))
    if len(assigned) != len(shards):
        yield f"{SHARDS_FILE}: a panel is listed twice"
    readable = {panel: unit for panel, unit in assigned.items() if unit not in known.unread}
    for panel, unit in sorted(readable.items() ^ known.panels.items()):
        yield f"panel {panel} of unit {unit} is not both in its unit and in {SHARDS_FILE}"


def _left_out_faults(shards: pa.Table, known: Known, recipe: Recipe) -> Iterator[str]:
    """Panels that are left out for no reason, or not left out though there is one."""
    reasons: dict[str, str] = {}
    groups = known.duplicates
    if groups is not None and recipe.duplicates == "drop":
        copies = groups.filter(pc.not_equal(groups["panel_id"], groups["canonical_id"]))["panel_id"]
        reasons |= dict.fromkeys(copies.to_pylist(), "a duplicate")
    if groups is not None and known.withheld is not None:
        withheld = with_their_groups(known.withheld["panel_id"].to_pylist(), groups)
        reasons |= dict.fromkeys(withheld.to_pylist(), "withheld")
    left_out = set(shards.filter(pc.is_null(shards["shard"]))["panel_id"].to_pylist())
    yield from (f"panel {name} is left out but no duplicate, nor withheld" for name in sorted(left_out - {*reasons}))
    listed = set(shards["panel_id"].to_pylist())
    yield from (f"panel {name} is {reasons[name]} but not left out" for name in sorted({*reasons} & listed - left_out))


def _split_faults(shards: pa.Table) -> Iterator[str]:
    rows = shards.select(["panel_id", "duplicate_group", "split"]).to_pylist()
    for name, owner in (
        ("article", lambda row: parse_article_id(row["panel_id"].split("-")[0])[0]),
        ("duplicate group", lambda row: row["duplicate_group"]),
    ):
        splits: dict[str, set[str]] = {}
        for row in rows:
            if (key := owner(row)) is not None:
                splits.setdefault(key, set()).add(row["split"])
        for key, found in splits.items():
            if len(found) > 1:
                yield f"{name} {key} stands in the splits {', '.join(sorted(found))}"


def _assignment_faults(shards: pa.Table, known: Known, recipe: Recipe) -> Iterator[str]:
    """Whether the recipe puts each panel where the table says; looked at once nothing simpler is wrong."""
    names, units = list(known.panels), list(known.panels.values())
    pmcids = [parse_article_id(name.split("-")[0])[0] for name in names]
    columns = {"panel_id": names, "pmcid": pmcids, "unit": units}
    panels = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    withheld = known.withheld["panel_id"].to_pylist() if known.withheld is not None else []
    expected = assign(
        panels, known.duplicates, recipe.splits.model_dump(), recipe.shard_rows, recipe.duplicates, withheld
    ).sort_by("shard")
    if not shards.equals(expected):
        rows = zip(shards.to_pylist(), expected.to_pylist(), strict=True)
        first = next(found["panel_id"] for found, wanted in rows if found != wanted)
        yield f"{SHARDS_FILE}: {first} and others are not where the recipe of {PATH} puts them"
