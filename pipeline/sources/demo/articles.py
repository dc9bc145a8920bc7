"""The demo's articles, read from `articles.yaml`, and their JATS."""

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict

from pipeline.sources.demo.drawings import Grid

#: Where each licence code of PMC is published.
LICENSE_URLS = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC BY-NC-SA": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "CC BY-NC-ND": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
}


class Strict(BaseModel):
    """A model that refuses a key it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Graphic(Strict):
    """A reference of the XML and the object that it means; without `draw` there is no such object."""

    href: str
    file: str = ""
    draw: Grid = ()
    letters: str = ""
    scale: float = 1
    quality: int = 88

    @property
    def name(self) -> str:
        """The object's name at the source."""
        has_extension = self.href.lower().endswith((".jpg", ".tif"))
        return self.file or (self.href if has_extension else f"{self.href}.jpg")


class Figure(Strict):
    """A figure, or a fig-group with its member figures."""

    id: str
    element: Literal["fig", "fig-group", "supplementary-material"] = "fig"
    label: str = ""
    title: str = ""
    caption: tuple[str, ...] = ()
    alternatives: bool = False
    graphics: tuple[Graphic, ...] = ()
    members: tuple["Figure", ...] = ()


class Article(Strict):
    """One article version. `license` goes into the metadata and, where `license_in_jats` is not set, into the JATS."""

    id: str
    version: int = 1
    title: str
    journal: str
    year: int
    article_type: str = "research-article"
    authors: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    license: str | None = None
    license_in_jats: str | None = None
    license_in_json: bool = True
    open_access: bool = True
    manuscript: bool = False
    historical_ocr: bool = False
    retracted: bool = False
    old_style_ids: bool = False  # <article-id pub-id-type="pmc">, as before 2025
    truncated: bool = False
    body: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    attachments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The prefix of its objects: PMC9000001.1."""
        return f"{self.id}.{self.version}"

    @property
    def pmid(self) -> int:
        """A number above all that PubMed has given out."""
        return 90_000_000 + int(self.id[3:])

    @property
    def doi(self) -> str:
        """A DOI under the prefix reserved for examples."""
        return f"10.5555/demo.{self.id[3:]}"

    @property
    def graphics(self) -> tuple[Graphic, ...]:
        """Every graphic, those of fig-group members included, in document order."""
        figures = [member for figure in self.figures for member in (figure, *figure.members)]
        return tuple(graphic for figure in figures for graphic in figure.graphics)


def read_articles() -> list[Article]:
    """The articles of the demo, in the order of their names."""
    text = files(__package__).joinpath("articles.yaml").read_text("utf-8")
    return [Article.model_validate(item) for item in yaml.safe_load(text)]


def jats(article: Article) -> bytes:
    """The article's XML; broken off after two thirds where it is to be malformed."""
    license_url = LICENSE_URLS.get(article.license_in_jats or article.license or "")
    xml = _template().render(article=article, license_url=license_url).encode()
    return xml[: len(xml) * 2 // 3] if article.truncated else xml


@cache
def _template() -> Template:
    loader = PackageLoader(__package__, "")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    return environment.get_template("article.xml.jinja")
