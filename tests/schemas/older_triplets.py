"""The schemas that triplets had, as they stood in the code of their time, and a row in each."""

import pyarrow as pa

from tests.triplets import picture


def required(name, kind):
    return pa.field(name, kind, nullable=False)


TEXTS = pa.list_(pa.string())
SPAN = pa.struct([required("kind", pa.string()), required("start", pa.int32()), required("end", pa.int32())])
CELL = pa.struct([required("box", pa.list_(pa.int32(), 4)), required("score", pa.float32())])
CONTEXT = pa.struct(
    [
        required("mention", pa.int32()),
        required("start", pa.int32()),
        required("end", pa.int32()),
        required("text", pa.string()),
        required("panels", TEXTS),
        required("panel", pa.bool_()),
    ]
)
EVIDENCE = pa.struct(
    [
        required("source", pa.string()),
        required("name", pa.string()),
        required("score", pa.float32()),
        pa.field("detail", pa.string()),
    ]
)
CONCEPT_1 = [
    required("cui", pa.string()),
    required("name", pa.string()),
    required("semantic_types", TEXTS),
    required("start", pa.int32()),
    required("end", pa.int32()),
    required("text", pa.string()),
    required("score", pa.float32()),
    required("negated", pa.bool_()),
]
PROVENANCE_1 = [
    required("pmcid", pa.string()),
    required("version", pa.int32()),
    pa.field("pmid", pa.string()),
    pa.field("doi", pa.string()),
    pa.field("title", pa.string()),
    pa.field("journal", pa.string()),
    pa.field("year", pa.int32()),
    pa.field("article_type", pa.string()),
    pa.field("keywords", TEXTS),
    pa.field("license", pa.string()),
    pa.field("license_jats", pa.string()),
    pa.field("attribution", pa.string()),
    required("source_uri", pa.string()),
    required("source_md5", pa.string()),
    required("inventory", pa.string()),
    required("figure_id", pa.string()),
    required("figure_kind", pa.string()),
    pa.field("figure_label", pa.string()),
    required("graphic", pa.string()),
    required("parent_sha256", pa.string()),
    required("box", pa.list_(pa.int32(), 4)),
    pa.field("panel_label", pa.string()),
    required("detector", pa.string()),
    required("detector_score", pa.float32()),
    required("caption_method", pa.string()),
    required("linker", pa.string()),
    required("vocabulary", pa.string()),
    required("encoder", pa.string()),
    required("pipeline", pa.string()),
    required("config", pa.string()),
]
COLUMNS_1 = [
    required("panel_id", pa.string()),
    required("image", pa.large_binary()),
    required("format", pa.string()),
    required("width", pa.int32()),
    required("height", pa.int32()),
    required("sha256", pa.string()),
    pa.field("phash", pa.string()),
    required("caption", pa.string()),
    required("figure_caption", pa.string()),
    required("mentions", TEXTS),
    required("concepts", pa.list_(pa.struct(CONCEPT_1))),
    pa.field("modality", pa.string()),
    required("embedding", pa.list_(pa.float16(), 2)),
    pa.field("duplicate_group", pa.string()),
    required("provenance", pa.struct(PROVENANCE_1)),
]

#: What changed, in order: the version afterwards, and the fields that came behind another, by the column they are in.
CHANGES = [
    ("2", {"concepts": [("negated", [required("uncertain", pa.bool_())])]}),
    ("3", {"provenance": [("inventory", None)]}),
    ("3", {"provenance": [("box", [required("truncated", pa.bool_())])]}),
    (
        "4",
        {
            "": [("figure_caption", [pa.field("third_party", pa.string())])],
            "provenance": [
                ("license", [pa.field("license_article", pa.string()), pa.field("license_source", pa.string())]),
                ("license_jats", [pa.field("license_url", pa.string())]),
            ],
        },
    ),
    ("4", {"": [("figure_caption", [required("markup", pa.list_(SPAN))])]}),
    (
        "5",
        {
            "": [
                ("sha256", [required("cells", pa.list_(CELL))]),
                (
                    "caption",
                    [
                        required("caption_own", pa.string()),
                        required("caption_shared", pa.string()),
                        required("text_spans", pa.list_(SPAN)),
                    ],
                ),
            ],
            "provenance": [
                (
                    "caption_method",
                    [
                        required("caption_confidence", pa.float32()),
                        required("letters_without_panel", TEXTS),
                        required("letters_without_text", TEXTS),
                    ],
                )
            ],
        },
    ),
    (
        "5",
        {
            "": [
                ("markup", [pa.field("language", pa.string())]),
                ("mentions", [required("context", pa.list_(CONTEXT))]),
            ]
        },
    ),
    ("5", {"": [("modality", [required("modality_evidence", pa.list_(EVIDENCE))])]}),
]


def _changed(fields, changes):
    for behind, new in changes:
        place = [field.name for field in fields].index(behind)
        fields = (
            fields[:place] + fields[place + 1 :] if new is None else fields[: place + 1] + new + fields[place + 1 :]
        )
    return fields


def _schemas():
    columns, version = COLUMNS_1, "1"
    for number in range(len(CHANGES) + 1):
        yield pa.schema(columns, metadata={"schema": "medconcept.triplets", "schema_version": version})
        if number == len(CHANGES):
            return
        version, changes = CHANGES[number]
        by_name = {field.name: field for field in columns}
        if "concepts" in changes:
            concept = _changed(list(by_name["concepts"].type.value_type), changes["concepts"])
            by_name["concepts"] = required("concepts", pa.list_(pa.struct(concept)))
        if "provenance" in changes:
            by_name["provenance"] = required(
                "provenance", pa.struct(_changed(list(by_name["provenance"].type), changes["provenance"]))
            )
        columns = _changed([by_name[field.name] for field in columns], changes.get("", []))


#: Every schema that triplets had, the newest last: some versions had several.
SCHEMAS = list(_schemas())
NAMES = ["1", "2", "3", "3, truncated", "4", "4, markup", "5", "5, context", "5, evidence"]

#: What a row had in all versions; each takes what its schema has.
CONCEPT = {
    "cui": "C0040405",
    "name": "X-ray computed tomography",
    "semantic_types": ["T060"],
    "start": 6,
    "end": 8,
    "text": "CT",
    "score": 0.5,
    "negated": False,
    "uncertain": True,
}
PROVENANCE = {
    "pmcid": "PMC1",
    "version": 1,
    "pmid": None,
    "doi": None,
    "title": "Lungs",
    "journal": "Chest",
    "year": 2020,
    "article_type": "research-article",
    "keywords": ["lung"],
    "license": "CC BY",
    "license_article": "CC BY-NC",
    "license_source": "CC BY-NC",
    "license_jats": "CC BY-NC",
    "license_url": "https://creativecommons.org/licenses/by/4.0/",
    "attribution": "Doe 2020",
    "source_uri": "s3://pmc-oa-opendata/PMC1.1/g1.jpg",
    "source_md5": "0" * 32,
    "inventory": "2026-10-01T01-00Z",
    "figure_id": "PMC1v1-f001",
    "figure_kind": "fig",
    "figure_label": "Figure 1",
    "graphic": "g1.jpg",
    "parent_sha256": "1" * 64,
    "box": [0, 0, 4, 3],
    "truncated": True,
    "panel_label": "A",
    "detector": "detector-1",
    "detector_score": 0.5,
    "caption_method": "label",
    "caption_confidence": 0.75,
    "letters_without_panel": ["C"],
    "letters_without_text": ["D"],
    "linker": "dictionary-1",
    "vocabulary": "starter",
    "encoder": "copies-1",
    "pipeline": "0.1.0",
    "config": "9f3c2a7d",
}
ROW = {
    "panel_id": "PMC1v1-f001-p01",
    "image": picture("jpg"),
    "format": "jpg",
    "width": 4,
    "height": 3,
    "sha256": "2" * 64,
    "cells": [{"box": [0, 0, 4, 3], "score": 0.5}],
    "phash": "0123456789abcdef",
    "caption": "Chest CT.",
    "caption_own": "Chest",
    "caption_shared": "CT.",
    "text_spans": [{"kind": "own", "start": 4, "end": 9}],
    "figure_caption": "(A) Chest CT. (B) Lung.",
    "markup": [{"kind": "bold", "start": 0, "end": 3}],
    "language": "en",
    "third_party": "Adapted from Doe.",
    "mentions": ["See Figure 1."],
    "context": [{"mention": 0, "start": 0, "end": 13, "text": "See Figure 1.", "panels": [], "panel": False}],
    "concepts": [CONCEPT],
    "modality": "radiology/ct",
    "modality_evidence": [{"source": "text", "name": "radiology/ct", "score": 0.5, "detail": "CT"}],
    "embedding": [0.5, 0.25],
    "duplicate_group": None,
    "provenance": PROVENANCE,
}
BLANK = {"panel_id": "PMC2v1-f001-p01", "concepts": [], "mentions": [], "year": None, "keywords": None}


def rows(schema):
    """A full row in one of SCHEMAS, and one of which what may be empty is."""
    empty = ROW | {name: value for name, value in BLANK.items() if name in ROW}
    empty["provenance"] = PROVENANCE | {name: value for name, value in BLANK.items() if name in PROVENANCE}
    return [cut(row, schema) for row in (ROW, empty)]


def cut(value, fields):
    """Of a row, or of a part of it, what `fields` name."""
    found = {}
    for field in fields:
        kind, item = field.type, value[field.name]
        if pa.types.is_struct(kind):
            item = cut(item, kind)
        elif pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
            item = [cut(each, kind.value_type) for each in item]
        found[field.name] = item
    return found


def table(schema):
    """`rows` as a table."""
    return pa.Table.from_pylist(rows(schema), schema=schema)
