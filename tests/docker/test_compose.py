"""What the compose file starts, as processes of this machine: a Ray cluster with a token, S3, a job; its driver and a
node are lost, and `status` tells of it from outside."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from pipeline.sources.demo import write_mirror
from pipeline.storage.store import open_store
from tests.docker.images import DOCKER, ROOT
from tests.pipeline.servers import free_ports, make_bucket, slow, start_server
from tests.pipeline.servers import kill as end_server
from tests.running import digest, medconcept
from tests.watching import Watch, curate, curated

pytest.importorskip("ray")

BIN = Path(sys.executable).parent
COMPOSE = (DOCKER / "compose.yaml").read_text()
#: Seconds that an article takes to come.
SLOW = 8.0
SECRETS = {"RAY_AUTH_TOKEN": "a" * 64, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class Composed:
    """The services of the compose file: hosts are 127.0.0.1, ports are free ones, and the secrets are ours."""

    def __init__(self, folder):
        self.folder, self.running = Path(folder), []
        (self.folder / "data").mkdir()
        s3, self.s3_grpc, head, self.dashboard, self.client, *self.spare = free_ports(16)
        places = {"s3:8333": s3, "localhost:8333": s3, "head:6379": head, "localhost:6379": head}
        places |= {"head:8265": self.dashboard}
        text = re.sub(r"\$\{(\w+):\?\}", lambda match: SECRETS[match[1]], COMPOSE)
        for place, port in places.items():
            text = text.replace(place, f"127.0.0.1:{port}")
        text = text.replace("0.0.0.0", "127.0.0.1").replace("-dir=/data", f"-dir={folder}/data")
        self.services = yaml.safe_load(text.replace("--port=6379", f"--port={head}"))["services"]
        self.flags = {"s3": self._weed(s3), "head": self._head()}

    def _weed(self, port):
        names = ["master", "volume", "filer"]
        flags = [f"-{name}.port={self.spare.pop()}" for name in names]
        flags += [f"-{name}.port.grpc={self.spare.pop()}" for name in names]
        flags += ["-ip=127.0.0.1", f"-s3.port={port}", f"-s3.port.grpc={self.s3_grpc}"]
        return [*flags, "-s3.port.iceberg=0", "-s3.port.lance=0"]

    def _head(self):
        flags = [f"--dashboard-port={self.dashboard}", f"--ray-client-server-port={self.client}"]
        return [*flags, f"--temp-dir={self.folder}/ray", *self._agent()]

    def _agent(self):
        return [f"--dashboard-agent-listen-port={self.spare.pop()}"]  # else that of another node on this machine

    def environment(self, name):
        known = {key: value for key, value in os.environ.items() if not key.startswith(("RAY_", "AWS_"))}
        known |= {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(self.folder)}
        return known | {"RAY_TMPDIR": str(self.folder)} | self.services[name]["environment"]

    def start(self, name, entry=()):
        """A process that does what the service's container would."""
        service = self.services[name]
        flags = self._agent() if name == "worker" else self.flags.get(name, [])
        command = [*(entry or service["entrypoint"]), *service["command"], *flags]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment(name), stdout=log, stderr=log, cwd=self.folder)
        self.running.append(process)
        return process

    def wait_healthy(self, name):
        for _ in range(60):
            _, *check = self.services[name]["healthcheck"]["test"]
            if subprocess.run(check, env=self.environment(name), capture_output=True).returncode == 0:
                return
            time.sleep(1)
        raise AssertionError(self.log(name))

    def wait_for_jobs(self):
        """Until the head takes jobs, which it does a moment after it is healthy."""
        for _ in range(60):
            try:
                urlopen(f"http://127.0.0.1:{self.dashboard}/api/version")
            except HTTPError:  # it wants the token
                return
            except OSError:
                time.sleep(1)
        raise AssertionError(self.log("head"))

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def end(self):
        for process in self.running:
            kill(process)


def kill(process):
    """End a process and all that descends from it, as a machine does that loses its power."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGSTOP)
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            except OSError:
                continue
        lost = {process.pid}
        while more := {pid for pid, parent in parents.items() if parent in lost} - lost:
            lost |= more
        for pid in lost:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    process.wait()


@pytest.fixture
def composed():
    with TemporaryDirectory(dir="/tmp") as folder:  # the path of a socket is short
        services = Composed(folder)
        try:
            yield services
        finally:
            services.end()


def driver(composed):
    """The process of the build that the job runs."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            ours = composed.folder.name.encode() in (process / "environ").read_bytes()
            if ours and command[1].endswith(b"medconcept") and command[2] == b"build":
                return int(process.name)
        except (OSError, IndexError):
            continue
    raise AssertionError(composed.log("submit"))


@pytest.fixture
def source(tmp_path):
    """A server of the demo's articles, which takes its time: a build lasts until it has been looked at."""
    write_mirror(tmp_path / "mirror")
    server = start_server(tmp_path / "mirror")
    server.ill = slow(SLOW)
    yield server
    end_server(server)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_job_on_the_cluster_of_the_compose_file_outlives_its_driver_and_a_node(composed, source, monkeypatch):
    out, recipe = "s3://medconcept/demo", composed.folder / "recipe.yaml"
    recipe.write_text("unit_articles: 1\nshard_rows: 8\n")
    command = composed.services["submit"]["command"]
    command[command.index("demo")] = source.uri
    composed.flags["submit"] = ["--recipe", str(recipe)]
    composed.start("s3", entry=["weed"])
    composed.start("head")
    composed.wait_healthy("s3")
    composed.wait_healthy("head")
    composed.wait_for_jobs()
    workers = [composed.start("worker") for _ in range(composed.services["worker"]["deploy"]["replicas"])]
    while composed.log("worker").count("Ray runtime started") < len(workers):  # else the job waits for ever
        assert all(worker.poll() is None for worker in workers), composed.log("worker")
        time.sleep(0.5)
    assert composed.start("bucket").wait(120) == 0, composed.log("bucket")
    for name, value in composed.services["head"]["environment"].items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    make_bucket("medconcept")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        boto3.client("s3", aws_secret_access_key="another", aws_access_key_id="key").list_buckets()
    watch = Watch(out)
    watch.nothing()

    job = composed.start("submit")
    while not open_store(out).size("lease.json"):
        assert job.poll() is None, composed.log("submit")
        time.sleep(0.2)
    watch.until(lambda told: curated(told) >= 2, "starting", "running")
    os.kill(driver(composed), signal.SIGKILL)
    assert job.wait(600) == 1, composed.log("submit")
    dead = watch.says("dead")

    resumed = composed.start("submit")
    watch.until(lambda told: told["state"] == "running", "dead", "starting", "running")
    kill(workers[0])
    lost = watch.says("running")
    composed.start("worker")
    watch.until(lambda told: curated(told) > curated(lost), "running")
    source.ill = None
    assert resumed.wait(600) == 0, composed.log("submit")
    done = watch.says("done")
    assert 2 <= curated(dead) <= curate(done)["resumed"]
    assert all((phase["done"], phase["failed"]) == (phase["items"], 0) for phase in done["phases"])
    inline = f"{composed.folder}/inline"
    medconcept("build", source.uri, inline, "--recipe", recipe, "--engine", "inline")
    assert digest(out) == digest(inline)
