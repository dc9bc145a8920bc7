"""Pictures of a unit as they are fetched: those alone that are asked for, and only as the index states them."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dedup_corpus import A, B, C, Corpus, panel

from pipeline.phases.pictures import FigurePictures, Pictures, picture_paths, write_parents
from pipeline.storage.disk import Disk
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path
from schemas.duplicates import INDEX
from schemas.errors import Damaged
from tests.pictures import drawing, half
from transforms.duplicates.appearance import appearance
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import thumbnail

PICTURES = {1: A, 2: B, 3: C, 4: half(A), 5: half(B)}


@pytest.fixture
def corpus(tmp_path):
    corpus = Corpus(tmp_path / "out")
    corpus.add("u1", *(panel(n, PICTURES[n]) for n in (1, 2, 3)))
    corpus.add("u2", *(panel(n, PICTURES[n]) for n in (4, 5)))
    return corpus


def rows(corpus, *articles):
    """The rows of these articles, in this order, as the steps of dedup have them."""
    tables = []
    for unit, receipt in corpus.units.items():
        index = load_table(corpus.store, file_path(receipt, "index"), INDEX)
        index = index.append_column("unit", pa.repeat(unit, len(index)))
        tables.append(index.append_column("row", pa.array(range(len(index)), pa.int32())))
    table = pa.concat_tables(tables)
    names = pa.array([f"PMC{n}v1-f001-p01" for n in articles], pa.string())
    return table.take(pc.index_in(names, value_set=table["panel_id"].combine_chunks()))


def test_pictures_come_in_the_order_of_their_rows(corpus):
    fetch, wanted = Pictures(corpus.store, picture_paths(corpus.units)), (5, 1, 3, 4, 1)
    assert fetch.proofs(rows(corpus, *wanted)) == [proof(PICTURES[n]) for n in wanted]
    assert [each.tobytes() for each in fetch.thumbnails(rows(corpus, *wanted))] == [
        thumbnail(PICTURES[n]) for n in wanted
    ]
    assert fetch.proofs(rows(corpus)) == []
    assert fetch.thumbnails(rows(corpus)).shape == (0, 64, 64)


def test_neighbours_are_read_at_once(corpus, monkeypatch):
    asked, read = [], Disk.read_spans
    monkeypatch.setattr(Disk, "read_spans", lambda disk, path, spans: asked.append(spans) or read(disk, path, spans))
    Pictures(corpus.store, picture_paths(corpus.units)).proofs(rows(corpus, 3, 1, 5, 2))
    assert sorted(len(spans) for spans in asked) == [1, 1]  # a read for each unit


@pytest.mark.parametrize("kind", ["proofs", "thumbnails"])
@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?")]
)
def test_a_damaged_file_is_told_by_its_path(corpus, kind, spoil, tmp_path):
    path = corpus.units["u2"]["files"][kind]["path"]
    spoil(tmp_path / "out" / path)
    fetch = getattr(Pictures(corpus.store, picture_paths(corpus.units)), kind)
    assert len(fetch(rows(corpus, 1, 2, 3))) == 3
    with pytest.raises(Damaged, match=kind) as raised:
        fetch(rows(corpus, 1, 5))
    assert raised.value.path == path


def test_pictures_of_figures_come_by_their_names(corpus):
    figures = {f"PMC{n}v1-f001": drawing(n, (80, 60)) for n in range(200, 0, -1)}
    looks = [{"graphic_id": name, **appearance(picture)} for name, picture in figures.items()]
    named = [row | {"article_id": "PMC1v1", "figure_id": "PMC1v1-f001", "graphic": "g1.png"} for row in looks]
    for path, part in {"one.parquet": named[:150], "two.parquet": named[150:]}.items():
        with corpus.store.create(path) as sink:
            assert write_parents(sink, part) == len(part)
    place = [("one.parquet", looks[7]), ("two.parquet", looks[160]), ("one.parquet", looks[3])]
    asked = pa.table({"path": [path for path, _ in place], "graphic_id": [row["graphic_id"] for _, row in place]})
    fetch = FigurePictures(corpus.store)
    assert fetch.proofs(asked) == [row["proof"] for _, row in place]
    assert [each.tobytes() for each in fetch.thumbnails(asked)] == [row["thumbnail"] for _, row in place]
    assert fetch.proofs(asked.slice(0, 0)) == []
