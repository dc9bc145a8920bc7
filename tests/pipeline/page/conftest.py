"""A browser that is started once, and the page of the small folder in it."""

import pytest
from browser import CHROMIUM, Browser
from folder import write_folder


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium):
    """The browser; what a test shows must leave no error, ask for nothing but files, and run nothing of the data."""
    chromium.errors.clear()
    chromium.requests.clear()
    chromium.size(1280)
    chromium.prefer("light")
    yield chromium
    assert chromium.errors == []
    assert {request.split(":")[0] for request in chromium.requests} <= {"about", "file", "data", "blob"}
    assert chromium.run("window.broken") is None


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The page of the small folder."""
    return write_folder(tmp_path_factory.mktemp("tiny"))
