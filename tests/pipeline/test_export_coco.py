"""COCO's documents, as pycocotools reads them: boxes, sizes, licences, pictures and letters."""

import hashlib
import json
import shutil
from io import BytesIO
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from PIL import Image
from pycocotools.coco import COCO
from servers import Mirror
from test_figure_rights import FIGURES, article, picture

from pipeline.reports.export.boxes import letter_boxes, panel_boxes, size_of
from pipeline.reports.export.coco import Coco
from pipeline.sources.demo.cache import demo_mirror
from tests.running import medconcept
from tests.triplets import triplet
from transforms.panels.letters import Letter

BY = {"license": "CC BY", "license_url": "https://creativecommons.org/licenses/by/4.0/"}


def corners(annotation):
    x, y, width, height = annotation["bbox"]
    return [x, y, x + width, y + height]


def panel(number, box, cells=(), **provenance):
    found = {"graphic": "g1.TIF", "detector": "panels-5+0", "detector_score": 0.5, "box": box, **BY, **provenance}
    cells = [{"box": list(cell), "score": 0.25} for cell in cells]
    return triplet(1, cells=cells, provenance=found) | {"panel_id": f"PMC1v1-f001-p{number:02}"}


class Graphics:
    """A shard with one graphic."""

    name = "train-00000"
    shard = SimpleNamespace(split="train")

    def __init__(self, *rows, refused=()):
        self._rows, self._refused = rows, {*refused}

    def graphics(self, columns):
        return iter([("PMC1v1-f001", list(self._rows))])

    def partly_refused(self):
        return self._refused


def document(*shards):
    return json.loads(b"".join(Coco({"version": "1"}, None, None).document(shards)))


# Boxes


def test_a_panel_and_its_cells_have_boxes_of_x_y_width_and_height():
    first, *cells = panel_boxes([panel(1, [10, 20, 110, 70], [(10, 20, 50, 70), (60, 20, 110, 70)], panel_label="A")])
    assert (first["bbox"], first["area"], first["category_id"]) == ([10, 20, 100, 50], 5000, 1)
    assert (first["panel_id"], first["label"], first["score"]) == ("PMC1v1-f001-p01", "A", 0.5)
    assert [(cell["bbox"], cell["category_id"]) for cell in cells] == [([10, 20, 40, 50], 2), ([60, 20, 50, 50], 2)]


def test_a_letter_ends_where_its_graphic_does_and_names_the_one_panel_that_bears_it():
    rows = [panel(1, [0, 0, 50, 40], panel_label="A"), panel(2, [50, 0, 99, 40], panel_label="B")]
    again = [*rows, panel(3, [0, 40, 50, 80], panel_label="B")]
    letters = [Letter("A", -2, -1, 8, 9, 0.9), Letter("B", 90, 30, 105, 44, 0.8), Letter("C", 1, 1, 2, 2, 0.3)]
    found = list(letter_boxes(letters, rows, (100, 42)))
    assert [corners(each) for each in found] == [[0, 0, 8, 9], [90, 30, 100, 42], [1, 1, 2, 2]]
    assert [each["panel_id"] for each in found] == ["PMC1v1-f001-p01", "PMC1v1-f001-p02", None]
    assert [each["panel_id"] for each in letter_boxes(letters, again, (100, 42))] == ["PMC1v1-f001-p01", None, None]


def test_the_size_of_a_graphic_is_that_of_a_row_that_shows_all_of_it():
    assert size_of([panel(1, [0, 0, 50, 40])]) is None
    assert size_of([panel(1, [0, 0, 50, 40], detector="panels-5+0/whole:single")]) == (50, 40)
    assert size_of([panel(1, [0, 0, 50, 40], detector="whole-1")]) == (50, 40)


# Documents


def test_images_name_their_file_address_checksum_and_licence():
    known = {"source_uri": "s3://b/PMC1.1/g1.TIF", "source_md5": "m", "parent_sha256": "s", "attribution": "By us"}
    found = document(Graphics(panel(1, [0, 0, 5, 4], **known), panel(2, [5, 0, 9, 4], **known)))
    (image,) = found["images"]
    assert image["file_name"] == "images/train-00000/PMC1v1-f001.tif"
    assert (image["uri"], image["md5"], image["sha256"]) == ("s3://b/PMC1.1/g1.TIF", "m", "s")
    assert (image["width"], image["height"], image["attribution"]) == (None, None, "By us")
    assert found["licenses"] == [{"id": image["license"], "name": "CC BY", "url": BY["license_url"]}]
    assert [each["image_id"] for each in found["annotations"]] == [image["id"]] * 2


@pytest.mark.parametrize(
    ("licenses", "refused", "name"),
    [
        (["CC BY", "CC BY"], False, "CC BY"),
        (["CC BY", "CC BY-NC"], False, "CC BY-NC"),
        (["CC BY-SA", "CC BY-NC"], False, "CC BY-NC-SA"),
        (["CC BY", None], False, "none for the whole picture"),
        (["CC BY", "CC BY"], True, "none for the whole picture"),  # a panel of it is under other rights
    ],
)
def test_the_licence_of_a_picture_admits_no_more_than_those_of_its_panels(licenses, refused, name):
    rows = [panel(n, [0, 0, 5, 4], license=license) for n, license in enumerate(licenses, 1)]
    found = document(Graphics(*rows, refused=["PMC1v1-f001"] if refused else []))
    (stated,) = found["licenses"]
    assert (stated["name"], found["images"][0]["license"]) == (name, stated["id"])


def test_a_picture_shows_panels_that_were_refused_for_their_rights(tmp_path, run):
    """Of one figure panel B is another's; of the other, under ND, crops are refused and the whole is published."""
    mirror = Mirror(tmp_path / "mirror")
    mirror.add("PMC5.1", article(*FIGURES[5]), {"a.png": picture(5)})
    mirror.add("PMC9.1", article("", ""), {"a.png": picture(9)}, license_code="CC BY-ND")
    medconcept("build", mirror.inventory().root, tmp_path / "out", "--engine", "inline")
    assert run("export", "coco", tmp_path / "out", "-o", tmp_path / "boxes.json")[0] == 0
    found = json.loads((tmp_path / "boxes.json").read_text())
    names = {license["id"]: license["name"] for license in found["licenses"]}
    assert {image["graphic_id"]: names[image["license"]] for image in found["images"]} == {
        "PMC5v1-f001": "none for the whole picture",
        "PMC9v1-f001": "CC BY-ND",
    }


def test_a_name_of_the_source_cannot_lead_elsewhere():
    for graphic in ("../../x.jpg/..", "g1", "g1.../.", "x.j%2Fpg", "x.<b>"):
        (image,) = document(Graphics(panel(1, [0, 0, 5, 4], graphic=graphic)))["images"]
        assert image["file_name"] == "images/train-00000/PMC1v1-f001"


# Of a corpus


@pytest.fixture(scope="module")
def exported(demo, tmp_path_factory):
    """The demo's document with its pictures, in a folder."""
    folder = tmp_path_factory.mktemp("coco")
    medconcept("export", "coco", demo, "-o", folder / "demo.json", "--images", "demo")
    return folder


def test_pycocotools_loads_every_panel_and_cell(demo, exported):
    coco = COCO(exported / "demo.json")
    rows = [row for path in demo.glob("dataset/data/*") for row in pq.read_table(path).to_pylist()]
    panels = {each["panel_id"]: each for each in coco.loadAnns(coco.getAnnIds(catIds=coco.getCatIds(["panel"])))}
    assert {panel: corners(each) for panel, each in panels.items()} == {
        row["panel_id"]: row["provenance"]["box"] for row in rows
    }
    for row in rows:
        (image,) = coco.loadImgs([panels[row["panel_id"]]["image_id"]])
        assert image["sha256"] == row["provenance"]["parent_sha256"]
        mine = coco.loadAnns(coco.getAnnIds([image["id"]], coco.getCatIds(["cell"])))
        cells = [corners(each) for each in mine if each["panel_id"] == row["panel_id"]]
        assert cells == [cell["box"] for cell in row["cells"]]
        crop = Image.open(BytesIO(row["image"]))
        assert crop.size == tuple(panels[row["panel_id"]]["bbox"][2:])


def test_its_pictures_are_those_of_the_source_and_hold_its_letters(exported):
    coco = COCO(exported / "demo.json")
    letters = 0
    for image in coco.loadImgs(coco.getImgIds()):
        data = (exported / image["file_name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == image["sha256"]
        assert Image.open(BytesIO(data)).size == (image["width"], image["height"])
        for each in coco.loadAnns(coco.getAnnIds([image["id"]])):
            x0, y0, x1, y1 = corners(each)
            assert 0 <= x0 < x1 <= image["width"]
            assert 0 <= y0 < y1 <= image["height"]
            letters += each["category_id"] == 3 and each["panel_id"] is not None
    assert letters > 0


def test_without_pictures_it_is_said_what_only_they_tell(demo, run, tmp_path):
    status, told, error = run("export", "coco", demo, "-o", tmp_path / "demo.json")
    found = json.loads((tmp_path / "demo.json").read_text())
    unknown = sum(image["width"] is None for image in found["images"])
    assert (status, unknown > 0) == (0, True)
    assert told.startswith(f"{len(found['images'])} images, {len(found['annotations'])} annotations: ")
    assert "left out: pictures, and the letters on them" in error
    assert f"left out: width and height of {unknown} images" in error
    assert not (tmp_path / "images").exists()


def test_a_picture_that_the_source_has_no_more_is_counted_and_one_that_is_there_is_kept(demo, run, exported, tmp_path):
    source, target = shutil.copytree(demo_mirror(), tmp_path / "mirror"), tmp_path / "demo.json"
    images = json.loads((exported / "demo.json").read_text())["images"]
    changed, gone, there = images[:3]
    key = {image["id"]: image["uri"].removeprefix("s3://pmc-oa-opendata/") for image in images}
    (source / key[changed["id"]]).write_bytes(b"another picture")
    for image in (gone, there):
        (source / key[image["id"]]).unlink()
    (tmp_path / there["file_name"]).parent.mkdir(parents=True)
    shutil.copy(exported / there["file_name"], tmp_path / there["file_name"])
    status, _, error = run("export", "coco", demo, "-o", target, "--images", source)
    assert status == 0
    assert f"left out: 2 pictures, first {changed['graphic_id']}: md5_mismatch" in error
    assert [(tmp_path / image["file_name"]).exists() for image in (changed, gone, there)] == [False, False, True]
    found = json.loads(target.read_text())
    assert [image["id"] for image in found["images"]] == [image["id"] for image in images]
    assert {tuple(each["bbox"]) for each in found["annotations"] if each["category_id"] == 1} == {
        tuple(each["bbox"])
        for each in json.loads((exported / "demo.json").read_text())["annotations"]
        if each["category_id"] == 1
    }


def test_a_source_that_is_not_there_is_told_in_a_line(demo, run, tmp_path):
    status, _, error = run("export", "coco", demo, "-o", tmp_path / "demo.json", "--images", tmp_path / "none")
    assert (status, error.count("\n")) == (1, 1)
    assert not (tmp_path / "demo.json").exists()
