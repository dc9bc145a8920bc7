"""`medconcept explain`: the way of a panel, figure or article, kept or rejected."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from servers import Mirror, make_bucket
from test_update import Source, built, updated

from pipeline.config.recipe import Config, Recipe
from pipeline.phases.dedup import selection
from pipeline.reports.explain.reasons import BY_RECIPE, MEANING
from pipeline.run import build
from pipeline.storage.receipts import file_path, the_receipt
from pipeline.storage.store import open_store
from schemas.rejects import Reason
from tests.damages import DAMAGES
from tests.pictures import drawing, encoded
from tests.running import medconcept


@pytest.fixture
def explain(run):
    """The account of an id as JSON."""

    def explain(out, name):
        status, text, errors = run("explain", out, name, "--json")
        assert (status, errors) == (0, "")
        return json.loads(text)

    return explain


def triplets(out):
    return [row for path in sorted(out.glob("dataset/data/*")) for row in pq.read_table(path).to_pylist()]


def rejects(out):
    return [row for path in sorted(out.glob("units/*/rejects-*")) for row in pq.read_table(path).to_pylist()]


def left_out(out, why):
    """A panel that is left out for a reason."""
    store = open_store(str(out))
    rows = pq.read_table(out / file_path(the_receipt(store, selection.FOLDER), "selection")).to_pylist()
    return next(row["panel_id"] for row in rows if row["left_out"] == why)


def test_a_published_panel_is_told_as_its_shard_holds_it(demo, explain):
    for row in triplets(demo)[::5]:
        told, provenance = explain(demo, row["panel_id"]), row["provenance"]
        panel, graphic = told["panel"], told["graphics"][0]
        assert told["outcome"]["state"] == "published"
        assert (graphic["source_uri"], graphic["source_md5"]) == (provenance["source_uri"], provenance["source_md5"])
        assert graphic["picture"]["sha256"] == provenance["parent_sha256"]
        assert (panel["box"], panel["sha256"]) == (provenance["box"], row["sha256"])
        assert panel["text"]["caption"] == row["caption"]
        assert [(each["cui"], each["start"], each["end"]) for each in panel["concepts"]] == [
            (each["cui"], each["start"], each["end"]) for each in row["concepts"]
        ]
        assert panel["modality"]["name"] == row["modality"]
        assert panel["published"]["differs"] == []
        assert told["article"]["rights"]["license"] == provenance["license_article"]
        assert told["faults"] == []


def test_a_triplet_stands_in_the_row_group_that_is_told(demo, explain):
    row = triplets(demo)[-1]
    place = explain(demo, row["panel_id"])["panel"]["published"]
    file = pq.ParquetFile(demo / place["parquet"])
    before = sum(file.metadata.row_group(n).num_rows for n in range(place["row_group"]))
    group = file.read_row_group(place["row_group"], ["panel_id"]).to_pylist()
    assert group[place["row"] - before]["panel_id"] == row["panel_id"]


def test_the_split_of_a_caption_is_worked_out_again_and_gives_the_stored_texts(demo, explain):
    for row in triplets(demo):
        graphic = explain(demo, row["panel_id"])["graphics"][0]
        assert graphic["caption_split"]["recomputed"] is True
        assert all(graphic["caption_split"]["same"].values())


def test_a_caption_that_is_split_otherwise_by_now_is_said(demo, run, monkeypatch):
    from pipeline.reports.explain import caption

    row = next(row for row in triplets(demo) if row["provenance"]["caption_method"] == "label")
    empty = caption.read_caption("One picture.")
    monkeypatch.setattr(caption, "read_caption", lambda *_: empty)
    status, text, _ = run("explain", demo, row["panel_id"])
    assert status == 0
    assert "gives other texts than are stored for" in " ".join(text.split())


def test_a_rejected_figure_is_told_with_stage_reason_and_what_heals_it(demo, explain, run):
    row = next(row for row in rejects(demo) if row["reason"] == "image_missing")
    told = explain(demo, row["figure_id"])
    assert told["outcome"]["state"] == "rejected"
    reject = told["graphics"][0]["reject"]
    assert (reject["stage"], reject["reason"], reject["detail"]) == (row["stage"], row["reason"], row["detail"])
    assert reject["heals"].startswith("only when the article changes at the source")
    assert told["figure"]["caption"]
    _, text, _ = run("explain", demo, row["figure_id"])
    assert text.startswith(f"{row['figure_id']}: rejected\n")


def test_a_rejected_article_is_told_by_any_of_its_ids(demo, explain):
    row = next(row for row in rejects(demo) if row["reason"] == "retracted")
    for name in (row["article_id"], row["article_id"].replace("v", "."), f"{row['article_id']}-f001-p01"):
        told = explain(demo, name)
        assert told["outcome"]["reason"] == "retracted"
        assert told["source"]["reject"]["meaning"] == "the article is retracted"
        assert told["figure"] is None


def test_an_article_is_told_with_its_figures(demo, explain):
    counts = {}
    for row in triplets(demo):
        counts.setdefault(row["provenance"]["pmcid"], []).append(row["panel_id"])
    for pmcid, panels in counts.items():
        told = explain(demo, pmcid)
        assert told["outcome"]["panels"]["published"] == len(panels)
        assert {figure["figure_id"] for figure in told["figures"]} >= {name.split("-p")[0] for name in panels}


@pytest.mark.parametrize("why", ["duplicate", "duplicate_split"])
def test_a_duplicate_that_is_left_out_names_what_is_published_for_it(demo, explain, why):
    panel = left_out(demo, why)
    told = explain(demo, panel)
    duplicates = told["duplicates"]
    assert (told["outcome"]["state"], told["outcome"]["reason"]) == ("left_out", why)
    assert duplicates["group"]["size"] == 2
    (instead,) = duplicates["published_instead"]
    assert explain(demo, instead)["outcome"]["state"] == "published"
    (edge,) = duplicates["edges"]
    assert edge["panel_id"] == instead
    assert edge["kind"] in ("exact", "perceptual", "embedding")
    assert edge["likeness"] > 0.9


def test_a_panel_without_duplicates_has_no_group(demo, explain):
    grouped = {row["panel_id"] for row in triplets(demo) if row["duplicate_group"]}
    alone = next(row["panel_id"] for row in triplets(demo) if row["panel_id"] not in grouped)
    told = explain(demo, alone)["duplicates"]
    assert (told["group"], told["edges"]) == (None, [])


@pytest.mark.full
def test_a_withheld_panel_names_the_image_that_it_shows(outputs, explain):
    told = explain(outputs["withheld"], left_out(outputs["withheld"], "withheld"))
    assert told["outcome"]["reason"] == "withheld"
    assert [leak["image"] for leak in told["duplicates"]["withheld_by"]] == ["picture"]


def test_a_cell_is_told_with_the_panel_that_it_is_in(demo, explain, run):
    row = next(row for row in triplets(demo) if len(row["cells"]) > 1)
    name = f"{row['panel_id']}c02"
    told = explain(demo, name)
    assert (told["id"], told["kind"], told["panel"]["panel_id"]) == (name, "cell", row["panel_id"])
    _, text, _ = run("explain", demo, name)
    assert f"It is cell 2 of {len(row['cells'])} of the panel {row['panel_id']}" in " ".join(text.split())


def test_a_figure_is_found_without_the_zeros_of_its_number(demo, explain):
    row = triplets(demo)[0]
    short = row["panel_id"].replace("-f00", "-f").replace("-p0", "-p").lower().replace("pmc", "PMC")
    assert explain(demo, short)["id"] == row["panel_id"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("PMC9000001v1-f077", "PMC9000001v1-f077 is not in"),
        ("PMC9000001v1-f001-p77", "PMC9000001v1-f001 has"),
        ("PMC9000001v7-f001", "PMC9000001v7 is not in the inventory"),
        ("PMC9000091", "PMC9000091 is not in the inventory"),
        ("PMC9000010x", "'PMC9000010x' is no id"),
        ("", "'' is no id"),
    ],
)
def test_an_unknown_id_is_told_in_a_line(demo, run, name, told):
    status, text, errors = run("explain", demo, name)
    assert (status, text) == (1, "")
    assert told in errors
    assert errors.count("\n") == 1


def test_an_unknown_id_comes_with_the_nearest_that_are_there(demo, run):
    _, _, errors = run("explain", demo, "PMC9000091")  # a digit slipped
    assert "nearest: PMC9000" in errors
    _, _, errors = run("explain", demo, "PMC9000001v1-f009")
    assert "nearest: PMC9000001v1-f00" in errors


def test_an_article_that_was_withdrawn_is_in_the_inventory_no_more(tmp_path, run, explain):
    source, out = Source(tmp_path / "mirror", range(1, 9)), tmp_path / "out"
    built(source, out)
    assert explain(out, "PMC3")["outcome"]["state"] == "published"
    source.remove(3)
    updated(source, out)
    status, _, errors = run("explain", out, "PMC3")
    assert status == 1
    assert "PMC3 is not in the inventory 2026-11-22T01-00Z" in errors
    assert "withdrawn" in errors


def test_an_article_beyond_the_limit_is_in_no_plan(tmp_path, explain):
    source, out = Source(tmp_path / "mirror", range(1, 9)), tmp_path / "out"
    built(source, out, limit=3)
    states = {number: explain(out, f"PMC{number}") for number in range(1, 9)}
    dropped = [told for told in states.values() if told["outcome"]["state"] == "not_planned"]
    assert len(dropped) == 5
    assert all(told["source"]["not_planned"].startswith("--limit 3") for told in dropped)


def test_an_older_version_is_in_no_plan(tmp_path, run, explain):
    source, out = Source(tmp_path / "mirror", range(1, 4)), tmp_path / "out"
    source.mirror.add("PMC1.2", (source.mirror.root / "PMC1.1/PMC1.1.xml").read_bytes(), {"g1.png": b""})
    source.mirror.inventory()
    built(source, out)
    told = explain(out, "PMC1")
    assert told["id"] == "PMC1v2"
    assert [each["article_id"] for each in told["source"]["listed"]] == ["PMC1v1", "PMC1v2"]
    status, _, errors = run("explain", out, "PMC1.1-f1")
    assert status == 1
    assert "PMC1v1 is not built, for an article has one version; nearest: PMC1v2-f001" in errors


def test_an_article_that_was_excluded_says_so(tmp_path, explain):
    source, out = Source(tmp_path / "mirror", range(1, 4)), tmp_path / "out"
    built(source, out, exclude=("PMC2",))
    told = explain(out, "PMC2v1-f001")
    assert told["outcome"]["reason"] == "excluded"
    assert "--exclude" in told["source"]["reject"]["heals"]


def test_what_is_met_once_is_unconfirmed(tmp_path, explain):
    source, out = Source(tmp_path / "mirror", range(1, 9)), tmp_path / "out"
    source.picture(3).unlink()
    built(source, out)
    reject = explain(out, "PMC3v1-f001")["graphics"][0]["reject"]
    assert (reject["reason"], reject["unconfirmed"]) == ("image_missing", True)
    assert "next build or update" in reject["heals"]
    built(source, out)
    reject = explain(out, "PMC3v1-f001")["graphics"][0]["reject"]
    assert reject["unconfirmed"] is False
    assert reject["heals"].startswith("confirmed by a second run")


@pytest.fixture
def without_panels(demo, small_units, tmp_path):
    """The demo corpus whose units gave up their panels."""
    out = shutil.copytree(demo, tmp_path / "out")
    medconcept("build", "demo", out, "--recipe", small_units, "--keep-units", "no", "--engine", "inline")
    return out


def test_units_that_gave_up_their_panels_say_what_is_no_longer_known(demo, without_panels, explain, run):
    row = triplets(demo)[0]
    before, after = explain(demo, row["panel_id"]), explain(without_panels, row["panel_id"])
    assert after["given_up"]
    for name in ("box", "sha256", "text", "concepts", "modality", "rights"):
        assert after["panel"][name] == before["panel"][name]
    dropped = left_out(demo, "duplicate")
    told = explain(without_panels, dropped)
    assert "box" not in told["panel"]
    assert told["panel"]["index"]["caption"] == explain(demo, dropped)["panel"]["text"]["caption"]
    assert told["duplicates"]["group"]["size"] == 2
    _, text, _ = run("explain", without_panels, dropped)
    assert "no longer known" in " ".join(text.split())


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_unit_is_told_with_what_is_left(demo, tmp_path, run, damage):
    out = shutil.copytree(demo, tmp_path / "out")
    row = triplets(demo)[0]
    unit = json.loads(run("explain", out, row["panel_id"], "--json")[1])["place"]["unit"]
    (file,) = out.glob(f"units/{unit}/panels-*.parquet")
    damage(file)
    status, text, errors = run("explain", out, row["panel_id"])
    assert (status, errors) == (0, "")
    # A bit of a picture is none of what is read: `verify` reads every byte.
    if damage.__name__ != "flip":
        assert "NOT READ" in text
        assert file.name in text
        assert "told by the shard alone" in text
    assert row["provenance"]["source_md5"] in text


def test_a_damaged_index_or_receipt_is_told(demo, tmp_path, run):
    out = shutil.copytree(demo, tmp_path / "out")
    row = triplets(demo)[0]
    unit = json.loads(run("explain", out, row["panel_id"], "--json")[1])["place"]["unit"]
    (receipt,) = out.glob(f"units/{unit}/*.json")
    receipt.write_text(receipt.read_text().replace("rows", "cows", 1))
    status, text, errors = run("explain", out, row["panel_id"])
    assert status == 0, errors
    assert receipt.name in text


def test_an_output_on_s3_tells_the_same(demo, moto, explain):
    client = make_bucket("bucket")
    for path in sorted(demo.rglob("*")):
        if path.is_file():
            client.put_object(Bucket="bucket", Key=f"out/{path.relative_to(demo)}", Body=path.read_bytes())
    for name in (triplets(demo)[0]["panel_id"], left_out(demo, "duplicate"), "PMC9000013v1-f002"):
        assert explain("s3://bucket/out", name) == explain(demo, name)


def test_only_the_unit_and_the_shard_of_the_id_are_read(demo, tmp_path, explain):
    out = shutil.copytree(demo, tmp_path / "out")
    row = next(row for row in triplets(demo) if not row["duplicate_group"])
    place = explain(out, row["panel_id"])["place"]
    for folder, mine in (("units", place["unit"]), ("publish", place["shard"])):
        for other in (out / folder).iterdir():
            if other.name != mine:
                shutil.rmtree(other)
    assert explain(out, row["panel_id"])["faults"] == []


def test_no_line_is_longer_than_80_columns_but_for_names(demo, run):
    for row in (*triplets(demo), *rejects(demo)):
        name = row.get("panel_id") or row.get("figure_id") or row["article_id"]
        status, text, _ = run("explain", demo, name)
        assert status == 0
        for line in text.splitlines():
            assert len(line) <= 80 or len(line.split()[-1]) > 60


def test_every_reason_has_a_meaning():
    assert MEANING.keys() == set(Reason)
    assert set(Reason) >= BY_RECIPE


def test_a_place_without_an_output_is_told_in_a_line(tmp_path, run):
    status, _, errors = run("explain", tmp_path, "PMC1")
    assert status == 1
    assert "holds no run" in errors


def test_a_figure_that_is_not_cut_states_its_size(tmp_path, explain):
    source, out = Source(tmp_path / "mirror", range(1, 3)), tmp_path / "out"
    built(source, out)
    picture = explain(out, "PMC1v1-f001")["graphics"][0]["picture"]
    assert (picture["whole"], picture["size"]) == ("panels were not looked for", [64, 48])


SEVERAL = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><body><fig id="f1"><label>Figure 1</label>
<caption><p>Chest CT of the lung: (A) axial. (B) coronal. Panel B is reprinted with permission from Elsevier.</p>
</caption>
<graphic xlink:href="g1"/><alternatives><graphic xlink:href="g2.tif"/><graphic xlink:href="g2.png"/></alternatives>
</fig></body></article>"""


@pytest.fixture
def several(tmp_path):
    """A corpus of an article whose figure has two graphics, one of them in alternatives, and a claim about a panel."""
    media = {f"g{n}.png": encoded(drawing(n, (96, 72)), "PNG") for n in (1, 2)}
    source = Mirror(tmp_path / "mirror").add("PMC1.1", SEVERAL.encode(), media).inventory()
    recipe = Recipe(panels="whole", licenses="all")
    config = Config(source=str(source.root), output=str(tmp_path / "out"), recipe=recipe, engine="inline")
    build(config, Console(quiet=True))
    return tmp_path / "out"


def test_a_figure_of_several_graphics_is_told_with_each(several, explain, run):
    told = explain(several, "PMC1v1-f001")
    assert told["figure"]["graphics"] == 2
    assert [graphic["graphic_id"] for graphic in told["graphics"]] == ["PMC1v1-f001", "PMC1v1-f001g2"]
    assert [graphic["hrefs"] for graphic in told["graphics"]] == [["g1"], ["g2.png", "g2.tif"]]
    (second,) = explain(several, "PMC1v1-f001g2")["graphics"]
    assert second["graphic"] == "g2.png"
    assert explain(several, "PMC1.1-f1g2-p1")["panel"]["panel_id"] == "PMC1v1-f001g2-p01"
    assert "(alternatives, the best first)" in run("explain", several, "PMC1v1-f001g2")[1]


def test_a_claim_says_what_it_is_about_and_where_it_stands(several, explain):
    (claim,) = explain(several, "PMC1v1-f001")["rights"]["claims"]
    assert claim["panels"] == ["B"]
    assert claim["license"] is None
    assert claim["stated_in"] == "the caption"


def test_a_figure_is_told_by_its_panels_where_the_figures_are_lost(demo, tmp_path, explain):
    out = shutil.copytree(demo, tmp_path / "out")
    row = triplets(demo)[0]
    before = explain(demo, row["panel_id"])
    (file,) = out.glob(f"units/{before['place']['unit']}/figures-*.parquet")
    file.unlink()
    after = explain(out, row["panel_id"])
    assert file.name in after["faults"][0]
    for name in ("figure", "rights", "graphics", "panel"):
        assert after[name] == before[name]


def test_a_unit_that_is_gone_is_not_told_as_not_built_yet(demo, tmp_path, run):
    out = shutil.copytree(demo, tmp_path / "out")
    panel = triplets(demo)[0]["panel_id"]
    shutil.rmtree(out / "units")
    _, told, error = run("explain", out, panel)
    assert "not built yet" not in told + error
    assert "is gone from the output: build it again" in " ".join((told + error).split())
