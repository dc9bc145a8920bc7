"""The file of a lock, by whomever it was made: what is no lock, or a damaged or false one, is refused in one line."""

import base64
import hashlib
import json
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config.lock import read_lock, write_lock
from pipeline.config.lock_document import LockDocument
from schemas.errors import UserError
from schemas.locks import LOCK, LOCKED_COVERAGE

CUT = {"train": 1, "validation": 0, "test": 0}
DOCUMENT = {
    "recipe": {},
    "withheld": None,
    "cut": {"units": CUT, "shards": CUT},
    "versions": {
        "medconcept": "0.1.0",
        "vocabulary": "starter-0123",
        "encoder": "copies-1",
        "linker": {},
        "stages": {"jats": "1"},
        "libraries": {},
        "steps": {},
    },
    "vocabulary": {"origin": "starter"},
    "dimension": 2,
    "snapshot": {"id": "2026-11-15T01-00Z", "checksum": "0123", "articles": 3},
    "articles": 2,
    "counts": {"triplets": 7},
    "digest": "0" * 64,
}
ARTICLES = pa.table([[1, 20], [1, 3], [bytes(16), None], [None, "0123-2"], [7, 0]], schema=LOCK)
COVERAGE = pa.table([["concepts", "licenses"], ["C0024109", None], [7, 7]], schema=LOCKED_COVERAGE)
CENTROIDS = np.array([[0.5, -1], [1, 0], [2, 3]], np.float32)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "corpus.lock"
    with path.open("wb") as sink:
        write_lock(sink, LockDocument.model_validate(DOCUMENT), CENTROIDS, COVERAGE, ARTICLES)
    return path


def forged(file, articles=ARTICLES, schema=None, **parts):
    """A lock with other parts and the right checksum, as anyone can write it."""
    metadata = {key.decode(): value.decode() for key, value in pq.read_metadata(file).metadata.items()}
    metadata = {key: value for key, value in metadata.items() if key != "ARROW:schema"} | (schema or {}) | parts
    texts = [metadata.get(name, "") for name in ("lock", "centroids", "coverage")]
    metadata["sha256"] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    with pq.ParquetWriter(file, articles.schema.remove_metadata(), store_schema=False) as writer:
        writer.write_table(articles.replace_schema_metadata(None))
        writer.add_key_value_metadata(metadata)
    return file


def saying(**fields):
    return json.dumps(DOCUMENT | fields)


def encoded(table):
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return base64.b64encode(sink.getvalue()).decode()


def test_what_was_written_is_read(file):
    lock = read_lock(file)
    assert lock.document == LockDocument.model_validate(DOCUMENT)
    assert lock.articles().equals(ARTICLES)
    assert lock.coverage.equals(COVERAGE)
    assert np.array_equal(lock.centroids, CENTROIDS)
    assert read_lock(forged(file)).document == lock.document


RECIPE = {"withheld": "../../secret"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"schema": {"schema_version": "2"}}, "is a lock of format 2, and this version of medconcept reads format 1"),
        ({"schema": {"schema": "medconcept.plan"}}, "is no lock of medconcept, but another Parquet file"),
        ({"lock": "{"}, "is damaged: "),
        ({"lock": "[" * 100_000}, "is damaged: "),
        ({"lock": saying(recipe=RECIPE)}, "is damaged: the document: its recipe names a path"),
        ({"lock": saying(recipe={"linker": "scispacy:../../x"})}, "recipe.linker"),
        ({"lock": saying(recipe={"licences": "all"})}, "did you mean licenses?"),
        ({"lock": saying(cut={"units": {"../train": 1}, "shards": CUT})}, "does not say how each split is cut"),
        ({"lock": saying(cut={"units": CUT, "shards": None})}, "does not say how each split is cut"),
        ({"lock": saying(cut={"units": CUT | {"train": 99}, "shards": CUT})}, "cut.units.train must be at most 31"),
        ({"lock": saying(versions={})}, "versions.medconcept"),
        ({"lock": saying(digest="no digest")}, "digest"),
        ({"lock": saying(articles=10**12)}, "articles must be at most"),
        ({"lock": saying(articles=3)}, "does not have the 3 articles that it states"),
        ({"lock": saying(counts={"triplets": -1})}, "counts.triplets must be at least 0"),
        ({"lock": saying(dimension=4)}, "its centroids or its coverage are none"),
        ({"centroids": "no base64"}, "its centroids or its coverage are none"),
        ({"centroids": base64.b64encode(np.float32([np.nan, 1]).tobytes()).decode()}, "a centroid is not finite"),
        ({"coverage": base64.b64encode(b"PAR1" * 9).decode()}, "its centroids or its coverage are none"),
        ({"coverage": encoded(pa.table({"table": ["concepts"]}))}, "another table"),
        ({"coverage": encoded(pa.table([["concepts"], ["\x1b[2J"], [1]], schema=LOCKED_COVERAGE))}, "not printable"),
        ({"coverage": encoded(pa.table([["concepts"], [None], [1]], schema=LOCKED_COVERAGE))}, "has no CUI"),
        ({"articles": ARTICLES.drop_columns("md5")}, "does not have the 2 articles that it states"),
        ({"articles": ARTICLES.slice(1)}, "does not have the 2 articles that it states"),
    ],
)
def test_a_false_lock_is_refused_in_one_line(run, file, tmp_path, parts, told):
    forged(file, **parts)
    status, _, error = run("build", "demo", tmp_path / "out", "--locked", file, "--engine", "inline")
    assert (status, len(error.splitlines())) == (1, 1)
    assert told in error
    assert not any(path.is_file() for path in tmp_path.rglob("out/*"))


def test_articles_that_do_not_ascend_are_refused_before_they_are_looked_up(file):
    with pytest.raises(UserError, match="its articles do not ascend"):
        read_lock(forged(file, ARTICLES.take([1, 0]))).articles()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"lock": saying(counts={"triplets": 8})}, "its articles have 7 triplets, its funnel 8"),
        ({"lock": saying(counts={})}, "its articles have 7 triplets, its funnel none"),
        ({"coverage": encoded(COVERAGE.slice(0, 1))}, "its licences have 0 triplets, its funnel 7"),
    ],
)
def test_sums_that_contradict_each_other_are_refused(file, parts, told):
    with pytest.raises(UserError, match=told):
        read_lock(forged(file, **parts)).articles()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_a_flipped_or_cut_file_is_told_or_harmless(file, tmp_path, data):
    whole = file.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from([whole[:place], whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]])
    )
    other = tmp_path / "damaged.lock"
    other.write_bytes(damaged)
    with suppress(UserError):
        lock = read_lock(other)
        assert lock.articles().equals(ARTICLES)
        assert lock.document == LockDocument.model_validate(DOCUMENT)
