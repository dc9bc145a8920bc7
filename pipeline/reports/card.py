"""The dataset's card for readers: a README.md with the YAML front matter of the Hugging Face Hub.

What the card says of panels, duplicates, splits and withheld pictures follows the recipe of its corpus, and every
snippet on it runs as printed.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.reports.columns import described, features
from pipeline.reports.covered import ROWS, Covered, spoken
from pipeline.reports.facts import (
    LICENSE_URL,
    Facts,
    content_version,
    description,
    inventory_date,
    parquet_files,
    source_share,
    webdataset_files,
)
from transforms.emit import is_json_text
from transforms.rights.licenses import COMMERCIAL, NONCOMMERCIAL, Licenses

#: The words of the Hub for the size of a dataset, by its smallest number of rows.
SIZES = [
    (0, "n<1K"),
    (10**3, "1K<n<10K"),
    (10**4, "10K<n<100K"),
    (10**5, "100K<n<1M"),
    (10**6, "1M<n<10M"),
    (10**7, "10M<n<100M"),
]

#: What each group of licences admits, in words.
LICENSES = {
    "commercial": ", ".join(sorted(COMMERCIAL)),
    "noncommercial": ", ".join(sorted(NONCOMMERCIAL)),
    "all": "any licence, or none stated",
}


def dataset_card(facts: Facts, figures: Covered) -> str:
    """README.md: front matter, how it was built, what it covers, what the rows are, how to load them, licences, limits.

    `figures` are the audit's of the same corpus.
    """
    environment = Environment(loader=PackageLoader("pipeline.reports"), trim_blocks=True, undefined=StrictUndefined)
    environment.filters["share"] = lambda share: f"{100 * share:.3g} %"
    environment.filters["count"] = "{:,}".format
    environment.filters["cell"] = lambda text: " ".join(str(text).split()).replace("|", "\\|")
    return environment.get_template("card.md.jinja").render(
        facts=facts,
        figures=figures,
        rows_shown=ROWS,
        totals=figures["totals"],
        recipe=facts["recipe"],
        front=yaml.safe_dump(_front_matter(facts, figures), sort_keys=False, allow_unicode=True),
        rows=sum(facts["splits"].values()),
        parquet=parquet_files(facts["files"]),
        webdataset=webdataset_files(facts["files"]),
        version=content_version(facts),
        date=inventory_date(facts),
        description=description(facts),
        source=source_share(facts),
        admitted=_admitted(facts["recipe"].licenses),
        shares={split: share for split, share in facts["recipe"].splits.model_dump().items() if share},
        columns=list(described(facts["schema"])),
        json_texts=", ".join(f"`{path}`" for path in _json_texts(facts["schema"])),
    )


def _admitted(licenses: Licenses) -> str:
    """What is admitted: a group with its codes, or the codes that a recipe names."""
    return (
        "these alone: " + ", ".join(licenses) if isinstance(licenses, tuple) else f"`{licenses}`: {LICENSES[licenses]}"
    )


def _front_matter(facts: Facts, figures: Covered) -> dict[str, Any]:
    rows = sum(facts["splits"].values())
    languages = facts["recipe"].languages
    front = {
        "pretty_name": facts["name"],
        "language": spoken(figures) or (["en"] if languages == "all" else list(languages)),
        # The Hub knows one licence a dataset; here each row has its own, and PMC's codes name no version.
        "license": "other",
        "license_name": "per-article",
        "license_link": LICENSE_URL,
        "task_categories": ["image-to-text", "zero-shot-image-classification", "feature-extraction"],
        "tags": ["medical", "biology", "radiology", "pathology", "umls", "pubmed-central"],
        "size_categories": [[words for least, words in SIZES if rows >= least][-1]],
    }
    if not rows:
        return front
    return front | {
        "configs": [
            {
                "config_name": "default",
                # Without it, what a reader keeps of one corpus would pass for another in a folder of the same name.
                "version": content_version(facts),
                "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in facts["splits"]],
            }
        ],
        "dataset_info": {"config_name": "default", "features": features(facts["schema"])},
    }


def _json_texts(fields: Iterable[pa.Field], prefix: str = "") -> Iterator[str]:
    """The paths of the columns that a WebDataset sample holds as JSON text."""
    for field in fields:
        if is_json_text(field.type):
            yield prefix + field.name
        elif pa.types.is_struct(field.type):
            yield from _json_texts(field.type, f"{prefix}{field.name}.")
