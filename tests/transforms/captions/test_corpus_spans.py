"""Splits of all captions of the mirror: spans lead back to the texts."""

from itertools import pairwise

import pyarrow as pa
import pytest

from schemas.articles import ARTICLES
from transforms.captions.parts import part_text, spans_text
from transforms.captions.split import caption_parts, split_caption
from transforms.captions.whole import full_caption, full_markup
from transforms.jats.read import ReadFigures


@pytest.fixture(scope="module")
def captions(pmc):
    """The captions of the 333 articles with their markup, each once."""
    articles = [
        {"article_id": path.parent.name.replace(".", "v"), "xml": path.read_bytes(), "media": []}
        for path in sorted(pmc.glob("PMC*/*.xml"))
    ]
    rows = ReadFigures("all")(pa.Table.from_pylist(articles, schema=ARTICLES)).to_pylist()
    return {caption: full_markup(row) for row in rows if (caption := full_caption(row))}


def test_spans_lead_back_to_the_texts(captions):
    split = 0
    for caption, markup in captions.items():
        found = split_caption(caption, markup)
        split += bool(found.parts)
        assert len(found.parts) != 1
        assert len({part.label for part in found.parts}) == len(found.parts)
        for part in found.parts:
            spans = sorted([*part.own, *part.shared])
            assert all(0 <= start < end <= len(caption) for start, end in spans)
            assert all(end <= start for (_, end), (start, _) in pairwise(spans))
            assert all(caption[start:end] == caption[start:end].strip() for start, end in spans)
            assert 0 < part.confidence < 1
        for row, part in zip(caption_parts(caption, markup=markup), found.parts, strict=True):
            texts = [caption[start:end] for start, end in row["spans"]]
            assert sorted(" ".join(texts).split()) == sorted(row["text"].split())
            assert row["text"] == part_text(caption, part)
            assert row["own"] == spans_text(caption, part.own)
            assert row["text"].startswith(row["own"])
    assert split > 400


def test_no_word_of_a_caption_is_lost_but_conjunctions(captions):
    """What no panel gets is a conjunction between phrases."""
    joints = {"and", "or", "while", "whereas", "but", "versus", "vs", "vs.", "to", "then", "as", "well", "&"}
    for caption, markup in captions.items():
        parts = split_caption(caption, markup).parts
        if not parts:
            continue
        kept = {place for part in parts for start, end in (*part.own, *part.shared) for place in range(start, end)}
        lost = "".join(" " if place in kept else char for place, char in enumerate(caption))
        assert {word for word in lost.split() if any(map(str.isalnum, word))} <= joints, caption
