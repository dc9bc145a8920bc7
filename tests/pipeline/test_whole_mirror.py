"""The real mirror as a whole, with default settings: on every engine it builds, verifies and is the same."""

from collections import Counter

import pyarrow.parquet as pq
import pytest

from tests.running import digest, medconcept, verify


@pytest.mark.slow
def test_the_default_build_verifies_and_publishes_what_is_there(whole):
    verify(whole)
    texts = Counter(
        text
        for file in whole.glob("dataset/data/*.parquet")
        for text in pq.read_table(file, columns=["caption"])["caption"].to_pylist()
    )
    assert sum(texts.values()) > 650
    assert max(texts.values()) < 8  # one text does not stand on all cells of a grid


@pytest.mark.slow
@pytest.mark.parametrize("engine", [pytest.param(name, marks=pytest.mark.full) for name in ("inline", "ray", "beam")])
def test_every_engine_gives_the_same_corpus(whole, pmc, tmp_path, engine):
    done = medconcept("build", pmc, tmp_path, "--engine", engine)
    assert "Traceback" not in done.stderr
    assert digest(tmp_path) == digest(whole)
    verify(tmp_path)
