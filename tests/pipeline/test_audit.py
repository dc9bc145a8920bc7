"""The audit's files for small corpora: what stands in the tables and on the page."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.phases.audit import write_audit
from schemas.rejects import REJECTS
from schemas.triplets import PROVENANCE, TRIPLETS, triplets

CORPUS = {"name": "Demo & more", "inventory": "2026-10-01T01-00Z", "configuration": "9f3c", "pipeline": "0.1.0"}
FUNNEL = [("Planned articles", 19), ("Triplets", 3)]
HOSTILE = "</script><script>alert(1)</script>"


class Memory(dict):
    def write(self, path, data):
        self[path] = data


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


def blank(fields):
    zeros = {pa.string(): "", pa.int32(): 0, pa.float32(): 0.0, pa.large_binary(): b""}
    return {field.name: zeros.get(field.type) for field in fields if not field.nullable}


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
        "embedding": [0.0, 1.0],
        "provenance": source,
    }


def audit(rows, rejects=(), folder=None, corpus=CORPUS):
    """The files and headline figures; through a Parquet file where a folder is given, as in a real run."""
    table, out = pa.Table.from_pylist(rows, schema=triplets(2)), Memory()
    if folder:
        pq.write_table(table, folder / "train-00000.parquet")
        table = ds.dataset(folder)
    totals = write_audit(table, FUNNEL, pa.Table.from_pylist(list(rejects), schema=REJECTS), corpus, out)
    return out, totals


ROWS = [
    triplet(1, ("C0024109", "Lung", ["T023"]), modality="CT", license="CC BY", year=2024, journal="A & B"),
    triplet(2, ("C0024109", "Lung", ["T023"]), license="CC BY", year=2024, journal="A & B"),
    triplet(3, license=None, year=None, journal=None),
]
REJECTED = {"article_id": "PMC2", "stage": "gate", "reason": "retracted", "detail": ""}


def test_headline_tables_and_page(tmp_path):
    out, totals = audit(ROWS, [REJECTED], tmp_path)
    assert totals["triplets"] == 3
    assert totals["concepts"] == 1
    assert set(out) == {"audit/index.html"} | {
        f"audit/coverage/{name}.parquet"
        for name in ["concepts", "semantic_types", "licenses", "years", "journals", "modalities", "funnel", "rejects"]
    }
    assert pq.read_table(BytesIO(out["audit/coverage/funnel.parquet"])).to_pylist()[0] == {
        "step": "Planned articles",
        "count": 19,
    }
    page = Tags(out["audit/index.html"].decode())
    for words in (
        "Demo & more",
        "2026-10-01T01-00Z",
        "gate retracted 1 1",
        "C0024109 Lung Body Part",
        "A & B 2",
        "2024 2",
    ):
        assert words in page.text
    assert "1 state none" in page.text


def test_the_page_asks_the_network_for_nothing():
    out, _ = audit(ROWS)
    html = out["audit/index.html"].decode()
    assert Tags(html).links == []
    assert "link" not in Tags(html).tags
    assert "default-src 'none'" in html
    assert html.count("plotly.js v") == 1
    assert not re.search(r"@import|url\(", html[: html.index("<script>")])


def test_every_plot_stands_in_a_fixed_place():
    page = audit(ROWS)[0]["audit/index.html"].decode()
    plots = re.findall(r'id="(plot-\w+)"', page)
    assert plots == [
        f"plot-{name}" for name in ["funnel", "semantic_types", "modalities", "licenses", "years", "journals"]
    ]


def test_the_same_rows_give_the_same_bytes():
    assert audit(ROWS, [REJECTED]) == audit(ROWS[::-1], [REJECTED])


def test_a_corpus_without_triplets():
    out, totals = audit([])
    assert not any(totals.values())
    page = Tags(out["audit/index.html"].decode())
    assert "holds no triplets" in page.text
    assert page.text.count("Nothing to show.") == 7


def test_a_corpus_that_states_neither_year_nor_journal():
    page = Tags(audit([ROWS[2]])[0]["audit/index.html"].decode())
    assert "not stated 1 1 1" in page.text


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
    assert HOSTILE in after.text
