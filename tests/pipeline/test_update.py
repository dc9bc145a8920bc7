"""What an update, a larger sample and a second look cost: the articles that changed, and nothing beside them."""

import random
import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest
from corpora import Source, jats
from rich.console import Console

from pipeline.config.recipe import Config, Recipe
from pipeline.config.run_record import read_run
from pipeline.phases.fetch import FetchImages
from pipeline.phases.verify import faults
from pipeline.reports.digest import dataset_digest
from pipeline.run import build, update
from pipeline.sources import SourceReject
from pipeline.storage.store import open_store
from schemas.errors import UserError
from schemas.rejects import Reason
from tests.pictures import drawing, encoded
from transforms.panels import stage
from transforms.panels.finder import Found, Panel

RECIPE = Recipe(unit_articles=4, shard_rows=8, panels="whole", duplicates="keep")


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path / "mirror", range(1, 61))


def built(source, out, **settings):
    settings = {"recipe": RECIPE, "engine": "inline"} | settings
    config = Config(source=str(source.mirror.root), output=str(out), **settings)
    lines = build(config, Console(quiet=True))
    assert list(faults(open_store(str(out)))) == []
    return lines


def updated(source, out):
    source.mirror.inventory("2026-11-22T01-00Z")
    update(str(out), {"engine": "inline"}, Console(quiet=True))
    assert list(faults(open_store(str(out)))) == []


def files(out):
    return {path.relative_to(out): path.stat().st_mtime_ns for path in out.rglob("*.*") if path.is_file()}


def changed(before, after, folder):
    """The folders below `folder` in which a file is another."""
    new = {path.parts[1] for path, stamp in after.items() if path.parts[0] == folder and before.get(path) != stamp}
    return sorted(new)


def digest(out):
    return dataset_digest(open_store(str(out)))


def test_an_update_costs_what_changed_and_ends_as_a_fresh_build(source, fetched, tmp_path):
    out = tmp_path / "out"
    built(source, out)
    assert len(fetched) == 60
    draw = random.Random(4)
    gone, other, new = draw.sample(range(1, 61), 3), draw.sample(range(1, 61), 8), [70, 71, 72]
    other = [number for number in other if number not in gone]
    for number in gone:
        source.remove(number)
    for number in other:
        source.write(number, picture=100 + number)
    for number in new:
        source.write(number)
    fetched.clear()
    updated(source, out)
    assert sorted(fetched) == sorted(f"PMC{number}v1" for number in other + new)
    built(source, tmp_path / "fresh")
    assert digest(out) == digest(tmp_path / "fresh")


def test_a_build_of_a_day_stays_with_it_until_an_update(source, tmp_path):
    out, first, second = tmp_path / "out", date(2026, 11, 21), date(2026, 11, 22)
    source.write(70)
    source.mirror.inventory(f"{second}T01-00Z")
    built(source, out, snapshot=first)
    built(source, out)  # none is named: it goes on with the same
    record = read_run(open_store(str(out)))
    assert (record.config.snapshot, record.snapshot.id) == (first, "2026-11-21T01-00Z")
    with pytest.raises(
        UserError, match=r"built from 2026-11-21T01-00Z, not .* 2026-11-22: .* medconcept update --snapshot"
    ):
        built(source, out, snapshot=second)
    update(str(out), {"engine": "inline", "snapshot": second}, Console(quiet=True))
    assert read_run(open_store(str(out))).snapshot.id == "2026-11-22T01-00Z"
    with pytest.raises(UserError, match=r"the inventory that is named is 2026-11-21T01-00Z, and .* from the later"):
        update(str(out), {"engine": "inline", "snapshot": first}, Console(quiet=True))
    built(source, tmp_path / "named", snapshot=second)
    assert digest(out) == digest(tmp_path / "named")


def test_one_article_withdrawn_is_one_unit_and_one_shard(source, fetched, tmp_path):
    out = tmp_path / "out"
    built(source, out)
    before = files(out)
    assert len(list(out.glob("dataset/data/train-*"))) > 3
    fetched.clear()
    source.remove(17)
    updated(source, out)
    assert fetched == []
    after = files(out)
    assert len(changed(before, after, "units")) == len(changed(before, after, "publish")) == 1
    data = [path for path in after if path.parts[:2] == ("dataset", "data") and before.get(path) != after[path]]
    assert len(data) == 1
    rows = [name for path in data for name in pq.read_table(out / path)["panel_id"].to_pylist()]
    assert not any(name.startswith("PMC17v1-") for name in rows)


def halves(pictures):
    """Each picture as two panels."""
    sizes = [picture.size for picture in pictures]
    boxes = [[(0, 0, width // 2, height), (width // 2, 0, width, height)] for width, height in sizes]
    return [Found([Panel(box, 1.0, None) for box in each], "halves-1") for each in boxes]


def compared(out):
    """What panels and graphics are compared by, wherever it lies: by their ids."""
    found = {}
    for path in out.glob("units/*/index-*.parquet"):
        small, large = (next(path.parent.glob(f"{kind}-*.bin")).read_bytes() for kind in ("thumbnails", "proofs"))
        for n, row in enumerate(pq.read_table(path).to_pylist()):
            start, end = row["proof_start"], row.pop("proof_start") + row["proof_size"]
            found[row["panel_id"]] = row | {"thumbnail": small[n * 4096 :][:4096], "proof": large[start:end]}
    for path in out.glob("units/*/parents-*.parquet"):
        found |= {row["graphic_id"]: row for row in pq.read_table(path).to_pylist()}
    return found


def test_an_update_takes_over_what_panels_and_their_figures_are_compared_by(source, fetched, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "_whole", halves)
    out, recipe = tmp_path / "out", RECIPE.model_copy(update={"grain": "cell", "min_side": 16})
    built(source, out, recipe=recipe)
    source.remove(17)
    source.write(18, picture=118)
    source.write(70)
    fetched.clear()
    updated(source, out)
    assert sorted(fetched) == ["PMC18v1", "PMC70v1"]
    built(source, tmp_path / "fresh", recipe=recipe)
    after = compared(out)
    assert after == compared(tmp_path / "fresh")
    assert len(after) == 3 * 60  # two panels and their figure each


@pytest.mark.full  # also benchmarks/updates.py
def test_a_growing_sample_and_a_growing_limit_do_nothing_twice(source, fetched, tmp_path):
    for settings in ([{"sample": 0.05}, {"sample": 0.4}, {}], [{"limit": 3}, {"limit": 20}, {}]):
        out = tmp_path / next(iter(settings[0]))
        fetched.clear()
        for each in settings:
            built(source, out, **each)
        assert sorted(fetched) == sorted(f"PMC{number}v1" for number in range(1, 61))
    built(source, tmp_path / "fresh")
    assert digest(tmp_path / "limit") == digest(tmp_path / "sample") == digest(tmp_path / "fresh")


def test_what_is_missing_is_unconfirmed_then_confirmed_and_then_left_alone(source, fetched, tmp_path):
    out = tmp_path / "out"
    for number in (5, 9):
        source.picture(number).rename(source.picture(number).with_suffix(".gone"))
    built(source, out)
    assert unconfirmed(out) == {"PMC5v1": True, "PMC9v1": True}
    fetched.clear()
    source.picture(9).with_suffix(".gone").rename(source.picture(9))
    built(source, out)
    assert sorted(fetched) == ["PMC5v1", "PMC9v1"]
    assert unconfirmed(out) == {"PMC5v1": False}
    fetched.clear()
    before = files(out)
    built(source, out)
    assert fetched == []
    assert changed(before, files(out), "units") == []


def test_what_is_missing_one_after_the_other_in_an_article_is_settled(source, fetched, tmp_path):
    out, media = tmp_path / "out", {f"g{n}.png": encoded(drawing(100 + n, (64, 48)), "PNG") for n in (1, 2)}
    source.mirror.add("PMC61.1", jats(2), media).inventory()
    pictures = [source.picture(61).with_name(name) for name in media]
    for picture in pictures:
        picture.unlink()
        built(source, out)
    assert unconfirmed(out) == {"PMC61v1": True}
    built(source, out)
    fetched.clear()
    built(source, out)
    assert fetched == []


@pytest.mark.slow
@pytest.mark.full
def test_poison_costs_the_next_run_its_own_article(source, fetched, tmp_path, monkeypatch):
    def hurt(data, *arguments, decode=stage.decode):
        if data.endswith(b"MEMORY"):
            raise MemoryError
        return decode(data, *arguments)

    monkeypatch.setattr(stage, "decode", hurt)
    media = {"g1.png": encoded(drawing(17, (64, 48)), "PNG") + b"MEMORY"}
    source.mirror.add("PMC17.1", jats(1), media).inventory()
    built(source, tmp_path / "out")
    fetched.clear()
    built(source, tmp_path / "out")
    assert set(fetched) == {"PMC17v1"}


def unconfirmed(out):
    rows = [row for file in out.glob("units/*/rejects-*.parquet") for row in pq.read_table(file).to_pylist()]
    return {row["article_id"]: row["unconfirmed"] for row in rows}


@pytest.mark.slow
@pytest.mark.full
def test_a_source_that_lacks_too_much_is_ill_and_nothing_is_lost(source, tmp_path):
    for number in range(1, 31):
        source.picture(number).rename(source.picture(number).with_suffix(".gone"))
    with pytest.raises(UserError, match="the source is ill"):
        built(source, tmp_path / "out")
    for number in range(1, 31):
        source.picture(number).with_suffix(".gone").rename(source.picture(number))
    built(source, tmp_path / "out")
    built(source, tmp_path / "fresh")
    assert digest(tmp_path / "out") == digest(tmp_path / "fresh")


def test_an_update_is_judged_by_what_it_fetched(source, tmp_path):
    out = tmp_path / "out"
    built(source, out, max_missing=0.3)
    for number in range(1, 28):
        source.write(number, picture=100 + number)
        source.picture(number).unlink()
    with pytest.raises(UserError, match=r"\d+ of \d+ objects are missing or damaged.*the source is ill"):
        updated(source, out)


def test_what_was_ill_before_does_not_make_the_source_ill(source, tmp_path, monkeypatch):
    def fails(self, row, fetch=FetchImages._fetch):
        if row["article_id"] in {f"PMC{number}v1" for number in range(1, 31)}:
            raise SourceReject(Reason.FETCH_FAILED, "HTTP 403")
        return fetch(self, row)

    monkeypatch.setattr(FetchImages, "_fetch", fails)
    built(source, tmp_path / "out", max_missing=1.0)
    for _ in range(2):
        built(source, tmp_path / "out")
        assert list(unconfirmed(tmp_path / "out").values()) == [True] * 30


def test_a_mirror_that_really_lacks_much_is_built_if_told_so(source, tmp_path):
    for number in range(1, 31):
        source.picture(number).unlink()
    built(source, tmp_path / "out", max_missing=0.6)


def test_an_older_inventory_is_no_update(source, tmp_path):
    source.mirror.inventory("2026-11-23T01-00Z")
    built(source, tmp_path / "out")
    shutil.rmtree(source.mirror.root / "inventory-reports")
    with pytest.raises(UserError, match="nothing is changed"):
        updated(source, tmp_path / "out")


def test_only_the_newest_version_of_an_article_is_taken(source, fetched, tmp_path):
    source.mirror.add("PMC5.2", jats(1), {"g1.png": encoded(drawing(500, (64, 48)), "PNG")})
    source.mirror.inventory()
    built(source, tmp_path / "out")
    assert "PMC5v2" in fetched
    assert "PMC5v1" not in fetched
