"""The YAML files in docker/ are what compose, Ray and Kubernetes take, and agree with each other and the lock files."""

import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from tests.docker.images import DOCKER, lock

jsonschema = pytest.importorskip("jsonschema")

KUBERAY = sorted((DOCKER / "kuberay").glob("*.yaml"))
SCHEMA = yaml.safe_load(Path(__file__).with_name("kuberay.schema.yaml").read_text())
FIELDS = jsonschema.Draft202012Validator(SCHEMA)


def read(path):
    return yaml.safe_load(Path(path).read_text())


def cluster_of(manifest):
    return manifest["spec"].get("rayClusterSpec", manifest["spec"])


def pods(manifest):
    cluster = cluster_of(manifest)
    yield from (group["template"] for group in [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]])
    if "submitterPodTemplate" in manifest["spec"]:
        yield manifest["spec"]["submitterPodTemplate"]


def misfits(compose):
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(compose)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def test_compose_takes_its_file():
    assert "validation done" in misfits(DOCKER / "compose.yaml")


def test_a_fault_in_a_compose_file_is_found(tmp_path):
    (tmp_path / "compose.yaml").write_text((DOCKER / "compose.yaml").read_text().replace("    command:", "    comand:"))
    assert "comand" in misfits(tmp_path / "compose.yaml")


def validated(cluster):
    util = pytest.importorskip("ray.autoscaler._private.util")
    prepared = util.prepare_config(deepcopy(cluster))
    util.validate_config(prepared)
    return prepared


def test_ray_up_takes_its_file():
    assert set(validated(read(DOCKER / "ray-cluster.yaml"))["available_node_types"]) == {"head", "cpu", "gpu"}


def test_a_fault_in_the_file_of_ray_up_is_found():
    cluster = read(DOCKER / "ray-cluster.yaml")
    cluster["available_node_types"]["cpu"]["min_worker"] = 1
    with pytest.raises(jsonschema.ValidationError, match="min_worker"):
        validated(cluster)


def validate_pods(kubernetes, manifest):
    for template in pods(manifest):
        pod = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "pod"}, "template": template}
        kubernetes.validate(pod, kubernetes.latest_version(), strict=True)


@pytest.mark.parametrize("path", KUBERAY, ids=lambda path: path.stem)
def test_kuberay_takes_its_manifests(path):
    kubernetes = pytest.importorskip("kubernetes_validate")
    manifest = read(path)
    FIELDS.validate(manifest)
    validate_pods(kubernetes, manifest)


@pytest.mark.parametrize("fault", ["headGroupSpec", "maxReplicas", "rayStartParams", "mode"])
def test_a_fault_in_a_manifest_is_found(fault):
    text = (DOCKER / "kuberay" / "raycluster.yaml").read_text()
    with pytest.raises(jsonschema.ValidationError, match=f"{fault}s"):
        FIELDS.validate(yaml.safe_load(text.replace(f"{fault}:", f"{fault}s:")))


@pytest.mark.parametrize("fault", ["containers", "mountPath", "limits", "operator"])
def test_a_fault_in_a_pod_is_found(fault):
    kubernetes = pytest.importorskip("kubernetes_validate")
    text = (DOCKER / "kuberay" / "raycluster.yaml").read_text().replace(f"{fault}:", f"{fault}s:")
    with pytest.raises(kubernetes.ValidationError, match=f"{fault}s"):
        validate_pods(kubernetes, yaml.safe_load(text))


def test_a_job_brings_the_cluster_that_stays():
    job, cluster = (read(DOCKER / "kuberay" / name) for name in ("rayjob.yaml", "raycluster.yaml"))
    assert cluster_of(job) == cluster_of(cluster)


def test_the_versions_are_those_of_the_lock():
    (ray,) = lock("requirements.lock")["ray"]
    (beam,) = lock("requirements-beam.lock")["apache-beam"]
    assert {cluster_of(read(path))["rayVersion"] for path in KUBERAY} == {ray.version}
    tags = re.findall(r"^FROM apache/beam_python(\S+)_sdk:(\S+)", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    python = re.search(r"^FROM python:(\d+\.\d+)", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    assert tags == [(python[1], beam.version)]


@pytest.mark.parametrize("path", [*KUBERAY, DOCKER / "ray-cluster.yaml", DOCKER / "compose.yaml"], ids=lambda p: p.stem)
def test_every_cluster_asks_for_a_token_and_no_file_holds_one(path):
    text = path.read_text()
    assert re.search(r"mode: token|RAY_AUTH_MODE(=|: )token", text)
    assert not re.search(r"(TOKEN|SECRET_ACCESS_KEY|ACCESS_KEY_ID): *[\"']?\w", text)
