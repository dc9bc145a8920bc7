"""The stage that describes panels."""

import pickle

import pyarrow as pa

from schemas.panels import LINKED, PANELS
from tests.encoders import projection, write_encoder
from tests.pictures import drawing, encoded
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.hashes import perceptual_hash, pixel_digest
from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import thumbnail


def linked(*images):
    rows = [{"article_id": "PMC1v1", "panel_id": f"PMC1v1-f001-p{n:02d}", "image": i} for n, i in enumerate(images, 1)]
    return pa.Table.from_pylist(rows, schema=LINKED)


def test_the_stage_adds_its_columns(tmp_path):
    encoder = Encoder(write_encoder(tmp_path / "encoder.onnx", projection(8)))
    stage = EmbedPanels(lambda: encoder, encoder.version)
    assert stage.version.endswith(encoder.version)
    stage.setup()
    pictures = [drawing(1), drawing(2, (20, 10)), drawing(3).convert("L")]
    found = stage(linked(*map(encoded, pictures)))
    assert found.schema.equals(PANELS)
    for row, picture in zip(found.to_pylist(), pictures, strict=True):
        assert row["pixel_sha256"] == pixel_digest(picture)
        assert row["phash"] == perceptual_hash(picture)
        assert row["embedding"] == encoder.embed([picture])[0].tolist()
        assert row["encoder"] == encoder.version
        assert row["thumbnail"] == thumbnail(picture)
        assert row["proof"] == proof(picture)


def test_the_network_is_opened_in_the_worker():
    opened = []

    def encoder():
        opened.append(Encoder())
        return opened[-1]

    stage = EmbedPanels(encoder, "copies")
    assert not opened
    stage.setup()
    assert len(opened) == 1


def test_it_travels_without_the_network():
    stage = EmbedPanels(Encoder, Encoder().version)
    assert len(pickle.dumps(stage)) < 2000
