import re

import pyarrow as pa

from schemas.vocabulary import VOCABULARY
from transforms.concepts.imaging import imaging, with_imaging
from transforms.concepts.starter import hpo_rows, phenotypes

OBO = """format-version: 1.2

[Term]
id: HP:1
name: Multicystic kidney dysplasia
synonym: "Multicystic \\"dysplastic\\" kidney" EXACT []
synonym: "MCKD" EXACT abbreviation []
synonym: "Former name" EXACT obsolete_synonym []
synonym: "Renal cysts" BROAD []
xref: SNOMEDCT_US:204962002
xref: UMLS:C3714581

[Term]
id: HP:2
name: Withdrawn
xref: UMLS:C0000001
is_obsolete: true

[Term]
id: HP:3
name: Known to the HPO alone

[Typedef]
id: part_of
name: part of
xref: UMLS:C0000002
"""


def test_hpo_terms_give_their_name_exact_synonyms_and_abbreviations():
    rows = list(hpo_rows(OBO.splitlines()))
    assert [(row["name"], row["rank"]) for row in rows] == [
        ("Multicystic kidney dysplasia", 0),
        ('Multicystic "dysplastic" kidney', 1),
        ("MCKD", 2),
    ]
    assert {(row["cui"], row["preferred"], row["source"]) for row in rows} == {
        ("C3714581", "Multicystic kidney dysplasia", "HPO")
    }
    assert all(row["semantic_types"] == [] for row in rows)


def starter():
    return pa.concat_tables(with_imaging([phenotypes()]))


def test_the_starter_holds_phenotypes_modalities_and_anatomy():
    table = starter()
    assert table.schema.equals(VOCABULARY)
    by_name = {row["name"]: row for row in table.to_pylist()}
    assert by_name["MRI"]["cui"] == "C0024485"
    assert by_name["MRI"]["preferred"] == "magnetic resonance imaging"
    assert by_name["liver"]["semantic_types"] == ["T023"]
    assert by_name["Multicystic kidney dysplasia"]["semantic_types"] == []
    pairs = list(zip(table["cui"].to_pylist(), table["name"].to_pylist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    preferred = set(zip(table["cui"].to_pylist(), table["preferred"].to_pylist(), strict=True))
    assert len(preferred) == len({cui for cui, _ in preferred}), "one preferred name a concept"
    assert table.equals(starter())


def test_the_imaging_list_is_well_formed():
    rows = imaging()
    names = [name for row in rows for name in row["names"].split("|")]
    assert {row["kind"] for row in rows} == {"modality", "anatomy"}
    assert all(re.fullmatch(r"C\d{7}", row["cui"]) for row in rows)
    assert all(re.fullmatch(r"T\d{3}(,T\d{3})*", row["semantic_types"]) for row in rows)
    assert all(name and name == name.strip() for name in names)
    assert len({row["cui"] for row in rows}) == len(rows)
    assert len({name.casefold() for name in names}) == len(names)
