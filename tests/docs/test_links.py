"""Links between pages lead somewhere, and every page is reached from the index of docs/."""

import re

import pytest

from tests.docs.pages import CARDS, PAGES, ROOT, name, prose

LINK = re.compile(r"\]\(([^)\s]+)\)")
#: A path of the repository in running text, as in "see docs/audit.md" or "`benchmarks/rates.py` measured it".
ROOMS = ("pipeline", "dags", "transforms", "schemas", "tests", "training", "benchmarks", "docker", "docs")
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(ROOMS)})/[\w./-]*\w")
#: A page that a comment in the code names.
NAMED = re.compile(r"(?<![\w/])docs/[\w.-]+\.md\b")


def links(page):
    """The links of a page that lead to no other site."""
    return [link for link in LINK.findall(prose(page)) if not re.match(r"\w+:", link)]


def anchors(page):
    """The anchors that a forge gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {word.replace(" ", "-") for word in words}


def reached(page, seen):
    """The pages that links lead to from `page`, it included."""
    if page not in seen:
        seen.add(page)
        for link in links(page):
            target = (page.parent / link.split("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file():
                reached(target, seen)
    return seen


@pytest.mark.parametrize("page", [*PAGES, *CARDS], ids=name)
def test_links(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        assert not anchor or anchor in anchors(target), f"{name(page)} links to {link}"


@pytest.mark.parametrize("page", [*PAGES, *CARDS], ids=name)
def test_files_that_a_page_names(page):
    for path in PATH.findall(page.read_text("utf-8")):
        assert (ROOT / path).exists(), f"{name(page)} names {path}"


def test_pages_that_the_code_names():
    sources = [ROOT / "setup.cfg", *(module for room in ROOMS for module in (ROOT / room).rglob("*.py"))]
    named = {path for source in sources for path in NAMED.findall(source.read_text("utf-8"))}
    elsewhere = {"docs/Evaluation.md"}  # of facebookresearch/sscd-copy-detection
    assert not [path for path in named - elsewhere if not (ROOT / path).is_file()]


def test_every_page_is_reached_from_the_index():
    seen = reached(ROOT / "docs/README.md", set())
    assert not {page for page in PAGES if page.parent.name == "docs"} - seen


def test_the_index_is_reached_from_the_readme():
    assert "docs/README.md" in links(ROOT / "README.md")
