"""The classifier on pictures drawn here."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from transforms.modality.evidence import decide, posterior
from transforms.modality.names import NAMES
from transforms.modality.picture import Classifier


def bars(size=(300, 220)):
    """A bar chart with axes."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.line([(40, 20), (40, 190), (280, 190)], "black", 2)
    for n, height in enumerate((60, 110, 90, 150)):
        draw.rectangle([60 + 55 * n, 190 - height, 90 + 55 * n, 190], "gray", "black")
        draw.line([(75 + 55 * n, 190 - height), (75 + 55 * n, 175 - height)], "black", 2)
        draw.text((68 + 55 * n, 196), "ABCD"[n], "black")
        draw.text((15, 180 - 40 * n), str(20 * n), "black")
    draw.text((5, 5), "Expression (a.u.)", "black")
    return image


def cells(size=(240, 240)):
    """Bright blobs on black, as fluorescence shows nuclei."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[: size[1], : size[0]]
    light = np.zeros((*size[::-1], 3))
    for _ in range(25):
        cx, cy, r = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(8, 16)
        blob = np.exp(-((((x - cx) ** 2 + (y - cy) ** 2) / r**2) ** 2))
        light += blob[..., None] * (20, 60, 230)
        light += np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2.2 * r) ** 2)[..., None] * (0, 60, 0)
    return Image.fromarray(np.clip(light + rng.normal(6, 3, light.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def classifier():
    return Classifier()


@pytest.mark.parametrize(("picture", "expected"), [(bars(), "drawn/plot"), (cells(), "microscopy/fluorescence")])
def test_drawn_pictures_are_seen_for_what_they_are(classifier, picture, expected):
    (seen,) = classifier.look([picture])
    assert decide(posterior(seen, ())) == expected


def test_probabilities_are_of_the_taxonomy_and_sum_to_one(classifier):
    (seen,) = classifier.look([bars()])
    assert set(seen) <= set(NAMES)
    assert sum(seen.values()) == pytest.approx(1, abs=0.02)


def test_a_picture_does_not_depend_on_the_others(classifier):
    pictures = [bars(), cells(), bars((90, 400)), cells((64, 64)).convert("L"), bars((700, 80))]
    assert classifier.look(pictures) == [classifier.look([picture])[0] for picture in pictures]


def test_no_pictures_are_none(classifier):
    assert classifier.look([]) == []
