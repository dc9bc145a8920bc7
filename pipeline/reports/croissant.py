"""The description of a dataset for machines, in MLCommons Croissant 1.0.

See https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import pyarrow as pa
import yaml

from pipeline.reports.columns import descriptions, element
from pipeline.reports.facts import LICENSE_URL, Facts, content_version, description, inventory_date, source_share

#: The media types of the files, by their suffix.
MEDIA_TYPES = {"parquet": "application/x-parquet", "tar": "application/x-tar"}

#: All Parquet files together: what the fields are read from.
FILE_SET = {
    "@type": "cr:FileSet",
    "@id": "parquet",
    "name": "parquet",
    "encodingFormat": MEDIA_TYPES["parquet"],
    "includes": "data/*.parquet",
}
#: What Croissant calls the splits of machine learning.
SPLIT_KINDS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}

#: The split stands in the files' names alone. mlcroissant makes a pattern of names of the expression, to read the files
#: of one split: it understands `.+`, not `\d`. The field does not refer to the record set of splits, for mlcroissant
#: would join the two, and hold all files in memory.
SPLIT = {
    "@type": "cr:Field",
    "@id": "triplets/split",
    "name": "split",
    "description": "Split of the dataset, from the name of the file",
    "dataType": "sc:Text",
    "source": {
        "fileSet": {"@id": "parquet"},
        "extract": {"fileProperty": "filename"},
        "transform": {"regex": r"^([a-z]+)-.+\.parquet$"},
    },
}


def croissant(facts: Facts) -> str:
    """croissant.json: every file with its checksum, and the record set that the Parquet files hold together."""
    date, version = inventory_date(facts), content_version(facts)
    objects = [
        {
            "@type": "cr:FileObject",
            "@id": file["name"],
            "name": file["name"],
            "contentUrl": file["name"],
            "contentSize": f"{file['bytes']} B",
            "encodingFormat": MEDIA_TYPES[file["name"].rsplit(".", 1)[-1]],
            "sha256": file["sha256"],
        }
        for file in facts["files"]
    ]
    document = {
        "@context": yaml.safe_load(files(__package__).joinpath("templates/croissant_context.yaml").read_text("utf-8")),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts["name"],
        "description": description(facts),
        "version": version,
        **({"datePublished": date} if date else {}),
        "license": LICENSE_URL,
        "citeAs": f"{facts['name']}, version {version}, inventory {facts['inventory']} of {source_share(facts)}",
        "isLiveDataset": True,
        "distribution": [*objects, FILE_SET],
        "recordSet": [
            *([_splits(facts["splits"])] if facts["splits"] else []),
            {
                "@type": "cr:RecordSet",
                "@id": "triplets",
                "name": "triplets",
                "description": f"One row a panel; {sum(facts['splits'].values())} in all.",
                "key": {"@id": "triplets/panel_id"},
                "field": [SPLIT, *(_field(field, field.name, f"triplets/{field.name}") for field in facts["schema"])],
            },
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _splits(splits: Iterable[str]) -> dict[str, Any]:
    """The splits as a record set of their own, which says what each is for."""
    names = {"name": "sc:Text", "url": "sc:URL"}
    described = {"name": "Name of the split", "url": "What it is for, in the terms of Croissant"}
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The splits of the dataset",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"splits/{name}",
                "name": name,
                "description": described[name],
                "dataType": kind,
            }
            for name, kind in names.items()
        ],
        "data": [{"splits/name": split, "splits/url": SPLIT_KINDS[split]} for split in splits],
    }


def _field(field: pa.Field, path: str, id: str) -> dict[str, Any]:
    """A field of Croissant: lists are repeated, and the parts of a struct are picked out of its column."""
    kind, repeated = element(field.type)
    column, *inner = path.split(".")
    node: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": id,
        "name": field.name,
        "description": descriptions()[path],
    }
    if repeated:
        node["repeated"] = True
    if pa.types.is_struct(kind):
        return node | {"subField": [_field(part, f"{path}.{part.name}", f"{id}/{part.name}") for part in kind]}
    source: dict[str, Any] = {"fileSet": {"@id": "parquet"}, "extract": {"column": column}}
    if inner:
        source["transform"] = {"jsonPath": ".".join(inner)}
    return node | {"dataType": "sc:ImageObject" if path == "image" else _data_type(kind), "source": source}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
