"""`run.json`: the resolved configuration of an output, the snapshot that it was built from, and the versions.

No secret is in it. An address holds none (places.py), and the values of an engine's options that are named as secrets
are left out; an update takes its engine and the options from the command line anyhow.
"""

import json
from importlib.metadata import version as installed
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from pipeline.config.recipe import Config, digest
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.explain import explain
from schemas.secrets import redact_options
from transforms.duplicates.encoder import Encoder

PATH = "run.json"

#: How an output of this version is laid out.
LAYOUT: Literal[3] = 3

#: A version that names a file; dots alone name a folder.
NAME = r"^[\w.+\-]*[\w+\-][\w.+\-]*$"

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


class Cut(BaseModel):
    """How often each split is halved to make units, and how often a unit is doubled to make a shard.

    Both are chosen at the first build and kept; `shards` is None until it has curated.
    """

    units: dict[str, Annotated[int, Field(ge=0, le=31)]]
    shards: dict[str, Annotated[int, Field(ge=0, le=31)]] | None = None


class RunRecord(BaseModel):
    """The document. `key` digests all that shapes the dataset beside the articles; `dimension` is the embeddings'.

    `layout` is the version of how an output is laid out.
    """

    layout: Literal[3]
    config: Config
    key: str
    snapshot: SnapshotRecord
    cut: Cut
    vocabulary: str = Field(pattern=NAME)
    encoder: str = Field(pattern=NAME)
    dimension: int = Field(ge=1, le=MOST_COMPONENTS)
    versions: Annotated[dict[str, str], AfterValidator(_with_ours)]


class NoRun(UserError):
    """There is no record of a run, or none that can be read."""


def dataset_key(recipe: dict[str, Any], withheld: str | None, vocabulary: str, encoder: str, version: str) -> str:
    """The digest of all that shapes a dataset beside the articles; `withheld` digests the images that are withheld."""
    return digest([recipe | {"withheld": withheld}, vocabulary, encoder, version])  # not where these images lie


def describe_run(
    config: Config, key: str, snapshot: SnapshotRecord, cut: Cut, vocabulary: str, encoder: Encoder
) -> RunRecord:
    """The record of a run of this version."""
    return RunRecord(
        layout=LAYOUT,
        config=config.model_copy(update={"engine_options": tuple(redact_options(config.engine_options))}),
        key=key,
        snapshot=snapshot,
        cut=cut,
        vocabulary=vocabulary,
        encoder=encoder.version,
        dimension=encoder.declaration.dimension,
        versions={"medconcept": installed("medconcept")},
    )


def write_run(store: Store, record: RunRecord) -> None:
    """Write `run.json`, unless it says so already."""
    data = json.dumps(record.model_dump(mode="json"), indent=1, sort_keys=True).encode()
    if store.size(PATH) is None or store.read(PATH) != data:
        store.write(PATH, data)


def read_run(store: Store) -> RunRecord:
    """Read `run.json`.

    Raises:
        NoRun: there is none, or none that can be read.
        UserError: it is of an output that another version laid out.
    """
    try:
        data = store.read(PATH)
    except FileNotFoundError:
        raise NoRun(f"{store.uri} holds no run: {PATH} is missing") from None
    except OSError as error:
        raise UserError(f"{store.uri}/{PATH} cannot be read: {error}") from None
    if (layout := _layout(data)) not in (None, LAYOUT):
        raise UserError(f"{store.uri} was built by another version of medconcept, which laid it out as {layout}")
    try:
        return RunRecord.model_validate_json(data)
    except ValidationError as error:
        raise NoRun(f"{store.uri}/{PATH}: {explain(error, RunRecord)}") from error


def _layout(data: bytes) -> object:
    """The layout that a record states; that of the first version stated none."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return record.get("layout", 1) if isinstance(record, dict) and "config" in record else None
