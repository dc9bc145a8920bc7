import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY
from transforms.concepts.starter import hpo_rows, imaging, modalities, starter
from transforms.concepts.vocabulary import finish, from_umls, read, version, write

UMLS_SUBSET = Path(__file__).parents[2].parent / "shared" / "data" / "umls_subset"

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

MRCONSO = """\
C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|D1|Lung|0|N||
C0000001|ENG|S|L2|PF|S2|Y|A2||||MSH|ET|D1|Lungs|0|N||
C0000001|ENG|S|L2|PF|S2|N|A3||||NCI|SY|C1|Lungs|0|N||
C0000001|ENG|S|L3|PF|S3|Y|A4||||NCI|SY|C1|Old "lung"|0|O||
C0000001|GER|P|L4|PF|S4|Y|A5||||MSHGER|MH|D1|Lunge|0|N||
C0000002|ENG|S|L5|VC|S5|N|A6||||NCI|SY|C2|A 5" scar|0|N||
"""
MRSTY = "C0000001|T029|A2|Body Location|AT2||\nC0000001|T023|A1|Body Part|AT1|256|\n"


def umls(folder, mrconso=MRCONSO, mrsty=MRSTY):
    (folder / "MRCONSO.RRF").write_text(mrconso, "utf-8")
    (folder / "MRSTY.RRF").write_text(mrsty, "utf-8")
    return folder


def vocabulary(*names):
    rows = [
        {"name": name, "cui": cui, "preferred": name, "semantic_types": [], "source": "TEST", "rank": 0}
        for name, cui in names
    ]
    return finish(pa.Table.from_pylist(rows, schema=VOCABULARY), "starter")


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
    assert version(table) == version(starter())


def test_the_imaging_list_is_well_formed():
    rows = imaging()
    names = [name for row in rows for name in row["names"].split("|")]
    assert {row["kind"] for row in rows} == {"modality", "anatomy"}
    assert all(re.fullmatch(r"C\d{7}", row["cui"]) for row in rows)
    assert all(re.fullmatch(r"T\d{3}(,T\d{3})*", row["semantic_types"]) for row in rows)
    assert all(name and name == name.strip() for name in names)
    assert len({row["cui"] for row in rows}) == len(rows)
    assert len({name.casefold() for name in names}) == len(names)
    assert modalities()["C0040405"] == "X-ray computed tomography"
    assert "C0023884" not in modalities()


@pytest.mark.skipif(not UMLS_SUBSET.is_dir(), reason="shared/data/umls_subset is not there")
def test_the_imaging_list_agrees_with_the_umls_subset():
    names: dict[str, set[str]] = {}
    for row in from_umls(UMLS_SUBSET).select(["cui", "name"]).to_pylist():
        names.setdefault(row["cui"], set()).add(row["name"].casefold())
    known = [row for row in imaging() if row["cui"] in names]
    assert len(known) > 200
    for row in known:
        assert names[row["cui"]] & {name.casefold() for name in row["names"].split("|")}, row


def test_from_umls_keeps_english_names_and_prefers_the_preferred_string(tmp_path):
    table = from_umls(umls(tmp_path))
    assert table.schema.equals(VOCABULARY)
    assert table.to_pylist() == [
        {"cui": cui, "name": name, "preferred": preferred, "semantic_types": types, "source": source, "rank": rank}
        for cui, name, preferred, types, source, rank in [
            ("C0000001", "Lung", "Lung", ["T023", "T029"], "MSH", 0),
            ("C0000001", "Lungs", "Lung", ["T023", "T029"], "MSH", 4),
            ("C0000002", 'A 5" scar', 'A 5" scar', [], "NCI", 7),
        ]
    ]
    assert re.fullmatch("umls-[0-9a-f]{12}", version(table))


@pytest.mark.parametrize(
    ("mrconso", "message"),
    [
        ("a,b,c\n", "MRCONSO.RRF: not in the Rich Release Format"),
        (MRCONSO + "C0000003|ENG|P\n", "MRCONSO.RRF: not in the Rich Release Format"),
        (MRCONSO.replace("C0000002", "D0000002"), "1 lines do not start with a CUI"),
        ("", "MRCONSO.RRF: holds no English name"),
    ],
)
def test_malformed_umls_is_one_clear_error(tmp_path, mrconso, message):
    with pytest.raises(UserError, match=re.escape(message)):
        from_umls(umls(tmp_path, mrconso))


def test_missing_umls_names_the_file(tmp_path):
    with pytest.raises(UserError, match=r"MRCONSO\.RRF: not found"):
        from_umls(tmp_path)


def test_a_vocabulary_survives_its_file(tmp_path):
    table = vocabulary(("Lung", "C0000001"), ("Liver", "C0000002"))
    write(table, tmp_path / "v.parquet")
    again = read(tmp_path / "v.parquet")
    assert again.equals(table)
    assert version(again) == version(table)


def test_the_version_changes_with_the_content_only():
    table = vocabulary(("Lung", "C0000001"), ("Liver", "C0000002"))
    assert re.fullmatch("starter-[0-9a-f]{12}", version(table))
    assert version(table) != version(vocabulary(("Lung", "C0000001"), ("Liver", "C0000003")))
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert version(chunked) == version(table)


def test_what_is_no_vocabulary_is_refused(tmp_path):
    (tmp_path / "text").write_text("no Parquet")
    pq.write_table(pa.table({"name": ["Lung"]}), tmp_path / "other")
    old = vocabulary(("Lung", "C0000001")).replace_schema_metadata({**VOCABULARY.metadata, b"schema_version": b"0"})
    write(old, tmp_path / "old")
    for name in ("missing", "text", "other", "old"):
        with pytest.raises(UserError, match=name):
            read(tmp_path / name)
