"""Triplets: a panel's row as it is published, in Parquet and as the members of a WebDataset sample."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pyarrow as pa

from schemas.tables import Row, map_rows
from schemas.triplets import PROVENANCE, triplets
from transforms.captions.whole import full_caption, full_markup
from transforms.rights.panel_names import names_for_sure


class ToTriplets:
    """Panels (with their `duplicate_group`) to triplets; the run's part of the provenance is given."""

    name, version = "triplets", "4"
    rowwise = False
    cpus, gpus, memory, batch = 1.0, 0.0, 500 << 20, 256

    def __init__(self, dimension: int, pipeline: str, config: str) -> None:
        self.output = triplets(dimension)
        self._run = {"pipeline": pipeline, "config": config}

    def setup(self) -> None:
        """Nothing to open."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """A triplet for each panel."""
        return map_rows(table, self.output, self._triplet)

    def _triplet(self, panel: Row) -> Iterator[Row]:
        article = panel["article"]
        known = article | {"license_article": article["license"]} | panel | self._run
        yield {name: panel[name] for name in self.output.names if name in panel} | {
            "phash": phash_text(panel["phash"]),
            "figure_caption": full_caption(panel),
            "markup": full_markup(panel),
            "context": _context(panel),
            "provenance": {field.name: known[field.name] for field in PROVENANCE},
        }


def _context(panel: Row) -> list[Row]:
    """The sentences that cite the panel's figure."""
    mentions, label = panel["mentions"], panel["panel_label"]
    return [
        {
            **citation,
            "text": mentions[citation["mention"]][citation["start"] : citation["end"]],
            "panel": names_for_sure(citation["panels"], label),
        }
        for citation in panel["citations"]
    ]


def phash_text(phash: int | None) -> str | None:
    """A perceptual hash as it is published: 16 hexadecimal digits."""
    return None if phash is None else f"{phash:016x}"


def sample(triplet: Row, schema: pa.Schema) -> list[tuple[str, bytes]]:
    """The members of the WebDataset sample of a triplet in `schema`, as (name, content).

    Readers infer the columns of all samples from the first few. So the picture has one name whatever its format, and
    a value of the JSON document has one type whatever the row: see `_typing`.
    """
    document = {field.name: _typing(field.type)(triplet[field.name]) for field in schema if field.name != "image"}
    for name in ("license", "attribution"):  # to be found at once by whoever redistributes the sample
        document[name] = document["provenance"][name]
    key = triplet["panel_id"]
    return [
        (f"{key}.jpg", triplet["image"]),
        (f"{key}.json", _json(document).encode()),
        (f"{key}.txt", triplet["caption"].encode()),
    ]


def is_json_text(kind: pa.DataType) -> bool:
    """Whether a sample holds values of this type as JSON text.

    A list of any length may be empty, and then a reader cannot infer the type of its items.
    """
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


@cache
def _typing(kind: pa.DataType) -> Callable[[Any], Any]:
    """What makes a value of this type a JSON value whose type follows from `kind` alone.

    What is missing becomes "", 0, false or an empty list; a list of fixed size is filled with these.
    """
    if pa.types.is_struct(kind):
        parts = {field.name: _typing(field.type) for field in kind}
        return lambda value: {name: typed((value or {}).get(name)) for name, typed in parts.items()}
    if pa.types.is_fixed_size_list(kind):
        item, nothing = _typing(kind.value_type), [None] * kind.list_size
        return lambda value: [item(each) for each in value or nothing]
    if is_json_text(kind):
        return lambda value: _json(value or [])
    if pa.types.is_boolean(kind):
        return bool
    if pa.types.is_floating(kind):
        return lambda value: float(value or 0)
    if pa.types.is_integer(kind):
        return lambda value: value or 0
    return lambda value: "" if value is None else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
