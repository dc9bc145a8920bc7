"""Reading JATS: the XML of an article in, a row for each graphic of each of its figures out."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, TypeAlias

import pyarrow as pa

from schemas.figures import FIGURES
from schemas.ids import figure_id, graphic_id
from schemas.rejects import Reason, reject
from schemas.tables import map_rows
from transforms.captions.language import Languages, language_of, open_model
from transforms.captions.whole import full_caption
from transforms.concepts.abbreviations import in_use
from transforms.jats.articles import read_article
from transforms.jats.claims import RIGHTS_ELEMENTS, FigureClaims, Stated
from transforms.jats.definitions import DEFINITION_ELEMENTS, find_definitions
from transforms.jats.figures import FIGURE_ELEMENTS, Figure, find_figures, href
from transforms.jats.forms import read_as_one
from transforms.jats.graphics import Resolver
from transforms.jats.languages import language_stated
from transforms.jats.markup import markup_rows
from transforms.jats.mentions import CITATION_ELEMENTS, Mentions, find_mentions
from transforms.jats.secure_xml import XmlError, parse_article
from transforms.jats.text import Element
from transforms.rights.figures import rights_of
from transforms.rights.licenses import Licenses, admitted
from transforms.versions import STOP_WORDS, data_digest

Row: TypeAlias = dict[str, Any]


class ReadFigures:
    """ARTICLES to FIGURES. An article that yields no figure leaves one row, without figure columns, that says why."""

    name = "jats"
    version = f"6+{data_digest(STOP_WORDS)}"  # by which abbreviations are told from words
    rowwise = True
    cpus = 1.0
    gpus = 0.0
    memory = 200 << 20
    batch = 16
    output = FIGURES

    def __init__(self, licenses: Licenses, third_party: bool = True, languages: Languages = "all") -> None:
        """Keep what is under one of `licenses`: a group (commercial, noncommercial or all), or codes.

        With `third_party` figures are kept whose caption names another source, without a claim of rights. Of other
        `languages` none is kept; a caption whose language is not known is.
        """
        self.licenses, self.third_party, self.languages = licenses, third_party, languages

    def setup(self) -> None:
        """Open the model that tells languages."""
        open_model()

    def __call__(self, table: pa.Table) -> pa.Table:
        """The figures of a batch of articles."""
        return map_rows(table, FIGURES, self._read)

    def _read(self, source: Row) -> Iterator[Row]:
        try:
            element = parse_article(source["xml"] or b"")
        except XmlError as error:
            yield _article_row(source, read_article(None, source), self._reject(error.reason, error.detail))
            return
        article = read_article(element, source)
        if not admitted(article["license"], self.licenses):
            stated = article["license_source"] and f", though the source states {article['license_source']}"
            detail = article["license"] or f"no licence granted{stated or ''}"
            yield _article_row(source, article, self._reject(Reason.LICENSE_EXCLUDED, detail))
            return
        showing, citing, defining, claiming = _elements(
            element, FIGURE_ELEMENTS, CITATION_ELEMENTS, DEFINITION_ELEMENTS, RIGHTS_ELEMENTS
        )
        figures = read_as_one(find_figures(showing))
        if not figures:
            yield _article_row(source, article, self._reject(Reason.NO_FIGURES))
            return
        rows = [
            _article_row(source, article, None) | _figure_row(figure, figure_id(source["article_id"], number), mentions)
            for number, (figure, mentions) in enumerate(zip(figures, find_mentions(citing, figures), strict=True), 1)
        ]
        captions = [full_caption(row) for row in rows]
        definitions = find_definitions(element, defining, captions)
        resolver = Resolver(source["media"] or ())
        claims = FigureClaims(element, claiming, article["license"])
        for row, figure, caption in zip(rows, figures, captions, strict=True):
            used = in_use(caption, definitions)
            row["abbreviations"] = [{"short": short, "long": long} for short, long in used.items()]
            row["language"] = language_of(caption, language_stated((figure.legends or [figure.element])[0]))
            stated = [claims.of(figure, caption)]
            row |= _rights_row(stated)
            rights = [_rights_row([*stated, claims.of_graphic(figure, graphic)]) for graphic in figure.graphics]
            yield from self._graphics(row, figure, rights, resolver)

    def _graphics(self, row: Row, figure: Figure, rights: list[Row], resolver: Resolver) -> Iterator[Row]:
        """A row for each graphic, which has the `rights` of its number, or one that says why there is none."""
        if not figure.graphics:
            names = [href(element) for element in figure.others]
            reason = Reason.NOT_AN_IMAGE if names else Reason.NO_GRAPHIC
            yield {**row, "hrefs": names, "reject": self._reject(reason, ", ".join(names))}
        for number, (hrefs, own) in enumerate(zip(figure.hrefs(), rights, strict=True), start=1):
            new = {**row, **own, "graphic_id": graphic_id(row["figure_id"], number), "hrefs": hrefs}
            if media := resolver.resolve(hrefs):
                new |= {"graphic": media["name"], "source_uri": media["uri"], "source_md5": media["md5"]}
            if refused := self._refused(new):
                new["reject"] = refused
            elif row["figure_caption"] is None:
                new["reject"] = self._reject(Reason.NO_CAPTION)
            elif self.languages != "all" and row["language"] not in (None, *self.languages):
                new["reject"] = self._reject(Reason.LANGUAGE, row["language"])
            elif media is None and (others := resolver.others(hrefs)):
                new["reject"] = self._reject(Reason.NOT_AN_IMAGE, ", ".join(others))
            elif media is None:
                new["reject"] = self._reject(Reason.IMAGE_MISSING, ", ".join(hrefs))
            yield new

    def _refused(self, row: Row) -> dict[str, str] | None:
        """The reject of a graphic for its rights; claims that name panels are judged where these are known."""
        whole = [claim for claim in row["claims"] if not claim["panels"]]
        license = rights_of(row["article"], whole).license
        if not admitted(license, self.licenses):
            return self._reject(Reason.FIGURE_LICENSE, f"{license or 'no licence'}: {whole[0]['text']}")
        if row["third_party"] and not self.third_party:
            return self._reject(Reason.THIRD_PARTY, row["third_party"])
        return None

    def _reject(self, reason: Reason, detail: str = "") -> dict[str, str]:
        return reject(self.name, reason, detail)


def _article_row(source: Row, article: Row, reject: dict[str, str] | None) -> Row:
    return {"article_id": source["article_id"], "article": article, "reject": reject}


def _figure_row(figure: Figure, figure_id: str, mentions: Mentions) -> Row:
    own, group = figure.caption(), figure.group_caption()
    return {
        "figure_id": figure_id,
        "graphic_count": len(figure.graphics),
        "figure_kind": figure.kind,
        "figure_xml_id": figure.element.get("id"),
        "figure_label": figure.label(),
        "group_caption": group and group.text,
        "group_markup": markup_rows(group),
        "figure_caption": own and own.text,
        "caption_markup": markup_rows(own),
        "mentions": mentions.texts,
        "citations": [citation._asdict() for citation in mentions.citations],
    }


def _rights_row(stated: list[Stated]) -> Row:
    """What is stated of a picture, each claim and each source once."""
    claims = dict.fromkeys(claim for each in stated for claim in each.claims)
    sources = dict.fromkeys(source for each in stated for source in each.sources)
    return {"claims": [asdict(claim) for claim in claims], "third_party": " ".join(sources) or None}


def _elements(article: Element, *readers: frozenset[str]) -> list[list[Element]]:
    """For each reader the elements that it names, in document order; one pass over the article finds all of them."""
    found: list[list[Element]] = [[] for _ in readers]
    readers_of: dict[Any, list[Callable[[Element], None]]] = defaultdict(list)
    for names, elements in zip(readers, found, strict=True):
        for name in names:
            readers_of[name].append(elements.append)
    for element in article.iter(*readers_of):
        for read in readers_of[element.tag]:
            read(element)
    return found
