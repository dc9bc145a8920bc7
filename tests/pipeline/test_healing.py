"""A build makes again what is damaged, but does not go on for ever."""

from io import StringIO

import pytest
from rich.console import Console

from pipeline import run
from pipeline.storage.store import open_store
from schemas.errors import Damaged


def test_an_item_that_comes_out_damaged_each_time_ends_the_build(tmp_path):
    paths = [f"units/train-00000/panels-{attempt}.parquet" for attempt in range(9)]
    said, left = StringIO(), iter(paths)

    def start():
        raise Damaged("column license: null", next(left))

    with pytest.raises(Damaged, match="column license: null"):
        run._healing(open_store(str(tmp_path)), Console(file=said), start)
    assert said.getvalue().count("it is made again") == run.HEALED


def test_many_files_of_one_folder_of_shards_are_healed_one_after_the_other(tmp_path):
    (tmp_path / "dataset" / "data").mkdir(parents=True)
    damaged = iter([f"dataset/data/train-{shard:05d}.parquet" for shard in range(9)])

    def start():
        for path in damaged:
            raise Damaged("cut", path)
        raise KeyboardInterrupt  # what follows is not of interest

    with pytest.raises(KeyboardInterrupt):
        run._healing(open_store(str(tmp_path)), Console(file=StringIO()), start)
