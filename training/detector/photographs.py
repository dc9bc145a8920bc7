"""Real photographs and scans that come with packages, as contents of panels beside those that bank.py draws.

    python -m training.detector.photographs DRAWN [FOLDER ...]

Slices and frames of nilearn, nibabel and pydicom, the pictures of scikit-image and scikit-learn, and every photograph
of the folders given: whole, and parts of it at several scales. Pictures of few tones (icons, pages of text) and those
that are partly transparent are left out.
"""

import argparse
import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from pydicom.errors import InvalidDicomError

SIDE = 420  # pixels of a kept picture's longer side
LEAST = 160  # pixels of a part's shorter side before it is reduced
PARTS = 5  # of a large photograph
TEXTURE = 0.5  # share of pixels that differ from their neighbours: below it a picture is a drawing
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif"}
VOLUMES = {
    "nilearn": ("datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz", "datasets/data/image_10426.nii.gz"),
    "nibabel": ("tests/data/example4d.nii.gz",),
}
PICTURES = {"skimage": "data", "sklearn": "datasets/images"}


def slices() -> Iterator[tuple[str, Image.Image]]:
    """Slices of the volumes in all three directions, those of some content, and frames of the DICOM test files."""
    for package, names in VOLUMES.items():
        for name in names:
            volume = np.asarray(nibabel.load(Path(str(files(package))) / name).dataobj, np.float32)
            volume = volume[..., 0] if volume.ndim == 4 else volume
            for axis in range(3):
                planes = np.rot90(np.moveaxis(volume, axis, 0), axes=(1, 2))
                filled = (planes > 0.1 * planes.max()).mean((1, 2))
                for plane in planes[filled > filled.max() / 3][::3]:
                    yield "scan", _picture(plane)
    for path in sorted((Path(str(files(pydicom))) / "data" / "test_files").rglob("*.dcm")):
        try:
            pixels = pydicom.dcmread(path).pixel_array
        except (
            InvalidDicomError,
            AttributeError,
            KeyError,
            NotImplementedError,
            OSError,
            RuntimeError,
            TypeError,
            ValueError,
        ):
            continue  # many of these files are there to fail, each in its own way
        for frame in (pixels if pixels.ndim == 4 or (pixels.ndim == 3 and pixels.shape[2] > 4) else [pixels])[::4]:
            if frame.ndim == 2 or frame.shape[-1] == 3:
                yield "scan", _picture(frame)


def photographs(folders: list[Path], rng: Generator) -> Iterator[tuple[str, Image.Image]]:
    """The photographs of the packages and folders, whole and in parts."""
    for folder in [Path(str(files(name))) / inner for name, inner in PICTURES.items()] + folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
            try:
                image = Image.open(path)
                image.draft("RGB", (1600, 1600))
                picture = image.convert("RGBA")
            except (OSError, Image.DecompressionBombError):
                continue
            if np.asarray(picture)[..., 3].mean() < 250 or not _textured(picture.convert("RGB")):
                continue
            yield "photograph", picture.convert("RGB")
            width, height = picture.size
            for _ in range(PARTS if min(width, height) >= 2 * LEAST else 0):
                share = rng.uniform(0.2, 0.6)
                w, h = max(LEAST, round(share * width)), max(LEAST, round(share * height))
                x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
                yield "photograph", picture.convert("RGB").crop((x, y, x + w, y + h))


def _textured(picture: Image.Image) -> bool:
    gray = np.asarray(picture.convert("L").resize((128, 128)), np.int16)
    return min(picture.size) >= LEAST and float(np.mean(np.diff(gray) != 0)) >= TEXTURE


def _picture(values: NDArray[Any]) -> Image.Image:
    low, high = np.percentile(values, (0.5, 99.5))
    return Image.fromarray(np.uint8(np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255)).convert("RGB")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawn", type=Path, help="the folder of training.detector.bank")
    parser.add_argument("folders", type=Path, nargs="*", help="more photographs")
    args = parser.parse_args()
    args.drawn.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    made = [*slices(), *photographs(args.folders, np.random.default_rng(0))]
    for number, (kind, picture) in enumerate(made):
        picture.thumbnail((SIDE, SIDE))
        picture.save(args.drawn / f"package{number:05}-{kind}.jpg", quality=93)
    print(f"{len(made)} pictures in {args.drawn}")


if __name__ == "__main__":
    main()
