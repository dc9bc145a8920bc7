"""Which labelled figures are learnt from, and which are held out."""

import json

import pytest

pytest.importorskip("cv2", reason="the figures of training are read with OpenCV, of the extra `training`")

from tests.conftest import SHARED
from training.detector.data.labelled import COPIES, LABELS, articles_held_out, held_out

SOURCES = SHARED / "data" / "panels" / "train2" / "SOURCES.tsv"


def test_every_fifth_article_is_held_out_with_all_its_pictures(tmp_path):
    articles = ["e", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    lines = [f"{n}.jpg\ttrain\tsomewhere\t{article}\tCC0\there" for n, article in enumerate(articles)]
    sources = tmp_path / "SOURCES.tsv"
    sources.write_text("\n".join(["image\tpart\tsource\tarticle\tlicence\twhere_stated", *lines]))

    assert articles_held_out(sources) == {"0.jpg", "5.jpg", "10.jpg"}


@pytest.mark.skipif(not SOURCES.exists(), reason="the shared data is not here")
def test_a_fifth_of_the_articles_of_train2_is_held_out():
    rows = [line.split("\t") for line in SOURCES.read_text().splitlines()[1:]]
    kept = articles_held_out(SOURCES)

    assert {row[3] for row in rows if row[0] in kept}.isdisjoint(row[3] for row in rows if row[0] not in kept)
    assert 0.1 < len(kept) / len(rows) < 0.3


def test_copies_are_figures_that_would_else_be_learnt_from():
    names = [json.loads(line)["image"] for line in LABELS.read_text().splitlines()]

    assert {name for n, name in enumerate(names) if not held_out(n)} >= COPIES
