"""The two documents that a dataset carries: its card for readers, and its Croissant description for machines.

The card is a README.md with the YAML front matter of the Hugging Face Hub. The description follows MLCommons
Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html).
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, TypedDict

import pyarrow as pa
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

DESCRIPTION = (
    "Image-text-concept triplets from the figures of PubMed Central Open Access: panels of figures, their captions, "
    "and the UMLS concepts that the captions mention, with the provenance and the licence of every row."
)
#: PMC's notice of copyrights and licences.
LICENSE_URL = "https://pmc.ncbi.nlm.nih.gov/about/copyright/"
PARQUET = "application/x-parquet"

#: The words of the Hub for the size of a dataset, by its smallest number of rows.
SIZES = [
    (0, "n<1K"),
    (10**3, "1K<n<10K"),
    (10**4, "10K<n<100K"),
    (10**5, "100K<n<1M"),
    (10**6, "1M<n<10M"),
    (10**7, "10M<n<100M"),
]

#: All Parquet files together: what the fields are read from.
FILE_SET = {
    "@type": "cr:FileSet",
    "@id": "parquet",
    "name": "parquet",
    "encodingFormat": PARQUET,
    "includes": "data/*.parquet",
}
#: The split stands in the files' names alone.
SPLIT = {
    "@type": "cr:Field",
    "@id": "triplets/split",
    "name": "split",
    "description": "Split of the dataset, from the name of the file",
    "dataType": "sc:Text",
    "source": {
        "fileSet": {"@id": "parquet"},
        "extract": {"fileProperty": "filename"},
        "transform": {"regex": r"^(.+)-\d+-of-\d+\.parquet$"},
    },
}


class File(TypedDict):
    """A file of the dataset; `name` is its path in the dataset's folder."""

    name: str
    bytes: int
    sha256: str
    rows: int
    split: str


class Facts(TypedDict):
    """What the documents state. `splits` and `licenses` count triplets; a licence that is not stated is None."""

    name: str
    version: str
    inventory: str
    config: str
    splits: dict[str, int]
    licenses: dict[str | None, int]
    schema: pa.Schema
    files: list[File]


def dataset_card(facts: Facts) -> str:
    """README.md: front matter, what the rows are, licences, currency, how to load them, known limits."""
    rows = sum(facts["splits"].values())
    front = {
        "pretty_name": facts["name"],
        "language": ["en"],
        # The Hub knows one licence a dataset; here each row has its own, and PMC's codes name no version.
        "license": "other",
        "license_name": "per-article",
        "license_link": LICENSE_URL,
        "task_categories": ["image-to-text", "zero-shot-image-classification", "feature-extraction"],
        "tags": ["medical", "biology", "radiology", "pathology", "umls", "pubmed-central"],
        "size_categories": [[words for least, words in SIZES if rows >= least][-1]],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in facts["splits"]],
            }
        ],
    }
    environment = Environment(loader=PackageLoader("pipeline"), trim_blocks=True, undefined=StrictUndefined)
    environment.filters["cell"] = lambda text: " ".join(str(text).split()).replace("|", "\\|")
    return environment.get_template("card.md.jinja").render(
        facts=facts,
        front=yaml.safe_dump(front, sort_keys=False, allow_unicode=True),
        rows=rows,
        bytes=sum(file["bytes"] for file in facts["files"]),
        date=_date(facts),
        description=DESCRIPTION,
        columns=list(_columns(facts["schema"])),
        webdataset=any(file["name"].endswith(".tar") for file in facts["files"]),
    )


def croissant(facts: Facts) -> str:
    """croissant.json: every Parquet file with its checksum, and the record set that they hold together."""
    date = _date(facts)
    parquet = [file for file in facts["files"] if file["name"].endswith(".parquet")]
    objects = [
        {
            "@type": "cr:FileObject",
            "@id": file["name"],
            "name": file["name"],
            "contentUrl": file["name"],
            "contentSize": f"{file['bytes']} B",
            "encodingFormat": PARQUET,
            "sha256": file["sha256"],
        }
        for file in parquet
    ]
    document = {
        "@context": yaml.safe_load(_template("croissant_context.yaml")),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts["name"],
        "description": DESCRIPTION,
        "version": facts["version"],
        **({"datePublished": date} if date else {}),
        "license": LICENSE_URL,
        "citeAs": f"{facts['name']}, version {facts['version']}, inventory {facts['inventory']}",
        "isLiveDataset": True,
        "distribution": [*objects, FILE_SET],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "triplets",
                "name": "triplets",
                "description": f"One row a panel; {sum(facts['splits'].values())} in all.",
                "key": {"@id": "triplets/panel_id"},
                "field": [SPLIT, *(_field(field, field.name, f"triplets/{field.name}") for field in facts["schema"])],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _date(facts: Facts) -> str | None:
    """The day of the inventory; None for a source without one, whose files were listed instead."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", facts["inventory"])
    return found and found[0]


@cache
def descriptions() -> dict[str, str]:
    """What each column of the triplets holds, by its path: `provenance.year`, `concepts.cui`."""
    return dict(line.split("\t") for line in _template("fields.tsv").splitlines())


def _template(name: str) -> str:
    return files(__package__).joinpath(f"templates/{name}").read_text("utf-8")


def _field(field: pa.Field, path: str, id: str) -> dict[str, Any]:
    """A field of Croissant: lists are repeated, and the parts of a struct are picked out of its column."""
    kind, repeated = _element(field.type)
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


def _element(kind: pa.DataType) -> tuple[pa.DataType, bool]:
    """The type of one element, and whether there may be many."""
    is_list = pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)
    return (kind.value_type, True) if is_list else (kind, False)


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"


def _columns(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, type and description of every column, the parts of a struct below it."""
    for field in fields:
        path, (kind, repeated) = prefix + field.name, _element(field.type)
        name = "struct" if pa.types.is_struct(kind) else str(kind)
        many = f"list of {field.type.list_size} " if pa.types.is_fixed_size_list(field.type) else "list of "
        yield path, many + name if repeated else name, descriptions()[path]
        if pa.types.is_struct(kind):
            yield from _columns(kind, f"{path}.")
