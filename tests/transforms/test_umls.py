import gzip
import hashlib
import re
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY
from transforms.concepts.imaging import imaging
from transforms.concepts.semantic_types import GROUPS, TYPES, expand
from transforms.concepts.umls import Filters, describe, umls_names
from transforms.concepts.words import ngram_keys, tokenise

UMLS_SUBSET = Path(__file__).parents[2].parent / "shared" / "data" / "umls_subset"

MRCONSO = """\
C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|D1|Lung|0|N||
C0000001|ENG|S|L2|PF|S2|N|A3||||NCI|SY|C1|Lungs|0|N||
C0000001|ENG|S|L2|PF|S2|Y|A2||||MSH|ET|D1|Lungs|0|N||
C0000001|ENG|S|L3|PF|S3|Y|A4||||NCI|SY|C1|Old "lung"|0|O||
C0000001|GER|P|L4|PF|S4|Y|A5||||MSHGER|MH|D1|Lunge|0|N||
C0000002|ENG|S|L5|VC|S5|N|A6||||NCI|SY|C2|A 5" scar|0|N||
"""
MRSTY = "C0000001|T029|A2|Body Location|AT2||\nC0000001|T023|A1|Body Part|AT1|256|\n"
MRRANK = "0400|MSH|MH|N|\n0300|NCI|SY|N|\n"


@pytest.fixture
def release(tmp_path):
    (tmp_path / "MRCONSO.RRF").write_text(MRCONSO, "utf-8")
    (tmp_path / "MRSTY.RRF").write_text(MRSTY, "utf-8")
    return tmp_path


def names(folder, **filters):
    tables = list(umls_names(folder, Filters(**filters), folder))
    assert all(table.schema.equals(VOCABULARY) for table in tables)
    return pa.concat_tables(tables).to_pylist()


def test_english_names_that_are_not_suppressed_with_the_preferred_string_first(release):
    expected = [
        ("C0000001", "Lung", "Lung", ["T023", "T029"], "MSH", 0),
        ("C0000001", "Lungs", "Lung", ["T023", "T029"], "MSH", 4),
        ("C0000001", "Lungs", "Lung", ["T023", "T029"], "NCI", 5),
        ("C0000002", 'A 5" scar', 'A 5" scar', [], "NCI", 7),
    ]
    columns = ("cui", "name", "preferred", "semantic_types", "source", "rank")
    found = names(release)
    assert [tuple(row[column] for column in columns[:5]) for row in found] == [row[:5] for row in expected]
    assert [row["rank"] // 8192 for row in found] == [row[5] for row in expected]


def test_mrrank_orders_the_sources(release):
    (release / "MRRANK.RRF").write_text(MRRANK)
    assert [(row["source"], row["rank"] % 8192) for row in names(release)] == [
        ("MSH", 0),
        ("MSH", 8191),
        ("NCI", 1),
        ("NCI", 1),
    ]


def test_a_subset_without_the_status_of_its_terms_is_read(release):
    (release / "MRCONSO.RRF").write_text("C0000002|ENG||||||||||NCI|||Scar||N||\nC0000003|ENG||||||||||NCI||||0|N||\n")
    assert [(row["name"], row["preferred"], row["rank"] // 8192) for row in names(release)] == [("Scar", "Scar", 7)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"language": "GER"}, ["Lunge"]),
        ({"suppressed": True, "sources": ("NCI",)}, ['Old "lung"', "Lungs", 'A 5" scar']),
        ({"term_types": ("MH", "ET")}, ["Lung", "Lungs"]),
        ({"semantic_types": ("T023",)}, ["Lung", "Lungs", "Lungs"]),
        ({"sources": ("N'CI", "NCI"), "semantic_types": ("T029", "T047")}, ["Lungs"]),
    ],
)
def test_filters(release, filters, expected):
    assert [row["name"] for row in names(release, **filters)] == expected


def test_files_may_be_compressed(release):
    plain = names(release)
    for file in list(release.iterdir()):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert names(release) == plain


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("MRCONSO.RRF", "a,b,c\n", "MRCONSO.RRF:1: not in the Rich Release Format: 0 fields"),
        ("MRCONSO.RRF", MRCONSO + "C0000003|ENG|P\n", "MRCONSO.RRF:7: not in the Rich Release Format: 2 fields"),
        ("MRCONSO.RRF", MRCONSO[:-9], "MRCONSO.RRF:6: not in the Rich Release Format"),
        ("MRCONSO.RRF", MRCONSO.replace("C0000002", "D0000002"), "MRCONSO.RRF:6: not in the Rich Release Format: CUI"),
        ("MRCONSO.RRF", MRCONSO.replace("|0|O|", "|0|?|"), "MRCONSO.RRF:4: not in the Rich Release Format: SUPPRESS"),
        ("MRCONSO.RRF", MRCONSO.replace("|NCI|SY|C2", "||SY|C2"), "MRCONSO.RRF:6: not in the Rich Release Format: SAB"),
        ("MRCONSO.RRF", MRCONSO.encode() + b"\xff|\n", "MRCONSO.RRF:7: not in the Rich Release Format: no UTF-8"),
        ("MRCONSO.RRF", "", "MRCONSO.RRF: no name passes the filters"),
        ("MRSTY.RRF", MRSTY.replace("T029", "29"), "MRSTY.RRF:1: not in the Rich Release Format: TUI is '29'"),
        ("MRRANK.RRF", "first|MSH|MH|N|\n", "MRRANK.RRF:1: not in the Rich Release Format: RANK is 'first'"),
        ("MRRANK.RRF.gz", gzip.compress(MRRANK.encode(), mtime=0)[:-9], "MRRANK.RRF.gz:"),
        ("MRRANK.RRF.gz", MRRANK, "MRRANK.RRF.gz:1: the compressed file is cut or corrupt"),
    ],
)
def test_a_faulty_release_is_one_error_that_names_file_and_line(release, file, content, message):
    (release / file).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError, match=re.escape(message)):
        names(release)


@pytest.mark.parametrize("file", ["MRCONSO.RRF", "MRSTY.RRF"])
def test_a_missing_file_is_named(release, file):
    (release / file).unlink()
    with pytest.raises(UserError, match=f"{re.escape(file)}: not found"):
        names(release)


def test_the_description_tells_release_filters_and_checksums(release):
    assert describe(release, Filters())["release"] is None
    (release / "MRSAB.RRF").write_text(f"{'|' * 9}2025AB|{'|' * 15}\n{'|' * 9}2026AA|{'|' * 15}\n")
    assert describe(release, Filters())["release"] == "2026AA"
    (release / "release.dat").write_text("# Release\numls.release.name=2026AB\n")
    description = describe(release, Filters(sources=("MSH",)))
    assert (description["release"], description["filters"]["sources"]) == ("2026AB", ("MSH",))
    assert description["inputs"][0] == {
        "file": "MRCONSO.RRF",
        "bytes": len(MRCONSO),
        "sha256": hashlib.sha256(MRCONSO.encode()).hexdigest(),
    }


def test_groups_stand_for_their_semantic_types():
    assert len(TYPES) == sum(map(len, GROUPS.values())) == 127
    assert expand(["T047", "GEOG", "T047"]) == ("T047", "T083")
    with pytest.raises(UserError, match="DISEASE"):
        expand(["DISEASE"])


#: Concepts of the list that the subset knows by another part of their name alone.
PARTLY_NAMED = {"C0016732", "C0227590", "C0230171", "C0819757"}
#: Names that UBERON or a database of diseases gives to another concept alone: to the inflammation of the place, to the
#: larger or the smaller part. The list follows MeSH, as MedMentions does.
NAMED_OTHERWISE = {
    "cerebrum",
    "hypophysis",
    "large bowel",
    "peripheral nerve",
    "subcutaneous tissue",
    "urinary tract",
    "zygoma",
}


def key(name):
    """The key of a name in all its spellings."""
    keys = tokenise([name]).keys
    return int(ngram_keys(keys, len(keys))[0])


@pytest.mark.skipif(not UMLS_SUBSET.is_dir(), reason="shared/data/umls_subset is not there")
def test_the_imaging_list_agrees_with_the_umls_subset(tmp_path):
    known: dict[str, set[int]] = {}
    owners: dict[str, set[str]] = {}
    for table in umls_names(UMLS_SUBSET, Filters(), tmp_path):
        columns = (table[column].to_pylist() for column in ("cui", "name", "source"))
        for cui, name, source in zip(*columns, strict=True):
            known.setdefault(cui, set()).add(name.casefold())
            if source != "MEDMENTIONS":
                owners.setdefault(name.casefold(), set()).add(cui)
    rows = [row for row in imaging() if row["cui"] in known]
    assert len(rows) > 900
    for row in rows:
        keys = {key(name) for name in row["names"].split("|")}
        assert keys & set(map(key, known[row["cui"]])) or row["cui"] in PARTLY_NAMED, row
        for name in row["names"].split("|"):
            others = owners.get(name.casefold(), set())
            if row["kind"] == "anatomy" and not name.isupper() and name not in NAMED_OTHERWISE:
                assert not others or row["cui"] in others, (name, row, others)
