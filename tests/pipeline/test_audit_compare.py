"""An output beside another, and beside published records."""

import json
import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from servers import make_bucket
from test_audit_details import value_of

from pipeline.config.recipe import load_recipe
from pipeline.phases.corpus import open_corpus
from pipeline.reports.audit.drift import write_comparison
from pipeline.reports.audit.recipes import recipe_name
from pipeline.storage.store import open_store
from schemas.errors import UserError
from tests.running import medconcept


class Memory(dict):
    def write(self, path, data):
        self[path] = data


def compared(out, other):
    """The headline figures and tables, and the changes of concepts."""
    files = Memory()
    told = write_comparison(open_corpus(open_store(str(out))), str(other), files)
    found = value_of(files["audit/data/compare.js"].decode(), "compare")
    concepts = value_of(files["audit/data/compare_concepts.js"].decode(), "compare_concepts")
    headline = {each["id"]: (each["here"], each["there"]) for each in found["headline"]}
    return told, headline, {each["id"]: each for each in found["tables"]}, concepts


def test_an_output_beside_itself(demo, tmp_path):
    told, headline, tables, concepts = compared(demo, shutil.copytree(demo, tmp_path / "copy"))
    assert told["name"] == "copy"
    assert "G-test" in told["note"]
    assert all(here == there for here, there in headline.values())
    assert headline["shared_figures"] == headline["shared_links"] == (1, 1)
    assert headline["only"] == (0, 0)
    assert tables["article"]["rows"] == 0
    assert concepts["columns"]["here"] == concepts["columns"]["there"]
    assert set(concepts["columns"]["p"]) == {1}
    assert {"modality", "type", "group", "license", "year"} <= tables.keys()


def test_an_output_beside_published_records(demo, tmp_path):
    """The records tell all figures but one, one concept that the output lacks, and an article that it lacks."""
    triplets = [row for path in demo.glob("dataset/data/*.parquet") for row in pq.read_table(path).to_pylist()]
    figures = sorted({(row["provenance"]["pmcid"], row["provenance"]["graphic"]) for row in triplets})
    records = [
        {"pmc": pmcid.removeprefix("PMC"), "graphic_ref": graphic.rpartition(".")[0], "umls_meta_info": []}
        for pmcid, graphic in figures[1:]
    ]
    records.append({"pmc": "1", "graphic_ref": "g1", "umls_meta_info": [{"umls_cui": "C9", "start_char": 0}]})
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    told, headline, tables, concepts = compared(demo, file)
    assert "Records are figures" in told["note"]
    assert headline["figures"] == (len({row["provenance"]["figure_id"] for row in triplets}), len(records))
    assert headline["shared_figures"] == ((len(figures) - 1) / len(figures), (len(records) - 1) / len(records))
    assert headline["shared_links"] == (0, None)  # the records of shared figures link nothing
    assert dict(zip(concepts["columns"]["cui"], concepts["columns"]["there"], strict=True))["C9"] == 1
    assert "PMC1" in tables["article"]["columns"]["key"]
    assert "license" not in tables


@pytest.mark.parametrize("content", [None, "no record\n"])
def test_a_file_that_holds_no_records_is_named(demo, tmp_path, content):
    file = tmp_path / "records.jsonl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match=r"records\.jsonl"):
        compared(demo, file)


def test_an_article_that_is_gone_is_told(demo, tmp_path, monkeypatch):
    """A shard is read without the rows of an article."""
    from pipeline.reports.audit import sides

    out = shutil.copytree(demo, tmp_path / "out")
    table = pq.read_table(min(out.glob("dataset/data/*.parquet")))
    gone = table["provenance"][0]["pmcid"].as_py()
    count = sum(row["pmcid"] == gone for row in table["provenance"].to_pylist())
    corpus, read = open_corpus(open_store(str(demo))), sides.load_batches

    def without(store, path, *rest):
        for batch in read(store, path, *rest):
            pmcid = pc.struct_field(batch["provenance"], "pmcid")
            yield batch.filter(pc.not_equal(pmcid, gone)) if store is corpus.store else batch

    monkeypatch.setattr(sides, "load_batches", without)
    files = Memory()
    write_comparison(corpus, str(out), files)
    found = value_of(files["audit/data/compare.js"].decode(), "compare")
    articles = found["tables"][-1]["columns"]
    assert (articles["key"], articles["here"], articles["there"]) == ([gone], [0], [count])


def test_where_nothing_changed_all_is_the_same(demo, tmp_path):
    _, _, tables, concepts = compared(demo, shutil.copytree(demo, tmp_path / "copy"))
    for each in [*tables.values(), concepts]:
        totals = each["totals"]
        assert (totals["gained"], totals["lost"], totals["changed"]) == (0, 0, 0)
        assert totals["same"] > 0
        assert set(each["columns"]["change"]) <= {"same"}


CHANGES = {
    "version": lambda row: row | {"provenance": row["provenance"] | {"version": 7}},
    "caption": lambda row: row | {"caption": f"{row['caption']} More."},
    "concepts": lambda row: row | {"concepts": []},
    "picture": lambda row: row | {"sha256": "0" * 64},
    "license": lambda row: row | {"provenance": row["provenance"] | {"license": "CC BY-SA"}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_article_with_as_many_triplets_that_says_something_else_has_changed(demo, tmp_path, name):
    rows = [row for path in sorted(demo.glob("dataset/data/*.parquet")) for row in pq.read_table(path).to_pylist()]
    schema = pq.read_schema(min(demo.glob("dataset/data/*.parquet")))
    article = next(row["provenance"]["pmcid"] for row in rows if row["concepts"])
    changed = [CHANGES[name](row) if row["provenance"]["pmcid"] == article else row for row in rows]
    other = tmp_path / "other/data"
    other.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(changed, schema=schema), other / "train-00000.parquet")
    told, _, tables, _ = compared(demo, other.parent)
    assert told["sides"]["there"]["kind"] == "dataset"
    assert tables["article"]["totals"]["changed"] == 1
    assert [tables["article"]["columns"][column][0] for column in ("key", "change")] == [article, "changed"]
    assert tables["article"]["columns"]["here"] == tables["article"]["columns"]["there"]


def test_each_kind_of_change_is_cut_by_itself_and_the_whole_is_told(demo, tmp_path, monkeypatch):
    """Two articles are gained, one is lost, and all others change more than they do."""
    from pipeline.reports.audit import drift

    monkeypatch.setattr(drift._table, "__defaults__", (1, None))
    rows = [row for path in sorted(demo.glob("dataset/data/*.parquet")) for row in pq.read_table(path).to_pylist()]
    schema = pq.read_schema(min(demo.glob("dataset/data/*.parquet")))
    articles = sorted({row["provenance"]["pmcid"] for row in rows})
    gone, lost = (
        articles[:2],
        [
            row | {"provenance": row["provenance"] | {"pmcid": "PMC77"}}
            for row in rows
            if row["provenance"]["pmcid"] == articles[2]
        ],
    )
    kept = [row for row in rows if row["provenance"]["pmcid"] not in gone]
    other = tmp_path / "other/data"
    other.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([*kept, *kept, *kept, *lost], schema=schema), other / "train-00000.parquet")
    files = Memory()
    write_comparison(open_corpus(open_store(str(demo))), str(other.parent), files)
    found = value_of(files["audit/data/compare.js"].decode(), "compare")["tables"][-1]
    assert found["totals"] == {"gained": 2, "lost": 1, "changed": len(articles) - 2, "same": 0}
    assert sorted(found["columns"]["change"]) == ["changed", "gained", "lost"]
    whole = pq.read_table(pa.BufferReader(files[f"audit/{found['whole']}"]))
    assert set(whole["key"].to_pylist()) == {*articles, "PMC77"}
    assert {f"audit/coverage/compare_{name}.parquet" for name in ("concepts", "type", "journal")} <= files.keys()


def test_records_and_an_output_are_both_counted_in_figures(demo, tmp_path):
    """What an output exports as records has the same figures and concepts as its own."""
    medconcept("export", "medconcept23m", demo, "-o", tmp_path / "records.jsonl")
    told, headline, tables, concepts = compared(demo, tmp_path / "records.jsonl")
    assert "triplets" not in headline
    assert headline["shared_figures"][1] == 1
    assert headline["shared_links"] == (1, 1)
    assert concepts["totals"]["changed"] == concepts["totals"]["gained"] == concepts["totals"]["lost"] == 0
    assert concepts["totals"]["same"] > 0
    assert told["sides"]["there"] == dict.fromkeys(told["sides"]["there"]) | {
        "name": "records.jsonl",
        "kind": "records",
    }
    assert {each["id"] for each in told["not_compared"]} >= {"type", "group", "license"}
    assert not tables["article"]["totals"]["changed"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("g1.jpg", "g1"),
        ("G1.TIF", "g1"),
        ("jkms-30-1.f1", "jkms-30-1.f1"),
        ("info:doi/10.1371/journal.pone.0056489.g001", "journal.pone.0056489.g001"),
        ("https://a.org/x/fig1.jpg?download=1#top", "fig1"),
        ("images/fig%201.png", "fig 1"),
        ("a/b\\c.gif", "c"),
        (".jpg", ".jpg"),
        ("100%_of.png", "100%_of"),
    ],
)
def test_a_graphic_has_one_name_wherever_it_lies(name, expected):
    import duckdb

    from pipeline.reports.audit.sides import _NAME

    rows = duckdb.connect()
    rows.execute(_NAME)
    assert rows.execute("SELECT graphic_name(?)", [name]).fetchall() == [(expected,)]


def test_types_are_not_compared_where_a_side_has_none(demo, tmp_path):
    other = tmp_path / "other/data"
    other.mkdir(parents=True)
    for path in demo.glob("dataset/data/*.parquet"):
        table = pq.read_table(path)
        rows = [
            row | {"concepts": [each | {"semantic_types": []} for each in row["concepts"]]} for row in table.to_pylist()
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), other / path.name)
    told, _, tables, _ = compared(demo, other.parent)
    assert {"type", "group"}.isdisjoint(tables)
    assert [each["id"] for each in told["not_compared"]] == ["type", "group"]
    assert "license" in tables


def test_a_comparison_names_recipe_and_vocabulary_of_both_sides(outputs):
    told, *_ = compared(outputs["default"], outputs["whole-figures"])
    here, there = told["sides"]["here"], told["sides"]["there"]
    assert "panels" not in here["recipe"]
    assert "panels: whole" in there["recipe"]
    assert here["vocabulary"] == there["vocabulary"] is not None
    assert "vocabularies differ" not in told["note"]


def test_records_in_a_bucket_are_read(demo, moto):
    record = {"pmc": "PMC1.2", "graphic_ref": "g1", "umls_meta_info": [{"umls_cui": "C9", "start_char": 0}]}
    make_bucket("bucket").put_object(Bucket="bucket", Key="some.jsonl", Body=json.dumps(record).encode())
    _, headline, tables, _ = compared(demo, "s3://bucket/some.jsonl")
    assert headline["figures"][1] == 1
    assert "PMC1" in tables["article"]["columns"]["key"]
    with pytest.raises(UserError, match=r"none\.jsonl"):
        compared(demo, "s3://bucket/none.jsonl")


@pytest.mark.parametrize("content", ["[]\n", '{"title": "no record"}\n', ""])
def test_what_names_no_article_is_no_record(demo, tmp_path, content):
    file = tmp_path / "records.jsonl"
    file.write_text(content)
    with pytest.raises(UserError, match=r"records\.jsonl"):
        compared(demo, file)


def test_a_recipe_is_told_by_its_name_or_by_what_it_changes():
    assert recipe_name(load_recipe("roco", shard_rows=9)) == "roco"
    changed = load_recipe("default", panels="whole", concept_cap=5)
    assert sorted(recipe_name(changed).removeprefix("default but for ").split(", ")) == [
        "concept_cap: 5",
        "panels: whole",
    ]
