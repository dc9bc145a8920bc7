"""Whether a disk has room for what a build is likely to write."""

import shutil
from collections import namedtuple

import pytest

from pipeline.storage.room import disk_warning
from pipeline.storage.store import open_store

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(monkeypatch):
    """Sets the bytes that are free on every disk."""

    def set_free(count):
        monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(0, 0, count) if place.is_dir() else None)

    return set_free


def test_a_disk_with_too_little_room_is_told(free, tmp_path):
    free(12_300_000_000)
    store = open_store(f"{tmp_path}/not/yet/there")
    assert disk_warning(store, 1_000_000) == (
        f"{tmp_path}/not/yet/there: 12.3 GB are free, and 1,000,000 articles are likely to take 1.7 TB"
    )
    assert disk_warning(store, 10, bytes_per_article=2e9).endswith("10 articles are likely to take 20.0 GB")


def test_nothing_is_told_where_there_is_room_or_none_can_be_known(free, tmp_path, credentials):
    free(12_300_000_000)
    assert disk_warning(open_store(str(tmp_path)), 1000) is None
    assert disk_warning(open_store("s3://bucket/out"), 10**9) is None
