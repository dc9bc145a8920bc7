"""Strangers of the duplicate benchmark: pictures that are alike and yet no copies.

Neighbouring slices, plots of one style, fields of one texture. Most come with packages (nilearn, nibabel, pydicom,
matplotlib, scikit-image); a series whose package is not installed is left out.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.planted import resized, rgb, to_picture
from transforms.panels.finder import PanelFinder

#: Slices closer to one of their series than this (mean difference, of white) are copies for any purpose.
SAME = 0.01

Strangers = Iterator[tuple[str, Image.Image]]


def strangers(shared: Path) -> list[tuple[str, Image.Image]]:
    """Pictures that are alike and no copies, each with the name of its series; what is not installed is left out."""
    found: list[tuple[str, Image.Image]] = []
    for make in (_template, _scan, _ultrasound, _plots, _package_fields, _drawn_fields, partial(_lungs, shared)):
        try:
            found += make()
        except (ImportError, FileNotFoundError) as error:
            print(f"strangers left out: {error}", file=sys.stderr)
    return found


def _within(package: str, path: str) -> Path:
    return Path(str(files(package))) / path


def _apart(group: str, planes: Iterable[NDArray[Any]], side: int = 256) -> Strangers:
    """Planes (values 0 to 1) as pictures of this longer side, without those that are the same as one before."""
    kept: list[NDArray[Any]] = []
    for plane in planes:
        if all(np.abs(plane - other).mean() >= SAME for other in kept):
            kept.append(plane)
            picture = to_picture(255 * plane)
            yield group, resized(picture, side / max(picture.size))


def _template() -> Strangers:
    """Slices of the MNI152 template: of every direction one half 2 mm apart, the other 4 mm."""
    template = _volume(_within("nilearn", "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"))
    for axis, name in enumerate(("sagittal", "coronal", "axial")):
        planes = np.moveaxis(template, axis, 0)
        if axis == 0:
            planes = planes[: len(planes) // 2]  # the other half is this one mirrored
        filled = (planes > 0.1).mean((1, 2))
        planes = np.rot90(planes[filled > filled.max() / 2], axes=(1, 2))  # not the empty ends
        half = len(planes) // 2
        yield from _apart(f"brain {name} 2 mm", planes[:half:2])
        yield from _apart(f"brain {name} 4 mm", planes[half + 2 :: 4])


def _scan() -> Strangers:
    volume = _volume(_within("nibabel", "tests/data/example4d.nii.gz"))[..., 0]
    yield from _apart("scan axial 2.2 mm", np.rot90(np.moveaxis(volume, 2, 0), axes=(1, 2)))


def _volume(file: Path) -> NDArray[Any]:
    values = np.asarray(import_module("nibabel").load(file).dataobj, np.float32)
    return np.clip(values / np.percentile(values, 99.8), 0, 1)


def _ultrasound() -> Strangers:
    file = import_module("pydicom.data").get_testdata_file("examples_ybr_color.dcm", download=False)
    frames = (
        np.asarray(import_module("pydicom").dcmread(file or "examples_ybr_color.dcm").pixel_array, np.float32) / 255
    )
    yield from _apart("ultrasound frames", frames, max(frames.shape[1:3]))


#: Draws of random data, by the style of plot.
PLOTS: dict[str, Callable[[Any, Generator], object]] = {
    "line": lambda axes, rng: [axes.plot(rng.normal(0.4, 1, 12).cumsum(), "o-") for _ in range(3)],
    "scatter": lambda axes, rng: axes.scatter(*(rng.normal(size=(2, 60)) + rng.normal(size=60)), s=12),
    "bar": lambda axes, rng: axes.bar(list("ABCDE"), rng.uniform(1, 9, 5), yerr=rng.uniform(0.2, 1, 5), capsize=3),
    "box": lambda axes, rng: axes.boxplot(list(rng.normal(rng.uniform(-2, 2, (5, 1)), 1, (5, 30)))),
    "heat map": lambda axes, rng: axes.imshow(rng.normal(size=(12, 10)), cmap="RdBu_r", aspect="auto"),
    "survival": lambda axes, rng: [
        axes.step(np.sort(rng.exponential(rng.uniform(8, 40), 30)), np.linspace(1, 0, 30)) for _ in range(2)
    ],
    "histogram": lambda axes, rng: axes.hist(rng.gamma(rng.uniform(1, 6), 1, 400), 25, color="gray"),
    "volcano": lambda axes, rng: axes.scatter(
        x := rng.normal(0, 1.5, 400), y := abs(x) * rng.exponential(1, 400), 4, (abs(x) > 1) & (y > 1.3), cmap="bwr"
    ),
    "ROC": lambda axes, rng: [
        axes.step(np.sort(rng.random(40) ** rng.uniform(1.2, 6)), np.linspace(0, 1, 40)) for _ in range(2)
    ],
    "violin": lambda axes, rng: axes.violinplot(list(rng.normal(rng.uniform(-2, 2, (5, 1)), 1, (5, 60)))),
}


def _plots() -> Strangers:
    figures, agg = import_module("matplotlib.figure"), import_module("matplotlib.backends.backend_agg")
    for number, (style, plot) in enumerate(PLOTS.items()):
        for seed in range(8):
            figure = figures.Figure((3.2, 2.6), dpi=100, layout="tight")
            canvas = agg.FigureCanvasAgg(figure)
            plot(figure.add_subplot(ylabel="value", title=style), default_rng([number, seed]))
            canvas.draw()
            yield f"plots: {style}", Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def _package_fields() -> Strangers:
    for name, side in (("ihc", 128), ("grass", 170), ("gravel", 170)):
        yield from _tiles(f"fields: {name}", rgb(_within("skimage", f"data/{name}.png")), side)


def _tiles(group: str, image: Image.Image, side: int) -> Strangers:
    for y in range(0, image.height - side + 1, side):
        for x in range(0, image.width - side + 1, side):
            yield group, image.crop((x, y, x + side, y + side))


def _drawn_fields() -> Strangers:
    """Fields of drawn cells: stained nuclei, and two fluorescent dyes."""
    stained, glowing = ("#6a3d8f", "#7d4fa3", "#53307a"), ("#20b040", "#30e060", "#3050e0")
    for name, ground, inks, count in (("stained", "#e8b8d0", stained, 900), ("fluorescent", "black", glowing, 300)):
        rng, image = default_rng(count), Image.new("RGB", (768, 768), ground)
        draw = ImageDraw.Draw(image)
        for _ in range(count):
            (x, y), (w, h) = rng.uniform(0, 768, 2), rng.uniform(4, 11, 2)
            draw.ellipse((x - w, y - h, x + w, y + h), str(rng.choice(inks)))
        soft = np.asarray(image.filter(ImageFilter.GaussianBlur(2)))
        yield from _tiles(f"fields: {name}", to_picture(soft + rng.normal(0, 8, soft.shape)), 256)


def _lungs(shared: Path) -> Strangers:
    """Chest CT of one review, none of it in SHARED/pmc; it shows some slices twice, of which the first is kept."""
    figures, finder, kept = shared / "panels/unlabelled", PanelFinder(), list[NDArray[Any]]()
    for line in (figures / "SOURCES.tsv").read_text("utf-8").splitlines():
        if "PMC7003341" in line:
            figure = rgb(figures / line.split("\t")[0])
            for panel in map(figure.crop, (panel.box for panel in finder.find([figure])[0].panels)):
                thumb = np.asarray(panel.convert("L").resize((64, 64), Image.Resampling.BOX)).ravel()
                if all(np.corrcoef(thumb, other)[0, 1] < 0.95 for other in kept):
                    kept.append(thumb)
                    yield "lungs", panel
