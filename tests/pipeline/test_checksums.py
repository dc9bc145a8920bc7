"""dataset/CHECKSUMS: the files as `sha256sum -c` checks them, written last and withdrawn first."""

import hashlib
import json
import shutil
import subprocess

import pytest
from test_verify import found, signed

from pipeline.phases.corpus import open_corpus
from pipeline.phases.documents import documents_item, withdraw_documents, write_documents
from pipeline.reports.checksums import checksums
from pipeline.storage.store import Store, open_store
from tests.running import medconcept


@pytest.fixture
def out(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "out")


def test_a_line_a_file_sorted_by_name_and_none_from_elsewhere():
    stamps = {"dataset/b.tar": "b" * 64, "audit/headline.txt": "c" * 64, "dataset/a/x.parquet": "a" * 64}
    assert checksums(stamps) == f"{'a' * 64}  a/x.parquet\n{'b' * 64}  b.tar\n"


def test_sha256sum_finds_every_file_of_the_dataset_as_it_is_listed(demo):
    folder = demo / "dataset"
    done = subprocess.run(["sha256sum", "--strict", "-c", "CHECKSUMS"], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split("  ")[1] for line in (folder / "CHECKSUMS").read_text().splitlines()]
    files = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert listed == sorted({*files} - {"CHECKSUMS"})


def test_they_are_read_off_the_receipts(out, monkeypatch):
    """No shard is opened, and what is listed last is written last."""
    before = (out / "dataset/CHECKSUMS").read_bytes()
    store = open_store(str(out))
    withdraw_documents(store)
    opened, made = [], []
    for name, paths in (("open", opened), ("read", opened), ("create", made)):
        method = getattr(Store, name)
        monkeypatch.setattr(
            Store, name, lambda self, path, method=method, paths=paths: paths.append(path) or method(self, path)
        )
    corpus = open_corpus(store)
    write_documents(corpus, documents_item(corpus, [], []))
    assert not [path for path in opened if path.startswith(("dataset/", "units/train-00000/panels"))]
    assert made[-1] == "dataset/CHECKSUMS"
    assert (out / "dataset/CHECKSUMS").read_bytes() == before


def test_they_go_first_when_files_change(out, monkeypatch):
    gone = []
    monkeypatch.setattr(Store, "delete_all", lambda self, paths: gone.extend(paths))
    withdraw_documents(open_store(str(out)))
    dataset = [path for path in gone if path.startswith("dataset/")]
    assert dataset[0] == "dataset/CHECKSUMS"
    assert sorted(dataset[1:]) == ["dataset/CITATION.cff", "dataset/README.md", "dataset/croissant.json"]


@pytest.mark.parametrize("name", ["CHECKSUMS", "CITATION.cff"])
def test_verify_finds_another_text_though_its_receipt_vouches_for_it(out, name):
    path = out / "dataset" / name
    path.write_bytes(path.read_bytes().replace(b"0", b"1"))
    (marker,) = out.glob("documents/*.json")
    receipt = json.loads(marker.read_text())
    receipt["files"][f"dataset/{name}"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    marker.write_text(json.dumps(signed(receipt)))
    shutil.rmtree(out / "ledger")
    assert f"dataset/{name}: not what the dataset says" in found(out)


@pytest.mark.parametrize("name", ["CHECKSUMS", "CITATION.cff"])
def test_a_build_makes_them_again(out, small_units, name):
    path = out / "dataset" / name
    before = path.read_bytes()
    path.unlink()
    assert f"dataset/{name}: missing" in found(out)
    medconcept("build", "demo", out, "--recipe", small_units, "--engine", "inline")
    assert path.read_bytes() == before
    assert found(out) == []


def test_of_documents_before_them_verify_says_in_a_line_what_to_do(out, small_units):
    (marker,) = out.glob("documents/*.json")
    receipt = json.loads(marker.read_text())
    receipt["made_by"]["version"] = "5"
    for name in ("CHECKSUMS", "CITATION.cff"):
        (out / "dataset" / name).unlink()
        del receipt["files"][f"dataset/{name}"]
    marker.write_text(json.dumps(signed(receipt)))
    shutil.rmtree(out / "ledger")
    told = "documents: of another version of medconcept: build or update the output, which writes them anew"
    assert found(out) == [told]
