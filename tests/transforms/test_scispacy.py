"""The scispaCy linker, offline."""

import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UserError
from tests.lexicons import CONCEPTS, assert_offsets, compiled, found
from transforms.concepts import matches
from transforms.concepts.scispacy import ScispacyLinker, build_index, load_vectorizer

pytest.importorskip("scispacy", reason="the extra medconcept[scispacy] is not installed")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scispacy")
    lexicon = compiled(folder, *CONCEPTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection is opened"))
        build_index(lexicon, folder)
    return lexicon, folder


@pytest.fixture(scope="module")
def linker(index):
    return ScispacyLinker(*index)


def test_the_most_similar_name_of_each_span(linker):
    one, none = linker.link(["No blood clots, but a Breast cancer in the breast.", ""])
    assert found(one) == [("blood clots", "C0040053"), ("Breast cancer", "C0006142"), ("breast", "C0006141")]
    assert [concept["negated"] for concept in one] == [True, False, False]
    assert none == []


def test_an_abbreviation_is_its_long_form(linker):
    (concepts,) = linker.link(["Ataxia telangiectasia (ATA). Cells of ATA."])
    assert [concept["cui"] for concept in concepts] == ["C0004134", "C0004134", "C0007634", "C0004134"]


@pytest.fixture
def model(tmp_path, monkeypatch):
    """An installed spaCy model that takes every "breast" for an entity, as `spacy package` and pip would make it."""
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "ENTITY", "pattern": "breast"}])
    (tmp_path / "en_tiny").mkdir()
    pipeline.to_disk(tmp_path / "en_tiny" / "data")
    (tmp_path / "en_tiny" / "__init__.py").write_text(
        "import pathlib, spacy\ndef load(): return spacy.load(pathlib.Path(__file__).parent / 'data')\n"
    )
    said = tmp_path / "en_tiny-1.0.dist-info"
    said.mkdir()
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: en_tiny\nVersion: 1.0\n")
    (said / "entry_points.txt").write_text("[spacy_models]\nen_tiny = en_tiny\n")
    monkeypatch.syspath_prepend(tmp_path)
    return "en_tiny"


def test_a_model_says_what_the_mentions_are(index, model):
    linker = ScispacyLinker(*index, model=model)
    (concepts,) = linker.link(["A breast cancer of the breast"])
    assert found(concepts) == [("breast", "C0006141")] * 2


@pytest.mark.parametrize("name", ["no_such_model", "json", "spacy", "..", "./en_tiny", "https://host/en_tiny.whl"])
def test_a_model_that_is_not_installed(index, name):
    with pytest.raises(UserError, match=name):
        ScispacyLinker(*index, model=name)


def test_a_folder_is_no_model(index, tmp_path, monkeypatch):
    import spacy

    spacy.blank("en").to_disk(tmp_path / "en_planted")
    monkeypatch.chdir(tmp_path)
    for name in ("en_planted", str(tmp_path / "en_planted")):
        with pytest.raises(UserError, match="no spaCy model"):
            ScispacyLinker(*index, model=name)


def test_the_vectorizer_is_kept_without_pickling_it(index):
    from sklearn.feature_extraction.text import TfidfVectorizer

    lexicon, folder = index
    names = sorted({name for _, name in matches.names(lexicon)})
    fitted = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), min_df=1, dtype=np.float32).fit(names)
    texts = ["breast cancers", "Thromboses", "", "zzz"]
    kept, expected = load_vectorizer(folder).transform(texts), fitted.transform(texts)
    assert (kept.dtype, (kept != expected).nnz) == (expected.dtype, 0)
    assert not list(folder.glob("*.joblib"))


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Breast", " ", "cell\u0301", "𝔸", "\0", "\ud800", ","])).map("".join)
)
def test_offsets_are_those_of_the_raw_text(linker, text):
    (concepts,) = linker.link([text])
    assert_offsets(text, concepts)
