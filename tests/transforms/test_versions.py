"""What a receipt states: nothing that shapes a row is left out."""

import ast
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline.resources import linkers
from pipeline.resources.linkers import linker_version
from schemas.errors import UserError
from transforms import versions
from transforms.concepts import LinkConcepts
from transforms.duplicates.cells import AssignCells
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.embed import EmbedPanels
from transforms.duplicates.encoder import Encoder
from transforms.emit import ToTriplets
from transforms.jats.read import ReadFigures
from transforms.modality import NameModality
from transforms.modality.picture import model_digest as looks_digest
from transforms.panels import SplitPanels
from transforms.versions import FOLDER, LIBRARIES, data_digest, library_versions, made_by

STAGES = [ReadFigures, SplitPanels, LinkConcepts, EmbedPanels, NameModality, AssignCells, FindEdges, ToTriplets]
LINKERS = {
    "dictionary": linkers.DictionaryLinker,
    "trigram": linkers.TrigramLinker,
    "quickumls": linkers.QuickUmlsLinker,
    "scispacy": linkers.ScispacyLinker,
}

#: Modules that hold tables and settings; what they compute is exact in every version.
EXACT = {"duckdb", "pyarrow", "pydantic"}


def imported(module, seen):
    """The modules of others that one of ours imports, itself or through ours."""
    found = set()
    if module in seen or find_spec(module) is None:
        return found
    seen.add(module)
    for node in ast.walk(ast.parse(Path(find_spec(module).origin).read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            top = name.partition(".")[0]
            if top == "transforms":
                found |= imported(name, seen) if _is_module(name) else set()
            elif top != "schemas" and not _is_standard(top):
                found.add(top)
    return found


def _is_module(name):
    return (FOLDER.parent / f"{name.replace('.', '/')}.py").is_file() or (
        FOLDER.parent / name.replace(".", "/")
    ).is_dir()


def _is_standard(top):
    origin = find_spec(top).origin or ""
    return "site-packages" not in origin


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_libraries_of_a_stage_are_those_that_it_imports(stage):
    assert imported(stage.__module__, set()) - EXACT <= set(LIBRARIES.get(stage.name, ()))


@pytest.mark.parametrize("kind", LINKERS)
def test_the_libraries_of_a_linker_are_those_that_it_imports(kind):
    assert imported(LINKERS[kind].__module__, set()) - EXACT <= set(linkers._LIBRARIES[kind])
    assert linker_version(kind)["method"] == LINKERS[kind].name


def test_every_file_that_the_package_ships_stands_in_a_version():
    shipped = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    linked = {file for files in linkers._DATA.values() for file in files}
    read = {
        versions.STOP_WORDS,
        versions.IMAGING,
        versions.CAPTIONS,
        *(f"panels/model/{name}.onnx" for name in ("glyphs", "letters", "panels")),
    }
    modality = {"modality/model/modality.onnx", "modality/model/modality.json", "modality/cues.tsv"}
    encoder = {"duplicates/model/encoder.onnx", "duplicates/model/encoder.json"}  # their digest is its version
    report = {"coverage/semantic_types.tsv"}  # of the audit
    cards = {"captions/model/README.md", "modality/model/modality.md", "panels/model/LICENSES.md"}
    assert shipped == linked | read | modality | encoder | report | cards


def test_a_receipt_tells_stages_and_libraries():
    encoder = Encoder()
    stated = made_by([ReadFigures("all"), SplitPanels(), EmbedPanels(lambda: encoder, encoder.version)])
    assert set(stated["stages"]) == {"jats", "panels", "embed"}
    assert stated["libraries"]["pillow"] == version("pillow")
    assert stated["libraries"]["lxml"] == version("lxml")
    assert stated["libraries"]["numpy"] == version("numpy")
    named = {name.partition("-")[0] for name in stated["libraries"]}
    assert named == {"latex2mathml", "lxml", "numpy", "onnxruntime", "pillow", "py3langid"}
    assert made_by([ToTriplets(1, "0", "0")]) == {"stages": {"triplets": ToTriplets.version}, "libraries": {}}


def test_stages_name_the_digest_of_what_they_read():
    assert ReadFigures.version.endswith(f"+{data_digest(versions.STOP_WORDS)}")
    assert SplitPanels().version.endswith(f"+{looks_digest()}+{data_digest(versions.CAPTIONS)}")
    assert NameModality().version.endswith(f"+{looks_digest()}+{data_digest(versions.IMAGING, 'modality/cues.tsv')}")


def test_a_digest_follows_the_content(tmp_path, monkeypatch):
    monkeypatch.setattr(versions, "FOLDER", tmp_path)
    for n, content in enumerate(("one", "one", "two")):
        (tmp_path / f"{n}.tsv").write_text(content)
    one, same, two = (data_digest(f"{n}.tsv") for n in range(3))
    assert one == same != two
    assert len(two) == 12


def test_linkers_differ_by_kind_data_and_libraries(monkeypatch):
    stated = linker_version("dictionary")
    assert stated["method"] == "dictionary-4"
    assert stated["libraries"] == {"numpy": version("numpy")}
    assert stated["data"] != linker_version("trigram")["data"]
    monkeypatch.setitem(linkers._DATA, "dictionary", (versions.IMAGING,))
    assert linker_version("dictionary") != stated


def test_a_spacy_model_is_one_of_the_libraries():
    stated = linker_version("scispacy:en_core_sci_none")
    assert stated["libraries"]["en_core_sci_none"] == "not installed"
    assert "scispacy" in stated["libraries"]


def test_there_is_no_such_linker():
    with pytest.raises(UserError, match="no linker nonsense"):
        linker_version("nonsense")


def test_a_library_is_found_by_any_of_its_distributions(monkeypatch):
    found = {"faiss-gpu": "9"}

    def installed(name):
        if name not in found:
            raise versions.PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(versions, "installed", installed)
    versions._distribution.cache_clear()
    assert library_versions(["faiss", "numpy"]) == {"faiss-gpu": "9", "numpy": "not installed"}
    versions._distribution.cache_clear()
