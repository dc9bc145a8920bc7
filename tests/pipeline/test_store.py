"""A store shows a file whole or not at all."""

import errno
import hashlib
import pickle

import pytest

from pipeline.storage.store import open_store
from schemas.errors import UserError


def test_a_file_is_stamped_with_its_size_and_checksum(tmp_path):
    store = open_store(str(tmp_path / "new"))
    assert store.write("a/b.txt", b"text") == {"bytes": 4, "sha256": hashlib.sha256(b"text").hexdigest()}
    assert store.read("a/b.txt") == b"text"
    assert (store.size("a/b.txt"), store.size("a/c.txt")) == (4, None)
    assert store.files("a") == ["a/b.txt"]
    assert store.files("z") == []


def test_a_write_that_fails_leaves_nothing_and_keeps_what_was_there(tmp_path):
    store = open_store(str(tmp_path))
    store.write("kept", b"before")
    for path in ("kept", "new"):
        with pytest.raises(OSError, match="full"), store.create(path) as sink:  # noqa: PT012
            sink.write(b"half")
            raise OSError(errno.ENOSPC, "disk full")
    assert store.files("") == ["kept"]
    assert store.read("kept") == b"before"


def test_files_and_folders_are_deleted(tmp_path):
    store = open_store(str(tmp_path))
    store.write("a/b/c", b"")
    store.write("a/d", b"")
    store.delete("a/b")
    store.delete("a/d")
    assert store.files("a") == []


def test_workers_share_a_store_by_pickling_it(tmp_path):
    store = pickle.loads(pickle.dumps(open_store(str(tmp_path))))
    store.write("a", b"1")
    assert store.read("a") == b"1"


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="not a directory"):
        open_store(str(tmp_path / "file"))
