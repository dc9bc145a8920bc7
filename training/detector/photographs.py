"""Real photographs and scans that come with packages, as contents of panels beside those that bank.py draws.

    python -m training.detector.photographs DRAWN [FOLDER ...]

Planes, projections and frames of the scans of nilearn, nibabel and pydicom, the pictures of scikit-image and
scikit-learn, and every volume (NIfTI, InVesalius), DICOM file and photograph of the folders given, photographs whole
and in parts at several scales. Pictures of few tones (icons, pages of text, maps of regions) and those that are partly
transparent are left out.
"""

import argparse
import math
import plistlib
import tarfile
import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, cast

import nibabel
import numpy as np
import pydicom
from nibabel.filebasedimages import ImageFileError
from nibabel.processing import resample_to_output
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from pydicom.errors import InvalidDicomError

SIDE = 420  # pixels of a kept picture's longer side
LEAST = 160  # pixels of a part's shorter side before it is reduced
PARTS = 5  # of a large photograph
PLANES = 40  # of a volume, in its three directions together
SLABS = 3  # of a direction of a volume whose projections are kept
FRAMES = 12  # of a DICOM file
THIN = 40  # voxels of a plane's shorter side: thinner ones are left out
DARK = 40  # percentile of a projection below which it is black, as angiograms are
TEXTURE = 0.5  # share of pixels that differ from their neighbours: below it a picture is a drawing
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif"}
VOLUMES = {
    "nilearn": ("datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz", "datasets/data/image_10426.nii.gz"),
    "nibabel": ("tests/data/example4d.nii.gz",),
}
VOLUME_SUFFIXES = (".nii", ".nii.gz", ".inv3")
DICOM_SUFFIXES = {".dcm", ".dicom", ".ima"}
FAILURES = (  # of reading a scan: many test files are there to fail, each in its own way
    *(ImageFileError, InvalidDicomError, tarfile.TarError),
    *(AttributeError, EOFError, KeyError, OSError, RuntimeError, TypeError, ValueError),
)
PICTURES = {"skimage": "data", "sklearn": "datasets/images"}


def scans(folders: list[Path]) -> Iterator[tuple[str, Image.Image]]:
    """Planes and projections of the volumes and frames of the DICOM files, of the packages and folders."""
    paths = sorted(path for folder in folders for path in folder.rglob("*"))
    named = [Path(str(files(package))) / name for package, names in VOLUMES.items() for name in names]
    for path in named + [path for path in paths if path.name.lower().endswith(VOLUME_SUFFIXES)]:
        try:
            volume = _volume(path)
        except FAILURES:
            continue
        stacks = [np.rot90(np.moveaxis(volume, axis, 0), axes=(1, 2)) for axis in range(3)] if _varied(volume) else []
        for stack in (stack for stack in stacks if min(stack.shape[1:]) >= THIN):
            yield from (("scan", _picture(plane)) for plane in _planes(stack))
            yield from (("scan", _picture(plane, DARK)) for plane in _projections(stack))
    tested = sorted((Path(str(files(pydicom))) / "data" / "test_files").rglob("*.dcm"))
    for path in tested + [path for path in paths if path.suffix.lower() in DICOM_SUFFIXES]:
        yield from (("scan", _picture(frame)) for frame in _frames(path))


def _volume(path: Path) -> NDArray[np.float32]:
    """The volume (x, y, z) of a file, the first of a series, z upwards, with voxels as long in all directions."""
    image: Any = _project(path) if path.suffix == ".inv3" else nibabel.load(path)
    image = nibabel.as_closest_canonical(image)  # type: ignore[no-untyped-call]
    values = np.asarray(image.dataobj)
    values = np.nan_to_num(values.reshape(*values.shape[:3], -1)[..., 0].astype(np.float32))
    sides = image.header.get_zooms()[:3]
    image = nibabel.Nifti1Image(values, np.diag([*sides, 1]))  # type: ignore[no-untyped-call]
    even = resample_to_output(image, min(sides), order=1, cval=values.min())  # type: ignore[no-untyped-call]
    return np.asarray(even.dataobj, np.float32)


def _project(path: Path) -> nibabel.Nifti1Image:
    """The volume of an InVesalius project."""
    with tarfile.open(path) as project:
        parts = {Path(member.name).name: project.extractfile(member) for member in project if member.isfile()}
        stored = plistlib.loads(cast(IO[bytes], parts["main.plist"]).read())
        values = np.frombuffer(cast(IO[bytes], parts["matrix.dat"]).read(), stored["matrix"]["dtype"])
    upright = values.reshape(stored["matrix"]["shape"])[:, ::-1].T
    return nibabel.Nifti1Image(upright, np.diag([*stored["spacing"], 1]))  # type: ignore[no-untyped-call]


def _varied(volume: NDArray[np.float32]) -> bool:
    """Whether neighbours in a volume (x, y, z) differ, as they don't in masks and maps of regions."""
    inside = volume[1:] > volume.min() + 0.1 * np.ptp(volume)
    return bool(inside.any() and np.mean(np.diff(volume, axis=0)[inside] != 0) >= TEXTURE)


def _planes(stack: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every third plane, or fewer, of some content, of a stack (planes, rows, columns)."""
    filled = (stack > stack.min() + 0.1 * np.ptp(stack)).mean((1, 2))
    kept: NDArray[np.float32] = stack[filled > filled.max() / 3]
    return kept[:: max(3, math.ceil(3 * len(kept) / PLANES))]


def _projections(stack: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The largest values (rows, columns) along a stack (planes, rows, columns), and along each slab of it."""
    return [part.max(0) for part in [stack, *np.array_split(stack, SLABS + 2)[1:-1]]]


def _frames(path: Path) -> list[NDArray[Any]]:
    """Every fourth frame, (rows, columns) or (rows, columns, 3), of a DICOM file, at most FRAMES."""
    try:
        pixels = pydicom.dcmread(path).pixel_array
    except FAILURES:
        return []
    frames = pixels if pixels.ndim == 4 or (pixels.ndim == 3 and pixels.shape[2] > 4) else [pixels]
    return [frame for frame in frames[::4] if frame.ndim == 2 or frame.shape[-1] == 3][:FRAMES]


def photographs(folders: list[Path], rng: Generator) -> Iterator[tuple[str, Image.Image]]:
    """The photographs of the packages and folders, whole and in parts."""
    for folder in [Path(str(files(name))) / inner for name, inner in PICTURES.items()] + folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
            try:
                image = Image.open(path)
                image.draft("RGB", (1600, 1600))
                picture = (_picture(np.asarray(image)) if image.mode[0] in "IF" else image).convert("RGBA")
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


def _picture(values: NDArray[Any], darkest: float = 0.5) -> Image.Image:
    """Values (rows, columns) or (rows, columns, 3) as a picture, those below the percentile given black."""
    low, high = np.percentile(values, (darkest, 99.5))
    return Image.fromarray(np.uint8(np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255)).convert("RGB")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawn", type=Path, help="the folder of training.detector.bank")
    parser.add_argument("folders", type=Path, nargs="*", help="more photographs, volumes and DICOM files")
    args = parser.parse_args()
    args.drawn.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    made = [*scans(args.folders), *photographs(args.folders, np.random.default_rng(0))]
    for number, (kind, picture) in enumerate(made):
        picture.thumbnail((SIDE, SIDE))
        picture.save(args.drawn / f"package{number:05}-{kind}.jpg", quality=93)
    print(f"{len(made)} pictures in {args.drawn}")


if __name__ == "__main__":
    main()
