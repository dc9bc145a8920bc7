"""The audit's page: one HTML file that opens from a disk and asks the network for nothing.

`index.html.jinja` holds the frame, `css/` the styles, `js/` the modules that draw the views. A browser loads no ES
module from a file system, so that `write_page` joins the modules into one script; a name is declared in one of them
only. The data lie beside the page in `data/*.js`; each file calls `medconcept(name, value)` and is loaded when a view
needs it.

A content security policy names the digest of the script and of the styles: the browser runs these, the data files, and
nothing else. Captions and names come from other people; the script makes text nodes of them, never HTML.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.reports.audit.data import Writer

#: The style sheets in the order of the cascade.
STYLES = ("theme", "frame", "parts", "tables", "charts")

#: The modules, each after those that it imports.
MODULES = (
    "dom",
    "format",
    "sha256",
    "data",
    "concept_index",
    "route",
    "csv",
    "table",
    "cross",
    "charts/bars",
    "charts/axes",
    "charts/histogram",
    "charts/ranks",
    "charts/years",
    "charts/heat",
    "explorer/rows",
    "explorer/window",
    "explorer/explorer",
    "glance",
    "samples",
    "theme",
    "views/overview",
    "views/coverage",
    "views/concepts",
    "views/concept",
    "views/uncovered",
    "views/quality",
    "views/rejects",
    "views/duplicates",
    "views/compare",
    "main",
)

_IMPORT = re.compile(r"^import \{[^}]*\} from \"[^\"]+\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |let |function |async function |class )", re.MULTILINE)


def write_page(summary: Mapping[str, Any], out: Writer) -> None:
    """Write `audit/index.html` for the data files beside it; `summary` is what `data/summary.js` holds."""
    out.write("audit/index.html", page(summary).encode())


def page(summary: Mapping[str, Any]) -> str:
    """The page as HTML. Without JavaScript it still shows what corpus it is of and the headline figures."""
    environment = Environment(
        loader=PackageLoader("pipeline.reports", "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["quantity"] = _quantity
    styles, script = styles_text(), script_text()
    return environment.get_template("index.html.jinja").render(
        corpus=summary["corpus"],
        headline=summary["headline"],
        # Both are files of this package, not values: nothing to escape.
        styles=Markup(styles),
        script=Markup(script),
        styles_digest=_digest(styles),
        script_digest=_digest(script),
    )


def styles_text() -> str:
    """All style sheets in one."""
    return "".join(_read(f"css/{name}.css") for name in STYLES)


def script_text() -> str:
    """All modules in one script: their imports go, what they export is in reach of those that follow."""
    return "".join(_EXPORT.sub("", _IMPORT.sub("", _read(f"js/{name}.js"))) for name in MODULES)


def _read(path: str) -> str:
    return files(__package__).joinpath(path).read_text("utf-8")


def _digest(text: str) -> str:
    """A source of a content security policy that allows just this inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _quantity(entry: Mapping[str, Any]) -> str:
    """A headline figure as the page's script shows it."""
    value, unit = entry["value"], entry["unit"]
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:.2f}" if unit == "ratio" else f"{value:,}"
