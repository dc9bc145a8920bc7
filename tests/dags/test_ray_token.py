"""Clusters that ask for a token: a server that does, and a real head."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from schemas.errors import UserError
from tests.pipeline.servers import free_ports

pytest.importorskip("ray")
import grpc
from ray import _raylet

from dags import ray_cluster


def check_alive(request, context):
    if ("authorization", "Bearer right") not in context.invocation_metadata():
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "InvalidAuthToken")
    return b""


@pytest.fixture
def head():
    """The address of what answers like the head of a cluster that asks for a token."""
    _, service, method = ray_cluster.ALIVE.split("/")
    server = grpc.server(ThreadPoolExecutor(2))
    handler = {method: grpc.unary_unary_rpc_method_handler(check_alive)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, handler)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def known(monkeypatch, tmp_path):
    """Sets variables of the environment, and where Ray finds a token it finds no other."""
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    _raylet.AuthenticationTokenLoader.instance().reset_cache()
    yield monkeypatch.setenv
    _raylet.AuthenticationTokenLoader.instance().reset_cache()


def test_without_a_token_it_is_said_where_one_is_looked_for(head, known):
    with pytest.raises(UserError, match=f"{head} asks for a token, and RAY_AUTH_TOKEN, .* and ~/.ray/auth_token hold"):
        ray_cluster._authenticate(head)


def test_a_token_whose_file_is_gone_is_none(head, known):
    known("RAY_AUTH_TOKEN_PATH", "/nowhere")
    with pytest.raises(UserError, match="RAY_AUTH_TOKEN_PATH and"):
        ray_cluster._authenticate(head)


def test_a_wrong_token_is_told_apart_from_a_cluster_that_is_away(head, known):
    known("RAY_AUTH_TOKEN", "wrong")
    with pytest.raises(UserError, match="asks for a token, and does not take the one that we have"):
        ray_cluster._authenticate(head)


def test_a_token_is_not_shown_against_the_users_will(head, known):
    known("RAY_AUTH_TOKEN", "right")
    known("RAY_AUTH_MODE", "disabled")
    with pytest.raises(UserError, match="asks for a token, and RAY_AUTH_MODE is disabled"):
        ray_cluster._authenticate(head)


def test_what_asks_for_no_token_is_shown_none(known, monkeypatch):
    known("RAY_AUTH_TOKEN", "right")
    server = grpc.server(ThreadPoolExecutor(2))  # answers every call with UNIMPLEMENTED
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ray_cluster._authenticate(f"127.0.0.1:{port}")
    server.stop(None)
    assert "RAY_AUTH_MODE" not in os.environ


CONNECT = "from dags import ray_cluster; ray_cluster.connect(); import ray; print(ray.cluster_resources()['CPU'])"


@pytest.mark.slow
def test_a_fresh_head_is_joined_however_it_is_found():
    with TemporaryDirectory(dir="/tmp") as place:  # the path of a socket is short
        port, dashboard, agent, client = free_ports(4)
        known = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        known |= {"HOME": place, "RAY_TMPDIR": place, "PYTHONPATH": os.getcwd()}
        token = Path(place, ".ray", "auth_token")
        token.parent.mkdir()
        token.write_text("a" * 64)

        def connect(**more):
            command, environment = [sys.executable, "-c", CONNECT], known | more
            return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

        head = [Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--num-cpus=3"]
        head += [f"--port={port}", f"--dashboard-port={dashboard}", f"--dashboard-agent-listen-port={agent}"]
        head += [f"--ray-client-server-port={client}", "--object-store-memory=100000000", f"--temp-dir={place}/ray"]
        started = subprocess.Popen(head, env=known, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert any("Ray runtime started" in line for line in started.stdout)
            for address in ({}, {"RAY_ADDRESS": "auto"}, {"RAY_ADDRESS": f"127.0.0.1:{port}"}):
                assert connect(**address).stdout == "3.0\n"
            assert "does not take the one" in connect(RAY_AUTH_TOKEN="wrong").stderr
        finally:
            started.terminate()
            started.wait(60)
