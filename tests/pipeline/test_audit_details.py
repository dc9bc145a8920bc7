"""The audit of generated corpora, whose figures independent queries over the published Parquet count anew."""

import json
import shutil
from collections import Counter
from itertools import combinations
from math import log2
from types import MappingProxyType

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.audit import commit, rows
from pipeline.phases.documents import withdraw_documents
from pipeline.phases.verify import faults
from pipeline.reports.audit import duplicates
from pipeline.reports.audit import samples as sampling
from pipeline.reports.audit.concepts import concept_digits, write_concepts
from pipeline.reports.audit.data import data_path
from pipeline.reports.audit.duplicates import find_duplicates
from pipeline.reports.audit.rows import open_rows
from pipeline.reports.audit.samples import Sample, choose_samples, write_samples
from pipeline.reports.audit.sums import write_sums
from pipeline.storage.store import open_store
from schemas.duplicates import MEMBERS
from schemas.errors import Damaged
from tests.running import medconcept
from transforms.coverage.partials import COLUMNS, partial, total
from transforms.coverage.tables import coverage, gini

CORPUS = {"name": "Generated"}
DIMENSION = 2

#: What only `medconcept audit` writes, beside concepts and samples: no receipt names it.
ADDED = {"details.js", "uncovered.js", "reject_examples.js", "duplicates.js", "uncovered.parquet"}


class Memory(dict):
    def write(self, path, data):
        self[path] = data

    def data(self, name):
        return value_of(self[data_path(name)].decode(), name)


def value_of(script, name):
    """The value that a data file hands to the page."""
    start = f'medconcept("{name}",'
    assert script.startswith(start)
    assert script.endswith(")\n")
    return json.loads(script[len(start) : -2])


def committed(folder, shards):
    """Shards as publish leaves them; their receipts by name."""
    for name, table in shards.items():
        commit(open_store(str(folder)), name, table)
    return {name: json.loads(next((folder / "publish" / name).glob("*.json")).read_text()) for name in shards}


def audited(folder, shards):
    """The data files of a corpus of these shards, by what a build and by what `medconcept audit` writes."""
    store, out, receipts = open_store(str(folder)), Memory(), committed(folder, shards)
    sums = total(partial(table.select(COLUMNS), name.rpartition("-")[0]) for name, table in shards.items())
    nothing = pa.table({name: pa.array([], kind) for name, kind in REJECTS.items()})
    write_sums(sums, [("panels", 9), ("triplets", 9)], nothing, CORPUS, out)
    tables = coverage(sums)
    with open_rows(store, receipts, DIMENSION, tables["concepts"], 2) as database:
        ids = write_samples(store, receipts, DIMENSION, choose_samples(database), out)
        write_concepts(database, tables["modalities"]["modality"].to_pylist(), ids, out)
    return out


REJECTS = {"stage": pa.string(), "reason": pa.string(), "rejects": pa.int64(), "articles": pa.int64()}


@pytest.fixture(scope="module")
def table():
    return rows(np.random.default_rng(1), 0, 900, DIMENSION)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, table):
    """A folder, and its data files."""
    folder = tmp_path_factory.mktemp("corpus")
    shards = {"train-00000": table.slice(0, 600), "validation-00000": table.slice(600, 120), "test-00000": table[720:]}
    return folder, audited(folder, shards)


@pytest.fixture(scope="module")
def asked(corpus):
    """Asks DuckDB about the published rows: `rows`, and `links`, each concept of a triplet once."""
    connection = duckdb.connect()
    connection.execute(
        f"""
        CREATE VIEW rows AS SELECT panel_id, caption, caption_own, concepts, language, modality, width, height,
            provenance AS p, regexp_extract(filename, '(\\w+)-\\d+\\.parquet', 1) AS split
        FROM read_parquet('{corpus[0]}/dataset/data/*.parquet', filename = true)
        """
    )
    connection.execute(
        "CREATE VIEW links AS SELECT DISTINCT panel_id, modality, p.year AS year, unnest(concepts).cui AS cui FROM rows"
    )
    return lambda text: connection.execute(text).fetchall()


def listed(table, *names):
    return list(zip(*(table["columns"][name] for name in names), strict=True))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("by_modality", "modality"),
        ("by_year", "p.year"),
        ("by_journal", "p.journal"),
        ("by_license", "p.license"),
        ("by_language", "language"),
        ("by_method", "p.caption_method"),
        ("by_split", "split"),
    ],
)
def test_counts_by_a_key(corpus, asked, name, key):
    counted = "count(*), count(DISTINCT p.figure_id), count(DISTINCT p.pmcid)"
    expected = asked(f"SELECT {key}::VARCHAR, {counted} FROM rows GROUP BY {key}")
    found = corpus[1].data(name)
    assert Counter(listed(found, "key", "triplets", "figures", "articles")) == Counter(expected)
    assert found["rows"] == len(expected) > 0


def test_counts_by_type_and_group(corpus, asked):
    mentions = "(SELECT panel_id, p, unnest(concepts) AS concept FROM rows)"
    typed = f"(SELECT panel_id, p, unnest(concept.semantic_types) AS tui FROM {mentions})"
    counted = "count(DISTINCT panel_id), count(DISTINCT p.figure_id), count(DISTINCT p.pmcid)"
    expected = asked(f"SELECT tui, {counted} FROM {typed} GROUP BY tui")
    assert Counter(listed(corpus[1].data("by_type"), "key", "triplets", "figures", "articles")) == Counter(expected)
    disorders = "('T047', 'T184', 'T037', 'T191', 'T033')"
    [expected] = asked(f"SELECT 'DISO', 'Disorders', {counted} FROM {typed} WHERE tui IN {disorders}")
    assert expected in listed(corpus[1].data("by_group"), "key", "name", "triplets", "figures", "articles")


KEYS = {
    "modality": "split_part(modality, '/', 1)",
    "year": "p.year",
    "license": "p.license",
    "split": "split",
    "language": "language",
}


@pytest.mark.parametrize(("a", "b"), list(combinations(KEYS, 2)))
def test_a_cross_of_two(corpus, asked, a, b):
    found = corpus[1].data(f"cross_{a}_{b}")
    lines = zip(found["a"], found["counts"], strict=True)
    cells = {(x, y, n) for x, line in lines for y, n in zip(found["b"], line, strict=True) if n}
    one, other = (f"coalesce(({KEYS[each]})::VARCHAR, 'not stated')" for each in (a, b))
    assert cells == set(asked(f"SELECT {one}, {other}, count(*) FROM rows GROUP BY ALL"))


def test_a_cross_with_groups_counts_a_triplet_once(corpus, asked):
    found = corpus[1].data("cross_group_split")
    disorders = ["T047", "T184", "T037", "T191", "T033"]
    any_of = f"list_has_any(flatten([c.semantic_types FOR c IN concepts]), {disorders})"
    expected = dict(asked(f"SELECT split, count(*) FROM rows WHERE {any_of} GROUP BY split"))
    assert dict(zip(found["b"], found["counts"][found["a"].index("DISO")], strict=True)) == expected


def test_headline_ranks_and_concepts(corpus, asked):
    out = corpus[1]
    values = {each["id"]: each["value"] for each in out.data("summary")["headline"]}
    counted = "count(*), count(DISTINCT p.figure_id), count(DISTINCT p.pmcid), sum(len(concepts)) / count(*)"
    named = ("triplets", "figures", "articles", "mentions_per_triplet")
    assert asked(f"SELECT {counted} FROM rows") == [tuple(values[name] for name in named)]
    counts = dict(asked("SELECT cui, count(*) FROM links GROUP BY cui"))
    index = out.data("concepts-00")
    assert dict(listed(index, "cui", "triplets")) == counts
    said = "SELECT c.cui, count(DISTINCT p.pmcid), count(*), sum(c.negated::INT), sum(c.uncertain::INT)"
    expected = asked(f"{said} FROM (SELECT p, unnest(concepts) AS c FROM rows) GROUP BY c.cui")
    assert Counter(listed(index, "cui", "articles", "mentions", "negated", "uncertain")) == Counter(expected)
    ranks, triplets = out.data("ranks"), sorted(counts.values(), reverse=True)
    assert ranks["concepts"] == values["concepts"] == len(counts)
    assert ranks["singletons"] == triplets.count(1)
    assert listed(ranks, "rank", "triplets") == [(r, triplets[r - 1]) for r in ranks["columns"]["rank"]]
    pairs = sum(abs(a - b) for a, b in combinations(triplets, 2))
    assert ranks["gini"] == pytest.approx(pairs / (len(triplets) * sum(triplets)), abs=1e-6)


def test_histograms(corpus, asked):
    found = {each["id"]: dict(zip(each["bins"], each["counts"])) for each in corpus[1].data("histograms")}  # noqa: B905
    distinct = "len(list_distinct([concept.cui FOR concept IN concepts]))"
    linked = dict(asked(f"SELECT {distinct} AS size, count(*) FROM rows GROUP BY size"))
    assert {int(lower): n for lower, n in found["concepts"].items() if n} == linked
    words = "len(regexp_extract_all(caption, '\\w+|[^\\s\\w]')) + 2"
    [(within, total)] = asked(f"SELECT count(*) FILTER ({words} < 77), count(*) FROM rows")
    assert sum(n for lower, n in found["tokens"].items() if lower < 77) == within
    assert sum(found["tokens"].values()) == sum(found["width"].values()) == sum(found["height"].values()) == total
    assert found["width"][256] == asked("SELECT count(*) FROM rows WHERE width >= 256 AND width < 384")[0][0]
    scored = "(SELECT unnest(concepts).score AS score FROM rows)"
    [(within,)] = asked(f"SELECT count(*) FROM {scored} WHERE score >= .75 AND score < .8")
    assert found["link_score"][0.75] == within
    assert found["own_text"] == dict.fromkeys(found["own_text"], 0) | {1: total}
    texts = "(SELECT count(*) AS size FROM rows GROUP BY p.figure_id, caption)"
    shared = asked(f"SELECT size, sum(size) FROM {texts} GROUP BY size")
    assert {int(lower): n for lower, n in found["rows_a_text"].items() if n} == {size: int(n) for size, n in shared}


def details(out):
    return {cui: each for path in out if "/concept/" in path for cui, each in of_path(out, path).items()}


def of_path(out, path):
    return value_of(out[path].decode(), path.removeprefix("audit/data/").removesuffix(".js"))


def test_years_modalities_and_neighbours_of_each_concept(corpus, asked):
    found, modalities = details(corpus[1]), corpus[1].data("summary")["modalities"]
    seen = {(cui, modalities[n], count) for cui, each in found.items() for n, count in each["modalities"]}
    assert seen == set(asked("SELECT cui, modality, count(*) FROM links GROUP BY ALL"))
    years = [(cui, *each["years"]) for cui, each in found.items()]
    dated = {(cui, first + n, count) for cui, first, *counts in years for n, count in enumerate(counts) if count}
    assert dated == set(asked("SELECT cui, year, count(*) FROM links GROUP BY ALL"))
    cuis = corpus[1].data("concepts-00")["columns"]["cui"]
    counts, triplets = dict(asked("SELECT cui, count(*) FROM links GROUP BY cui")), 900
    joined = "FROM links AS a JOIN links AS b USING (panel_id) WHERE a.cui <> b.cui"
    pairs = asked(f"SELECT a.cui, b.cui, count(*) {joined} GROUP BY ALL HAVING count(*) > 1")
    together = {(a, b): n for a, b, n in pairs}
    scores = {pair: log2(n * triplets / (counts[pair[0]] * counts[pair[1]])) for pair, n in together.items()}
    for cui, each in found.items():
        best = sorted((-n * scores[a, b] for (a, b), n in together.items() if a == cui and scores[a, b] > 0))[:12]
        told = [(scores[cui, cuis[other]], n, pmi) for other, n, pmi in each["neighbours"]]
        assert [-n * score for score, n, _ in told] == pytest.approx(best)
        assert [pmi for _, _, pmi in told] == pytest.approx([score for score, _, _ in told], abs=0.0051)
    assert any(each["neighbours"] for each in found.values())


def test_a_sample_is_its_row(corpus, asked):
    out = corpus[1]
    files = [path for path in out if "/sample/" in path]
    samples = {f"{path[-6:-3]}/{id}": each for path in files for id, each in of_path(out, path).items()}
    captions = dict(asked("SELECT panel_id, caption FROM rows"))
    assert len(samples) == len(captions)
    for id, each in samples.items():
        assert each["caption"] == captions[id.partition("/")[2]]
        assert each["thumb"].startswith("data:image/jpeg;base64,")
    for cui, detail in details(out).items():
        assert len(detail["examples"]) == min(8, sum(n for _, n in detail["modalities"]))
        assert all(cui in {span[2] for span in samples[id]["spans"]} for id in detail["examples"])


def test_the_same_rows_give_the_same_bytes_however_they_are_cut(tmp_path, table, monkeypatch):
    """Fewer samples are taken than there are rows, so that it tells which."""
    for name, value in {"PICTURED": 40, "UNPICTURED": 60, "FREQUENT": 5}.items():
        monkeypatch.setattr(sampling, name, value)
    one = audited(tmp_path / "one", {"train-00000": table})
    other = audited(tmp_path / "other", {f"train-{n:05}": table.slice(300 * n, 300) for n in range(3)})
    assert one == other
    assert sum(len(of_path(one, path)) for path in one if "/sample/" in path) <= 100


@pytest.mark.parametrize("column", ["caption", "image"])
def test_a_shard_that_is_damaged_where_samples_lie_is_named(tmp_path, table, column):
    store, receipts = open_store(str(tmp_path)), committed(tmp_path, {"train-00000": table.slice(0, 300)})
    path = tmp_path / "dataset/data/train-00000.parquet"
    metadata, data = pq.read_metadata(path).row_group(1), path.read_bytes()
    [chunk] = [each for n in range(metadata.num_columns) if (each := metadata.column(n)).path_in_schema == column]
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    end = start + chunk.total_compressed_size
    path.write_bytes(data[: end - 9] + bytes([data[end - 9] ^ 255]) + data[end - 8 :])
    with pytest.raises(Damaged, match=r"train-00000\.parquet"):
        write_samples(store, receipts, DIMENSION, [Sample(0, 299, True)], Memory())


def test_a_picture_in_two_splits_is_told(tmp_path, table):
    store, shards = open_store(str(tmp_path)), {"train-00000": table.slice(0, 10), "test-00000": table.slice(7, 5)}
    receipts = committed(tmp_path, shards)
    tables = coverage(total(partial(rows.select(COLUMNS), name.partition("-")[0]) for name, rows in shards.items()))
    with open_rows(store, receipts, DIMENSION, tables["concepts"], 2) as database:
        found = find_duplicates(store, database, tables["splits"], {}, lambda _: {})
    assert listed(found["splits"], "split", "leaks") == [("train", 3), ("test", 3)]
    assert found["groups"] == 0
    assert found["shared"] == 3


def test_a_picture_in_two_splits_that_is_a_duplicate_too_counts_once(tmp_path, table, monkeypatch):
    """One picture lies in train and test with the same bytes, and its panels are in a group."""
    shards = {"train-00000": table.slice(0, 3), "test-00000": table.slice(2, 3)}
    twice = table["panel_id"][2].as_py()
    member = {"group_id": twice, "canonical_id": twice, "panel_id": twice, "similarity": 1.0, "kind": "exact"}
    row = member | {"caption": "The same.", "license": None, "year": None, "rank": 0}
    monkeypatch.setattr(duplicates, "find_members", lambda _: [pa.Table.from_pylist([row], schema=MEMBERS)])
    store, receipts = open_store(str(tmp_path)), committed(tmp_path, shards)
    tables = coverage(total(partial(rows.select(COLUMNS), name.partition("-")[0]) for name, rows in shards.items()))
    with open_rows(store, receipts, DIMENSION, tables["concepts"], 2) as database:
        found = find_duplicates(store, database, tables["splits"], {}, lambda _: {})
    assert listed(found["splits"], "split", "leaks") == [("test", 1), ("train", 1)]
    assert found["shared"] == 1


def test_of_a_large_group_some_members_are_shown(tmp_path, table, monkeypatch):
    ids = [f"PMC{n}v1-f001-p01" for n in range(1, 13)]
    group = {"group_id": ids[0], "canonical_id": ids[0], "caption": "The same.", "license": None, "year": None}
    rows = [
        group | {"panel_id": id, "kind": "exact" if n else "canonical", "similarity": 1.0, "rank": n}
        for n, id in enumerate(ids)
    ]
    monkeypatch.setattr(duplicates, "find_members", lambda _: [pa.Table.from_pylist(rows, schema=MEMBERS)])
    store, receipts = open_store(str(tmp_path)), committed(tmp_path, {"train-00000": table.slice(0, 10)})
    tables = coverage(partial(table.slice(0, 10).select(COLUMNS), "train"))
    with open_rows(store, receipts, DIMENSION, tables["concepts"], 2) as database:
        found = find_duplicates(store, database, tables["splits"], {}, lambda ids: dict.fromkeys(ids, "data:"))
    [example] = found["examples"]
    assert example["size"] == found["members"] == 12
    assert [each["id"] for each in example["members"]] == ids[:8]
    assert {each["thumb"] for each in example["members"]} == {"data:"}


def test_gini():
    def ranks(*triplets):
        counts = sorted(Counter(triplets).items(), reverse=True)
        return pa.table({"triplets": [n for n, _ in counts], "concepts": [n for _, n in counts]})

    assert gini(ranks(3, 3, 3)) == pytest.approx(0)
    assert gini(ranks(1, 3)) == pytest.approx(0.25)
    assert gini(pa.table({"triplets": pa.array([], pa.int64()), "concepts": pa.array([], pa.int64())})) == 0


def test_the_command_adds_to_what_a_build_writes(demo, tmp_path):
    """What the build wrote stays as it is, so that nothing has to be made again."""
    out = shutil.copytree(demo, tmp_path / "out")
    before = {path: path.read_bytes() for path in out.glob("audit/**/*.*")}
    (out / "audit/data/concept").mkdir()
    (out / "audit/data/concept/zz.js").write_text("of another corpus")
    medconcept("audit", out)
    assert before.pop(out / "audit/data/details.js") == b'medconcept("details",null)\n'
    assert {path: path.read_bytes() for path in before} == before
    assert not (out / "audit/data/concept/zz.js").exists()
    details = value_of((out / "audit/data/details.js").read_text(), "details")
    assert details["hex"] == 2
    assert 0 < details["covered"] < 1
    rejects = value_of((out / "audit/data/rejects.js").read_text(), "rejects")["columns"]
    examples = value_of((out / "audit/data/reject_examples.js").read_text(), "reject_examples")["columns"]
    shown = Counter(zip(examples["stage"], examples["reason"], strict=True))
    counts = zip(rejects["stage"], rejects["reason"], rejects["count"], strict=True)
    assert shown == {(stage, reason): min(count, 5) for stage, reason, count in counts}
    same = value_of((out / "audit/data/duplicates.js").read_text(), "duplicates")
    assert same["groups"] > 0
    members = [member for example in same["examples"] for member in example["members"]]
    shown = {id.partition("/")[2] for example in same["examples"] for id in example["samples"]}
    assert {member["id"] for member in members} > shown
    for member in members:
        picture = member["thumb"] or ""
        assert picture.startswith("data:image/jpeg;base64,") == (member["id"] not in shown)
    assert same["splits"]["columns"]["leaks"] == [0] * same["splits"]["rows"]
    uncovered = value_of((out / "audit/data/uncovered.js").read_text(), "uncovered")
    index = value_of((out / "audit/data/concepts-00.js").read_text(), "concepts-00")
    assert not set(uncovered["columns"]["cui"]) & set(index["columns"]["cui"])
    assert uncovered["columns"]["expected"] == sorted(uncovered["columns"]["expected"], reverse=True)


@pytest.mark.parametrize("fault", ["other", "records", "rejects", "proofs", "vocabulary", "shard"])
def test_an_audit_that_cannot_be_made_leaves_the_one_that_stands(demo, tmp_path, fault):
    out, records = shutil.copytree(demo, tmp_path / "out"), tmp_path / "records.jsonl"
    medconcept("audit", out)
    standing = {path: path.read_bytes() for path in out.glob("audit/**/*.*")}
    other = ()
    if fault == "other":
        other = ("--compare", tmp_path / "nothing")
    elif fault == "records":
        records.write_text("no record\n")
        other = ("--compare", records)
    else:
        pattern = {
            "rejects": "units/*/rejects-*.parquet",
            "proofs": "units/*/proofs-*.bin",
            "vocabulary": "vocabulary/*",
            "shard": "dataset/data/*.parquet",
        }[fault]
        for path in out.glob(pattern):
            path.unlink()
    told = medconcept("audit", out, *other, check=False)
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert {path: path.read_bytes() for path in out.glob("audit/**/*.*")} == standing


def test_an_output_without_its_units_is_told(demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    shutil.rmtree(min(out.glob("units/*")))
    told = medconcept("audit", out, check=False)
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "1 of " in told.stderr
    assert "units are gone" in told.stderr


@pytest.mark.parametrize("damage", ["deleted", "cut"])
@pytest.mark.parametrize("name", ["data/*.js", "coverage/*.parquet", "index.html"])
def test_a_file_of_the_page_that_is_gone_or_cut_is_a_fault(demo, tmp_path, name, damage):
    out = shutil.copytree(demo, tmp_path / "out")
    medconcept("audit", out)
    assert list(faults(open_store(str(out)))) == []
    paths = [path for path in out.glob(f"audit/{name}") if path.name not in ADDED]
    for path in paths:
        path.unlink() if damage == "deleted" else path.write_bytes(path.read_bytes()[:-9])
    told = list(faults(open_store(str(out))))
    assert all(any(str(path.relative_to(out)) in line for line in told) for path in paths)


def test_a_build_that_changes_nothing_keeps_what_the_command_added(demo, small_units, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    medconcept("audit", out)
    (out / "audit/data/half.js.part").touch()
    before = {path: path.read_bytes() for path in out.glob("audit/**/*.js")}
    assert out / "audit/data/details.js" in before
    medconcept("build", "demo", out, "--recipe", small_units)
    assert {path: path.read_bytes() for path in out.glob("audit/**/*.*") if path in before} == before
    assert not (out / "audit/data/half.js.part").exists()


@pytest.mark.parametrize(("concepts", "digits"), [(1, 2), (65_536, 2), (65_537, 3)])
def test_files_of_details_are_named_by_few_digits(concepts, digits):
    assert concept_digits(concepts) == digits


def test_what_is_to_be_replaced_leaves_no_examples_behind(tmp_path):
    (tmp_path / "audit/data/concept").mkdir(parents=True)
    (tmp_path / "audit/data/concept/00.js").write_text("of rows that go")
    (tmp_path / "audit/coverage").mkdir()
    (tmp_path / "audit/coverage/compare_article.parquet").write_text("of an article that goes")
    withdraw_documents(open_store(str(tmp_path)))
    assert not [path for path in tmp_path.glob("audit/**/*") if path.is_file()]


def vocabulary(types):
    """A lexicon of concepts by their sets of types, so far as the audit asks for it."""
    sets = [list(each) for each in dict.fromkeys(types.values())]
    cuis = sorted(types)

    class Lexicon:
        header = MappingProxyType({"semantic_types": sets})
        concepts = len(cuis)
        concept_cui = np.array(cuis, "S9")
        concept_types = np.array([sets.index(list(types[cui])) for cui in cuis], np.uint16)

        def cui(self, number):
            return cuis[number]

        def preferred(self, number):
            return f"Name {number}"

    return Lexicon()


def test_the_most_expected_of_each_type_are_listed_however_rare_the_type(monkeypatch):
    """Of ten concepts two are listed, and one of each type beside; a concept of two types stands for both."""
    from pipeline.reports.audit import uncovered

    for name, value in {"LISTED": 2, "EACH": 1}.items():
        monkeypatch.setattr(uncovered, name, value)
    monkeypatch.setattr(uncovered, "concept_numbers", lambda lexicon, numbers: numbers)
    expected = np.arange(10.0, 0, -1)  # of the ten in their order
    monkeypatch.setattr(uncovered, "_expected", lambda *_: (np.zeros(10, bool), expected))
    types = {f"C{n:07}": ("T047",) for n in range(10)} | {"C0000006": ("T017", "T023"), "C0000008": (), "C0000009": ()}
    out = Memory()
    none = pa.table({"cui": pa.array([], pa.string()), "name": pa.array([], pa.string())})
    assert uncovered.write_uncovered(vocabulary(types), "all", none, out) == (10, 0)
    found = out.data("uncovered")
    assert listed(found, "cui", "tuis") == [
        ("C0000000", ["T047"]),
        ("C0000001", ["T047"]),
        ("C0000006", ["T017", "T023"]),
        ("C0000008", []),
    ]
    whole = pq.read_table(pa.BufferReader(out["audit/coverage/uncovered.parquet"]))
    assert whole["cui"].to_pylist() == sorted(types)
    assert "none for 2 of these 10 concepts" in found["by_type"]["note"]


def test_a_table_of_types_says_why_some_are_not_stated(corpus, tmp_path, table):
    """All concepts of the generated corpus have types; without those of one it is said how many lack them."""
    assert corpus[1].data("by_type")["note"] is None
    concepts = [
        [each | {"semantic_types": [] if each["cui"] == "C9000000" else each["semantic_types"]} for each in row]
        for row in table["concepts"].to_pylist()
    ]
    place = table.schema.get_field_index("concepts")
    changed = table.set_column(place, table.schema.field(place), pa.array(concepts, table.schema.field(place).type))
    out = audited(tmp_path, {"train-00000": changed})
    assert "none for 1 of these" in out.data("by_type")["note"] == out.data("by_group")["note"]
