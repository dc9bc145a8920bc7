"""Every figure that an audit states, counted anew by plain queries over what is published and what was rejected.

The queries share no code with the audit: they ask DuckDB about `dataset/data/*.parquet`, `dataset/duplicates.parquet`
and the files of units. The corpora are the demo by some recipes, and the real mirror where it is here.
"""

import shutil
from collections import Counter, defaultdict
from itertools import combinations, pairwise

import duckdb
import pyarrow.parquet as pq
import pytest
from test_audit_details import value_of

from pipeline.commands.audit import write_audit
from pipeline.phases.corpus import open_corpus
from pipeline.resources.vocabularies import load_vocabulary
from pipeline.storage.store import open_store
from transforms.concepts.selection import wanted_concepts
from transforms.concepts.semantic_types import GROUPS

COUNTS = ("triplets", "figures", "articles")
COUNTED = "count(DISTINCT panel_id), count(DISTINCT p.figure_id), count(DISTINCT p.pmcid)"
GRAIN = """
    CASE WHEN p.detector LIKE '%/whole:%' THEN 'whole: ' || split_part(p.detector, '/whole:', 2)
         WHEN p.detector LIKE 'whole-%' THEN 'whole' WHEN regexp_matches(panel_id, 'c\\d+$') THEN 'cell'
         WHEN len(cells) > 1 THEN 'panel of a grid' ELSE 'panel' END
"""

#: What is counted by, as a query says it of a row.
KEYS = {
    "modality": "modality",
    "year": "p.year",
    "journal": "p.journal",
    "license": "p.license",
    "language": "language",
    "method": "p.caption_method",
    "grain": GRAIN,
    "split": "split",
}

#: What is crossed, as a table of (panel, key): a panel has each group of its concepts once.
SIDES = {
    name: f"SELECT panel_id, coalesce(({key})::VARCHAR, 'not stated') AS key FROM triplets"
    for name, key in (KEYS | {"modality": "split_part(modality, '/', 1)"}).items()
    if name in ("modality", "year", "license", "split", "language")
} | {"group": "SELECT DISTINCT panel_id, coalesce(semantic_group, 'not stated') AS key FROM grouped"}

#: What each histogram is of: a value as a query says it, and of which rows.
VALUES = {
    "concepts": ("len(list_distinct(list_transform(concepts, lambda c: c.cui)))", "triplets"),
    "tokens": ("2 + len(regexp_extract_all(caption, '\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+'))", "triplets"),
    "own_text": ("round(length(caption_own) / length(caption), 6)", "triplets WHERE caption <> ''"),
    "rows_a_text": (
        "(SELECT count(*) FROM triplets AS o WHERE o.p.figure_id = t.p.figure_id AND o.caption = t.caption)",
        "triplets AS t",
    ),
    "link_score": ("round(concept.score::DOUBLE, 6)", "mentions"),
    "detector_score": ("round(p.detector_score::DOUBLE, 6)", "triplets WHERE p.detector_score IS NOT NULL"),
    "width": ("width", "triplets"),
    "height": ("height", "triplets"),
}


class Audited:
    """An output, the data of its audit, and a database that knows its rows."""

    def __init__(self, out):
        self.out = out
        self.store = open_store(str(out))
        self.corpus = open_corpus(self.store)
        list(write_audit(self.corpus))
        self._asked = duckdb.connect()
        groups = [f"('{tui}', '{group}')" for group, tuis in GROUPS.items() for tui in tuis]
        for name, query in {
            "triplets": f"""
                SELECT * EXCLUDE (provenance, image, embedding), provenance AS p,
                       regexp_extract(filename, '(\\w+)-\\d+\\.parquet$', 1) AS split
                FROM read_parquet('{out}/dataset/data/*.parquet', filename = true)
            """,
            "mentions": "SELECT panel_id, p, modality, unnest(concepts) AS concept FROM triplets",
            "linked": "SELECT DISTINCT panel_id, modality, p.year AS year, concept.cui AS cui FROM mentions",
            "typed": """
                SELECT panel_id, p, concept.cui AS cui,
                       unnest(CASE WHEN concept.semantic_types = [] THEN [NULL] ELSE concept.semantic_types END) AS tui
                FROM mentions
            """,
            "groups": f"SELECT * FROM (VALUES {', '.join(groups)}) AS t(tui, semantic_group)",
            "grouped": "SELECT * FROM typed LEFT JOIN groups USING (tui)",
            "rejects": f"FROM read_parquet('{out}/units/*/rejects-*.parquet')",
            "members": f"FROM read_parquet('{out}/dataset/duplicates.parquet')",
        }.items():
            self._asked.execute(f"CREATE VIEW {name} AS {query}")

    def ask(self, query):
        """The rows of an answer."""
        return self._asked.execute(query).fetchall()

    def value(self, query):
        """The one value of an answer."""
        [(value,)] = self.ask(query)
        return value

    def data(self, name):
        """A data file of the page."""
        return value_of((self.out / f"audit/data/{name}.js").read_text("utf-8"), name)

    def listed(self, name, *columns):
        """Rows of a table of the page."""
        found = self.data(name)["columns"]
        return list(zip(*(found[column] for column in columns), strict=True))

    def concepts(self):
        """The index of concepts, and what its files tell of each."""
        files = sorted(self.out.glob("audit/data/concepts-*.js"))
        index = [pair for path in files for pair in self.listed(path.stem, "cui", *COUNTS[::2], "mentions", "negated")]
        details = {}
        for path in self.out.glob("audit/data/concept/*.js"):
            details |= value_of(path.read_text("utf-8"), f"concept/{path.stem}")
        return index, details


@pytest.fixture(
    scope="module",
    params=[
        "default",
        "whole-figures",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("withheld", "mirror")),
    ],
)
def audited(request, tmp_path_factory):
    if request.param == "mirror":
        built = request.getfixturevalue("whole")
    else:
        built = request.getfixturevalue("outputs")[request.param]
    return Audited(shutil.copytree(built, tmp_path_factory.mktemp("audited") / "out"))


def test_headline(audited):
    found = {each["id"]: each["value"] for each in audited.data("summary")["headline"]}
    triplets, figures, articles = audited.ask(f"SELECT {COUNTED} FROM triplets")[0]
    shares = {
        "mentions_per_triplet": "SELECT count(*) FROM mentions",
        "with_concept": "SELECT count(DISTINCT panel_id) FROM linked",
        "with_modality": "SELECT count(modality) FROM triplets",
        "license_clear": """
            SELECT count(*) FROM triplets WHERE p.license IS NOT NULL
            AND (p.license_source IS NULL OR p.license_jats IS NULL OR p.license_source = p.license_jats)
        """,
        "license_own": "SELECT count(*) FROM triplets WHERE p.license IS DISTINCT FROM p.license_article",
    }
    assert found == {
        "triplets": triplets,
        "figures": figures,
        "articles": articles,
        "concepts": audited.value("SELECT count(DISTINCT cui) FROM linked"),
        **{id: pytest.approx(audited.value(query) / triplets) for id, query in shares.items()},
        "letters_apart": audited.value(
            "SELECT count(DISTINCT p.figure_id) FROM triplets"
            " WHERE len(p.letters_without_panel) > 0 OR len(p.letters_without_text) > 0"
        ),
    }
    assert triplets > 0


def test_the_funnel_and_what_is_said_between_its_steps(audited):
    out, found = audited.out, audited.listed("funnel", "step", "count", "note")
    steps = {step: count for step, count, _ in found}
    planned = audited.value(f"SELECT count(*) FROM '{out}/units/*/articles-*.parquet'")
    refused = audited.value("SELECT count(*) FROM rejects WHERE figure_id IS NULL")
    figureless = audited.value("SELECT count(*) FROM rejects WHERE figure_id IS NULL AND reason = 'no_figures'")
    graphics, figures = audited.ask(
        f"SELECT count(graphic_id), count(DISTINCT figure_id) FROM '{out}/units/*/figures-*.parquet'"
    )[0]
    lost = audited.value("SELECT count(*) FROM rejects WHERE graphic_id IS NOT NULL AND panel_id IS NULL")
    expected = {
        "article versions planned": planned,
        "article versions admitted and readable": planned - refused + figureless,
        "article versions with figures": planned - refused,
        "figures": figures,
        "graphics of figures": graphics,
        "graphics admitted and readable": graphics - lost,
        "panels": audited.value(f"SELECT count(*) FROM '{out}/units/*/panels-*.parquet'"),
        "triplets": audited.value("SELECT count(*) FROM triplets"),
    }
    assert list(steps) == [step for step in steps if step in expected or step == "panels that are not withheld"]
    assert {step: steps[step] for step in expected} == expected
    for (_, before, _), (step, after, note) in pairwise(found):
        if step in ("figures", "graphics of figures", "panels"):
            assert note.startswith("another unit")
        else:
            assert note == (f"{before - after:,} fewer" if before > after else "none is lost")


@pytest.mark.parametrize("name", KEYS)
def test_counts_by_a_key(audited, name):
    key = KEYS[name]
    expected = audited.ask(f"SELECT ({key})::VARCHAR AS key, {COUNTED} FROM triplets GROUP BY key")
    assert Counter(audited.listed(f"by_{name}", "key", *COUNTS)) == Counter(expected)
    names = audited.listed(f"by_{name}", "key", "name")
    assert all(shown == ("not stated" if key is None else key) for key, shown in names)


@pytest.mark.parametrize(("name", "key", "rows"), [("type", "tui", "typed"), ("group", "semantic_group", "grouped")])
def test_counts_by_what_concepts_are(audited, name, key, rows):
    expected = audited.ask(f"SELECT {key}, {COUNTED} FROM {rows} GROUP BY {key}")
    assert Counter(audited.listed(f"by_{name}", "key", *COUNTS)) == Counter(expected)
    assert expected


@pytest.mark.parametrize(
    ("a", "b"), list(combinations(["modality", "group", "year", "license", "split", "language"], 2))
)
def test_two_keys_crossed(audited, a, b):
    found = audited.data(f"cross_{a}_{b}")
    lines = zip(found["a"], found["counts"], strict=True)
    cells = {(x, y, n) for x, line in lines for y, n in zip(found["b"], line, strict=True) if n}
    expected = audited.ask(
        f"SELECT one.key, other.key, count(*) FROM ({SIDES[a]}) AS one JOIN ({SIDES[b]}) AS other USING (panel_id)"
        " GROUP BY ALL"
    )
    assert cells == set(expected)


def test_histograms(audited):
    found = {each["id"]: each for each in audited.data("histograms")}
    assert found.keys() == VALUES.keys()
    for id, (value, rows) in VALUES.items():
        values = [value for (value,) in audited.ask(f"SELECT {value} FROM {rows}")]
        bins = found[id]["bins"]
        lowers = bins[:-1] if bins[-1] is None else [int(name.removesuffix(" or more")) for name in bins]
        binned = Counter(sum(value >= lower for lower in lowers[1:]) for value in values)
        assert [binned[place] for place in range(len(lowers))] == found[id]["counts"], id


def test_concepts_and_how_triplets_spread_over_them(audited):
    index, details = audited.concepts()
    expected = audited.ask(
        "SELECT concept.cui, count(DISTINCT panel_id), count(DISTINCT p.pmcid), count(*), sum(concept.negated::INT)"
        " FROM mentions GROUP BY concept.cui"
    )
    assert Counter(index) == Counter(expected)
    triplets = [row[1] for row in index]
    assert triplets == sorted(triplets, reverse=True)
    ranks = audited.data("ranks")
    assert (ranks["concepts"], ranks["singletons"]) == (len(index), triplets.count(1))
    assert audited.listed("ranks", "rank", "triplets") == [(r, triplets[r - 1]) for r in ranks["columns"]["rank"]]
    pairs = sum(abs(a - b) for a, b in combinations(triplets, 2))
    assert ranks["gini"] == pytest.approx(pairs / (len(triplets) * sum(triplets)), abs=1e-6)
    modalities = audited.data("summary")["modalities"]
    seen = {(cui, modalities[n], count) for cui, each in details.items() for n, count in each["modalities"]}
    assert seen == set(audited.ask("SELECT cui, modality, count(*) FROM linked GROUP BY ALL"))
    years = [(cui, *each["years"]) for cui, each in details.items() if each["years"]]
    dated = {(cui, first + n, count) for cui, first, *counts in years for n, count in enumerate(counts) if count}
    assert dated == set(audited.ask("SELECT cui, year, count(*) FROM linked WHERE year IS NOT NULL GROUP BY ALL"))
    together = audited.ask("SELECT a.cui, b.cui, count(*) FROM linked a JOIN linked b USING (panel_id) GROUP BY ALL")
    counted = {(one, other): count for one, other, count in together}
    told = [(cui, index[n][0], count) for cui, each in details.items() for n, count, _ in each["neighbours"]]
    assert all(counted[one, other] == count for one, other, count in told)


def test_what_is_not_covered(audited):
    run = audited.corpus.run
    lexicon = load_vocabulary(audited.store, run.vocabulary)
    chosen = wanted_concepts(lexicon, run.config.recipe.concept_groups)
    types = lexicon.header["semantic_types"]
    wanted = {
        lexicon.cui(n): types[lexicon.concept_types[n]] for n in range(lexicon.concepts) if chosen is None or chosen[n]
    }
    linked = dict(audited.ask("SELECT cui, count(*) FROM linked GROUP BY cui"))
    covered = wanted.keys() & linked.keys()
    details, found = audited.data("details"), audited.data("uncovered")
    assert details["vocabulary"] == found["vocabulary"] == len(wanted)
    assert details["covered"] == pytest.approx(len(covered) / len(wanted))
    assert found["covered"] == len(covered) > 0
    counts = defaultdict(lambda: [0, 0])
    for cui, tuis in wanted.items():
        for tui in tuis or [None]:
            counts[tui][0] += 1
            counts[tui][1] += cui in covered
    by_type = zip(*(found["by_type"]["columns"][name] for name in ("tui", "vocabulary", "covered")), strict=True)
    assert {tui: [there, here] for tui, there, here in by_type} == counts
    missing = found["columns"]["cui"]
    assert set(missing) == wanted.keys() - covered  # there are less than 20,000
    assert len(missing) == len(set(missing))
    assert all(tuis == wanted[cui] for cui, tuis in audited.listed("uncovered", "cui", "tuis"))
    whole = pq.read_table(audited.out / "audit/coverage/uncovered.parquet").to_pydict()
    assert whole == {name: found["columns"][name] for name in whole}
    names = {name.casefold() for (name,) in audited.ask("SELECT min(concept.name) FROM mentions GROUP BY concept.cui")}
    told = audited.listed("uncovered", "name", "covered_as")
    assert all((other is not None) == (name.casefold() in names) for name, other in told)


def test_duplicates_and_splits(audited):
    found = audited.data("duplicates")
    sizes = Counter(size for _, size in audited.ask("SELECT group_id, count(*) FROM members GROUP BY group_id"))
    assert dict(zip(*found["sizes"]["columns"].values(), strict=True)) == sizes
    assert (found["groups"], found["members"]) == (sizes.total(), sum(size * n for size, n in sizes.items()))
    kinds = dict(audited.ask("SELECT kind, count(*) FROM members GROUP BY kind"))
    assert dict(zip(*found["kinds"]["columns"].values(), strict=True)) == kinds
    published = {id for (id,) in audited.ask("SELECT panel_id FROM triplets")}
    members = defaultdict(list)
    for group, id, caption in audited.ask("SELECT group_id, panel_id, caption FROM members ORDER BY group_id, rank"):
        members[group].append((id, id in published, caption if len(caption) <= 500 else f"{caption[:500]}…"))
    for each in found["examples"]:
        told = [(member["id"], member["published"], member["caption"]) for member in each["members"]]
        assert told == members[each["group"]][:8]
        assert each["size"] == len(members[each["group"]])
    assert len(found["examples"]) == min(50, len(members))
    leaks = audited.ask(
        "SELECT a.split, count(DISTINCT a.panel_id) FROM triplets a JOIN triplets b ON a.split <> b.split"
        " AND (a.sha256 = b.sha256 OR EXISTS (FROM members m JOIN members n USING (group_id)"
        " WHERE m.panel_id = a.panel_id AND n.panel_id = b.panel_id)) GROUP BY a.split"
    )
    splits = zip(*(found["splits"]["columns"][name] for name in ("split", *COUNTS, "leaks")), strict=True)
    counted = audited.ask(f"SELECT split, {COUNTED} FROM triplets GROUP BY split")
    assert Counter(splits) == Counter((*row, dict(leaks).get(row[0], 0)) for row in counted)


def test_rejects_and_their_examples(audited):
    selection = f"read_parquet('{audited.out}/dedup/selection/selection-*.parquet') WHERE left_out IS NOT NULL"
    expected = audited.ask("SELECT stage, reason, count(*), count(DISTINCT article_id) FROM rejects GROUP BY ALL")
    expected += audited.ask(
        "SELECT 'selection', left_out, count(*), count(DISTINCT split_part(panel_id, '-', 1))"
        f" FROM {selection} GROUP BY left_out"
    )
    assert Counter(audited.listed("rejects", "stage", "reason", "count", "articles")) == Counter(expected)
    known = set(
        audited.ask(
            "SELECT stage, reason, coalesce(panel_id, graphic_id, figure_id, article_id), detail[:200] FROM rejects"
        )
    )
    known |= set(
        audited.ask(
            f"SELECT 'selection', left_out, panel_id, coalesce('of the group ' || duplicate_group, '') FROM {selection}"
        )
    )
    examples = audited.listed("reject_examples", "stage", "reason", "id", "detail")
    assert set(examples) <= known
    shown = Counter((stage, reason) for stage, reason, *_ in examples)
    assert shown == {(stage, reason): min(5, count) for stage, reason, count, _ in expected}


def test_samples_are_rows(audited):
    rows = {
        id: rest for id, *rest in audited.ask("SELECT panel_id, caption, p.license, p.attribution, split FROM triplets")
    }
    samples = {}
    for path in audited.out.glob("audit/data/sample/*.js"):
        samples |= value_of(path.read_text("utf-8"), f"sample/{path.stem}")
    assert len(samples) == audited.data("details")["samples"] == min(len(rows), 2000)
    for id, each in samples.items():
        caption, *others = rows[id]
        assert each["caption"] == (caption if len(caption) <= 2000 else f"{caption[:2000]}…")
        assert [each["license"], each["attribution"], each["split"]] == others


def test_tables_for_machines_say_the_same(audited):
    for each in audited.data("summary")["tables"][1:]:
        found = audited.ask(f"SELECT {', '.join(COUNTS)} FROM '{audited.out}/audit/{each['file']}'")
        assert found == audited.listed(each["id"], *COUNTS)
        assert len(found) == each["rows"]
    funnel = audited.ask(f"FROM '{audited.out}/audit/coverage/funnel.parquet'")
    assert funnel == audited.listed("funnel", "step", "count")
