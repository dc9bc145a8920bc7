"""Servers on loopback: static HTTP that can be made to fail, and S3."""

import os
import shutil
import threading
from collections import Counter
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest
from servers import Mirror, Relay, kill, make_bucket, start_server, weed_server

from pipeline.phases.fetch import FetchArticles
from tests.built import built_once
from tests.running import medconcept


@pytest.fixture(scope="session")
def outputs(demo, small_units, common, tmp_path_factory):
    """The demo corpus by several recipes. Each output is a copy in which the other recipe was built."""
    changes = {
        "flag": "duplicates: flag",
        "keep": "duplicates: keep",
        "whole-figures": "licenses: noncommercial\npanels: whole\nduplicates: flag",
        "withheld": f"withheld: {built_once(common / 'pictures', partial(_keep_picture, demo))}",
    }
    built = {"default": demo}
    for name, change in changes.items():
        recipe = tmp_path_factory.mktemp(name) / "recipe.yaml"
        recipe.write_text(small_units.read_text() + change)
        built[name] = built_once(common / name, partial(_rebuilt, demo, recipe))
    return built


def _keep_picture(demo, folder):
    folder.mkdir(exist_ok=True)
    (folder / "picture").write_bytes(pq.read_table(min(demo.glob("dataset/data/*.parquet")))["image"][0].as_py())


def _rebuilt(demo, recipe, out):
    shutil.copytree(demo, out, dirs_exist_ok=True)
    medconcept("build", "demo", out, "--recipe", recipe, "--replace")


@pytest.fixture(scope="session")
def whole(common, pmc):
    """The corpus of the real mirror, built once with default settings; tests do not write into it."""
    return built_once(common / "whole", lambda out: medconcept("build", pmc, out))


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path / "mirror")


@pytest.fixture
def serve():
    """Serves a folder over HTTP; gives the server, with `uri`, `faults` by path and `count` of requests."""
    servers = []

    def start(folder: Path, port: int = 0):
        servers.append(server := start_server(folder, port))
        return server

    yield start
    for server in servers:
        kill(server)


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
    """The endpoint of an S3 server that checks them, and holds nothing yet."""
    with weed_server(tmp_path) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield endpoint


@pytest.fixture(scope="session")
def shared_seaweed(tmp_path_factory):
    """The endpoint of one for all tests that use `bucket`: it takes seconds to start."""
    with weed_server(tmp_path_factory.mktemp("seaweed")) as endpoint:
        yield endpoint


@pytest.fixture
def bucket(shared_seaweed, credentials, monkeypatch):
    """A client of an S3 server that checks signatures; its bucket `bucket` is empty."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", shared_seaweed)
    client = make_bucket("bucket")
    for each in client.list_objects_v2(Bucket="bucket").get("Contents", []):
        client.delete_object(Bucket="bucket", Key=each["Key"])
    for each in client.list_multipart_uploads(Bucket="bucket").get("Uploads", []):
        client.abort_multipart_upload(Bucket="bucket", Key=each["Key"], UploadId=each["UploadId"])
    return client


@pytest.fixture
def relay(bucket, shared_seaweed, monkeypatch):
    """A server before that of `bucket`, with the `fault` of each request and the `count` of them by method."""
    target = urlsplit(shared_seaweed)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads, server.block_on_close = True, False
    server.target, server.fault, server.count = (target.hostname, target.port), lambda method, path: None, Counter()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetched(monkeypatch):
    """The articles that were fetched, in order."""
    names, fetch = [], FetchArticles._fetch
    monkeypatch.setattr(FetchArticles, "_fetch", lambda self, row: names.append(row["article_id"]) or fetch(self, row))
    return names
