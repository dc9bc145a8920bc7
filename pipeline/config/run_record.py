"""`run.json`: the resolved configuration of an output, the snapshot that it was built from, and the versions."""

import json
from importlib.metadata import version as installed
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from pipeline.config.recipe import Config, digest
from pipeline.sources import Snapshot
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.explain import explain
from transforms.duplicates.encoder import Encoder

PATH = "run.json"

#: A version that names a file.
NAME = r"^[\w.+\-]+$"

#: Of an embedding at most, as in an encoder's declaration.
MOST_COMPONENTS = 4096


class SnapshotRecord(BaseModel):
    """The inventory that a run works on."""

    id: str
    checksum: str
    articles: int = Field(ge=0)


def _with_ours(versions: dict[str, str]) -> dict[str, str]:
    if "medconcept" not in versions:
        raise ValueError("that of medconcept is missing")
    return versions


class RunRecord(BaseModel):
    """The document. `key` digests all that shapes the dataset beside the articles; `dimension` is the embeddings'."""

    config: Config
    key: str
    snapshot: SnapshotRecord
    vocabulary: str = Field(pattern=NAME)
    encoder: str = Field(pattern=NAME)
    dimension: int = Field(ge=1, le=MOST_COMPONENTS)
    versions: Annotated[dict[str, str], AfterValidator(_with_ours)]


def dataset_key(recipe: dict[str, Any], withheld: str | None, vocabulary: str, encoder: str, version: str) -> str:
    """The digest of all that shapes a dataset beside the articles; `withheld` digests the images that are withheld."""
    return digest([recipe | {"withheld": withheld}, vocabulary, encoder, version])  # not where these images lie


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
        raise UserError(f"{store.uri} holds no run: {PATH} is missing") from None
    except OSError as error:
        raise UserError(f"{store.uri}/{PATH} cannot be read: {error}") from None
    except ValidationError as error:
        raise UserError(f"{store.uri}/{PATH}: {explain(error, RunRecord)}") from error
