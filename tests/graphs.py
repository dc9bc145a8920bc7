"""A graph of small stages over lists of numbers, for tests of engines; its items are committed as JSON files."""

import json
import os
import signal
import time
import uuid
from pathlib import Path

import pyarrow as pa

from dags.graph import Failure, Graph, Item
from schemas.errors import Outage, UserError
from schemas.rejects import REJECT

ROWS = pa.schema([("number", pa.int64()), ("worker", pa.string()), ("reject", REJECT)])


class Double:
    name, version, rowwise, cpus, gpus, memory, batch, output = "double", "1", True, 1.0, 0.0, 1 << 20, 2, ROWS

    def setup(self):
        self.factor = 2

    def __call__(self, table):
        rows = [row | {"number": row["number"] * self.factor} for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=ROWS)


class Where(Double):
    """Notes on which node it runs; wants half a GPU."""

    name, gpus = "where", 0.5

    def setup(self):
        import ray

        self.node = ray.get_runtime_context().get_node_id()

    def __call__(self, table):
        rows = [row | {"worker": self.node} for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=ROWS)


class DieOnce(Double):
    """kill -9 of the worker the first time that it sees 6."""

    name, batch = "die-once", 1

    def __init__(self, folder):
        self.mark = Path(folder) / "died"

    def __call__(self, table):
        if table["number"][0].as_py() == 6 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(table)


class Die(Double):
    """kill -9 of the worker whenever it sees 6."""

    def __call__(self, table):
        if 6 in table["number"].to_pylist():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(table)


class Together(Double):
    """Looks at all rows at once, and cannot bear 6."""

    rowwise = False

    def __call__(self, table):
        for number in table["number"].to_pylist():
            1 / (number - 6)
        return super().__call__(table)


class Ill(Double):
    """Raises `error` the first `times` times in this process, and notes when."""

    def __init__(self, error, times):
        self.error, self.times, self.moments = error, times, []

    def __call__(self, table):
        self.moments.append(time.monotonic())
        if len(self.moments) <= self.times:
            raise self.error
        return super().__call__(table)


class Loads(Double):
    """Notes each time that it is set up, and the threads that its process would start."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def setup(self):
        super().setup()
        self.folder.joinpath(f"{os.getpid()}-{uuid.uuid4().hex}.setup").write_text(
            json.dumps([os.environ.get("OMP_NUM_THREADS"), pa.cpu_count()])
        )
        time.sleep(0.1)


class Closed(Double):
    """Cannot be set up."""

    def setup(self):
        raise UserError("the model is missing")


class Folder:
    """Items are lists of numbers, committed as JSON files; the number 13 is an outage."""

    def __init__(self, folder):
        self.folder = str(folder)

    def read(self, item):
        if 13 in item.payload:
            raise Outage("the source is down")
        yield pa.Table.from_pylist([{"number": number} for number in item.payload], schema=ROWS)

    def commit(self, item, tables):
        rows = pa.concat_tables(tables).select(["number", "worker"]).to_pylist()
        Path(self.folder, f"{item.folder}.json").write_text(json.dumps({"key": item.key, "rows": rows}))
        return self.done(item)

    def done(self, item):
        path = Path(self.folder, f"{item.folder}.json")
        return json.loads(path.read_text()) if path.exists() else None

    def report(self, failure):
        stated = {name: value for name, value in vars(failure).items() if name != "item"}
        Path(self.folder, f"{failure.item.folder}.failure").write_text(json.dumps(stated))

    def reported(self, item):
        path = Path(self.folder, f"{item.folder}.failure")
        return Failure(item, **json.loads(path.read_text())) if path.exists() else None


def graph(folder, *stages, patience=0):
    phase = Folder(folder)
    return Graph("test", phase.read, stages, phase.commit, phase.done, phase.report, phase.reported, patience)


def items(*payloads):
    return [Item(f"item{n}", f"key{n}", payload) for n, payload in enumerate(payloads)]


def numbers(outcomes):
    rows = {outcome["key"]: outcome["rows"] for outcome in outcomes if not isinstance(outcome, Failure)}
    return {key: [row["number"] for row in found] for key, found in rows.items()}


WORK = items([1, 2, 3], [], [4, 5])
DONE = {"key0": [2, 4, 6], "key1": [], "key2": [8, 10]}
