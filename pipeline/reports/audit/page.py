"""The audit of a corpus: its coverage as Parquet tables, and one self-contained HTML page.

The page carries its plots, scripts and styles in itself and asks the network for nothing; a content security policy in
its head makes the browser hold it to that. The same rows give the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from transforms.coverage.names import semantic_types
from transforms.coverage.tables import NOT_STATED

BARS, ROWS = 15, 30  # at most so many bars in a plot, rows in a table; the Parquet tables hold all
INK, MUTED, ACCENT, PALE, RULE = "#17212b", "#56626f", "#1f6390", "#9fb0bd", "#dfe4e9"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Section:
    """A part of the page: a plot, if there is one, and the first rows of the table behind it."""

    id: str
    title: str
    note: str
    columns: list[str]
    rows: list[list[Any]]
    total: int
    plot: str = ""


def page(totals: Mapping[str, float], tables: Mapping[str, pa.Table], corpus: Mapping[str, str]) -> str:
    """The HTML page for what `headline` and `coverage` counted, with the tables `funnel` and `rejects` beside."""
    environment = Environment(
        loader=PackageLoader("pipeline.reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["show"] = _show
    provenance = {key: value for key, value in corpus.items() if key != "name"}
    return environment.get_template("audit.html.jinja").render(
        name=corpus["name"],
        provenance=provenance,
        tiles=_tiles(totals),
        sections=_sections(tables),
        empty=not totals["triplets"],
        # It is a script of our own dependency, not a value: nothing to escape.
        plotly=Markup(get_plotlyjs()),
        font=Markup(FONT),
    )


def _tiles(totals: Mapping[str, float]) -> list[tuple[str, str]]:
    counts = [
        ("Triplets", totals["triplets"]),
        ("Figures", totals["figures"]),
        ("Articles", totals["articles"]),
        ("Distinct concepts", totals["concepts"]),
        ("Figures whose letters differ from the caption's", totals["letters_apart"]),
    ]
    shares = [
        ("With a concept", totals["with_concept"]),
        ("With a modality", totals["with_modality"]),
        ("Licence clear", totals["license_clear"]),
        ("Licence of its own", totals["license_own"]),
    ]
    tiles = [(label, f"{count:,}") for label, count in counts]
    tiles.append(("Concepts a triplet", f"{totals['concepts_per_triplet']:.2f}"))
    return tiles + [(label, f"{share:.1%}") for label, share in shares]


def _sections(tables: Mapping[str, pa.Table]) -> list[Section]:
    return [
        _bars(
            "funnel",
            "From articles to triplets",
            "What remains after each step; the unit changes on the way.",
            tables["funnel"],
        ),
        _plain("rejects", "Rejects", "Why rows left the corpus, by stage and reason.", tables["rejects"]),
        _concepts(tables["concepts"]),
        _bars(
            "semantic_types",
            "Semantic types",
            "Triplets by the UMLS semantic types of their concepts; a concept may have several.",
            tables["semantic_types"].select(["name", "triplets", "concepts", "articles", "mentions"]),
        ),
        _bars("modality_tops", "Kinds of picture", "The top levels of modalities.", tables["modality_tops"]),
        _bars(
            "modalities",
            "Modalities",
            "Triplets by what kind of picture they are, by text and picture.",
            tables["modalities"],
        ),
        _bars(
            "licenses",
            "Licences",
            "Of the picture where a claim is about it, else of the article by all that states it.",
            tables["licenses"],
        ),
        _bars(
            "languages",
            "Languages",
            "Of the caption, by its words and by what its article states.",
            tables["languages"],
        ),
        _years(tables["years"]),
        _bars("journals", "Journals", "The journals with most triplets.", tables["journals"]),
    ]


def _plain(id: str, title: str, note: str, table: pa.Table, plot: str = "", limit: int = ROWS) -> Section:
    columns = [name.replace("_", " ").capitalize() for name in table.column_names]
    rows = [list(row.values()) for row in table.slice(0, limit).to_pylist()]
    return Section(id, title, note, columns, rows, len(table), plot)


def _concepts(table: pa.Table) -> Section:
    types = semantic_types()
    names = dict(zip(types["tui"].to_pylist(), types["name"].to_pylist(), strict=True))
    rows = []
    for row in table.slice(0, ROWS).to_pylist():
        cui, name, tuis, *counts = row.values()
        rows.append([cui, name, ", ".join(names.get(tui, tui) for tui in tuis) or NOT_STATED, *counts])
    columns = ["CUI", "Name", "Semantic types", "Triplets", "Figures", "Articles", "Mentions", "Negated", "Uncertain"]
    note = "The concepts that most triplets mention; negated mentions are counted among the mentions."
    return Section("concepts", "Concepts", note, columns, rows, len(table))


def _bars(id: str, title: str, note: str, table: pa.Table) -> Section:
    """Bars for the second column of `table`, named by the first; name and value stand above each bar."""
    names, values = (table.column(index).slice(0, BARS).to_pylist() for index in (0, 1))
    if not values:
        return _plain(id, title, note, table)
    labels = [escape(_show(name), quote=False) for name in names]
    bars = go.Bar(x=values, y=list(range(len(values))), orientation="h", width=0.3, hovertext=labels)
    bars.marker.color = [ACCENT if name not in (None, NOT_STATED) else PALE for name in names]
    bars.hovertemplate = "%{hovertext}: %{x:,}<extra></extra>"
    figure = go.Figure(bars)
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        place = {"y": row, "yshift": 15, "showarrow": False, "xref": "paper", "borderpad": 0}
        label = escape(_shortened(_show(name)), quote=False)
        figure.add_annotation(text=label, x=0, xanchor="left", font_color=INK, **place)
        figure.add_annotation(text=f"{value:,}", x=1, xanchor="right", font_color=MUTED, **place)
    figure.update_yaxes(range=[len(values) - 0.7, -0.7], visible=False)
    figure.update_xaxes(range=[0, max(*values, 1)], visible=False)
    return _plain(id, title, note, table, _plot(figure, id, 44 * len(values)))


def _years(table: pa.Table) -> Section:
    stated = [row for row in table.to_pylist() if row["year"] is not None]
    without = sum(table["triplets"].to_pylist()) - sum(row["triplets"] for row in stated)
    note = "Triplets by the year of publication" + (f"; {without:,} state none." if without else ".")
    table = table.set_column(0, "year", table["year"].cast(pa.string()))  # a year is a name, not a quantity
    if not stated:
        return _plain("years", "Years", note, table)
    years, triplets = [row["year"] for row in stated], [row["triplets"] for row in stated]
    first, last = min(years[0], years[-1] - 5), years[-1]
    bars = go.Bar(x=years, y=triplets, width=0.75, marker_color=ACCENT, hovertemplate="%{x}: %{y:,}<extra></extra>")
    figure = go.Figure(bars)
    figure.update_xaxes(range=[first - 0.6, last + 0.6], tick0=last, dtick=1 + (last - first) // 7, tickformat="d")
    figure.update_xaxes(tickangle=0, showgrid=False, zeroline=False, linecolor=RULE)
    step = 1 if max(triplets) < 6 else None  # no ticks between whole triplets
    figure.update_yaxes(rangemode="tozero", dtick=step, nticks=6, tickformat=",d", gridcolor=RULE, automargin=True)
    return _plain("years", "Years", note, table, _plot(figure, "years", 280, axis=28), limit=len(table))


def _plot(figure: go.Figure, name: str, height: int, axis: int = 0) -> Markup:
    """The plot as HTML, `height` pixels high, `axis` of them for the labels below it; its width follows the page."""
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 0, "r": 0, "t": 4, "b": axis},
        font={"family": FONT, "size": 13, "color": MUTED},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
    )
    config = {"responsive": True, "displayModeBar": False}
    html = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"plot-{name}", config=config)
    return Markup(html)


def _show(value: Any) -> str:
    if value is None:
        return NOT_STATED
    return f"{value:,}" if isinstance(value, int) else str(value)


def _shortened(text: str, length: int = 38) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
