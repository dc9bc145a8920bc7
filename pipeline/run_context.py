"""A run as its phases see it: all that they need beside their items."""

from dataclasses import dataclass, field
from importlib.metadata import version as installed

from rich.console import Console

from dags.graph import Engine
from pipeline.config.lock import Lock
from pipeline.config.recipe import Config
from pipeline.config.run_record import Cut, RunRecord, SnapshotRecord, dataset_key, describe_run
from pipeline.phases.plan import Unit
from pipeline.reports.progress import tell
from pipeline.sources import Bounds
from pipeline.storage.lease import Lease
from pipeline.storage.store import Store
from transforms.duplicates.encoder import Encoder


@dataclass(frozen=True)
class Run:
    """A configured run: what the phases need beside their items.

    `withheld` digests the images that are withheld; `lock` is what the corpus is rebuilt from, if it is; `bounds` are
    what workers keep to when they read from the source.
    """

    config: Config
    store: Store
    lease: Lease
    snapshot: SnapshotRecord
    cut: Cut
    vocabulary: str
    encoder: Encoder
    withheld: str | None
    engine: Engine
    console: Console
    lock: Lock | None = None
    bounds: Bounds | None = None
    units: list[Unit] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The digest of all that shapes the dataset beside the articles; `provenance.config` in its rows."""
        recipe = self.config.recipe.model_dump()
        return dataset_key(recipe, self.withheld, self.vocabulary, self.encoder.version, installed("medconcept"))

    @property
    def record(self) -> RunRecord:
        """What `run.json` says."""
        return describe_run(self.config, self.key, self.snapshot, self.cut, self.vocabulary, self.encoder)

    def tell(self, line: str) -> None:
        """Tell a line on the terminal."""
        tell(self.console, line)
