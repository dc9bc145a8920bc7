"""Mirrors of small articles: each figure is a number, which is its picture, or a reason why it has none."""

import shutil
from pathlib import Path

from servers import Mirror

from tests.pictures import drawing, encoded

FIGURE = """<fig id="f{n}"><label>Figure {n}</label>{caption}<graphic xlink:href="g{n}"/></fig>"""
CAPTION = "<caption><p>Chest CT of the lung in pneumonia.</p></caption>"
ARTICLE = '<article xmlns:xlink="http://www.w3.org/1999/xlink"><body>{figures}</body></article>'


def jats(count: int, caption: str = CAPTION) -> bytes:
    """An article with so many figures."""
    figures = "".join(FIGURE.format(n=n, caption=caption) for n in range(1, count + 1))
    return ARTICLE.format(figures=figures).encode()


def mirror(folder: Path, *articles: list[int], caption: str = CAPTION, **fields) -> Path:
    """A mirror of articles, each given by the seeds of its figures' pictures; `fields` go into every JSON."""
    made = Mirror(folder)
    for number, seeds in enumerate(articles, 1):
        media = {f"g{n}.png": encoded(drawing(seed, (64, 48)), "PNG") for n, seed in enumerate(seeds, 1)}
        made.add(f"PMC{number}.1", jats(len(seeds), caption), media, **fields)
    return made.inventory().root


class Source:
    """A mirror whose articles come, go and change; each article has a figure, whose picture is a number."""

    def __init__(self, folder, numbers):
        self.mirror = Mirror(folder)
        for number in numbers:
            self.write(number)
        self.mirror.inventory()

    def write(self, number, picture=None):
        media = {"g1.png": encoded(drawing(picture or number, (64, 48)), "PNG")}
        self.mirror.add(f"PMC{number}.1", jats(1), media)

    def remove(self, number):
        del self.mirror.etags[f"PMC{number}.1"]
        shutil.rmtree(self.mirror.root / f"PMC{number}.1")
        (self.mirror.root / "metadata" / f"PMC{number}.1.json").unlink()

    def picture(self, number):
        return self.mirror.root / f"PMC{number}.1" / "g1.png"
