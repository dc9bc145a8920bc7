"""Credentials: never in an output, never in a line; a web server's come from netrc(5)."""

import base64
from functools import partial

import pytest
from corpora import mirror as written
from servers import Handler

from pipeline.config.places import check_output, check_source
from pipeline.config.recipe import Config
from pipeline.config.run_record import Cut, SnapshotRecord, describe_run, read_run, write_run
from pipeline.sources import open_source
from pipeline.sources.credentials import authorization
from pipeline.storage.store import open_store
from schemas.errors import UserError
from transforms.duplicates.encoder import Encoder

SECRET = "hunter2"


def files(out):
    return b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("https://me:hunter2@host/mirror", "https://***@host/mirror: an address holds no user name, password or token"),
        ("http://me:hunter2@host", "~/.netrc"),
        ("https://hunter2@host/mirror", "~/.netrc"),
        ("s3://AKIA:hunter2@bucket/x", "AWS_SECRET_ACCESS_KEY"),
        ("s3://AKIA:hunter2/7@bucket/x", "AWS_SECRET_ACCESS_KEY"),
        ("https://host/mirror?sig=hunter2", "no user name, password or token"),
        ("https://host/mirror?code=hunter2", "https://host/mirror: an address of a folder has no ?"),
        ("https://host/mirror?token=hunter2", "no user name, password or token"),
        ("ftp://me:hunter2@host", "ftp://***@host: the scheme ftp: is not known"),
        ("HTTPS://me:hunter2@host", "an address begins with https://"),
        ("file://me:hunter2@host/x", "a directory is named without file:"),
        ("https://me:hunter2@[", "~/.netrc"),
    ],
)
@pytest.mark.parametrize("place", ["source", "output"])
def test_an_address_that_holds_a_secret_is_refused_without_telling_it(run, tmp_path, monkeypatch, place, source, told):
    monkeypatch.chdir(tmp_path)
    arguments = (source, tmp_path / "out") if place == "source" else ("demo", source)
    status, output, error = run("build", *arguments)
    assert (status, output, error.count("\n")) == (1, "", 1)
    assert SECRET not in error
    assert told in error or place == "output"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("check", [check_source, check_output])
def test_an_endpoint_that_holds_a_secret_is_refused(monkeypatch, check, name):
    monkeypatch.setenv(name, "http://me:hunter2@127.0.0.1:1")
    with pytest.raises(UserError, match=rf"{name} is http://\*\*\*@127.0.0.1:1") as raised:
        check("s3://bucket")
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("address", ["https://host:x/m", "https://host:99999/m", "s3://bucket:a"])
def test_a_port_that_is_none(address):
    with pytest.raises(UserError, match="names no"):
        check_source(address)


def test_options_of_an_engine_are_recorded_without_secrets(tmp_path):
    options = ("--runner=FlinkRunner", "--s3_secret_access_key=hunter2", "--password", "hunter2", "--experiments=a")
    config = Config(source="demo", output=str(tmp_path), engine="beam", engine_options=options)
    store = open_store(str(tmp_path))
    write_run(
        store,
        describe_run(
            config, "key", SnapshotRecord(id="id", checksum="sum", articles=0), Cut(units={}), "test-1", Encoder()
        ),
    )
    assert SECRET.encode() not in files(tmp_path)
    assert read_run(store).config.engine_options == (
        "--runner=FlinkRunner",
        "--s3_secret_access_key=***",
        "--password",
        "***",
        "--experiments=a",
    )
    assert config.engine_options == options


def test_options_that_an_engine_does_not_take_are_told_without_secrets(run, tmp_path):
    status, _, error = run("build", "demo", tmp_path / "out", "--", "--password", "hunter2")
    assert (status, error) == (2, "medconcept: Invalid value: the local engine takes no options: --password ***\n")


@pytest.mark.parametrize("version", ["..", ".", "a/b", ""])
def test_a_version_that_is_a_folder_is_none(tmp_path, version):
    store = open_store(str(tmp_path))
    config = Config(source="demo", output=str(tmp_path))
    write_run(
        store,
        describe_run(
            config, "key", SnapshotRecord(id="id", checksum="sum", articles=0), Cut(units={}), "test-1", Encoder()
        ),
    )
    text = (tmp_path / "run.json").read_text()
    (tmp_path / "run.json").write_text(text.replace('"test-1"', f'"{version}"'))
    with pytest.raises(UserError, match="vocabulary"):
        read_run(store)


def test_a_web_server_that_asks_for_a_password(run, serve, tmp_path, monkeypatch, small_units):
    folder = written(tmp_path / "mirror", [1, 2])
    server = serve(folder)
    asked = set()

    class Guarded(Handler):
        def do_GET(self):
            asked.add(self.headers.get("Authorization"))
            super().do_GET() if self.headers.get("Authorization") else self.send_error(401)

    server.RequestHandlerClass = partial(Guarded, directory=str(folder))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    out = tmp_path / "out"
    options = ("--engine", "inline")
    assert run("build", server.uri, out, "--recipe", small_units, *options)[0] == 0
    assert run("update", out, *options)[0] == 0
    given = base64.b64encode(b"me:hunter2").decode()
    assert asked == {f"Basic {given}"}
    assert not {secret for secret in (SECRET, given) if secret.encode() in files(out)}


@pytest.mark.parametrize(
    ("netrc", "headers"),
    [
        ("machine host login a password b", {"Authorization": "Basic YTpi"}),
        ("machine other login a password b", {}),
        ("default login a password b", {}),
        ("machine host login é password ☃", {"Authorization": "Basic w6k64piD"}),
    ],
)
def test_what_netrc_says_of_a_host(tmp_path, monkeypatch, netrc, headers):
    (tmp_path / "netrc").write_text(netrc)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert authorization("https://host:8080/x") == headers


def test_no_netrc_or_one_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert authorization("https://host/x") == {}
    (tmp_path / "netrc").write_text("machine host password hunter2 nonsense hunter2")
    with pytest.raises(UserError, match="not in the format") as raised:
        open_source("https://host/x")
    assert SECRET not in str(raised.value)
