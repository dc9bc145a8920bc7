"""The encoder that comes with the program, and encoders of a user's own: what they see, and how they are refused."""

import pickle

import numpy as np
import pytest
from PIL import Image

from schemas.errors import UserError
from tests.encoders import declare, projection, write_encoder
from tests.pictures import brighter, cropped, drawing, framed, gray, half, jpeg30
from transforms.duplicates.encoder import OURS, STEPS, Encoder

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def colour(value, size=(16, 16)):
    return Image.new("RGB", size, value)


def unit(values):
    values = np.asarray(values, float).ravel()
    return values / np.linalg.norm(values)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "encoder.onnx"


@pytest.fixture(scope="module")
def drawings():
    return [drawing(seed) for seed in range(40)]


def test_unit_vectors_in_steps(drawings):
    vectors = Encoder().embed(drawings)
    assert (vectors.shape, vectors.dtype) == ((40, Encoder().declaration.dimension), np.float16)
    assert np.linalg.norm(vectors.astype(float), axis=1) == pytest.approx(1, abs=0.01)
    assert not (vectors.astype(float) * STEPS % 1).any()


def test_no_picture_at_all():
    assert Encoder().embed([]).shape == (0, Encoder().declaration.dimension)


@pytest.mark.parametrize("together", [1, 3])
def test_a_picture_does_not_depend_on_the_others_of_its_batch(drawings, together):
    parts = [Encoder().embed(drawings[start : start + together]) for start in range(0, 40, together)]
    assert np.array_equal(np.concatenate(parts), Encoder().embed(drawings))


def test_gray_is_the_same_in_both_modes():
    picture = gray(drawing())
    one, other = Encoder().embed([picture, picture.convert("RGB")])
    assert np.array_equal(one, other)


@pytest.mark.parametrize("copy", [half, jpeg30, brighter, cropped, framed, gray])
def test_a_copy_is_nearer_to_its_original_than_to_others(drawings, copy):
    originals = Encoder().embed(drawings[:12]).astype(float)
    copies = Encoder().embed([copy(picture) for picture in drawings[:12]]).astype(float)
    cosines = copies @ originals.T
    assert (cosines.argmax(1) == range(12)).sum() >= 10  # the drawings differ by little but colour and place
    assert cosines.diagonal().min() > Encoder().declaration.threshold


def test_a_flat_picture_has_a_finite_vector():
    assert np.isfinite(Encoder().embed([Image.new("L", (40, 30), 255), Image.new("RGB", (1, 1))])).all()


def test_an_encoder_sees_the_pixels_that_it_declares(file):
    """It gives back what it gets: each channel by itself, less the mean, over the deviation."""
    encoder = Encoder(write_encoder(file, mean=(0.5, 0.25, 0.0), std=(0.5, 1.0, 2.0)))
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    red, green, blue = (pixels / 255).transpose(2, 0, 1)
    (found,) = encoder.embed([Image.fromarray(pixels)])
    assert found.astype(float) == pytest.approx(unit([(red - 0.5) / 0.5, green - 0.25, blue / 2]), abs=1 / STEPS)


def test_the_middle_is_cut_out_or_all_is_squashed(file):
    flag = Image.new("RGB", (48, 16))
    for n, value in enumerate((RED, GREEN, BLUE)):
        flag.paste(value, (16 * n, 0, 16 * n + 16, 16))
    write_encoder(file, fit="crop", mean=(0, 0, 0), std=(1, 1, 1))
    one, middle, upright = Encoder(file).embed([colour(GREEN), flag, flag.rotate(90, expand=True)])
    assert np.array_equal(one, middle)
    assert np.array_equal(one, upright)
    write_encoder(file, fit="squash", mean=(0, 0, 0), std=(1, 1, 1))
    one, squashed = Encoder(file).embed([colour(GREEN), flag]).astype(float)
    assert one @ squashed == pytest.approx(1 / 3, abs=0.05)  # a third of it is green


def test_an_output_by_its_name(file):
    write_encoder(file, projection(8), output="embeddings")
    assert Encoder(file).embed([colour(RED)]).shape == (1, 8)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda file: file.with_suffix(".json").unlink(), "encoder.json is missing", id="no declaration"),
        pytest.param(lambda file: file.with_suffix(".json").write_text("{"), "encoder.json: no JSON: ", id="no JSON"),
        pytest.param(lambda file: file.with_suffix(".json").write_text("{}"), "threshold is missing", id="fields"),
        pytest.param(
            lambda file: declare(file, sides=16), "sides is no setting; did you mean side?", id="unknown field"
        ),
        pytest.param(
            lambda file: declare(file, layout="HWC"), 'layout must be one of NCHW, NHWC, not "HWC"', id="unknown layout"
        ),
        pytest.param(
            lambda file: declare(file, threshold=1.5), "threshold must be less than 1, not 1.5", id="threshold"
        ),
        pytest.param(lambda file: declare(file, std=(1, 0, 1)), "std.1 must be more than 0, not 0", id="division by 0"),
        pytest.param(lambda file: declare(file, name="a/b"), "name must be a word of letters, digits", id="name"),
        pytest.param(lambda file: declare(file, dimension=8), r"gives \(1, 768\) of one picture", id="dimension"),
        pytest.param(lambda file: declare(file, side=32), "does not run as declared", id="side"),
        pytest.param(lambda file: declare(file, layout="NHWC"), "does not run as declared", id="layout"),
        pytest.param(lambda file: declare(file, type="uint8"), "does not run as declared", id="type"),
        pytest.param(lambda file: declare(file, output="vectors"), "does not run as declared", id="output"),
        pytest.param(lambda file: file.write_bytes(b"no network"), "does not run as declared", id="no ONNX"),
        pytest.param(lambda file: file.unlink(), "encoder.onnx cannot be read", id="no file"),
    ],
)
def test_a_fault_is_told_in_one_line(file, spoil, told):
    write_encoder(file)
    Encoder(file).open()
    spoil(file)
    with pytest.raises(UserError, match=told) as raised:
        open_afresh(file)
    assert "\n" not in str(raised.value)


def open_afresh(file):
    """A session is kept for a file as long as the process lives."""
    from transforms.network import _session

    _session.cache_clear()
    Encoder(file).open()


def test_the_version_changes_with_the_network_and_with_the_declaration(file, tmp_path):
    version = Encoder(write_encoder(file, projection(8))).version
    assert version.startswith("tiny+")
    assert len(version) == len("tiny+") + 12
    other = tmp_path / "elsewhere.onnx"
    assert Encoder(write_encoder(other, projection(8))).version == version
    assert Encoder(write_encoder(other, projection(8, seed=1))).version != version
    assert Encoder(write_encoder(other, projection(8), threshold=0.7)).version != version
    assert Encoder().version.startswith(f"{Encoder().declaration.name}+")


def test_it_travels_without_its_weights():
    encoder = Encoder()
    encoder.open()
    travelled = pickle.dumps(encoder)
    assert len(travelled) < 2000
    assert pickle.loads(travelled).file == OURS
    assert np.array_equal(pickle.loads(travelled).embed([drawing()]), encoder.embed([drawing()]))
