import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.jats.graphics import RASTER, Resolver, is_image, split


def resolve(hrefs: str | list[str], *names: str) -> str | None:
    media = Resolver([{"name": name, "uri": f"s3://pmc/{name}", "md5": ""} for name in names])
    found = media.resolve([hrefs] if isinstance(hrefs, str) else hrefs)
    return found and found["name"]


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("fig1.jpg", "fig1.jpg"),
        ("FIG1.JPG", "fig1.jpg"),
        ("fig1", "Fig1.JPEG"),
        ("fig1.tif", "fig1.jpg"),
        ("fig1.eps", "fig1.jpg"),
        ("ijms-10-1.f1", "ijms-10-1.f1.jpg"),
        ("1471-2105-9-S1.v2", "1471-2105-9-S1.v2.png"),
        ("info:doi/10.1371/journal.pone.0056489.g001", "journal.pone.0056489.g001.png"),
        ("info:doi/10.1371/journal.pone.0056489.g001", "pone.0056489.g001.jpg"),
        ("pone.0056489.g001", "journal.pone.0056489.g001.tif"),
        ("https://minio.example.org/store/ab12.jpg", "ab12.jpg"),
        ("https://example.org/a/ab12.jpg?size=large#top", "ab12.jpg"),
        ("images/fig%201.png", "Fig 1.png"),
        ("..\\images\\fig1.png", "fig1.png"),
        ("journal.pone.0012345.s001", "journal.pone.0012345.s001"),
        ("fig1.tif", "fig1.tif.jpg"),
    ],
)
def test_an_href_names_an_object(href, name):
    assert resolve(href, "other.jpg", name) == name


@pytest.mark.parametrize(
    ("href", "names"),
    [
        ("ijms-10-1.f1", ["ijms-10-1.jpg", "ijms-10-1.f2.jpg", "ijms-10-1.f11.jpg"]),
        ("fig1", ["fig10.jpg", "fig1.pdf", "afig1.jpg"]),
        ("fig1.pdf", ["fig1.pdf"]),
        ("fig1", []),
        ("", ["fig1.jpg"]),
    ],
)
def test_nothing_else_is_taken_for_it(href, names):
    assert resolve(href, *names) is None


def test_the_exact_name_wins_then_the_preferred_extension():
    assert resolve("a.gif", "a.jpg", "a.gif") == "a.gif"
    assert resolve("a", "a.gif", "a.tif", "a.png", "a.jpeg") == "a.jpeg"
    assert resolve("a.eps", "a.eps", "a.gif") == "a.gif"


def test_the_first_rendering_that_exists_is_taken():
    assert resolve(["big.tif", "small.gif"], "small.gif") == "small.gif"


def test_objects_that_are_no_images_are_told():
    assert Resolver([{"name": "Fig1.pdf", "uri": "", "md5": ""}]).others(["fig1.pdf", "fig2.pdf"]) == ["Fig1.pdf"]


@pytest.mark.parametrize(
    ("href", "mimetype", "expected"),
    [
        ("s1.tif", "", True),
        ("s1.tiff", "application", True),
        ("s001", "image/tiff", True),
        ("s1.pdf", "image", False),
        ("s1.mp4", "video", False),
        ("s001", "", False),
    ],
)
def test_what_is_an_image(href, mimetype, expected):
    assert is_image(href, mimetype) is expected


stems = st.text("abcG019._- %", min_size=1, max_size=10).filter(lambda stem: stem.strip(" ./") == stem)


@given(st.lists(stems, min_size=1, unique_by=str.lower), st.data())
def test_every_object_is_found_by_its_name_and_by_its_stem(names, data):
    objects = [f"{stem}.{data.draw(st.sampled_from(RASTER))}" for stem in names]
    for stem, name in zip(names, objects, strict=True):
        assert resolve(name.upper().replace("%", "%25"), *objects) == name
        if "%" not in stem and not split(stem)[1]:
            assert resolve(f"https://example.org/path/{stem}", *objects) == name


@given(st.text(), st.lists(stems))
def test_what_is_found_is_one_of_the_objects(href, names):
    assert resolve(href, *names) in {None, *names}


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("Größe1.jpg", "Gro\u0308ße1.jpg"),
        ("Gro\u0308ße1.jpg", "Größe1.jpg"),
        ("GRO\u0308ßE1", "größe1.jpg"),
        ("Gro%CC%88%C3%9Fe1.jpg", "Größe1.jpg"),
        ("fig%201.jpg", "fig%201.jpg"),
        ("fig%25201.jpg", "fig%201.jpg"),
        ("fig 1.jpg", "fig%201.jpg"),
        ("fig%201", "fig%201.png"),
        ("fig%201.jpg", "fig 1.jpg"),
        ("fig+1.jpg", "fig+1.jpg"),
        ("fig+1.jpg", "fig 1.jpg"),
        ("fig 1.jpg", "fig+1.jpg"),
        ("fig%2B1.jpg", "fig+1.jpg"),
        ("fig\n  1.jpg", "fig 1.jpg"),
        ("fig100%.jpg", "fig100%.jpg"),
    ],
)
def test_one_name_in_several_spellings(href, name):
    assert resolve(href, "other.jpg", name) == name


@pytest.mark.parametrize(
    ("href", "names", "name"),
    [
        ("fig%201.jpg", ["fig 1.jpg", "fig%201.jpg"], "fig%201.jpg"),
        ("fig%25201.jpg", ["fig 1.jpg", "fig%201.jpg"], "fig%201.jpg"),
        ("fig 1.jpg", ["fig%201.jpg", "fig+1.jpg", "fig 1.jpg"], "fig 1.jpg"),
        ("fig+1.jpg", ["fig 1.jpg", "fig+1.jpg"], "fig+1.jpg"),
        ("A.jpg", ["a.jpg", "A.jpg"], "A.jpg"),
        ("a.jpg", ["a.jpg", "A.jpg"], "a.jpg"),
        ("a", ["A.jpg", "a.png"], "a.png"),
        ("a.tif", ["A.jpg", "a.jpg"], "a.jpg"),
        ("A.JPG", ["a.jpg", "A.jpg"], "A.jpg"),
        ("Ab.jpg", ["AB.jpg", "aB.jpg"], None),
        ("Ab.tif", ["AB.jpg", "aB.png"], None),
    ],
)
def test_of_names_alike_the_one_that_is_written_so(href, names, name):
    assert resolve(href, *names) == resolve(href, *reversed(names)) == name


@pytest.mark.parametrize(
    ("href", "names", "name"),
    [
        ("a.jpg", ["x/a.jpg"], "x/a.jpg"),
        ("x/a.jpg", ["a.jpg"], "a.jpg"),
        ("a.jpg", ["x/a.jpg", "a.jpg"], "a.jpg"),
        ("x/a.jpg", ["x/a.jpg", "a.jpg", "y/a.jpg"], "x/a.jpg"),
        ("y/a", ["x/a.jpg", "y/a.png"], "y/a.png"),
        ("../y/a.jpg", ["PMC7/x/a.jpg", "PMC7/y/a.jpg"], "PMC7/y/a.jpg"),
        ("Y%20z/A.jpg", ["x/A.jpg", "y z/a.jpg"], "y z/a.jpg"),
        ("https://example.org/x/y/a.jpg?v=1", ["z/y/a.jpg", "x/y/a.jpg"], "x/y/a.jpg"),
        ("z/a.jpg", ["a.jpg", "x/a.jpg", "y/a.jpg"], "a.jpg"),
        ("a.jpg", ["x/a.jpg", "y/a.jpg"], None),
        ("a", ["x/a.jpg", "y/a.png"], None),
        ("z/a.jpg", ["x/a.jpg", "y/a.jpg"], None),
    ],
)
def test_of_one_name_in_several_folders_the_one_that_is_meant_or_none(href, names, name):
    assert resolve(href, *names) == resolve(href, *reversed(names)) == name


def test_files_that_are_known_to_be_the_same_are_no_choice():
    media = [{"name": f"{folder}/a.jpg", "uri": f"s3://pmc/{folder}/a.jpg", "md5": "1"} for folder in "xy"]
    assert Resolver(media).resolve(["a.jpg"]) == media[0]
