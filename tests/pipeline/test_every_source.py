"""Real articles over every kind of source, and into both kinds of output: one digest."""

import csv
import os
import shutil
import tarfile

import boto3
import pytest
from servers import BUCKET, Mirror, upload

from tests.running import digest, medconcept, verify

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def articles(pmc, tmp_path_factory):
    """A mirror of ten articles with their images."""
    names = sorted(folder.name for folder in pmc.glob("PMC99*.1") if len(os.listdir(folder)) > 3)[:10]
    mirror = Mirror(tmp_path_factory.mktemp("ten"))
    for name in names:
        shutil.copytree(pmc / name, mirror.root / name)
        mirror.add_json(name, (pmc / "metadata" / f"{name}.json").read_bytes())
    return mirror.inventory().root


@pytest.fixture(scope="module")
def expected(articles, tmp_path_factory):
    """The digest of the corpus from a directory into a directory."""
    out = tmp_path_factory.mktemp("expected")
    medconcept("build", articles, out)
    verify(out)
    return digest(out)


@pytest.mark.full
def test_http(articles, expected, serve, tmp_path):
    medconcept("build", serve(articles).uri, tmp_path)
    assert digest(tmp_path) == expected


def test_s3_in_and_out(articles, expected, seaweed):
    upload(articles)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="corpora")
    out = "s3://corpora/ten"
    medconcept("build", f"s3://{BUCKET}", out, "--limit", "4")
    medconcept("build", f"s3://{BUCKET}", out)
    assert digest(out) == expected
    verify(out)


@pytest.mark.full
def test_packages_of_the_legacy_layout(articles, expected, tmp_path):
    packages, out = tmp_path / "mirror", tmp_path / "out"
    packages.mkdir()
    with (packages / "oa_file_list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["File", "Article Citation", "Accession ID", "Last Updated (YYYY-MM-DD HH:MM:SS)", "PMID", "License"]
        )
        for folder in sorted(articles.glob("PMC99*.1")):
            pmcid = folder.name.split(".")[0]
            license = "CC0" if '"CC0"' in (folder / f"{folder.name}.json").read_text() else "CC BY"
            path = f"oa_package/{pmcid[-4:-2]}/{pmcid[-2:]}/{pmcid}.tar.gz"
            rows.writerow([path, "", pmcid, "2025-01-01 00:00:00", "", license])
            pack(folder, pmcid, packages / path)
    medconcept("build", packages, out)
    verify(out)
    assert digest(out) == expected


def pack(folder, pmcid, path):
    """An article of the Cloud layout as PMCn/{PMCn.nxml, media} in a gzipped tar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted(folder.iterdir()):
            if file.suffix != ".json":
                name = f"{pmcid}.nxml" if file.suffix == ".xml" else file.name
                archive.add(file, f"{pmcid}/{name}")
