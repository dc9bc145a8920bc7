"""Scans and photographs of folders as contents of panels."""

import plistlib
import tarfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")
pytest.importorskip("nibabel", reason="volumes are read by nibabel, of the extra `training`")
pytest.importorskip("pydicom", reason="DICOM files are read by pydicom, of the extra `training`")

import nibabel

from training.detector import photographs


@pytest.fixture(autouse=True)
def no_packages(monkeypatch, tmp_path):
    """Only what the test puts into its folder."""
    monkeypatch.setattr(photographs, "VOLUMES", {})
    monkeypatch.setattr(photographs, "PICTURES", {})
    monkeypatch.setattr(photographs, "files", lambda package: tmp_path / "no package")


def ball(side=60):
    """A textured ball in the dark."""
    z, y, x = np.mgrid[:side, :side, :side] - side / 2
    grain = np.random.default_rng(0).normal(100, 10, (side,) * 3)
    return np.where(x**2 + y**2 + z**2 < (side * 0.4) ** 2, grain, 0).astype(np.float32)


def save(path, values, sides=(1, 1, 1)):
    nibabel.save(nibabel.Nifti1Image(values, np.diag([*sides, 1])), path)


def test_a_volume_gives_planes_and_dark_projections(tmp_path):
    save(tmp_path / "ball.nii.gz", ball())
    pictures = [np.asarray(picture) for _, picture in photographs.scans([tmp_path])]

    assert 12 < len(pictures) <= photographs.PLANES + 3 + 3 * (1 + photographs.SLABS)
    assert all(picture[0, 0].max() == 0 and picture[30, 30].max() > 100 for picture in pictures)


def test_voxels_longer_one_way_are_evened_out(tmp_path):
    save(tmp_path / "flat.nii", ball()[:, :, ::2], (1, 1, 2))
    shapes = {picture.size for _, picture in photographs.scans([tmp_path])}

    assert all(abs(width - height) <= 2 for width, height in shapes)


@pytest.mark.parametrize("values", [np.zeros((60,) * 3, np.float32), (ball() > 0).astype(np.float32)])
def test_nothing_and_maps_of_regions_are_left_out(tmp_path, values):
    save(tmp_path / "mask.nii", values)

    assert not list(photographs.scans([tmp_path]))


def test_an_invesalius_project_is_a_volume(tmp_path):
    values = (ball() * 10).astype(np.int16)
    stored = {"matrix": {"shape": list(values.shape), "dtype": "int16"}, "spacing": [1.0, 1.0, 1.0]}
    with tarfile.open(tmp_path / "ball.inv3", "w:gz") as project:
        for name, data in {"main.plist": plistlib.dumps(stored), "matrix.dat": values.tobytes()}.items():
            member = tarfile.TarInfo(f"project/{name}")
            member.size = len(data)
            project.addfile(member, BytesIO(data))

    assert len(list(photographs.scans([tmp_path]))) > 12


@pytest.mark.parametrize("name", ["torn.nii.gz", "torn.inv3", "torn.dcm", "torn.jpg"])
def test_a_file_that_cannot_be_read_is_passed_over(tmp_path, name):
    (tmp_path / name).write_bytes(b"not what it says")

    assert not list(photographs.scans([tmp_path]))
    assert not list(photographs.photographs([tmp_path], np.random.default_rng(0)))


def test_photographs_are_kept_whole_and_in_parts_and_drawings_left_out(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (400, 500, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photograph.png")
    Image.new("RGB", (400, 400), "white").save(tmp_path / "icon.png")
    kept = list(photographs.photographs([tmp_path], np.random.default_rng(0)))

    assert kept[0][1].size == (500, 400)
    assert len(kept) == 1 + photographs.PARTS
    assert {kind for kind, _ in kept} == {"photograph"}
