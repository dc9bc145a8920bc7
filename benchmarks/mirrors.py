"""Mirrors of generated articles that change from day to day: benchmarks/updates.py, faults.py, requests.py.

An article has the shapes of JATS that real ones have, one to three small pictures that resemble no other's, captions
with concepts, paragraphs that cite its figures. All of it follows from its number and its revision, so a mirror of the
same state is the same to the byte, whatever its history.
"""

import io
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from tests.pipeline.servers import Mirror
from transforms.duplicates.encoder import OURS

SIZE = (96, 72)  # of a picture, in pixels

#: The cosine from which pictures are compared pixel by pixel. Drawn ones are all alike to the encoder: at its own
#: threshold, which is meant for real ones, each of thousands would be laid over hundreds of others.
THRESHOLD = 0.95

LICENCES = ("CC BY", "CC BY", "CC BY", "CC BY", "CC BY-NC", "CC0", "CC BY-SA")

SUBJECTS = (
    "Chest CT", "Axial MRI", "Radiograph", "Ultrasound", "Fluorescence microscopy", "H&E staining", "PET scan",
    "Western blot", "Photograph", "Electron microscopy", "Kaplan-Meier curve", "Flow cytometry", "Fundus photography",
)  # fmt: skip
PLACES = (
    "lung", "liver", "left kidney", "femur", "retina", "brain", "spinal cord", "skin", "heart", "thyroid", "colon",
    "pancreas", "knee", "spleen", "bladder", "prostate",
)  # fmt: skip
FINDINGS = (
    "pneumonia", "a fracture", "metastasis", "fibrosis", "no edema", "adenocarcinoma", "atrophy", "possible stenosis",
    "necrosis", "inflammation", "an abscess", "hemorrhage", "a cyst", "sarcoma", "thrombosis", "pleural effusion",
)  # fmt: skip

FIGURE = '<fig id="f{n}"><label>Figure {n}</label><caption>{caption}</caption><graphic xlink:href="g{n}"/></fig>'
GROUP = "<fig-group><caption><p>All of one patient.</p></caption>{figures}</fig-group>"
ARTICLE = """<?xml version="1.0" encoding="UTF-8"?>
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article"><front>
<journal-meta><journal-title-group><journal-title>Journal of {place}</journal-title></journal-title-group>
</journal-meta><article-meta><article-id pub-id-type="pmcid">PMC{number}</article-id>
<title-group><article-title>{title}, revision {revision}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>J</given-names></name></contrib>
</contrib-group><pub-date pub-type="epub"><year>{year}</year></pub-date>
<permissions><license><license-p>{licence}</license-p></license></permissions>
<abstract><p>{title}.</p></abstract></article-meta></front>
<body><sec><title>Results</title>{body}</sec></body>{floats}</article>"""


@dataclass(frozen=True)
class Article:
    """What an article is made of; another `revision` has another text, and another picture in place of the first."""

    number: int
    revision: int = 0
    licence: str = "CC BY"
    retracted: bool = False

    @property
    def name(self) -> str:
        return f"PMC{self.number}.1"


def generated(number: int) -> Article:
    """The article of this number as it first came."""
    return Article(number, licence=Random(f"licence {number}").choice(LICENCES))


def jats(article: Article) -> bytes:
    chance = Random(f"{article.number} {article.revision}")
    figures = [FIGURE.format(n=n, caption=_caption(chance)) for n in range(1, _pictures(article) + 1)]
    cited = "".join(
        f'<p>As <xref ref-type="fig" rid="f{n}">Figure {n}</xref> shows, {chance.choice(FINDINGS)} was seen.</p>'
        for n in range(1, len(figures) + 1)
    )
    shape = article.number % 4
    inside = GROUP.format(figures="".join(figures)) if shape == 1 else "".join(figures)
    parts = {
        "body": cited if shape == 2 else cited + inside,
        "floats": f"<floats-group>{inside}</floats-group>" if shape == 2 else "",
        "number": article.number,
        "revision": article.revision,
        "licence": article.licence,
        "year": 2010 + article.number % 16,
        "place": chance.choice(PLACES),
        "title": f"{chance.choice(FINDINGS)} of the {chance.choice(PLACES)}",
    }
    return ARTICLE.format(**parts).encode().replace(b"H&E", b"H&amp;E")


def _pictures(article: Article) -> int:
    return 1 + article.number % 3 % 2 + article.number % 7 // 6


def _caption(chance: Random) -> str:
    said = (
        f"{chance.choice(SUBJECTS)} of the {chance.choice(PLACES)} with {chance.choice(FINDINGS)}." for _ in range(2)
    )
    return "".join(f"<p>{sentence}</p>" for sentence in said)


def picture(seed: str) -> bytes:
    """A small picture that resembles no other: shapes of chance over a ground of chance."""
    chance = Random(seed)
    rng = np.random.default_rng(chance.getrandbits(64))
    grid = rng.integers(0, 256, (*rng.integers(2, 14, 2), 3), dtype=np.uint8)
    image = Image.fromarray(grid).resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randrange(3, 14)):
        (x0, x1), (y0, y1) = (sorted(chance.randrange(-10, side + 10) for _ in range(2)) for side in SIZE)
        colour = chance.randrange(256), chance.randrange(256), chance.randrange(256)
        shape = chance.choice((draw.rectangle, draw.ellipse, draw.line))
        shape((x0, y0, x1, y1), colour)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def strict_encoder(folder: Path) -> Path:
    """Our encoder with the threshold THRESHOLD, for `--encoder`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(shutil.copy(OURS, folder / "strict.onnx"))
    stated = json.loads(OURS.with_suffix(".json").read_text()) | {"name": "strict", "threshold": THRESHOLD}
    file.with_suffix(".json").write_text(json.dumps(stated))
    return file


def media(article: Article) -> dict[str, bytes]:
    """The pictures by name; the first goes with the revision."""
    revisions = [article.revision, *[0] * (_pictures(article) - 1)]
    return {f"g{n}.jpg": picture(f"{article.number} {n} {r}") for n, r in enumerate(revisions, 1)}


class Corpus:
    """A mirror of generated articles in a folder. `publish` brings the folder to what `articles` says."""

    def __init__(self, root: Path, count: int, first: int = 1_000_000) -> None:
        self._mirror, self._written = Mirror(root), dict[int, Article]()
        self.root = root
        self.articles = {number: generated(number) for number in range(first, first + count)}

    def publish(self, days_ago: int) -> "Corpus":
        """The files of what is new or other, and the inventory of a day."""
        for number, article in self.articles.items():
            if self._written.get(number) != article:
                fields = {"license_code": article.licence, "is_retracted": article.retracted, "pmid": number}
                self._mirror.add(article.name, jats(article), media(article), **fields)
        for number in self._written.keys() - self.articles.keys():
            del self._mirror.etags[self._written[number].name]
        self._written = dict(self.articles)
        self._mirror.inventory(date(days_ago))
        return self

    def add(self, numbers: Iterable[int]) -> None:
        self.articles |= {number: generated(number) for number in numbers}

    def withdraw(self, number: int) -> None:
        del self.articles[number]

    def change(self, number: int, **fields: object) -> None:
        self.articles[number] = replace(self.articles[number], **fields)  # type: ignore[arg-type]

    def revise(self, number: int) -> None:
        self.change(number, revision=self.articles[number].revision + 1)


def date(days_ago: int) -> str:
    """The name of a day's inventory."""
    return f"{datetime.now(timezone.utc) - timedelta(days=days_ago):%Y-%m-%d}T01-00Z"
