"""The dataset card and the Croissant description of a corpus of two splits."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Features, Image, load_dataset
from huggingface_hub import DatasetCard

from pipeline.config.recipe import Recipe, Splits
from pipeline.reports.card import SIZES, dataset_card
from pipeline.reports.columns import descriptions, features
from pipeline.reports.covered import covered
from pipeline.reports.croissant import croissant
from pipeline.reports.facts import content_version
from pipeline.sources.demo import write_mirror
from schemas.triplets import TRIPLETS, triplets
from tests.running import medconcept, verify
from tests.triplets import CONCEPT, SCHEMA, triplet
from transforms.concepts.selection import PICTURED
from transforms.coverage.partials import partial

FILES = [
    {"name": "data/train-00000.parquet", "bytes": 900, "sha256": "a" * 64, "rows": 30, "split": "train"},
    {"name": "data/test-00000.parquet", "bytes": 100, "sha256": "b" * 64, "rows": 10, "split": "test"},
    {"name": "webdataset/train-000000.tar", "bytes": 800, "sha256": "c" * 64, "rows": 30, "split": "train"},
]
FACTS = {
    "name": "Demo: pictures",
    "pipeline": "0.1.0",
    "source": "s3://pmc-oa-opendata",
    "limit": None,
    "sample": None,
    "listed": False,
    "excluded": 0,
    "with_metadata": 7,
    "inventory": "2026-10-01T01-00Z",
    "config": "9f3c2a7d",
    "recipe": Recipe(),
    "vocabulary": "umls-2026AA",
    "encoder": "copies-1",
    "withheld": 0,
    "splits": {"train": 30, "test": 10},
    "licenses": {"CC BY": 38, None: 2},
    "own_licenses": 3,
    "schema": triplets(128),
    "files": FILES,
}
#: Three triplets of two figures: of CT with a concept, of an unknown picture without, of a plot.
ROWS = [
    triplet(1, concepts=[CONCEPT, CONCEPT | {"negated": True}], modality="radiology/ct", language="en"),
    triplet(2, language="pt", provenance={"year": 2020}),
    triplet(3, modality="drawn/plot", language="en", provenance={"year": 2024, "figure_id": "f2", "license": "CC BY"}),
]
FUNNEL = [
    ("article versions planned", 9),
    ("article versions admitted and readable", 8),
    ("panels", 5),
    ("triplets", 3),
]
REJECTS = pa.table(
    {"stage": ["jats", "panels"], "reason": ["no_figures", "panel_too_small"], "rejects": [1, 2], "articles": [1, 1]}
)
FIGURES = covered(partial(pa.Table.from_pylist(ROWS, schema=SCHEMA), "train"), FUNNEL, REJECTS)
EMPTY = covered(partial(SCHEMA.empty_table(), "train"), FUNNEL, REJECTS)


def paths(fields, prefix=""):
    """The path of every column and of every part of a struct."""
    for field in fields:
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        yield prefix + field.name
        if pa.types.is_struct(kind):
            yield from paths(kind, f"{prefix}{field.name}.")


@pytest.fixture
def document():
    return json.loads(croissant(FACTS))


def front_matter(card):
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def test_every_column_is_described_and_nothing_else():
    assert list(descriptions()) == list(paths(TRIPLETS))


def test_front_matter_names_the_files_of_each_split():
    front, body = front_matter(dataset_card(FACTS, FIGURES))
    assert front["pretty_name"] == "Demo: pictures"
    assert (front["license"], front["size_categories"]) == ("other", ["n<1K"])
    assert front["configs"][0]["data_files"] == [
        {"split": "train", "path": "data/train-*.parquet"},
        {"split": "test", "path": "data/test-*.parquet"},
    ]
    assert body.startswith("\n# Demo: pictures\n")


def test_the_card_states_counts_licences_and_currency():
    card = dataset_card(FACTS, FIGURES)
    for line in (
        "| Triplets | 40 |",
        "| in `train` | 30 |",
        "| in `validation` | 0, no file |",
        "| Parquet files | 2, 1,000 bytes |",
        "| WebDataset files | 1, 800 bytes |",
        "| CC BY | 38 |",
        "Triplets under another licence than their article: 3.",
    ):
        assert line in card
    assert "| not stated | 2 |" in card
    assert "published on 2026-10-01" in card
    assert "must carry its `provenance.attribution`" in card
    assert "| `embedding` | list of 128 halffloat |" in card
    for path in paths(TRIPLETS):
        assert f"| `{path}` |" in card


def test_the_card_tells_the_audits_figures():
    card = " ".join(dataset_card(FACTS, FIGURES).split())
    for words in (
        "3 triplets of 2 figures in 1 articles, published 2020 to 2024.",
        "1 distinct concepts are mentioned 2 times, 0.67 times a triplet; 1 of them stand in one triplet only.",
        "33.3 % of the triplets have a concept, 66.7 % a modality.",
        "Of the mentions 1 are negated and 0 uncertain.",
        "| drawn | 1 | 33.3 % | | radiology | 1 | 33.3 % | | unknown | 1 | 33.3 % |",
        "| Anatomy | 1 | 1 | 2 |",
        "Lung (C0024109, 1).",
        "| en | 2 | | pt | 1 |",
        "66.7 % of the triplets have none.",
        "| article versions planned | 9 | | | article versions admitted and readable | 8 | 1 fewer |",
        "| jats | no_figures | 1 | 1 | | panels | panel_too_small | 2 | 1 |",
    ):
        assert words in card


def test_front_matter_names_the_languages_of_the_captions():
    assert front_matter(dataset_card(FACTS, FIGURES))[0]["language"] == ["en", "pt"]
    assert front_matter(dataset_card(FACTS, EMPTY))[0]["language"] == ["en"]
    facts = FACTS | {"recipe": Recipe(languages=("no",))}
    assert front_matter(dataset_card(facts, EMPTY))[0]["language"] == ["no"]


def test_front_matter_is_what_the_hub_reads():
    data = DatasetCard(dataset_card(FACTS, FIGURES)).data
    assert (data.license, data.pretty_name, data.size_categories) == ("other", "Demo: pictures", ["n<1K"])
    assert {words for _, words in SIZES} < SIZES_OF_THE_HUB
    assert all(re.fullmatch("[a-z]{2,3}", language) for language in data.language)
    (config,) = data.to_dict()["configs"]
    assert {each["split"] for each in config["data_files"]} == set(FACTS["splits"])


@pytest.mark.parametrize(("rows", "words"), [(999, "n<1K"), (1000, "1K<n<10K"), (23_000_000, "10M<n<100M")])
def test_size_in_the_words_of_the_hub(rows, words):
    front, _ = front_matter(dataset_card(FACTS | {"splits": {"train": rows}}, FIGURES))
    assert front["size_categories"] == [words]


def test_the_card_names_all_that_the_corpus_was_built_from():
    recipe = Recipe(linker="scispacy:en_core_sci_sm", licenses="all")
    card = dataset_card(FACTS | {"recipe": recipe, "limit": 1000}, FIGURES)
    for line in (
        "| Source | s3://pmc-oa-opendata, 1,000 of its articles, drawn by hash |",
        "| Source inventory | 2026-10-01T01-00Z |",
        "| Licences admitted | `all`: any licence, or none stated |",
        "| Linker | `scispacy:en_core_sci_sm` |",
        f"| Concepts | `{', '.join(PICTURED)}` and those of no known type, without the most general |",
        "| Vocabulary | `umls-2026AA` |",
        "| Encoder | `copies-1` |",
        "| medconcept | 0.1.0, configuration `9f3c2a7d` |",
    ):
        assert line in card
    assert "s3://pmc-oa-opendata, 2.5 % of its articles, drawn by hash |" in dataset_card(
        FACTS | {"sample": 0.025}, FIGURES
    )
    listed = "s3://pmc-oa-opendata, only articles that a list names (a lock, or published records)"
    card_of_a_list = dataset_card(FACTS | {"listed": True, "excluded": 2}, FIGURES)
    assert f"| Source | {listed}, without the articles of 2 excluded ids |" in card_of_a_list
    assert "synthetic" not in card
    assert "its articles and pictures are synthetic" in dataset_card(FACTS | {"source": "demo"}, FIGURES)


#: https://huggingface.co/docs/hub/datasets-cards
SIZES_OF_THE_HUB = {
    "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B", "10B<n<100B",
    "100B<n<1T", "n>1T",
}  # fmt: skip

#: What the card says under each setting of a recipe, and under no other setting.
WORDS = {
    "panels": {
        "split": [
            "is a crop, whose",
            "the part of the caption that describes it",
            "split by a machine",
            "panels of figures",
        ],
        "whole": ["No picture is a crop", "Compound figures are not split", "figures, one picture a row"],
        "single": [
            "`single`: compound figures are left out",
            "several panels are found is left out",
            "some that are stay",
        ],
    },
    "duplicates": {
        "drop": ["Of a group of duplicate panels one is kept", "those left out too"],
        "flag": ["share a `duplicate_group`"],
        "keep": ["kept and not flagged: `duplicate_group` is null in every row"],
    },
    "withheld": {
        None: ["No evaluation set was withheld"],
        "/images": ["are left out, of `duplicates.parquet` too, and so are their duplicates: 1,234 in all"],
    },
    "concept_groups": {
        "all": ["| Concepts | `all` |"],
        ("ANAT", "DISO"): ["| Concepts | `ANAT, DISO` and those of no known type"],
    },
    "concept_score": {0.8: [", scores from 0.8 on |"], None: ["without the most general |"]},
    "licenses": {
        "commercial": ["`commercial`: CC BY, CC BY-ND, CC BY-SA, CC0 |"],
        "noncommercial": ["`noncommercial`: CC BY, CC BY-NC, CC BY-NC-ND"],
        "all": ["any licence, or none stated"],
        ("CC BY", "CC0"): ["| these alone: CC BY, CC0 |"],
    },
    "concept_cap": {
        20_000: ["thinned out to about 20,000 triplets a concept |"],
        None: ["without the most general |"],
    },
    "languages": {
        "all": ["| Languages | `all` |"],
        ("en", "pt"): ["`en, pt` and captions too short to tell"],
    },
    "crop_noderivatives": {
        False: ["a figure under an ND licence is one row, with the whole picture"],
        True: ["cuts figures under an ND licence all the same"],
    },
    "third_party": {
        "keep": ["It is for you to judge"],
        "drop": ["Figures whose caption names where they come from"],
    },
}


@pytest.mark.parametrize(("setting", "value"), [(name, value) for name, values in WORDS.items() for value in values])
def test_the_words_follow_the_recipe(setting, value):
    card = " ".join(dataset_card(FACTS | {"recipe": Recipe(**{setting: value}), "withheld": 1234}, FIGURES).split())
    for other, sentences in WORDS[setting].items():
        for words in sentences:
            assert (words in card) == (other == value), words


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"train": 0.9, "validation": 0.05, "test": 0.05}, "(train 90 %, validation 5 %, test 5 %)"),
        ({"train": 1, "validation": 0, "test": 0}, "(train 100 %)"),
    ],
)
def test_the_card_states_the_splits_of_the_recipe(shares, words):
    card = dataset_card(FACTS | {"recipe": Recipe(splits=Splits(**shares))}, FIGURES)
    assert words in card
    assert ("in `validation`" in card) == (shares["validation"] > 0)


@pytest.mark.parametrize("name", ["default", "flag", "keep", "whole-figures", "withheld"])
def test_the_card_of_a_built_corpus_is_true(outputs, name):
    folder = outputs[name] / "dataset"
    card = (folder / "README.md").read_text("utf-8")
    tables = {path.name.split("-")[0]: [] for path in sorted(folder.glob("data/*.parquet"))}
    for path in sorted(folder.glob("data/*.parquet")):
        tables[path.name.split("-")[0]] += pq.read_table(path).to_pylist()
    rows = [row for table in tables.values() for row in table]
    for split in ("train", "validation", "test"):
        assert f"| in `{split}` | {len(tables[split]) if split in tables else '0, no file'} |" in card
    for kind, pattern in (("Parquet", "data/*"), ("WebDataset", "webdataset/*")):
        sizes = [path.stat().st_size for path in folder.glob(pattern)]
        assert f"| {kind} files | {len(sizes)}, {sum(sizes):,} bytes |" in card
    words = " ".join(card.split())
    figures, articles = ({row["provenance"][name] for row in rows} for name in ("figure_id", "pmcid"))
    years = [row["provenance"]["year"] for row in rows]
    assert f"{len(rows)} triplets of {len(figures)} figures in {len(articles)} articles, published " in words
    assert f"published {min(years)} to {max(years)}." in words
    mentions = [concept for row in rows for concept in row["concepts"]]
    holders = Counter(cui for row in rows for cui in {concept["cui"] for concept in row["concepts"]})
    assert f"{len(holders)} distinct concepts are mentioned {len(mentions)} times" in words
    assert f"{[*holders.values()].count(1)} of them stand in one triplet only" in words
    assert f"{sum(each['negated'] for each in mentions)} are negated" in words
    for top, count in Counter((row["modality"] or "unknown").split("/")[0] for row in rows).items():
        assert f"| {top} | {count} |" in card
    for language, count in Counter(row["language"] for row in rows).items():
        assert f"| {language or 'not known'} | {count} |" in card
    for method, count in Counter(row["provenance"]["caption_method"] for row in rows).items():
        assert f"| {method} | {count} |" in card
    assert f"| triplets | {len(rows)} |" in card
    rejects = Counter()
    for path in (folder.parent / "units").glob("*/rejects*.parquet"):
        rejects.update((row["stage"], row["reason"]) for row in pq.read_table(path).to_pylist())
    assert rejects
    assert all(f"| {stage} | {reason} | {count} |" in card for (stage, reason), count in rejects.items())
    groups = [row["duplicate_group"] for row in rows if row["duplicate_group"]]
    assert ("share a `duplicate_group`" in card) == (len(groups) > len(set(groups)))
    assert ("`duplicate_group` is null in every row" in card) == (not groups)
    assert ("one is kept, and `duplicate_group` names" in card) == (0 < len(groups) == len(set(groups)))
    cropped = any(row["provenance"]["parent_sha256"] != row["sha256"] for row in rows if row["format"] == "jpg")
    assert ("No picture is a crop" in card) == (not cropped)
    withheld = re.search(r"their duplicates: (\d+) in all", card)
    assert (withheld is not None) == (name == "withheld")
    assert withheld is None or int(withheld[1]) > 0


def test_an_empty_corpus_says_so():
    facts = FACTS | {"splits": {}, "licenses": {}, "files": []}
    front, card = front_matter(dataset_card(facts, EMPTY))
    assert "**This corpus is empty: it holds no triplets.**" in card
    assert "| in `train` | 0, no file |" in card
    assert "load_dataset" not in card
    assert not {"configs", "dataset_info"} & set(front)
    assert "is empty" not in dataset_card(FACTS, FIGURES)


def test_a_corpus_without_triplets_is_built_to_the_end(tmp_path):
    write_mirror(tmp_path / "mirror")
    shutil.rmtree(tmp_path / "mirror" / "inventory-reports")
    for path in (tmp_path / "mirror" / "metadata").glob("*.json"):
        if path.name != "PMC9000009.1.json":  # it has no figures
            path.unlink()
    medconcept("build", tmp_path / "mirror", tmp_path / "out")
    verify(tmp_path / "out")
    assert "holds no triplets" in (tmp_path / "out/dataset/README.md").read_text("utf-8")
    described = json.loads((tmp_path / "out/dataset/croissant.json").read_text("utf-8"))
    assert [item["@type"] for item in described["distribution"]] == ["cr:FileSet"]


def test_the_version_follows_from_the_content_alone():
    version = content_version(FACTS)
    assert re.fullmatch(r"5\.\d+\.\d+", version)
    assert front_matter(dataset_card(FACTS, FIGURES))[0]["configs"][0]["version"] == version
    assert content_version(FACTS | {"files": FILES[::-1], "source": "demo", "pipeline": "0.2.0"}) == version
    renamed = FILES[0] | {"name": "data/test-00000.parquet"}
    for files in (FILES[:2], [FILES[0] | {"sha256": "d" * 64}, *FILES[1:]], [renamed, *FILES[1:]]):
        assert content_version(FACTS | {"files": files}) != version


def test_a_card_that_is_no_longer_true_is_removed_before_files_change(demo, small_units, tmp_path):
    copy = shutil.copytree(demo, tmp_path / "out")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(small_units.read_text() + "duplicates: keep")
    shutil.rmtree(copy / "dataset" / "data")
    (copy / "dataset" / "data").write_text("in the way of the shards")
    assert medconcept("build", "demo", copy, "--recipe", recipe, "--replace", check=False).returncode == 1
    assert not list((copy / "dataset").glob("README.md")) + list((copy / "dataset").glob("croissant.json"))


def test_features_are_those_that_the_reader_would_infer_but_for_the_picture():
    expected = Features.from_arrow_schema(FACTS["schema"])
    expected["image"] = Image()
    front, _ = front_matter(dataset_card(FACTS, FIGURES))
    assert front["dataset_info"]["config_name"] == "default"
    assert Features._from_yaml_list(front["dataset_info"]["features"]) == expected


LATER = [
    ("nested", pa.list_(pa.list_(pa.int8()))),
    ("vectors", pa.list_(pa.list_(pa.float16(), 2))),
    ("pairs", pa.list_(pa.struct([("x", pa.list_(pa.bool_()))]), 2)),
    ("score", pa.float64()),
    ("text", pa.large_string()),
    ("time", pa.timestamp("us")),
    ("day", pa.date32()),
    ("inner", pa.struct([("deep", pa.struct([("bytes", pa.binary()), ("count", pa.uint64())]))])),
]


def test_features_of_columns_of_any_type():
    schema = pa.schema(LATER)
    assert Features._from_yaml_list(features(schema)) == Features.from_arrow_schema(schema)


def test_text_cannot_break_a_table():
    card = dataset_card(FACTS | {"licenses": {"CC | BY\n": 1}}, FIGURES)
    assert "| CC \\| BY | 1 |" in card


def test_croissant_lists_the_files_with_their_checksums(document):
    *objects, together = document["distribution"]
    assert [(item["contentUrl"], item["sha256"]) for item in objects] == [
        (file["name"], file["sha256"]) for file in FILES
    ]
    kinds = [item["encodingFormat"] for item in objects]
    assert kinds == ["application/x-parquet", "application/x-parquet", "application/x-tar"]
    assert document["version"] == content_version(FACTS)
    assert together["includes"] == "data/*.parquet"
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert document["datePublished"] == "2026-10-01"


def test_croissant_cites_the_articles_that_were_taken():
    cited = json.loads(croissant(FACTS | {"limit": 5}))["citeAs"]
    assert cited.endswith(", inventory 2026-10-01T01-00Z of s3://pmc-oa-opendata, 5 of its articles, drawn by hash")


def test_croissant_finds_the_split_in_the_names_of_the_files(document):
    split, *_ = document["recordSet"][-1]["field"]
    found = [re.match(split["source"]["transform"]["regex"], Path(file["name"]).name) for file in FILES[:2]]
    assert [match and match[1] for match in found] == ["train", "test"]
    splits, _ = document["recordSet"]
    assert splits["dataType"] == "cr:Split"
    assert [each["splits/name"] for each in splits["data"]] == ["train", "test"]


def test_croissant_describes_every_column(document):
    _, records = document["recordSet"]
    fields = {field["name"]: field for field in records["field"]}
    assert list(fields) == ["split", *TRIPLETS.names]
    assert (fields["image"]["dataType"], fields["width"]["dataType"]) == ("sc:ImageObject", "sc:Integer")
    assert fields["mentions"]["repeated"]
    parts = {part["name"]: part for part in fields["provenance"]["subField"]}
    assert parts["year"]["source"]["extract"] == {"column": "provenance"}
    assert parts["year"]["source"]["transform"] == {"jsonPath": "year"}
    assert parts["box"]["repeated"]
    assert fields["concepts"]["repeated"]
    kinds = [part["dataType"] for part in fields["concepts"]["subField"]]
    assert kinds[-3:] == ["sc:Float", "sc:Boolean", "sc:Boolean"]  # score, negated, uncertain


def test_every_id_of_croissant_is_used_once(document):
    ids = []

    def collect(node):
        if isinstance(node, dict):
            if "@type" in node:
                ids.append(node.get("@id"))
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect([document["distribution"], document["recordSet"]])
    assert None not in ids
    assert len(ids) == len(set(ids))


def test_a_source_without_an_inventory_has_no_date():
    facts = FACTS | {"inventory": "listing"}
    assert "datePublished" not in json.loads(croissant(facts))
    assert "it has no dated inventory" in dataset_card(facts, FIGURES)


def test_the_same_facts_give_the_same_bytes():
    assert (dataset_card(FACTS, FIGURES), croissant(FACTS)) == (dataset_card(FACTS, FIGURES), croissant(FACTS))


def test_the_folder_loads_by_its_card(tmp_path):
    (tmp_path / "data").mkdir()
    for split in FACTS["splits"]:
        path = tmp_path / f"data/{split}-00000.parquet"
        pq.write_table(pa.Table.from_pylist([triplet(1, caption="CT")], SCHEMA), path)
    (tmp_path / "README.md").write_text(dataset_card(FACTS | {"schema": SCHEMA}, FIGURES), encoding="utf-8")
    dataset = load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    rows = {split: (rows[0]["panel_id"], rows[0]["caption"]) for split, rows in dataset.items()}
    assert rows == {"train": ("PMC1v1-f001-p01", "CT"), "test": ("PMC1v1-f001-p01", "CT")}
