"""The user's cache: ours alone, and what is damaged in it is made again."""

import os

import pytest

from pipeline.resources.linkers import open_linker
from pipeline.sources.demo.cache import demo_mirror
from pipeline.storage.cache import SUMS, cache, cached_folder
from schemas.errors import UserError
from tests.damages import DAMAGES
from tests.lexicons import CONCEPTS, compiled


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "medconcept"


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_for_its_owner_alone(place):
    assert cache() == place
    assert place.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_cache_that_others_may_write_is_refused(place, mode):
    place.mkdir(parents=True)
    place.chmod(mode)
    with pytest.raises(UserError, match="can be written by others"):
        cache()


def test_a_cache_of_another_user_is_refused(place, monkeypatch):
    place.mkdir(0o755, parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: place.stat().st_uid + 1)
    with pytest.raises(UserError, match="belongs to another user"):
        cache()


def write_two(folder):
    (folder / "sub").mkdir()
    (folder / "one").write_bytes(b"1" * 100)
    (folder / "sub" / "two").write_bytes(b"2" * 100)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("file", ["one", "sub/two", SUMS])
def test_a_folder_is_made_again_when_a_file_of_it_is_damaged(file, damage):
    folder = cached_folder("thing/1", write_two)
    whole = content(folder)
    damage(folder / file)
    assert content(cached_folder("thing/1", write_two)) == whole


def test_a_file_in_the_place_of_a_folder(place):
    cache().joinpath("thing").write_text("no folder")
    assert (cached_folder("thing", write_two) / "one").read_bytes() == b"1" * 100


def test_a_folder_that_is_whole_is_left_alone():
    cached_folder("thing", write_two)
    cached_folder("thing", lambda folder: pytest.fail("made again"))


def test_what_cannot_be_made_leaves_nothing(place):
    def fail(folder):
        (folder / "half").touch()
        raise UserError("no")

    with pytest.raises(UserError):
        cached_folder("thing", fail)
    assert [path.name for path in place.iterdir()] == ["thing.lock"]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_demo_mirror_is_written_again(damage):
    whole = content(demo_mirror())
    damage(next(demo_mirror().rglob("*.jpg")))
    assert content(demo_mirror()) == whole


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_of_a_linker_is_built_again(place, tmp_path, damage):
    lexicon = compiled(tmp_path, *CONCEPTS)
    open_linker("trigram", lexicon)
    (index,) = (path for path in (place / "linkers").iterdir() if path.is_dir())
    whole = content(index)
    damage(index / "concepts.npy")
    assert open_linker("trigram", lexicon).link(["Cells"])[0][0]["cui"] == "C0007634"
    assert content(index) == whole


def test_no_index_is_read_from_beside_the_vocabulary(place, tmp_path):
    folder = tmp_path / "out" / "vocabulary"
    folder.mkdir(parents=True)
    lexicon = compiled(folder, *CONCEPTS)
    open_linker("trigram", lexicon)
    assert [path.name for path in folder.iterdir()] == ["test.lexicon"]
    assert [path.name for path in place.iterdir()] == ["linkers"]


def test_vocabularies_that_call_themselves_alike_share_no_index(place, tmp_path):
    for n, concepts in enumerate((CONCEPTS[:2], CONCEPTS[:3])):
        (tmp_path / str(n)).mkdir()
        lexicon = compiled(tmp_path / str(n), *concepts)
        lexicon.version = "test-1"
        open_linker("trigram", lexicon)
    assert len([path for path in (place / "linkers").iterdir() if path.is_dir()]) == 2
