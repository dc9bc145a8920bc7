"""The vocabulary and the encoder of an output: checked each time that they are opened, and kept again when damaged."""

import pickle
from dataclasses import replace

import pyarrow.fs as pafs
import pytest

from pipeline.resources.encoders import encoder_path, keep_encoder, load_encoder, recover_encoder
from pipeline.resources.vocabularies import (
    keep_vocabulary,
    load_vocabulary,
    open_vocabulary,
    recover_vocabulary,
    vocabulary_path,
)
from pipeline.storage.cache import cache
from pipeline.storage.disk import Disk
from pipeline.storage.store import open_store
from schemas.errors import Damaged, told
from tests.damages import DAMAGES, flip
from tests.encoders import declare, projection, write_encoder
from tests.lexicons import CONCEPTS, compiled
from transforms.concepts.lexicon import Lexicon
from transforms.duplicates.encoder import Encoder

damaged = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Elsewhere(Disk):
    """A disk that is not known to be one."""

    @property
    def filesystem(self):
        return pafs.SubTreeFileSystem("/", pafs.LocalFileSystem())


@pytest.fixture
def out(tmp_path):
    """An output, as its files are written."""
    return open_store(str(tmp_path / "out"))


@pytest.fixture(params=["disk", "elsewhere"])
def store(request, out, tmp_path):
    """The same as it is read: from its disk, or through a file system from which files are copied into the cache."""
    if request.param == "disk":
        return out
    return replace(out, backend=Elsewhere(out.root))


@pytest.fixture
def lexicon(tmp_path):
    return compiled(tmp_path, *CONCEPTS)


@pytest.fixture
def encoder(tmp_path):
    return Encoder(write_encoder(tmp_path / "own.onnx", projection(8)))


@damaged
def test_a_damaged_vocabulary_of_an_output_is_named_and_kept_again(out, store, tmp_path, lexicon, damage):
    keep_vocabulary(out, lexicon)
    path = vocabulary_path(lexicon.version)
    damage(tmp_path / "out" / path)
    with pytest.raises(Damaged) as raised:
        load_vocabulary(store, lexicon.version)
    assert raised.value.path == path
    assert str(raised.value).startswith(f"{store.uri}/{path}")
    keep_vocabulary(out, lexicon)
    assert load_vocabulary(store, lexicon.version).digest == lexicon.digest


@damaged
@pytest.mark.parametrize("suffix", [".onnx", ".json"])
def test_a_damaged_encoder_of_an_output_is_named_and_kept_again(out, store, tmp_path, encoder, suffix, damage):
    keep_encoder(out, encoder)
    damage(tmp_path / "out" / encoder_path(encoder.version, suffix))
    with pytest.raises(Damaged) as raised:
        load_encoder(store, encoder.version)
    assert raised.value.path.startswith(f"encoder/{encoder.version}/")
    assert str(raised.value).startswith(f"{store.uri}/{raised.value.path}")
    keep_encoder(out, encoder)
    assert load_encoder(store, encoder.version).version == encoder.version


@pytest.mark.parametrize("store", ["elsewhere"], indirect=True)
@damaged
def test_a_damaged_copy_in_the_cache_is_fetched_again(out, store, lexicon, encoder, damage):
    keep_vocabulary(out, lexicon)
    keep_encoder(out, encoder)
    for _ in range(2):
        assert load_vocabulary(store, lexicon.version).digest == lexicon.digest
        assert load_encoder(store, encoder.version).version == encoder.version
        damage(cache() / f"{lexicon.version}.lexicon")
        damage(cache() / "encoders" / encoder.version / "encoder.onnx")


@damaged
def test_a_damaged_vocabulary_in_the_cache_is_compiled_again(damage):
    version = open_vocabulary(None, None).version
    damage(next(cache().glob("*.lexicon")))
    again = open_vocabulary(None, None)
    again.verify()
    assert again.version == version


@pytest.mark.parametrize("at", [0.0, 0.001, 0.2, 0.4, 0.6, 0.8, 0.999])
def test_a_bit_of_a_vocabulary_anywhere(out, tmp_path, lexicon, at):
    keep_vocabulary(out, lexicon)
    whole = lexicon.file.read_bytes()
    flip(tmp_path / "out" / vocabulary_path(lexicon.version), at)
    try:
        load_vocabulary(out, lexicon.version)
    except Damaged:
        return
    assert whole[int(at * len(whole))] == 0  # the filling between two arrays, which nobody reads


def test_another_sound_vocabulary_or_encoder_is_none(out, tmp_path, lexicon, encoder):
    keep_vocabulary(out, lexicon)
    keep_encoder(out, encoder)
    (tmp_path / "other").mkdir()
    other = compiled(tmp_path / "other", *CONCEPTS[:2]).file.read_bytes()
    (tmp_path / "out" / vocabulary_path(lexicon.version)).write_bytes(other)
    declare(tmp_path / "out" / encoder_path(encoder.version, ".onnx"), dimension=8, threshold=0.5)
    with pytest.raises(Damaged, match="it is test-"):
        load_vocabulary(out, lexicon.version)
    with pytest.raises(Damaged, match="with its declaration it is tiny"):
        load_encoder(out, encoder.version)


def test_a_vocabulary_that_calls_itself_by_the_version_of_another_is_none(out, tmp_path, lexicon, monkeypatch):
    monkeypatch.setattr("transforms.concepts.compile.version_of", lambda *_: lexicon.version)
    (tmp_path / "forged").mkdir()
    forged = compiled(tmp_path / "forged", *CONCEPTS[:2]).file
    out.write(vocabulary_path(lexicon.version), forged.read_bytes())
    assert Lexicon.open(forged).version == lexicon.version
    with pytest.raises(Damaged, match=f"it calls itself {lexicon.version} and holds test-"):
        load_vocabulary(out, lexicon.version)


@damaged
def test_an_update_recovers_what_is_damaged_from_what_it_was_made_of(out, tmp_path, lexicon, encoder, damage):
    keep_vocabulary(out, lexicon)
    keep_encoder(out, encoder)
    damage(tmp_path / "out" / vocabulary_path(lexicon.version))
    damage(tmp_path / "out" / encoder_path(encoder.version, ".onnx"))
    given, named = str(lexicon.file), str(encoder.file)
    assert recover_vocabulary(out, lexicon.version, None, given, True).file == lexicon.file
    assert recover_encoder(out, encoder.version, named).file == encoder.file
    lexicon.file.unlink()
    encoder.file.unlink()
    for umls, file in ((None, given), ("none", None), (None, None)):
        with pytest.raises(Damaged):
            recover_vocabulary(out, lexicon.version, umls, file, True)
    for file in (named, None):
        with pytest.raises(Damaged):
            recover_encoder(out, encoder.version, file)


def test_what_is_kept_is_not_written_again(out, tmp_path, lexicon, encoder):

    def written():
        return {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*")}

    keep_vocabulary(out, lexicon)
    keep_encoder(out, encoder)
    before = written()
    keep_vocabulary(out, load_vocabulary(out, lexicon.version))
    keep_encoder(out, load_encoder(out, encoder.version))
    assert written() == before


def test_the_error_travels(lexicon):
    error = pickle.loads(pickle.dumps(Damaged("OUT/x: it was cut", "x")))
    assert (told(error), error.path) == ("OUT/x: it was cut", "x")
