"""A small audit folder by hand, and a large one by rule: the data that the page shows."""

import base64
import hashlib
import io
import json
import random

from PIL import Image

from pipeline.reports.page import write_page


def columns(**values):
    return {"columns": values, "rows": len(next(iter(values.values())))}


def counts(*rows):
    """A dimension's table of (key, name, triplets, figures, articles)."""
    key, name, triplets, figures, articles = (list(column) for column in zip(*rows, strict=True))
    return columns(key=key, name=name, triplets=triplets, figures=figures, articles=articles)


def picture(shade):
    """A picture as the data files carry it."""
    kept = io.BytesIO()
    Image.linear_gradient("L").resize((160, 120)).point(lambda value: min(255, value + shade)).save(kept, "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(kept.getvalue()).decode()


def concept_file(cui, digits):
    return hashlib.sha256(cui.encode()).hexdigest()[:digits]


HOSTILE = '<img src=x onerror="window.broken = 1"><script>window.broken = 1</script>'

SUMMARY = {
    "corpus": {
        "name": "Tiny",
        "source": "demo",
        "inventory": "2026-11-01T01-00Z",
        "config": "0a1b2c",
        "vocabulary": "starter-1",
        "pipeline": "0.1.0",
    },
    "headline": [
        {"id": "triplets", "label": "Triplets", "value": 1200, "unit": ""},
        {"id": "concepts", "label": "Distinct concepts", "value": 5, "unit": ""},
        {"id": "mentions_per_triplet", "label": "Mentions a triplet", "value": 2.4567, "unit": "ratio"},
        {"id": "with_concept", "label": "With a concept", "value": 0.8734, "unit": "share"},
    ],
    "tables": [],
    "compare": None,
    "types": ["Disease or Syndrome", "Body Part, Organ, or Organ Component", "Finding"],
    "modalities": ["radiology/ct", None],
    "parts": {"concepts": 2},
    "crosses": [["modality", "year"], ["modality", "license"]],
}

CAPTION = "No pneumothorax 🫁 beside the lung; a nodule is possible."

TINY = {
    "summary": SUMMARY,
    "funnel": columns(
        step=["article versions planned", "figures", "triplets"],
        count=[500, 1500, 1200],
        note=[None, None, "300 panels are duplicates"],
    ),
    "rejects": columns(stage=["jats", "panels"], reason=["no_caption", "too_small"], count=[40, 10]),
    "by_modality": counts(
        ("radiology/ct", "CT", 700, 600, 200), ("drawn/plot", "Plot", 400, 300, 100), (None, "not stated", 100, 90, 50)
    ),
    "by_year": counts(("2019", "2019", 300, 250, 90), ("2021", "2021", 900, 700, 210)),
    "by_journal": counts(("Old Journal", "Old Journal", 1200, 950, 300)),
    "by_license": counts(("CC BY", "CC BY", 1100, 900, 280), (None, "not stated", 100, 50, 20)),
    "by_language": counts(("en", "English", 1200, 950, 300)),
    "by_type": counts(("T047", "Disease or Syndrome", 800, 700, 250), ("T033", "Finding", 200, 150, 70)),
    "by_group": counts(("DISO", "Disorders", 900, 800, 260)),
    "by_method": counts(("letters", "by letters", 800, 500, 200), ("whole", "whole caption", 400, 400, 100)),
    "by_grain": counts(("letter", "letter", 1200, 950, 300)),
    "by_split": counts(("train", "train", 1080, 850, 270), ("test", "test", 120, 100, 30)),
    "cross_modality_year": {
        "a": ["CT", "Plot", "not stated"],
        "b": ["2019", "2021"],
        "counts": [[200, 500], [100, 300], [0, 100]],
    },
    "cross_modality_license": {"a": ["CT", "Plot"], "b": ["CC BY", "not stated"], "counts": [[650, 50], [350, 50]]},
    "histograms": [
        {
            "id": "tokens",
            "title": "Tokens of a caption",
            "group": "text",
            "bins": [0, 20, 40, 60, 80, 100, None],
            "counts": [50, 400, 500, 150, 80, 20],
            "mark": {"at": 77, "label": "CLIP reads 77"},
            "note": "Longer ones are cut.",
        },
        {
            "id": "score",
            "title": "Score of links",
            "group": "link",
            "bins": [0.6, 0.7, 0.8, 0.9, 1.0],
            "counts": [10, 40, 90, 400],
        },
        {
            "id": "width",
            "title": "Width in pixels",
            "group": "picture",
            "bins": ["<128", "128-512", ">512"],
            "counts": [10, 600, 590],
        },
    ],
    "ranks": columns(rank=[1, 2, 3, 4, 5], triplets=[700, 400, 90, 20, 1])
    | {"concepts": 5, "singletons": 1, "gini": 0.61},
    "concepts-00": columns(
        cui=["C0024109", "C0032326", "C0034079"],
        name=["Lung", "Pneumothorax", "Nodule of lung"],
        types=[[1], [0], [0, 2]],
        triplets=[700, 400, 90],
        articles=[200, 120, 40],
        mentions=[900, 450, 95],
        negated=[0, 300, 5],
        uncertain=[0, 20, 30],
    ),
    "concepts-01": columns(
        cui=["C0000001", "C0017525"],
        name=[HOSTILE, "Tumeur à cellules géantes"],
        types=[[2], [0]],
        triplets=[20, 1],
        articles=[9, 1],
        mentions=[20, 1],
        negated=[20, 0],
        uncertain=[0, 0],
    ),
    "details": {
        "compare": {"name": "an older Tiny", "note": "Two proportions, adjusted for many tests."},
        "vocabulary": 5000,
        "covered": 0.001,
        "hex": 2,
        "samples": 3,
    },
    "uncovered": columns(
        cui=["C1", "C0027051", "C0042345"],
        name=["Zebra", "Myocardial infarction", "Varicosity"],
        type=[None, "Disease or Syndrome", "Finding"],
        expected=[0.5, 12.25, 3.0],
    )
    | {
        "note": "Expected by how often abstracts mention them.",
        "vocabulary": 5000,
        "covered": 4,
        "by_type": columns(
            tui=["T047", "T033"], name=["Disease or Syndrome", "Finding"], vocabulary=[4000, 1000], covered=[3, 1]
        ),
    },
    "reject_examples": columns(
        stage=["jats"], reason=["no_caption"], id=["PMC5v1-f001"], detail=["figure without words"]
    ),
    "sample/000": {
        "PMC1v1-f001-p01": {
            "figure": "PMC1v1-f001",
            "caption": CAPTION,
            "spans": [
                [3, 15, "C0032326", True, False],
                [29, 33, "C0024109", False, False],
                [37, 43, "C0034079", False, True],
            ],
            "license": "CC BY",
            "attribution": "Doe 2021",
            "year": 2021,
            "journal": "Old Journal",
            "modality": "radiology/ct",
            "split": "train",
            "thumb": picture(0),
        },
        "PMC1v1-f002-p01": {
            "figure": "PMC1v1-f002",
            "caption": HOSTILE + " of the lung",
            "spans": [],
            "license": None,
            "attribution": None,
            "year": None,
            "journal": None,
            "modality": None,
            "split": "test",
            "thumb": None,
        },
    },
    "sample/001": {
        "PMC2v1-f001-p01": {
            "figure": "PMC2v1-f001",
            "caption": "Lung, again.",
            "spans": [[0, 4, "C0024109", False, False]],
            "license": "CC BY",
            "attribution": "Roe 2019",
            "year": 2019,
            "journal": "Old Journal",
            "modality": "radiology/ct",
            "split": "train",
            "thumb": picture(60),
        },
    },
    "duplicates": {
        "groups": 8,
        "members": 17,
        "sizes": columns(size=[2, 3], groups=[7, 1]),
        "kinds": columns(kind=["exact", "perceptual"], members=[14, 3]),
        "splits": columns(
            split=["train", "test"], articles=[270, 30], figures=[850, 100], triplets=[1080, 120], leaks=[0, 0]
        ),
        "examples": [
            {
                "group": "PMC1v1-f001-p01",
                "kind": "exact",
                "size": 2,
                "samples": ["000/PMC1v1-f001-p01"],
                "members": [
                    {
                        "id": "PMC1v1-f001-p01",
                        "caption": CAPTION,
                        "kind": "exact",
                        "similarity": None,
                        "license": "CC BY",
                        "year": 2021,
                        "published": True,
                    },
                    {
                        "id": "PMC2v1-f009-p01",
                        "caption": "The same lung.",
                        "kind": "exact",
                        "similarity": 1.0,
                        "license": "CC BY",
                        "year": 2022,
                        "published": False,
                    },
                ],
            },
        ],
    },
    "compare": {
        "headline": [
            {"id": "triplets", "label": "Triplets", "here": 1200, "there": 1000, "unit": ""},
            {"id": "with_concept", "label": "With a concept", "here": 0.87, "there": 0.9, "unit": "share"},
        ],
        "tables": [
            {
                "id": "modality",
                "title": "Kind of picture",
                **columns(
                    key=["radiology/ct", "drawn/plot"],
                    name=["CT", "Plot"],
                    here=[700, 400],
                    there=[500, 420],
                    p=[0.0001, 0.4],
                ),
            },
            {
                "id": "license",
                "title": "Licence",
                **columns(
                    key=["CC BY", None], name=["CC BY", "not stated"], here=[1100, 100], there=[1000, 0], p=[None, None]
                ),
            },
        ],
    },
    "compare_concepts": columns(
        cui=["C0024109", "C0034079", "C0999999", "C0040405"],
        name=["Lung", "Nodule of lung", None, "Tomography"],
        here=[700, 90, 40, 0],
        there=[650, 0, 0, 30],
        p=[0.3, 0.0001, None, 0.002],
    ),
}

NOTHING = {"years": [], "modalities": [], "neighbours": [], "examples": []}

DETAILS = {
    "C0024109": {
        "years": [2019, 200, 0, 500],
        "modalities": [[1, 100], [0, 600]],
        "neighbours": [[1, 120, 2.345], [10000, 2, 0.1]],
        "examples": ["000/PMC1v1-f001-p01", "000/PMC1v1-f002-p01", "001/PMC2v1-f001-p01"],
    },
    "C0032326": NOTHING | {"years": [2021, 400], "examples": ["000/PMC1v1-f001-p01"]},
    "C0034079": NOTHING,
    "C0000001": NOTHING,
    "C0017525": NOTHING,
}

#: What only `medconcept audit` writes.
AUDITED = ("details", "uncovered", "reject_examples", "duplicates", "compare", "compare_concepts")


class Folder:
    """An output on a disk."""

    def __init__(self, root):
        self.root = root

    def write(self, path, data):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)

    def give(self, name, value):
        """Write a data file of the page."""
        self.write(f"audit/data/{name}.js", f"medconcept({json.dumps(name)}, {json.dumps(value)});\n".encode())


def write_folder(root, tables=TINY, details=DETAILS):
    """Write a folder of data and its page; returns the page."""
    folder = Folder(root)
    for name, value in tables.items():
        folder.give(name, value)
    files = {}
    for cui, value in details.items():
        files.setdefault(concept_file(cui, tables["details"]["hex"]), {})[cui] = value
    for name, value in files.items():
        folder.give(f"concept/{name}", value)
    write_page(tables["summary"], folder)
    return root / "audit" / "index.html"


def large_tables(concepts):
    """TINY with a search index of so many concepts, with names as long and as various as a vocabulary's."""
    chance = random.Random(22)
    roots = ["cardi", "neur", "hepat", "pulmon", "gastr", "oste", "derm", "nephr", "ophthalm", "angi", "aden", "chondr"]
    ends = ["itis", "oma", "opathy", "ectomy", "ogenesis", "osis", "ography", "algia", "oplasty", "emia"]
    places = ["left", "right", "upper", "lower", "acute", "chronic", "congenital", "primary", "secondary", "bilateral"]
    names = [
        f"{chance.choice(places)} {chance.choice(roots)}{chance.choice(ends)} of {chance.choice(roots)}ium {row}"
        for row in range(concepts)
    ]
    tables = dict(TINY)
    parts = range(0, concepts, 10_000)
    tables["summary"] = SUMMARY | {"parts": {"concepts": len(parts)}}
    for part, first in enumerate(parts):
        rows = range(first, min(first + 10_000, concepts))
        triplets = [1 + 200_000 // (row + 1) for row in rows]
        tables[f"concepts-{part:02d}"] = columns(
            cui=[f"C{row + 1_000_000:07d}" for row in rows],
            name=[names[row] for row in rows],
            types=[[chance.randrange(3)] for _ in rows],
            triplets=triplets,
            articles=[1 + count // 2 for count in triplets],
            mentions=[count * 2 for count in triplets],
            negated=[count // 7 for count in triplets],
            uncertain=[count // 30 for count in triplets],
        )
    return tables
