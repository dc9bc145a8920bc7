"""`run.json`: the resolved configuration of an output, the snapshot that it was built from, and the versions."""

import json
from importlib.metadata import version as installed

from pydantic import BaseModel, ValidationError

from pipeline.config import Config
from pipeline.sources import Snapshot
from pipeline.store import Store
from schemas.errors import UserError
from schemas.explain import explain
from transforms.duplicates.encoder import Encoder

PATH = "run.json"


class SnapshotRecord(BaseModel):
    """The inventory that a run works on."""

    id: str
    checksum: str
    articles: int


class RunRecord(BaseModel):
    """The document. `key` digests all that shapes the dataset beside the articles; `dimension` is the embeddings'."""

    config: Config
    key: str
    snapshot: SnapshotRecord
    vocabulary: str
    encoder: str
    dimension: int
    versions: dict[str, str]


def write_run(store: Store, config: Config, key: str, snapshot: Snapshot, vocabulary: str, encoder: Encoder) -> None:
    """Write `run.json`."""
    record = RunRecord(
        config=config,
        key=key,
        snapshot=SnapshotRecord(id=snapshot.id, checksum=snapshot.checksum, articles=len(snapshot.articles)),
        vocabulary=vocabulary,
        encoder=encoder.version,
        dimension=encoder.declaration.dimension,
        versions={"medconcept": installed("medconcept")},
    )
    store.write(PATH, json.dumps(record.model_dump(mode="json"), indent=1, sort_keys=True).encode())


def read_run(store: Store) -> RunRecord:
    """Read `run.json`; raises UserError where there is none, or none that can be read."""
    try:
        return RunRecord.model_validate_json(store.read(PATH))
    except FileNotFoundError:
        raise UserError(f"{store.uri} holds no run") from None
    except ValidationError as error:
        raise UserError(f"{store.uri}/{PATH}: {explain(error, RunRecord)}") from error
