"""A dataset in the readers of others, by the card's own snippets: Polars, Croissant, tars read as tars, workers."""

import json
import os
import tarfile
from collections import Counter
from io import BytesIO

import polars as pl
import pytest
import webdataset
from PIL import Image
from test_loading import execute, published

from tests.running import medconcept

POLARS, CROISSANT = 4, 5


@pytest.fixture(params=["default", "whole-figures"])
def folder(request, outputs):
    return outputs[request.param] / "dataset"


def all_rows(folder):
    return [row for rows in published(folder).values() for row in rows]


def test_the_snippet_for_polars(folder, monkeypatch):
    counts = execute(folder, POLARS, monkeypatch)["counts"].collect()
    mentioned = Counter(concept["cui"] for row in all_rows(folder) for concept in row["concepts"])
    assert dict(zip(counts["cui"], counts["mentions"], strict=True)) == mentioned
    assert counts["mentions"].to_list() == sorted(mentioned.values(), reverse=True)


def test_polars_reads_every_column(folder):
    found = pl.read_parquet(f"{folder}/data/train-*.parquet")
    for row, expected in zip(found.iter_rows(named=True), published(folder)["train"], strict=True):
        assert row == expected
    licenses = found.group_by(pl.col("provenance").struct.field("license")).len()
    assert dict(licenses.iter_rows()) == Counter(row["provenance"]["license"] for row in published(folder)["train"])


def test_the_snippet_for_croissant(folder, monkeypatch):
    captions = list(execute(folder, CROISSANT, monkeypatch)["captions"])
    assert sorted(captions) == sorted(row["caption"] for row in published(folder)["train"])


def samples_of(path):
    """The samples of a tar by who knows the format alone: members of one key in a row, the key before the first dot."""
    samples = []
    with tarfile.open(path) as archive:
        for member in archive:
            key, _, suffix = member.name.partition(".")
            assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
            assert (member.mode, member.isreg()) == (0o644, True)
            if not samples or samples[-1]["__key__"] != key:
                samples.append({"__key__": key})
            samples[-1][suffix] = archive.extractfile(member).read()
    return samples


def test_a_tar_holds_picture_json_and_text_of_each_row_in_order(folder):
    samples = [sample for path in sorted(folder.glob("webdataset/train-*.tar")) for sample in samples_of(path)]
    assert len({sample["__key__"] for sample in samples}) == len(samples)
    for sample, row in zip(samples, published(folder)["train"], strict=True):
        assert list(sample) == ["__key__", "jpg", "json", "txt"]
        assert (sample["__key__"], sample["jpg"], sample["txt"].decode()) == (
            row["panel_id"],
            row["image"],
            row["caption"],
        )
        assert Image.open(BytesIO(sample["jpg"])).format == {"jpg": "JPEG", "png": "PNG"}[row["format"]]
        stated = json.loads(sample["json"])
        assert (stated["panel_id"], stated["sha256"]) == (row["panel_id"], row["sha256"])


def test_a_corpus_that_is_built_again_has_the_same_tars(demo, small_units, tmp_path):
    medconcept("build", "demo", tmp_path / "again", "--recipe", small_units)
    tars = sorted(demo.glob("dataset/webdataset/*.tar"))
    assert [path.read_bytes() for path in tars] == [
        path.read_bytes() for path in sorted(tmp_path.glob("again/dataset/webdataset/*.tar"))
    ]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("nodes", [1, 2])
def test_workers_of_nodes_share_the_tars(outputs, monkeypatch, nodes, workers):
    """As DataLoader's workers see themselves, without PyTorch: of all samples each comes to one."""
    folder = outputs["default"] / "dataset"
    tars = sorted(map(str, folder.glob("webdataset/train-*.tar")))
    assert len(tars) >= 3
    found = Counter()
    for node in range(nodes):
        for worker in range(workers):
            numbers = {"RANK": node, "WORLD_SIZE": nodes, "WORKER": worker, "NUM_WORKERS": workers}
            for name, number in numbers.items():
                monkeypatch.setitem(os.environ, name, str(number))
            shared = webdataset.WebDataset(
                tars, shardshuffle=len(tars), nodesplitter=webdataset.split_by_node, seed=7, empty_check=False
            )
            found.update(sample["__key__"] for sample in shared.shuffle(5))
    assert found == Counter(row["panel_id"] for row in published(folder)["train"])
