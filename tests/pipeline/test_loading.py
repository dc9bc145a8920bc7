"""An output loads as its card says: by the card's own snippets, whatever was loaded before into the same cache."""

import json
import re
import shutil
from io import BytesIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webdataset
from datasets import config, load_dataset
from PIL import Image

from dags.graph import Item
from pipeline.phases.publish import Dataset
from pipeline.storage.store import open_store
from tests.running import medconcept
from tests.triplets import CONCEPT, SCHEMA, triplet


@pytest.fixture(autouse=True)
def _one_cache(tmp_path_factory, monkeypatch):
    """What `datasets` keeps: one place for all that a test loads."""
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


def snippets(folder, language):
    """The blocks of code on a dataset's card."""
    return re.findall(rf"```{language}\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.DOTALL)


def execute(folder, number, monkeypatch, **changes):
    """The names that a snippet of the card defines, run in the folder; `changes` are replaced in its text."""
    code = snippets(folder, "python")[number]
    for old, new in changes.items():
        assert old in code
        code = code.replace(old, new)
    monkeypatch.chdir(folder)
    names = {}
    exec(code, names)
    return names


def published(folder):
    """The triplets of a dataset by split, as they stand in its files."""
    rows = {}
    for path in sorted(folder.glob("data/*.parquet")):
        rows.setdefault(path.name.split("-")[0], []).extend(pq.read_table(path).to_pylist())
    return rows


def assert_same(loaded, folder):
    """Every row that was loaded is the published one, its picture decoded."""
    expected = published(folder)
    assert set(loaded) == set(expected)
    for split, rows in expected.items():
        for found, row in zip(loaded[split], rows, strict=True):
            picture = found.pop("image")
            assert (picture.size, picture.convert("RGB").tobytes()) == pixels(row.pop("image"))
            assert found == row


def pixels(data):
    picture = Image.open(BytesIO(data))
    return picture.size, picture.convert("RGB").tobytes()


def assert_same_samples(loaded, folder):
    """The same of WebDataset samples."""
    expected = published(folder)
    assert set(loaded) == set(expected)
    for split, rows in expected.items():
        for found, row in zip(loaded[split], rows, strict=True):
            assert_same_sample(found, row)


def assert_same_sample(found, row):
    stated, provenance = found["json"], found["json"]["provenance"]
    assert (found["__key__"], found["txt"], stated["format"]) == (row["panel_id"], row["caption"], row["format"])
    assert (found["jpg"].size, found["jpg"].convert("RGB").tobytes()) == pixels(row["image"])
    assert [json.loads(stated[name]) for name in ("concepts", "mentions")] == [row["concepts"], row["mentions"]]
    assert json.loads(provenance["keywords"]) == (row["provenance"]["keywords"] or [])
    assert (stated["license"], stated["modality"]) == (row["provenance"]["license"] or "", row["modality"] or "")
    assert (provenance["year"], provenance["box"]) == (row["provenance"]["year"] or 0, row["provenance"]["box"])
    assert stated["embedding"] == row["embedding"]


def load_samples(folder, split, **options):
    data = {name: f"{folder}/webdataset/{name}-*.tar" for name in split}
    return load_dataset("webdataset", data_files=data, **options)


@pytest.mark.parametrize("streaming", [False, True])
def test_outputs_one_after_the_other(outputs, monkeypatch, streaming):
    change = {} if not streaming else {"))  #": "), streaming=True)  #"}
    for name in ("default", "flag", "whole-figures", "default", "keep"):
        folder = outputs[name] / "dataset"
        assert_same(execute(folder, 0, monkeypatch, **change)["dataset"], folder)


@pytest.mark.parametrize("streaming", [False, True])
def test_outputs_one_after_the_other_as_webdataset(outputs, monkeypatch, streaming):
    change = {"streaming=True": f"streaming={streaming}"}
    for name in ("default", "whole-figures", "default"):
        folder = outputs[name] / "dataset"
        assert_same_samples(execute(folder, 2, monkeypatch, **change)["samples"], folder)


def test_every_sample_by_the_snippet_for_webdataset(outputs, monkeypatch):
    for name in ("default", "whole-figures"):
        folder = outputs[name] / "dataset"
        names = execute(folder, 1, monkeypatch)
        for found, row in zip(names["samples"], published(folder)["train"], strict=True):
            assert_same_sample(found, row)
        assert (names["caption"], names["concepts"]) == (row["caption"], row["concepts"])


def test_the_query_for_duckdb_as_printed(outputs, monkeypatch):
    for name in ("default", "whole-figures"):
        folder = outputs[name] / "dataset"
        monkeypatch.chdir(folder)
        (query,) = snippets(folder, "sql")
        counted = duckdb.sql(query).fetchall()
        mentioned = [c["cui"] for rows in published(folder).values() for row in rows for c in row["concepts"]]
        assert all(count == mentioned.count(cui) for cui, _, count in counted)
        assert len(counted) == min(20, len(set(mentioned))) > 0


def test_an_output_that_is_built_anew_in_its_place(demo, small_units, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(small_units.read_text() + "duplicates: flag")
    before = len(load_dataset(str(out / "dataset"))["train"])
    assert len(load_samples(out / "dataset", ["train"])["train"]) == before
    medconcept("build", "demo", out, "--recipe", recipe, "--replace")
    after = load_dataset(str(out / "dataset"))
    assert len(after["train"]) > before
    assert_same(after, out / "dataset")
    assert_same_samples(load_samples(out / "dataset", after), out / "dataset")


def test_an_output_that_takes_the_place_of_another(outputs, tmp_path):
    for name in ("default", "keep", "default"):
        shutil.copytree(outputs[name] / "dataset", tmp_path / "dataset")
        assert_same(load_dataset(str(tmp_path / "dataset")), tmp_path / "dataset")
        assert_same_samples(load_samples(tmp_path / "dataset", published(tmp_path / "dataset")), tmp_path / "dataset")
        shutil.rmtree(tmp_path / "dataset")


def test_an_output_that_was_moved_is_the_same(demo, tmp_path):
    first = shutil.copytree(demo / "dataset", tmp_path / "here" / "dataset")
    kept = load_dataset(str(first))["train"].cache_files
    second = first.rename(tmp_path / "dataset")
    assert load_dataset(str(second))["train"].cache_files == kept
    assert_same(load_dataset(str(second)), second)


@pytest.mark.slow
@pytest.mark.full
def test_the_real_mirror_by_every_snippet_of_its_card(whole, monkeypatch):
    folder = whole / "dataset"
    assert_same(execute(folder, 0, monkeypatch)["dataset"], folder)
    assert_same_samples(execute(folder, 2, monkeypatch)["samples"], folder)
    rows = published(folder)["train"]
    for found, row in zip(execute(folder, 1, monkeypatch)["samples"], rows, strict=True):
        assert_same_sample(found, row)
    (query,) = snippets(folder, "sql")
    assert duckdb.sql(query).fetchall()


#: A corpus whose first rows tell nothing of the later ones: no concept, no text, no year; then everything.
SPARSE = [triplet(n, "png" if n % 2 else "jpg") for n in range(1, 8)]
FULL = [
    triplet(
        n,
        "jpg" if n % 2 else "png",
        concepts=[CONCEPT, CONCEPT | {"start": 5, "semantic_types": []}],
        mentions=["See Figure 1."],
        modality="CT",
        phash="0123456789abcdef",
        embedding=[0.5, 0.25],
        duplicate_group="PMC1v1-f001-p01",
        provenance={"year": 2024, "keywords": ["lung"], "license": "CC BY", "detector_score": 0.5},
    )
    for n in range(8, 16)
]


@pytest.mark.parametrize("rows", [SPARSE + FULL, FULL + SPARSE], ids=["sparse first", "full first"])
@pytest.mark.parametrize("streaming", [False, True])
def test_the_first_samples_are_no_pattern_for_the_others(tmp_path, rows, streaming):
    dataset = Dataset(open_store(str(tmp_path)), SCHEMA)
    for number, part in enumerate((rows[:8], rows[8:])):
        table = pa.Table.from_pylist(part, schema=SCHEMA)
        dataset.commit(Item(f"publish/train-{number:05d}", "key", []), [table.slice(0, 1), table.slice(1)])
    assert_same_samples(load_samples(tmp_path / "dataset", ["train"], streaming=streaming), tmp_path / "dataset")
    tars = sorted(map(str, tmp_path.glob("dataset/webdataset/*.tar")))
    decoded = webdataset.WebDataset(tars, shardshuffle=False).decode("pil")
    for found, row in zip(decoded, published(tmp_path / "dataset")["train"], strict=True):
        assert_same_sample(found, row)
