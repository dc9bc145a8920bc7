"""What each shipped recipe makes of a mirror: a table in Markdown, a row a recipe.

    python -m benchmarks.recipes ../shared/data/pmc out/recipes [--only default roco]

Each corpus is built below the second folder and verified; what stands there is resumed. With `concept_cap` as shipped a
small mirror has no frequent concept: `coverage-first (cap 20)` is the same recipe with a cap that tells.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import duckdb
import yaml

from pipeline.config import recipe

RECIPES = Path(recipe.__file__).parent / "recipes"

#: The order of the rows, by what is published, and the cap of the last one.
ROWS = (
    *("default", "open-pmc", "medpmc", "roco", "coverage-first", "coverage-first (cap 20)"),
    *("whole-figures", "biomedica", "pmc-15m", "medconcept23m"),
)
CAP = 20

HEADS = (
    *("recipe", "articles", "figures", "triplets", "concepts a triplet", "concepts", "modalities", "licences"),
    *("duplicates, left out", "digest"),
)

VIEWS = """
    CREATE VIEW triplets AS SELECT panel_id, modality, duplicate_group, provenance, concepts
        FROM read_parquet('{0}/dataset/data/*.parquet');
    CREATE VIEW mentions AS SELECT DISTINCT panel_id, concept.cui
        FROM (SELECT panel_id, unnest(concepts) AS concept FROM triplets);
    CREATE VIEW selection AS SELECT * FROM read_parquet('{0}/dedup/selection/selection-*.parquet');
"""
COUNTS = """
    SELECT count(DISTINCT provenance.pmcid), count(DISTINCT provenance.figure_id), count(*), count(duplicate_group)
    FROM triplets
"""
CONCEPTS = "SELECT count(*), count(DISTINCT cui) FROM mentions"
LEFT_OUT = "SELECT left_out, count(*) FROM selection WHERE left_out IS NOT NULL GROUP BY left_out ORDER BY left_out"
SHARES = "SELECT {} AS name, count(*) AS n FROM triplets GROUP BY name ORDER BY n DESC, name"
TOP, LICENSE = "coalesce(split_part(modality, '/', 1), 'unknown')", "coalesce(provenance.license, 'none stated')"


def medconcept(*arguments: object) -> str:
    """Run the command line; returns what it prints."""
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def build(name: str, source: str, out: Path) -> None:
    """Build and verify the corpus of a row."""
    stem, _, cap = name.partition(" ")
    file = out.with_suffix(".yaml")
    stated = yaml.safe_load((RECIPES / f"{stem}.yaml").read_text()) | ({"concept_cap": CAP} if cap else {})
    file.write_text(yaml.safe_dump(stated, sort_keys=False))
    medconcept("build", source, out, "--recipe", file)
    medconcept("verify", out)


def describe(name: str, out: Path) -> list[str]:
    """The row of a corpus that is built."""
    with duckdb.connect() as db:
        db.execute(VIEWS.format(out))
        [(articles, figures, count, flagged)] = db.execute(COUNTS).fetchall()
        [(mentions, concepts)] = db.execute(CONCEPTS).fetchall()
        left_out = [f"{number} {reason}" for reason, number in db.execute(LEFT_OUT).fetchall()]
        tops, licenses = (db.execute(SHARES.format(each)).fetchall() for each in (TOP, LICENSE))
    digest = medconcept("digest", out).strip()
    return [
        f"`{name}`" if " " not in name else f"`{name.split()[0]}`, `concept_cap: {CAP}`",
        *(f"{number:,}" for number in (articles, figures, count)),
        f"{mentions / count:.2f}",
        f"{concepts:,}",
        ", ".join(f"{top} {n / count:.0%}" for top, n in tops),
        ", ".join(f"{license} {n:,}" for license, n in licenses),
        ", ".join([f"{flagged} flagged"] * bool(flagged) + left_out) or "none",
        f"`{digest[:12]}`",
    ]


def main() -> None:
    """Build, verify and print the rows that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
    for name in options.only:
        out = options.out / name.replace(" ", "-").replace("(", "").replace(")", "")
        build(name, options.source, out)
        print(f"| {' | '.join(describe(name, out))} |", flush=True)


if __name__ == "__main__":
    main()
