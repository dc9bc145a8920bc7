"""Captions to learn from: real ones without annotation, and some that people gave to panels."""

import difflib
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from schemas.articles import ARTICLES
from transforms.captions.whole import full_caption
from transforms.jats.read import ReadFigures

_WORD = re.compile(r"\w+")


class Annotated(NamedTuple):
    """A caption and, by panel letter, the text that annotators gave to the panel."""

    caption: str
    texts: dict[str, str]


def figures(data: Path) -> list[Annotated]:
    """The captions of panel_captions_dev (NLM PanelSeg)."""
    return _annotated(data / "captions" / "panel_captions_dev.jsonl.gz")


def prostate(data: Path) -> list[Annotated]:
    """The captions of prostate_captions_train, annotated under GPL-3.0: to measure on, not to learn from."""
    return _annotated(data / "captions" / "prostate_captions_train.jsonl.gz")


def _annotated(path: Path) -> list[Annotated]:
    """The captions of a JSONL file of compound figures with the text of each panel."""
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            panels = [panel for panel in row["gt_subfigures"] if panel.get("label") and panel.get("caption")]
            rows.append(Annotated(row["caption"], {panel["label"]["text"]: panel["caption"] for panel in panels}))
    return rows


def spans_of_mirror(data: Path) -> list[Annotated]:
    """The captions of panel_texts.jsonl that may be developed on (`set` dev87), each letter's spans as its text."""
    rows = []
    with open(data / "captions" / "panel_texts.jsonl", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["set"] == "dev87":
                caption = row["caption"]
                lettered = [panel for panel in row["panels"] if panel["letter"]]
                texts = {p["letter"]: " ".join(caption[start:end] for start, end in p["spans"]) for p in lettered}
                rows.append(Annotated(caption, texts))
    return rows


def unlabelled(data: Path) -> list[str]:
    """The captions of `shared/data` that nobody annotated; without articles whose panels are measured on."""
    found: dict[str, None] = {}
    for name in ("captions/prostate_captions_unlabelled.jsonl.gz", "linking/roco_captions_cc_by.jsonl.gz"):
        with gzip.open(data / name, "rt", encoding="utf-8") as lines:
            found |= dict.fromkeys(json.loads(line)["caption"] for line in lines)
    with open(data / "captions" / "panel_texts.jsonl", encoding="utf-8") as lines:
        measured = {json.loads(line)["article"] for line in lines}
    return list(found | dict.fromkeys(_mirrored(data / "pmc", measured)))


def _mirrored(mirror: Path, left_out: set[str]) -> Iterator[str]:
    """The captions of a mirror's articles, as the pipeline reads them."""
    articles = [
        {"article_id": path.stem.replace(".", "v"), "xml": path.read_bytes(), "media": []}
        for path in sorted(mirror.glob("PMC*/*.xml"))
        if path.stem not in left_out
    ]
    for row in ReadFigures("all")(pa.Table.from_pylist(articles, schema=ARTICLES)).to_pylist():
        if caption := full_caption(row):
            yield caption


def words(text: str) -> list[re.Match[str]]:
    """The words of a text, as the scorers count them."""
    return list(_WORD.finditer(text))


def shown(caption: str, text: str) -> set[int]:
    """The words of a caption, by number, that a panel's text holds."""
    mine, theirs = ([word[0].casefold() for word in words(each)] for each in (caption, text))
    blocks = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
    return {place for block in blocks for place in range(block.a, block.a + block.size)}
