"""The audit's files for small corpora: what stands in the tables and on the page."""

import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from test_audit_details import value_of
from test_verify import restamp

from pipeline.phases.corpus import open_corpus
from pipeline.phases.documents import total_coverage, write_report
from pipeline.phases.verify import faults
from pipeline.reports.audit.data import data_path
from pipeline.reports.audit.sums import BY, write_sums
from pipeline.reports.digest import dataset_digest
from pipeline.reports.funnel import reject_counts
from pipeline.storage.store import open_store
from schemas.selection import SELECTION
from schemas.triplets import PROVENANCE, TRIPLETS, triplets
from tests.running import medconcept, verify
from tests.triplets import blank
from transforms.coverage.partials import COLUMNS, partial, total
from transforms.coverage.tables import coverage
from transforms.digest import digest_rows, digest_text

CORPUS = {"name": "Demo & more", "inventory": "2026-10-01T01-00Z", "configuration": "9f3c", "pipeline": "0.1.0"}
FUNNEL = [("Planned articles", 19), ("Triplets", 3)]
NONE = {"counts": {"rejects_by_stage": {}, "articles_by_stage": {}}}
REJECTED = {"counts": {"rejects_by_stage": {"gate/retracted": 1}, "articles_by_stage": {"gate/retracted": 1}}}
HOSTILE = "</script><script>alert(1)</script>"


class Memory(dict):
    def write(self, path, data):
        self[path] = data

    def data(self, name):
        return value_of(self[data_path(name)].decode(), name)

    def rows(self, name):
        """A data file's rows as texts of their cells."""
        cells = zip(*self.data(name)["columns"].values(), strict=True)
        return [" ".join(map(str, row)) for row in cells]


class Tags(HTMLParser):
    """The tags of a page, the attributes that could ask the network for something, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in {"src", "href", "srcset", "data", "action"}]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def triplet(panel, *concepts, modality=None, **provenance):
    source = {**blank(PROVENANCE), "pmcid": "PMC1", "figure_id": "PMC1v1-f001", "box": [0, 0, 1, 1], **provenance}
    found = [
        {
            "cui": cui,
            "name": name,
            "semantic_types": types,
            "start": 0,
            "end": 1,
            "text": "x",
            "score": 1,
            "negated": False,
            "uncertain": False,
        }
        for cui, name, types in concepts
    ]
    return blank(TRIPLETS) | {
        "panel_id": f"PMC1v1-f001-p{panel:02}",
        "concepts": found,
        "modality": modality,
        "mentions": [],
        "context": [],
        "embedding": [0.0, 1.0],
        "provenance": source,
    }


def audit(rows, rejects=NONE, folder=None, corpus=CORPUS):
    """The files and headline figures; through a Parquet file where a folder is given, as in a real run."""
    table, out = pa.Table.from_pylist(rows, schema=triplets(2)), Memory()
    if folder:
        pq.write_table(table, folder / "train-00000.parquet")
        table = pq.read_table(folder, columns=list(COLUMNS))
    totals = write_sums(partial(table, "train"), FUNNEL, reject_counts([rejects]), corpus, out)
    return out, totals


ROWS = [
    triplet(1, ("C0024109", "Lung", ["T023"]), modality="CT", license="CC BY", year=2024, journal="A & B"),
    triplet(2, ("C0024109", "Lung", ["T023"]), license="CC BY", year=2024, journal="A & B"),
    triplet(3, license=None, year=None, journal=None),
]


def test_headline_tables_and_page(tmp_path):
    out, totals = audit(ROWS, REJECTED, tmp_path)
    assert totals["triplets"] == 3
    assert totals["concepts"] == 1
    assert {path for path in out if not path.startswith("audit/data/")} == {"audit/index.html"} | {
        f"audit/coverage/{name}.parquet"
        for name in (
            *(
                "concepts",
                "semantic_types",
                "licenses",
                "years",
                "journals",
                "languages",
                "modalities",
                "modality_tops",
            ),
            *("semantic_groups", "splits", "methods", "grains", "crosses", "histograms", "ranks"),
            *("funnel", "rejects"),
        )
    }
    assert pq.read_table(BytesIO(out["audit/coverage/funnel.parquet"])).to_pylist()[0] == {
        "step": "Planned articles",
        "count": 19,
    }
    page = Tags(out["audit/index.html"].decode())
    for words in ("Demo & more", "2026-10-01T01-00Z", "3 Triplets", "1 Distinct concepts"):
        assert words in page.text
    assert out.rows("rejects") == ["gate retracted 1 1"]
    assert out.rows("by_journal") == ["A & B A & B 2 1 1", "None not stated 1 1 1"]
    assert out.rows("by_year") == ["2024 2024 2 1 1", "None not stated 1 1 1"]
    [lung] = out.rows("concepts-00")
    assert lung.startswith("C0024109 Lung ")
    [[body_part]] = out.data("concepts-00")["columns"]["types"]
    assert out.data("summary")["types"][body_part].startswith("Body Part")


def test_the_page_asks_the_network_for_nothing():
    out, _ = audit(ROWS)
    html = out["audit/index.html"].decode()
    assert {link.partition(":")[0] for link in Tags(html).links if not link.startswith("#")} == {"data"}
    assert Tags(html).tags.count("link") == 1  # the icon, which is empty
    assert "default-src 'none'" in html
    assert Tags(html).tags.count("script") == 1
    assert not re.search(r"@import|url\(", html[: html.index("<script")])


def test_every_table_has_its_place_and_its_data():
    out, _ = audit(ROWS)
    listed = [each["id"] for each in out.data("summary")["tables"]]
    assert listed == ["concepts", *(id for id, *_ in BY)]
    assert {each["file"] for each in out.data("summary")["tables"]} <= {path.removeprefix("audit/") for path in out}
    assert all(out.data(id)["rows"] for id in ("funnel", *listed[1:]))


def test_the_same_rows_give_the_same_bytes():
    assert audit(ROWS, REJECTED) == audit(ROWS[::-1], REJECTED)


def test_a_corpus_without_triplets():
    out, totals = audit([])
    assert not any(totals.values())
    assert Tags(out["audit/index.html"].decode()).text.count(" 0 ") >= 5
    assert not any(each["value"] for each in out.data("summary")["headline"])
    assert out.data("summary")["parts"] == {"concepts": 0}
    assert [out.data(id)["rows"] for id, *_ in BY] == [0] * len(BY)
    assert out.data("ranks")["columns"] == {"rank": [], "triplets": []}
    assert not any(sum(each["counts"]) for each in out.data("histograms"))


def test_a_corpus_that_states_neither_year_nor_journal():
    out, _ = audit([ROWS[2]])
    assert out.rows("by_year") == out.rows("by_journal") == ["None not stated 1 1 1"]


@pytest.mark.parametrize("place", ["name", "journal", "modality", "concept", "corpus"])
def test_text_from_the_source_cannot_become_markup(place):
    harmless, _ = audit(
        [triplet(1, ("C1", "x", []), modality="x", journal="x")], corpus={"name": "x", "inventory": "x"}
    )
    text = {key: HOSTILE if key == place else "x" for key in ("name", "journal", "modality", "concept", "corpus")}
    hostile, _ = audit(
        [triplet(1, ("C1", text["concept"], []), modality=text["modality"], journal=text["journal"])],
        corpus={"name": text["name"], "inventory": text["corpus"]},
    )
    before, after = (Tags(out["audit/index.html"].decode()) for out in (harmless, hostile))
    assert before.tags == after.tags
    data = {"journal": "by_journal", "modality": "by_modality", "concept": "concepts-00"}
    assert HOSTILE in (hostile.rows(data[place])[0] if place in data else after.text)


def test_rejects_by_stage_and_reason_are_sums_over_units():
    units = [
        ({"gate/retracted": 1, "fetch/image_missing": 2}, {"gate/retracted": 1, "fetch/image_missing": 1}),
        ({"gate/no_figures": 1, "fetch/image_missing": 1}, {"gate/no_figures": 1, "fetch/image_missing": 1}),
    ]
    counts = reject_counts({"counts": {"rejects_by_stage": r, "articles_by_stage": a}} for r, a in units)
    assert [tuple(row.values()) for row in counts.to_pylist()] == [
        ("fetch", "image_missing", 3, 2),
        ("gate", "no_figures", 1, 1),
        ("gate", "retracted", 1, 1),
    ]


def test_rejects_of_the_selection_count_panels_and_articles():
    left_out = {
        "PMC1v1-f001-p01": "duplicate",
        "PMC1v1-f001-p02": "duplicate",
        "PMC1v1-f002-p01": None,  # published, in a group
        "PMC2v3-f001-p01": "duplicate",
        "PMC2v3-f001-p02": "concept_cap",
    }
    rows = [
        {"unit": "train-00000", "panel_id": panel, "left_out": why, "duplicate_group": None}
        for panel, why in left_out.items()
    ]
    table = pa.Table.from_pylist(rows, schema=SELECTION)
    counts = reject_counts([REJECTED], [table.slice(0, 1), table.slice(1)])
    assert [tuple(row.values()) for row in counts.to_pylist()] == [
        ("selection", "duplicate", 3, 2),
        ("gate", "retracted", 1, 1),
        ("selection", "concept_cap", 1, 1),
    ]


@pytest.mark.parametrize("name", ["default", "withheld", "whole-figures", "flag", "keep"])
def test_what_the_receipts_add_up_to_is_what_the_rows_say(outputs, name):
    """Coverage, funnel, rejects and digest of a built corpus, counted anew from all of its rows."""
    out = outputs[name]
    rejects = pa.concat_tables(pq.read_table(path) for path in sorted(out.glob("units/*/rejects-*.parquet")))
    tables = {path.stem: pq.read_table(path) for path in out.glob("audit/coverage/*.parquet")}
    triplets = {path.name.split("-")[0]: [] for path in sorted(out.glob("dataset/data/*.parquet"))}
    for path in sorted(out.glob("dataset/data/*.parquet")):
        triplets[path.name.split("-")[0]].append(pq.read_table(path))
    whole = pa.concat_tables([table for some in triplets.values() for table in some])
    expected = coverage(total(partial(pa.concat_tables(some), split) for split, some in triplets.items()))
    assert all(tables[name].equals(table) for name, table in expected.items())
    counted = [("article_id", "count"), ("article_id", "count_distinct")]
    by_stage = rejects.group_by(["stage", "reason"]).aggregate(counted)
    selection = pq.read_table(out.glob("dedup/selection/selection-*.parquet").__next__())
    chosen = [row for row in selection.to_pylist() if row["left_out"]]
    articles = {(row["left_out"], row["panel_id"].partition("-")[0]) for row in chosen}
    by_reason = Counter(row["left_out"] for row in chosen)
    assert {tuple(row.values()) for row in tables["rejects"].to_pylist()} == {
        *(tuple(row.values()) for row in by_stage.to_pylist()),
        *(("selection", why, n, sum(each == why for each, _ in articles)) for why, n in by_reason.items()),
    }
    steps = dict(zip(*tables["funnel"].to_pydict().values(), strict=True))
    whole_articles = rejects.filter(pc.is_null(rejects["figure_id"]))
    lost = rejects.filter(pc.and_(pc.is_valid(rejects["graphic_id"]), pc.is_null(rejects["panel_id"])))
    articles = sum(len(pq.read_table(path)) for path in out.glob("units/*/articles-*.parquet"))
    assert steps["article versions with figures"] == articles - len(whole_articles)
    figureless = whole_articles["reason"].to_pylist().count("no_figures")
    assert steps["article versions admitted and readable"] == articles - len(whole_articles) + figureless
    assert steps["graphics admitted and readable"] == steps["graphics of figures"] - len(lost)
    assert steps["triplets"] == len(whole) == steps["panels"] - by_reason.total()
    digests = [digest_rows(split, table.to_pylist()) for split, some in triplets.items() for table in some]
    assert dataset_digest(open_store(str(out))) == digest_text(sum(digests))


def test_what_a_build_writes_of_the_audit_and_the_digest_read_no_row(demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    before = {path.relative_to(out): path.read_bytes() for path in out.glob("audit/**/*.*") if path.suffix != ".txt"}
    assert before.pop(Path("audit/data/details.js")) == b'medconcept("details",null)\n'  # until `medconcept audit`
    said = dataset_digest(open_store(str(demo)))
    for path in [*out.glob("dataset/*/*"), *out.glob("units/*/*.parquet"), *out.glob("dedup/*/*/*.parquet")]:
        path.write_bytes(b"")
    shutil.rmtree(out / "audit")
    store = open_store(str(out))
    corpus = open_corpus(store)
    assert list(write_report(corpus, total_coverage(corpus), store))
    assert {path.relative_to(out): path.read_bytes() for path in out.glob("audit/**/*.*")} == before
    assert dataset_digest(open_store(str(out))) == said


def test_a_damaged_coverage_file_is_made_again(demo, small_units, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    page = (out / "audit/index.html").read_bytes()
    path = min(out.glob("publish/*/coverage.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[:9] + bytes([whole[9] ^ 1]) + whole[10:])
    told = medconcept("audit", out, check=False)
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert str(path.relative_to(out)) in told.stderr
    assert str(path.relative_to(out)) in medconcept("verify", out, check=False).stdout
    assert str(path.relative_to(out)) in medconcept("build", "demo", out, "--recipe", small_units).stderr
    assert path.read_bytes() == whole
    assert (out / "audit/index.html").read_bytes() == page
    verify(out)


def test_a_coverage_file_that_counts_something_else_is_a_fault(demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    path = min(out.glob("publish/*/coverage.parquet"))
    table = pq.read_table(path)
    more = table.set_column(5, table.schema.field(5), pc.add(table["triplets"], 1))
    pq.write_table(more, path, write_page_checksum=True)
    restamp(out, path)
    assert any("coverage.parquet: not what dataset/data/" in line for line in faults(open_store(str(out))))
