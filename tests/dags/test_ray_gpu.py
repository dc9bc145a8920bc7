"""Blocks between the tasks of items and the actors on GPUs: bounded, joined to full batches, each item its own rows."""

import asyncio
from collections import deque

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dags.stage import apply
from schemas.errors import Outage
from schemas.rejects import REJECT
from schemas.tables import map_rows

ray_gpu = pytest.importorskip("dags.ray_gpu")

PICTURES = pa.schema([("article_id", pa.string()), ("image", pa.binary()), ("reject", REJECT)])


class Cut:
    """Each picture as its bytes, so as many rows as it is long; an empty one is a bug of ours, b"down" an outage."""

    name, version, rowwise, cpus, gpus, memory, batch, output = "cut", "1", True, 1.0, 0.5, 0, 4, PICTURES

    def setup(self): ...

    def __call__(self, table):
        return map_rows(table, PICTURES, self._cut)

    def _cut(self, row):
        if row["image"] == b"down":
            raise Outage("the device failed")
        1 / len(row["image"])
        for byte in row["image"]:
            yield row | {"image": bytes([byte])}


class Together(Cut):
    rowwise = False


def pictures(article, *images):
    return pa.Table.from_pylist([{"article_id": article, "image": image} for image in images], schema=PICTURES)


def served(stage, *blocks):
    """What becomes of blocks that wait together, and how they were joined."""

    async def serve():
        waiting = deque(ray_gpu._Call(block, asyncio.get_running_loop().create_future()) for block in blocks)
        calls, sizes = list(waiting), []
        while waiting:
            joined = ray_gpu.joined(waiting, stage)
            sizes.append([len(call.block) for call in joined])
            ray_gpu._serve(stage, joined)
        return [call.result.exception() or call.result.result() for call in calls], sizes

    return asyncio.run(serve())


@given(st.lists(st.binary(max_size=400), max_size=30), st.integers(1, 1000))
def test_a_block_has_bounded_bytes_or_one_row_and_no_row_is_lost(images, limit):
    table = pictures("a", *images)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray_gpu, "BLOCK", limit)
        blocks = list(ray_gpu._blocks(table))
    assert pa.concat_tables(blocks).equals(table)
    assert all(block.nbytes <= limit + 64 or len(block) == 1 for block in blocks)
    assert all(block.get_total_buffer_size() <= block.nbytes + 512 for block in blocks)  # not what it is cut from


def test_what_waits_is_joined_into_full_batches_and_each_gets_its_own_rows():
    blocks = [pictures("a", b"abc", b"d"), pictures("b", b"ef"), pictures("c", b"g"), pictures("d", b"h", b"", b"i")]
    done, sizes = served(Cut(), *blocks)
    assert sizes == [[2, 1, 1], [3]]
    assert done == [apply(Cut(), block) for block in blocks]
    assert done[3]["reject"].to_pylist()[1]["reason"] == "internal_error"


@given(st.lists(st.lists(st.binary(max_size=3), min_size=1, max_size=4), max_size=8))
def test_a_result_does_not_depend_on_what_it_was_joined_with(items):
    blocks = [pictures(f"article {n}", *images) for n, images in enumerate(items)]
    assert served(Cut(), *blocks)[0] == [apply(Cut(), block) for block in blocks]


def test_two_attempts_at_an_item_are_not_joined():
    assert served(Cut(), pictures("a", b"x"), pictures("a", b"x"))[1] == [[1], [1]]


def test_a_stage_that_looks_at_many_rows_gets_its_table_alone():
    assert served(Together(), pictures("a", b"x"), pictures("b", b"y"))[1] == [[1], [1]]


def test_an_outage_is_told_to_all_who_waited_together_and_to_no_other():
    blocks = [pictures("a", b"down"), pictures("b", b"x"), pictures("c", b"x", b"y", b"z")]
    done, _ = served(Cut(), *blocks)
    assert [str(each) for each in done[:2]] == ["the device failed"] * 2
    assert done[2] == apply(Cut(), blocks[2])
