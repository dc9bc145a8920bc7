"""`medconcept vocabulary build`."""

import pytest

from pipeline.cli import main
from transforms.concepts.imaging import describe_imaging
from transforms.concepts.lexicon import IMAGING, Lexicon

MRCONSO = """\
C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|D1|Lung|0|N||
C0000001|ENG|S|L2|PF|S2|Y|A2||||NCI|SY|C1|Lungs|0|O||
C0000002|ENG|P|L3|PF|S3|Y|A3||||NCI|PT|C2|Pneumonia, NOS|0|N||
C0000003|GER|P|L4|PF|S4|Y|A4||||MSHGER|MH|D1|Leber|0|N||
"""
MRSTY = "C0000001|T023|A1|Body Part|AT1||\nC0000002|T047|B2|Disease|AT2||\nC0000003|T023|A1|Body Part|AT3||\n"


@pytest.fixture
def build(monkeypatch, capsys, tmp_path):
    """The command over the small release: exit status, standard output, standard error, the file."""
    (tmp_path / "MRCONSO.RRF").write_text(MRCONSO)
    (tmp_path / "MRSTY.RRF").write_text(MRSTY)

    def build(*options):
        file = tmp_path / "out.lexicon"
        monkeypatch.setattr("sys.argv", ["medconcept", "vocabulary", "build", *map(str, options), str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr(), file

    return build


@pytest.mark.parametrize(
    ("options", "cuis"),
    [
        ([], ["C0000001", "C0000002"]),
        (["--language", "GER"], ["C0000003"]),
        (["--sources", "NCI, SNOMEDCT_US"], ["C0000002"]),
        (["--sources", "NCI", "--suppressed"], ["C0000001", "C0000002"]),
        (["--term-types", "MH"], ["C0000001"]),
        (["--semantic-types", "DISO"], ["C0000002"]),
        (["--semantic-types", "T023,T191"], ["C0000001"]),
    ],
)
def test_a_release_is_compiled_with_filters(build, tmp_path, options, cuis):
    status, output, error, file = build("--umls", tmp_path, "--no-imaging", *options)
    assert (status, error) == (0, "")
    lexicon = Lexicon.open(file)
    lexicon.verify()
    assert output.startswith(f"{lexicon.version}: ")
    assert lexicon.concept_cui.astype(str).tolist() == cuis
    assert sorted(file.name for file in tmp_path.iterdir()) == ["MRCONSO.RRF", "MRSTY.RRF", "out.lexicon"]


def test_the_starter_is_compiled(build):
    status, _, _, file = build("--starter")
    lexicon = Lexicon.open(file)
    assert (status, lexicon.version.partition("-")[0]) == (0, "starter")
    assert lexicon.preferred(lexicon.concept_of("C0024485")) == "magnetic resonance imaging"


def test_the_list_of_imaging_terms_is_merged_in_and_said_to_be(build, tmp_path):
    _, _, _, file = build("--umls", tmp_path)
    lexicon = Lexicon.open(file)
    assert lexicon.imaging_terms
    assert lexicon.header["imaging_terms"] == describe_imaging()
    assert lexicon.preferred(lexicon.concept_of("C0000002")) == "Pneumonia, NOS"
    assert lexicon.preferred(lexicon.concept_of("C0024485")) == "magnetic resonance imaging"


@pytest.mark.parametrize("source", [["--starter"], ["--umls", "."]])
def test_the_list_may_be_left_out(build, tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    _, _, _, file = build(*source, "--no-imaging")
    lexicon = Lexicon.open(file)
    assert not lexicon.imaging_terms
    assert lexicon.concept_of("C0024485") is None
    assert not (lexicon.name_flags & IMAGING).any()


def test_a_faulty_release_is_one_line_and_leaves_no_file(build, tmp_path):
    (tmp_path / "MRCONSO.RRF").write_text(MRCONSO + "C0000004|ENG\n")
    status, output, error, _ = build("--umls", tmp_path)
    assert (status, output, error.count("\n")) == (1, "", 1)
    assert "MRCONSO.RRF:5: not in the Rich Release Format" in error
    assert sorted(file.name for file in tmp_path.iterdir()) == ["MRCONSO.RRF", "MRSTY.RRF"]


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (["--starter", "--umls", "."], 2, "--starter"),
        (["--starter", "--sources", "MSH"], 2, "--umls"),
        (["--starter", "--semantic-types", "DISEASES"], 1, "DISEASES"),
    ],
)
def test_wrong_options_are_told(build, options, status, told):
    found, output, error, file = build(*options)
    assert (found, output, error.count("\n"), file.exists()) == (status, "", 1, False)
    assert told in error
