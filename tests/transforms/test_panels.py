"""The stage that cuts figures into panels: rows, bytes, ids and rejects."""

import hashlib
import io
import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from pipeline.sources.demo.drawings import GUTTER, draw
from pipeline.sources.demo.scans import WIDTH
from schemas.figures import IMAGES
from schemas.ids import graphic_id
from schemas.panels import CAPTIONED
from schemas.rejects import Reason
from transforms.duplicates.appearance import appearance
from transforms.images.decode import decode
from transforms.images.metadata import metadata_kinds
from transforms.modality.evidence import looks
from transforms.modality.picture import Classifier
from transforms.modality.picture import model_digest as looks_digest
from transforms.modality.siblings import together
from transforms.panels import SplitPanels, stage
from transforms.panels.detector import model_digest
from transforms.panels.finder import Found, Panel
from transforms.versions import CAPTIONS, data_digest


def texture(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(40, 200, (height, width), dtype=np.uint8))


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


CAPTION = "Scans. (A) First. (B) Second."


def graphics(*images, license="CC BY", claims=(), caption=CAPTION):
    article = {"pmcid": "PMC1", "version": 1, "license": license, "attribution": f"Doe. ({license})"}
    shared = {"article_id": "PMC1v1", "article": article, "claims": list(claims), "graphic_count": 1}
    shared |= {"figure_caption": caption}
    rows = [
        {**shared, "figure_id": f"PMC1v1-f{n:03d}", "graphic_id": f"PMC1v1-f{n:03d}", "image": image}
        for n, image in enumerate(images, 1)
    ]
    return pa.Table.from_pylist(rows, schema=IMAGES)


def finding(*found, **gates):
    """The stage with a finder that gives these panels of the pictures, one after the other."""
    panels = SplitPanels(**gates)
    given = iter(found)
    panels._find = lambda pictures: [Found(next(given), "fake-1") for _ in pictures]
    return panels


def halves(width, height):
    return [Panel((0, 0, width // 2, height), 0.75, "A"), Panel((width // 2, 0, width, height), 0.5, None)]


def test_it_names_crops_their_letters_and_their_parent():
    page = texture(240, 90)
    source = png(page)
    table = finding(halves(240, 90))(graphics(source))
    assert table.schema == CAPTIONED
    first, second = table.to_pylist()
    assert (first["panel_id"], second["panel_id"]) == ("PMC1v1-f001-p01", "PMC1v1-f001-p02")
    assert (first["panel_label"], second["panel_label"]) == ("A", "B")
    assert [cells[0]["box"] for cells in table["cells"].to_pylist()] == [[0, 0, 120, 90], [120, 0, 240, 90]]
    assert (first["panel_count"], first["detector"], first["detector_score"]) == (2, "fake-1", 0.75)
    assert second["box"] == [120, 0, 240, 90]
    assert (second["format"], second["width"], second["height"]) == ("png", 120, 90)
    assert second["sha256"] == hashlib.sha256(second["image"]).hexdigest()
    assert second["parent_sha256"] == hashlib.sha256(source).hexdigest()
    assert np.array_equal(Image.open(io.BytesIO(second["image"])), page.crop((120, 0, 240, 90)))


def test_crops_bring_what_the_whole_picture_is_compared_by():
    """A panel that is the whole picture brings its own, and a refused crop none."""
    page = texture(240, 90)
    crops = finding(halves(240, 90))(graphics(png(page))).to_pylist()
    assert [row["parent"] for row in crops] == [appearance(page)] * 2
    whole = [Panel((0, 0, 240, 90), 0.5, None)]
    assert finding(whole)(graphics(png(page)))["parent"].to_pylist() == [None]
    refused = finding(halves(240, 90))(graphics(png(page), license="CC BY-ND")).to_pylist()
    assert [(row["parent"], row["reject"] is None) for row in refused] == [(None, True), (None, False), (None, False)]


def first(strips, caption, group=None, count=1, number=1):
    """The first row of a graphic of strips of 80 pixels; a letter each, "-" for none."""
    found = [Panel((80 * n, 0, 80 * n + 80, 90), 0.5, letter.strip("-") or None) for n, letter in enumerate(strips)]
    [row] = graphics(png(texture(80 * len(strips), 90)), caption=caption).to_pylist()
    row |= {"group_caption": group, "graphic_count": count, "graphic_id": graphic_id(row["figure_id"], number)}
    return finding(found)(pa.Table.from_pylist([row], schema=IMAGES)).to_pylist()[0]


LETTERS = "T. (A) One. (B) Two."


@pytest.mark.parametrize(
    ("given", "method", "text"),
    [
        (("bA", LETTERS), "label", "(B) Two. T."),
        (("-B", LETTERS), "count", "(A) One. T."),
        (("ZB", LETTERS), "count", "(A) One. T."),
        (("A", LETTERS), "whole:single", LETTERS),
        (("B", LETTERS, None, 2), "label", "(B) Two. T."),
        (("-", LETTERS, None, 2), "graphics", "(A) One. T."),
        (("-", LETTERS, None, 2, 2), "graphics", "(B) Two. T."),
        (("--", LETTERS, None, 3), "whole:mismatch", LETTERS),
        (("---", LETTERS), "whole:mismatch", LETTERS),
        (("AB", "Plain."), "whole:unlettered", "Plain."),
        (("AB", "Plain.", "Group."), "whole:unlettered", "Group. Plain."),
        (("AB", "Group.", "Group."), "whole:unlettered", "Group."),
        (("BA", "(B) Two.", "(A) One."), "label", "(B) Two."),
        (("AB", None), "whole:unlettered", ""),
    ],
)
def test_each_panel_has_its_text(given, method, text):
    row = first(*given)
    assert (row["caption_method"], row["caption"]) == (method, text)


def test_a_row_tells_what_its_text_is_of():
    row = first("BZ-", "Scans. (A) One. (B) Two. (C) Three.", count=2)
    assert (row["caption_own"], row["caption_shared"]) == ("(B) Two.", "Scans.")
    assert row["text_spans"] == [{"kind": "own", "start": 16, "end": 24}, {"kind": "shared", "start": 0, "end": 6}]
    assert 0 < row["caption_confidence"] <= 1
    assert (row["letters_without_panel"], row["letters_without_text"]) == ([], ["Z"])
    row = first("AB-Z", "(A) One. (B) Two. (C) Three. (D) Four. (E) Five.")
    assert (row["letters_without_panel"], row["letters_without_text"]) == (["C", "D", "E"], ["Z"])


def told(table):
    """Id, size, licence and reject of each row."""
    return [
        (row["panel_id"], row["width"], row["license"], row["reject"] and row["reject"]["detail"])
        for row in table.to_pylist()
    ]


def test_a_figure_under_a_licence_without_derivatives_is_published_whole_and_its_crops_are_rejects():
    source = png(texture(240, 90))
    table = finding(halves(240, 90))(graphics(source, license="CC BY-ND"))
    no = "CC BY-ND: a crop is a derivative"
    assert told(table) == [
        ("PMC1v1-f001-p01", 240, "CC BY-ND", None),
        ("PMC1v1-f001-p02", None, None, no),
        ("PMC1v1-f001-p03", None, None, no),
    ]
    whole = table.to_pylist()[0]
    assert (whole["image"], whole["box"], whole["detector"]) == (source, [0, 0, 240, 90], "fake-1/whole:noderivatives")
    assert (whole["caption"], whole["caption_method"], len(whole["cells"])) == (CAPTION, "whole:single", 2)
    assert table["panel_count"].to_pylist() == [3, 3, 3]
    assert {row["reject"]["reason"] for row in table.to_pylist()[1:]} == {Reason.FIGURE_LICENSE}


def test_crops_under_such_licences_are_made_where_the_recipe_says_so():
    table = finding(halves(240, 90), crop_noderivatives=True)(graphics(png(texture(240, 90)), license="CC BY-ND"))
    assert told(table) == [("PMC1v1-f001-p01", 120, "CC BY-ND", None), ("PMC1v1-f001-p02", 120, "CC BY-ND", None)]


def test_a_picture_that_is_written_anew_is_no_crop():
    source = io.BytesIO()
    texture(240, 90).save(source, "TIFF")
    (row,) = SplitPanels(split=False)(graphics(source.getvalue(), license="CC BY-ND")).to_pylist()
    assert (row["panel_id"], row["format"], row["reject"]) == ("PMC1v1-f001-p01", "png", None)


CLAIM = {"text": "Panel A © Press.", "license": None, "panels": ["A"]}


def test_a_claim_holds_for_the_panels_that_it_names_and_for_those_that_are_not_known():
    third = [Panel((0, 0, 80, 90), 0.5, "A"), Panel((80, 0, 160, 90), 0.5, "B"), Panel((160, 0, 240, 90), 0.5, None)]
    caption = f"{CAPTION} (C) Third."
    table = finding(third, licenses="commercial")(graphics(png(texture(240, 90)), claims=[CLAIM], caption=caption))
    assert told(table) == [
        ("PMC1v1-f001-p01", None, None, "no licence: Panel A © Press."),
        ("PMC1v1-f001-p02", 80, "CC BY", None),
        ("PMC1v1-f001-p03", None, None, "no licence: Doe. (CC BY) Panel A © Press."),
    ]
    second = table.to_pylist()[1]
    assert second["attribution"] == "Doe. (CC BY)"


def test_a_whole_figure_is_under_every_claim_and_a_graphic_without_a_panel_left_is_one_reject():
    (row,) = SplitPanels(split=False, licenses="commercial")(
        graphics(png(texture(240, 90)), claims=[CLAIM])
    ).to_pylist()
    assert (row["panel_id"], row["reject"]["reason"]) == (None, Reason.FIGURE_LICENSE)
    (row,) = SplitPanels(split=False)(graphics(png(texture(240, 90)), claims=[CLAIM])).to_pylist()
    assert (row["license"], row["attribution"]) == (None, "Doe. (CC BY) Panel A © Press.")


def photograph(size, gps):
    """A JPEG with the Exif of a camera, with the place where it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "somebody"
    if gps:
        exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (50.0, 5.0, 12.0), 3: "E", 4: (14.0, 25.0, 1.0)}
    buffer = io.BytesIO()
    texture(*size).convert("RGB").save(buffer, "JPEG", exif=exif, comment=b"by somebody")
    return buffer.getvalue()


def test_a_whole_graphic_does_not_tell_where_it_was_taken():
    source = photograph((80, 60), gps=True)
    (row,) = SplitPanels(split=False)(graphics(source)).to_pylist()
    assert metadata_kinds(row["image"]) == set()
    assert decode(row["image"]).image.tobytes() == decode(source).image.tobytes()
    assert (row["format"], row["sha256"]) == ("jpg", hashlib.sha256(row["image"]).hexdigest())
    assert row["parent_sha256"] == hashlib.sha256(source).hexdigest() != row["sha256"]
    (kept,) = SplitPanels(split=False)(graphics(photograph((80, 60), gps=False))).to_pylist()
    assert metadata_kinds(kept["image"]) == {"exif", "comment"}
    assert kept["sha256"] == kept["parent_sha256"]


def test_crops_carry_no_metadata():
    for gps in (True, False):
        rows = finding(halves(240, 90))(graphics(photograph((240, 90), gps))).to_pylist()
        assert [metadata_kinds(row["image"]) for row in rows] == [set(), set()]


@pytest.mark.parametrize("split", [True, False])
def test_a_whole_graphic_keeps_its_bytes(split):
    source = png(texture(80, 60))
    panels = finding([Panel((0, 0, 80, 60), 1.0, None)]) if split else SplitPanels(split=False)
    (row,) = panels(graphics(source)).to_pylist()
    assert row["image"] == source
    assert row["sha256"] == row["parent_sha256"]
    assert (row["box"], row["panel_count"]) == ([0, 0, 80, 60], 1)


def test_a_whole_graphic_that_readers_would_show_unlike_is_rewritten():
    buffer = io.BytesIO()
    texture(80, 60).convert("CMYK").save(buffer, "JPEG")
    (row,) = SplitPanels(split=False)(graphics(buffer.getvalue())).to_pylist()
    assert row["format"] == "png"
    assert Image.open(io.BytesIO(row["image"])).mode == "RGB"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_boxes_lie_in_the_upright_picture(format, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    buffer = io.BytesIO()
    texture(240, 90).save(buffer, format, exif=exif)
    source = buffer.getvalue()
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(source)))
    assert upright.size == ((240, 90) if orientation < 5 else (90, 240))
    width, height = upright.size
    for row in finding(halves(width, height))(graphics(source)).to_pylist():
        crop = Image.open(io.BytesIO(row["image"]))
        assert (row["width"], row["height"]) == crop.size
        assert np.array_equal(crop, upright.crop(row["box"]))
    (whole,) = SplitPanels(split=False)(graphics(source)).to_pylist()
    assert (whole["box"], whole["width"], whole["height"]) == ([0, 0, width, height], width, height)
    shown = Image.open(io.BytesIO(whole["image"]))
    assert shown.getexif().get(ExifTags.Base.Orientation, 1) == 1
    assert np.array_equal(shown, upright)
    assert (whole["sha256"] == whole["parent_sha256"]) == (format == "PNG" and orientation == 1)


def test_a_jpeg_without_its_end_says_so_in_all_its_panels():
    whole, cut = photograph((240, 90), gps=False), photograph((240, 90), gps=False)[:-2]
    rows = finding(halves(240, 90), halves(240, 90))(graphics(whole, cut)).to_pylist()
    assert [row["truncated"] for row in rows] == [False, False, True, True]
    (row,) = SplitPanels(split=False)(graphics(cut)).to_pylist()
    assert (row["truncated"], row["format"]) == (True, "png")  # no reader is given bytes that it may refuse
    assert decode(row["image"]).image.tobytes() == decode(whole).image.tobytes()


def test_what_is_no_picture_is_rejected_alone():
    good = png(texture(80, 60))
    table = finding(halves(80, 60), halves(80, 60))(graphics(good, b"<html>", good))
    first, _, bad, _, last = table.to_pylist()
    assert first["reject"] is last["reject"] is None
    assert bad["reject"] == {
        "stage": "panels",
        "reason": Reason.IMAGE_CORRUPT.value,
        "detail": "an HTML page, not a raster image",
    }
    assert (bad["graphic_id"], bad["panel_id"], bad["image"]) == ("PMC1v1-f002", None, None)
    assert (first["graphic_id"], last["graphic_id"]) == ("PMC1v1-f001", "PMC1v1-f003")


PICTURES = [png(Image.new("L", (60, 40), level)) for level in range(0, 250, 25)]


@given(st.lists(st.one_of(st.none(), st.integers(1, 3)), max_size=16))
def test_every_graphic_ends_as_panels_or_as_one_reject(counts):
    panels = [[Panel((20 * x, 0, 20 * x + 10, 40), 0.5, "ABC"[x]) for x in range(count)] for count in counts if count]
    images = [b"" if count is None else PICTURES[n % len(PICTURES)] for n, count in enumerate(counts)]
    rows = finding(*panels)(graphics(*images, caption="(A) One. (B) Two. (C) Three.")).to_pylist()
    ids = [(row["graphic_id"], row["panel_id"] and row["panel_id"][-3:], row["panel_count"]) for row in rows]
    assert ids == [
        (f"PMC1v1-f{n:03d}", *names)
        for n, count in enumerate(counts, 1)
        for names in ([(None, None)] if count is None else [(f"p{k:02d}", count) for k in range(1, count + 1)])
    ]
    assert [row["reject"] is not None for row in rows] == [row["panel_id"] is None for row in rows]
    for row in rows:
        if row["panel_id"]:
            n = int(row["graphic_id"][-3:]) - 1
            assert row["parent_sha256"] == hashlib.sha256(images[n]).hexdigest()


def test_few_pictures_and_few_pixels_are_open_at_once(monkeypatch):
    together = []
    panels = SplitPanels()
    panels._find = lambda pictures: together.append(len(pictures)) or stage._whole(pictures)
    panels(graphics(*[PICTURES[0]] * 11))
    assert together == [8, 3]
    monkeypatch.setattr(stage, "PIXELS", 5000)  # a picture has 2400
    together.clear()
    panels(graphics(*[PICTURES[0]] * 4))
    assert together == [3, 1]


def test_the_models_are_part_of_the_version_and_the_resources_are_stated():
    panels = SplitPanels()
    assert panels.version == f"13+{model_digest()}+{looks_digest()}+{data_digest(CAPTIONS)}"
    assert panels.cpus == 1.0
    assert 0 < panels.gpus < 1  # where there is one: an engine knows, the stage does not
    whole = SplitPanels(split=False)  # what its pictures look like is a network's, too
    assert (whole.version, whole.gpus) == (f"9+{looks_digest()}+{data_digest(CAPTIONS)}", panels.gpus)


def test_two_scans_beside_each_other_are_two_panels():
    table = SplitPanels()(graphics(png(draw((("chest_ct 1", "brain_mri 2"),)))))
    left, right = table.to_pylist()
    assert abs(left["box"][2] - WIDTH) <= 0.05 * WIDTH
    assert abs(right["box"][0] - WIDTH - GUTTER) <= 0.05 * WIDTH
    assert (left["panel_id"], right["panel_id"]) == ("PMC1v1-f001-p01", "PMC1v1-f001-p02")
    assert min(left["detector_score"], right["detector_score"]) > 0.3


@pytest.mark.parametrize("split", [True, False])
def test_each_panel_is_looked_at_with_the_others_of_its_picture(split):
    two, one = (draw(rows) for rows in ((("chest_ct 1", "brain_mri 2"),), (("brain_mri 1",),)))
    rows = SplitPanels(split=split)(graphics(png(two), png(one))).to_pylist()
    assert len(rows) == (3 if split else 2)
    pictures = [[two.crop(row["box"]) for row in rows[:-1]], [one]]
    expected = [looks(seen) for each in pictures for seen in together(Classifier().look(each))]
    assert [[each["name"] for each in row["seen"]] for row in rows] == [
        [each["name"] for each in names] for names in expected
    ]


def test_a_scan_alone_is_one_panel_with_its_bytes():
    source = png(draw((("chest_ct 1",),)))
    (row,) = SplitPanels()(graphics(source)).to_pylist()
    assert row["image"] == source


def test_it_travels_to_a_worker_and_works_there():
    panels = pickle.loads(pickle.dumps(SplitPanels()))
    panels.setup()
    rows = panels(graphics(png(texture(80, 60)))).to_pylist()
    assert rows[0]["detector"].startswith(f"panels-5+{model_digest()}")
