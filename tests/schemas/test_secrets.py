"""What is taken for a secret, and what is left of a text without it."""

import pytest

from schemas.errors import Outage, told
from schemas.secrets import redact, redact_options


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://host/mirror cannot be reached", "https://host/mirror cannot be reached"),
        ("https://me:pass@host:8080/x is down", "https://***@host:8080/x is down"),
        ("https://me:p@ss@host/x", "https://***@host/x"),
        ("https://me:pa/ss@host/x", "https://***@host/x"),
        ("https://token@host/x", "https://***@host/x"),
        ("s3://AKIA:a+b/c@bucket/x", "s3://***@bucket/x"),
        ("'http://a:b@one', 'http://c:d@two'", "'http://***@one', 'http://***@two'"),
        ("https://h/x?X-Amz-Signature=0af1&X-Amz-Date=7", "https://h/x?X-Amz-Signature=***&X-Amz-Date=7"),
        ("https://h/x?X-Amz-Security-Token=F%3D&a=1", "https://h/x?X-Amz-Security-Token=***&a=1"),
        ("PASSWORD=hunter2 in the environment", "PASSWORD=*** in the environment"),
        ("panels.parquet: 3 articles, 2@3", "panels.parquet: 3 articles, 2@3"),
    ],
)
def test_text(text, shown):
    assert redact(text) == shown
    assert told(Outage(text)) == shown


@pytest.mark.parametrize("text", ["://" * 100_000, "token" * 100_000, "https://" + "@" * 100_000])
def test_a_long_text_takes_no_longer_than_its_length(text):
    redact(text)


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        (["--runner=FlinkRunner", "--parallelism", "64"], ["--runner=FlinkRunner", "--parallelism", "64"]),
        (["--experiments=use_runner_v2"], ["--experiments=use_runner_v2"]),
        (["--experiments", "keyed_state", "--streaming"], ["--experiments", "keyed_state", "--streaming"]),
        (["--s3_secret_access_key=abc"], ["--s3_secret_access_key=***"]),
        (["--s3_secret_access_key", "abc", "--x", "y"], ["--s3_secret_access_key", "***", "--x", "y"]),
        (["--PASSWORD=a=b"], ["--PASSWORD=***"]),
        (["--azure_credentials={}", "-token", "t"], ["--azure_credentials=***", "-token", "***"]),
        (['--environment_config={"env": {"API_KEY": "abc"}}'], ["--environment_config=***"]),
        (["--flags", "a=1,dbPassword:abc"], ["--flags", "***"]),
        (["--artifact_endpoint=http://me:pass@host"], ["--artifact_endpoint=http://***@host"]),
    ],
)
def test_options(options, recorded):
    assert list(redact_options(options)) == recorded
