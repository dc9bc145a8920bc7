"""What verification has learnt of an output, which the driver keeps and an item adds to."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dags.graph import Receipt
from pipeline.config.recipe import digest
from pipeline.config.run_record import RunRecord
from pipeline.phases.plan import Unit
from pipeline.phases.publish import Shard
from pipeline.storage.receipts import is_receipt


@dataclass
class Known:
    """What verification has learnt of an output; the faults that it met on the way are told already.

    What cannot be read is None. `there`: the paths of all files; `run`: run.json; `planned`: the units of the plan by
    id, in the corpus's order; `listed`: the digest of the articles of those that no file of the plan gives rightly;
    `units`: the receipts of units by id; `unread`: units whose panels cannot be read; `sound`: the folders of the dedup
    phase that later steps can rely on; `misfit`: those of a wrong key alone;
    `selected`: the counts of the selection; `shards`: those that should be there.
    `receipts` are all that were read, by path; `named` the paths that belong to the output; `unclear` the folders of
    which that cannot be said.
    """

    there: list[str]
    run: RunRecord | None
    planned: dict[str, Unit] | None = None
    listed: dict[str, str] = field(default_factory=dict)
    units: dict[str, Receipt | None] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    sound: set[str] = field(default_factory=set)
    misfit: set[str] = field(default_factory=set)
    selected: pa.Table | None = None
    shards: list[Shard] | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._made_by: dict[str, dict[str, Any]] = {}
        self._markers: dict[str, list[str]] = {}
        for path in filter(is_receipt, self.there):
            self._markers.setdefault(path.rpartition("/")[0], []).append(path)

    @property
    def halved(self) -> dict[str, int] | None:
        """How often each split is halved to make units; None where run.json does not say."""
        return self._cut(self.run.cut.units) if self.run else None

    @property
    def doubled(self) -> dict[str, int] | None:
        """How often units are doubled to make shards; None where run.json does not say."""
        return self._cut(self.run.cut.shards) if self.run else None

    def _cut(self, stated: dict[str, int] | None) -> dict[str, int] | None:
        splits = self.run.config.recipe.splits.model_dump() if self.run else {}
        return stated if stated is not None and stated.keys() == splits.keys() else None

    @property
    def withholds(self) -> bool:
        """Whether the recipe of the run withholds images."""
        return self.run is not None and bool(self.run.config.recipe.withheld)

    def markers(self, place: str) -> list[str]:
        """The paths of the receipts in a folder."""
        return self._markers.get(place, [])

    def receipt(self, place: str) -> Receipt | None:
        """The receipt that was read in a folder; None where there is none, or more than one."""
        return next((self.receipts[marker] for marker in self.markers(place) if marker in self.receipts), None)

    def places(self, folder: str) -> list[str]:
        """The folders below a folder that hold a file."""
        depth = folder.count("/") + 2
        parts = (path.split("/") for path in self.there if path.startswith(f"{folder}/"))
        return sorted({"/".join(part[:depth]) for part in parts if len(part) > depth})

    def sound_units(self) -> dict[str, Receipt] | None:
        """The receipts of all units by id; None where one cannot be read, or where the plan cannot."""
        found = {unit: receipt for unit, receipt in self.units.items() if receipt is not None}
        return found if self.planned is not None and found.keys() == self.planned.keys() else None

    def learnt(self) -> dict[str, Any]:
        """What an item has learnt, as JSON."""
        markers = {unit: None if each is None else receipt_path(each) for unit, each in self.units.items()}
        return {
            "receipts": self.receipts,
            "units": markers,
            "unread": sorted(self.unread),
            "sound": sorted(self.sound),
            "named": sorted(self.named),
            "unclear": sorted(self.unclear),
        }

    def learn(self, learnt: dict[str, Any]) -> None:
        """Add what an item has learnt. What receipts were made by is mostly the same, and kept once."""
        for path, receipt in learnt["receipts"].items():
            made_by = self._made_by.setdefault(digest(receipt["made_by"]), receipt["made_by"])
            self.receipts[path] = {**receipt, "made_by": made_by}
        self.units |= {unit: self.receipts[path] if path else None for unit, path in learnt["units"].items()}
        self.unread.update(learnt["unread"])
        self.sound.update(learnt["sound"])
        self.named.update(learnt["named"])
        self.unclear.update(learnt["unclear"])


def receipt_path(receipt: Receipt) -> str:
    """Where a receipt lies."""
    return f"{receipt['folder']}/{receipt['key']}.json"
