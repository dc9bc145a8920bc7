import pytest

from transforms.captions.markers import NO_MARKERS, find_markers


@pytest.mark.parametrize(
    ("caption", "labels", "markers"),
    [
        ("Left: CT. Right: MR.", ["left", "right"], ["Left:", "Right:"]),
        ("CT (left) and MR (right).", ["left", "right"], ["(left)", "(right)"]),
        ("CT (left panel, arrow) and MR (right panel).", ["left", "right"], ["(left panel, arrow)", "(right panel)"]),
        (
            "Scans. Top left: CT. Top right: MR. Bottom left: US. Bottom right: PET.",
            ["top left", "top right", "bottom left", "bottom right"],
            ["Top left:", "Top right:", "Bottom left:", "Bottom right:"],
        ),
        (
            "Counts, on the left for CT, and on the right for MR.",
            ["left", "right"],
            ["on the left", "and on the right"],
        ),
        ("T. On the left, tumours grow. On the right: they shrink.", ["left", "right"], None),
        ("T. Upper left, CT. Upper right, MR. Lower left, US.", ["top left", "top right", "bottom left"], None),
        ("Top row: CT; bottom row: MR.", ["top", "bottom"], ["Top row:", "bottom row:"]),
        ("CT (upper row) and MR (lower row).", ["top", "bottom"], ["(upper row)", "(lower row)"]),
        ("The left image shows a mass and the right a scar.", ["left", "right"], ["The left image", "right"]),
        ("The left-hand panel is CT. The right-hand panel is MR.", ["left", "right"], None),
        ("Left panel: CT. Middle panel: MR. Right panel: US.", ["left", "middle", "right"], None),
        ("CT (left), MR (centre) and US (right).", ["left", "middle", "right"], None),
        ("CT (upper left), MR (upper right), US (lower left).", ["top left", "top right", "bottom left"], None),
        ("WT (left upper panel), KO (right upper panel), sham (left lower panel).", None, None),
        ("CT (left), MR (top right) and US (bottom right).", ["top right", "left", "bottom right"], None),
        ("Biopsies (top and middle panels) and liver (bottom panel).", ["top", "middle", "bottom"], None),
        ("CT of the left (left) and the right (right) kidney.", ["left", "right"], ["(left)", "(right)"]),
    ],
)
def test_places_of_panels(caption, labels, markers):
    found = find_markers(caption)
    assert found.kind == "places"
    assert labels is None or list(found.labels) == labels
    assert markers is None or [caption[marker.start : marker.end] for marker in found.markers] == markers
    assert all(marker.style == "place" for marker in found.markers)


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "CT (left).",
        "Masses were found on the left and on the right.",
        "A mass on the left, nodes on the right.",
        "The mass on the left is larger than the one on the right.",
        "Left lung with a mass; the right lung is clear.",
        "Mass in the right upper lobe, nodule in the left lower lobe.",
        "Arrows (left) and arrowheads (right) show fractures.",
        "Fundus of the eye (left) and of the other eye (right).",
        "Left and right panels show CT.",
        "The distance to the ramus (left side) and the arch (right side).",
        "Vessel from proximal (right) to distal (left).",
        "Electrodes on the cranial (upper) and caudal (lower) belt.",
        "Activation in the insula (right: -36 26, left: 39 20).",
        "RRM2B (top) and p16 (bottom) at low (left) and high (right) power.",
        "The top of the bottom shelf.",
        "Arrow in the left panel, lines in the right panel.",
        "Magnification of the top panel: 200. Scale bars in the lower panel: 1 mm.",
    ],
)
def test_words_of_position_that_are_no_panels(caption):
    assert find_markers(caption) == NO_MARKERS


def test_a_place_again_only_names():
    found = find_markers("CT (left panel) and MR (right panel). A line is seen in the left panel.")
    assert [marker.introduces for marker in found.markers] == [True, True, False]


def test_letters_come_before_places():
    assert find_markers("Left panel (A): CT. Right panel (B): MR.").labels == ("A", "B")
