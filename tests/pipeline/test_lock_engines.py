"""A lock rebuilds the same corpus wherever it is built: on S3, on a Ray cluster, on Beam."""

import pytest
from corpora import Source

from tests.running import digest, medconcept


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The folder of a mirror, and of a small corpus of it with its lock."""
    folder = tmp_path_factory.mktemp("locked")
    Source(folder / "mirror", [*range(1, 9)])
    (folder / "recipe.yaml").write_text("unit_articles: 2\nshard_rows: 4\npanels: whole\nduplicates: flag\n")
    medconcept("build", folder / "mirror", folder / "out", "--recipe", folder / "recipe.yaml", "--engine", "inline")
    medconcept("lock", folder / "out", folder / "corpus.lock")
    return folder


def rebuilt(corpus, out, *options, **environment):
    """The digest of a rebuild, which its last line says to be that of the lock."""
    lock = corpus / "corpus.lock"
    done = medconcept("build", corpus / "mirror", out, "--locked", lock, *options, **environment)
    assert done.stdout.splitlines()[-1] == f"the digest is {digest(out)}, that of {lock}"
    return digest(out)


@pytest.mark.slow
def test_on_s3_what_was_built_and_locked_there_or_elsewhere(corpus, bucket):
    assert rebuilt(corpus, "s3://bucket/again", "--engine", "inline") == digest(corpus / "out")
    medconcept("lock", "s3://bucket/again", corpus / "s3.lock")
    assert (corpus / "s3.lock").read_bytes() == (corpus / "corpus.lock").read_bytes()


@pytest.mark.full
def test_on_a_ray_cluster(corpus, tmp_path):
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        out = tmp_path / "out"
        assert rebuilt(corpus, out, "--engine", "ray", RAY_ADDRESS=cluster.address) == digest(corpus / "out")
    finally:
        cluster.shutdown()


@pytest.mark.full
def test_on_beam(corpus, tmp_path):
    assert rebuilt(corpus, tmp_path / "out", "--engine", "beam") == digest(corpus / "out")
