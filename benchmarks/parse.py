"""Reading JATS: ReadFigures beside pubmed_parser's captions and a bare parse, on the same files in the same run.

    python -m benchmarks.parse MIRROR [--rounds 5]

MIRROR is a directory in the PMC Cloud layout. The readers take turns at a batch of files in one process; a batch's
time, in CPU seconds, is the best of some rounds. ReadFigures also extracts mentions and metadata, resolves graphics
and builds its table. Truth is the XML: an article is lost where a reader fails or finds none of its figures, a caption
where it is missing or differs in a letter or digit. Files that are listed inside a caption are no part of it.
"""

import argparse
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pubmed_parser
import pyarrow as pa
from lxml import etree

from schemas.articles import ARTICLES
from transforms.jats.read import ReadFigures

Figure = tuple[str, str | None, str]  # file, id, letters and digits of the caption


def characters(text: str | None) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text or "")))


def truth(files: list[Path]) -> Iterator[Figure]:
    for file in files:
        for fig in etree.parse(file).iter("fig"):
            texts = fig.xpath("caption[1]//text()[not(ancestor::supplementary-material)]")
            yield file.stem, fig.get("id"), characters("".join(texts))


def bare_parse(files: list[Path]) -> None:
    for file in files:
        etree.parse(file)


def read_figures(files: list[Path]) -> pa.Table:
    rows = [{"article_id": file.stem.replace(".", "v"), "xml": file.read_bytes()} for file in files]
    return ReadFigures("all")(pa.Table.from_pylist(rows, schema=ARTICLES))


def parse_pubmed_captions(files: list[Path]) -> dict[str, list[dict[str, str]]]:
    found = {}
    for file in files:
        try:
            found[file.stem] = pubmed_parser.parse_pubmed_caption(str(file)) or []
        except (AttributeError, IndexError, KeyError, TypeError, UnboundLocalError, etree.LxmlError):
            found[file.stem] = []
    return found


def figures_of_table(table: pa.Table) -> Iterator[Figure]:
    for row in table.to_pylist():
        if row["figure_id"] and row["graphic_id"] in (None, row["figure_id"]):  # once for several graphics
            yield row["article_id"].replace("v", "."), row["figure_xml_id"], characters(row["figure_caption"])


def figures_of_dicts(found: dict[str, list[dict[str, str]]]) -> Iterator[Figure]:
    for file, figures in found.items():
        for figure in figures:
            yield file, figure["fig_id"], characters(figure["fig_caption"])


def seconds(reader: Callable[[list[Path]], object], files: list[Path]) -> float:
    start = time.process_time()
    reader(files)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = sorted(options.mirror.glob("PMC*/*.xml"))
    readers = {
        "lxml.etree.parse": bare_parse,
        "medconcept ReadFigures": read_figures,
        f"pubmed_parser {version('pubmed_parser')}": parse_pubmed_captions,
    }
    best = dict.fromkeys(readers, 0.0)
    for start in range(0, len(files), ReadFigures.batch):
        batch = files[start : start + ReadFigures.batch]
        rounds = [[seconds(reader, batch) for reader in readers.values()] for _ in range(options.rounds)]
        for name, times in zip(readers, zip(*rounds, strict=True), strict=True):
            best[name] += min(times)

    expected = Counter(truth(files))
    illustrated = {file for file, _, _ in expected}
    table = read_figures(files)
    found = {
        "medconcept ReadFigures": Counter(figures_of_table(table)),
        f"pubmed_parser {version('pubmed_parser')}": Counter(figures_of_dicts(parse_pubmed_captions(files))),
    }
    mentions = sum(len(row or ()) for row in table["mentions"].to_pylist())
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB, ", end="")
    print(f"{expected.total()} fig elements in {len(illustrated)} articles; ReadFigures also reads {mentions} mentions")
    print(f"{'':28}{'files/s':>8}{'x bare':>8}{'figures':>9}{'articles lost':>15}{'captions lost':>15}")
    for name, time_taken in best.items():
        line = f"{name:28}{len(files) / time_taken:8.0f}{time_taken / best['lxml.etree.parse']:8.2f}"
        if name in found:
            lost = len(illustrated - {file for file, _, _ in found[name]})
            line += f"{found[name].total():9}{lost:15}{(expected - found[name]).total():15}"
        print(line)


if __name__ == "__main__":
    main()
