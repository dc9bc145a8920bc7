"""An output beside another, and beside published records."""

import json
import shutil

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from test_audit_details import value_of

from pipeline.phases.corpus import open_corpus
from pipeline.reports.audit.drift import write_comparison
from pipeline.storage.store import open_store
from schemas.errors import UserError


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
    assert "a record is a figure" in told["note"]
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
