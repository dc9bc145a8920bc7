"""The scispaCy linker, offline."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UserError
from tests.lexicons import CONCEPTS, assert_offsets, compiled, found
from transforms.concepts.scispacy import ScispacyLinker, build_index

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


def test_a_model_says_what_the_mentions_are(index, tmp_path):
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "ENTITY", "pattern": "breast"}])
    pipeline.to_disk(tmp_path / "model")
    linker = ScispacyLinker(*index, model=str(tmp_path / "model"))
    (concepts,) = linker.link(["A breast cancer of the breast"])
    assert found(concepts) == [("breast", "C0006141")] * 2


def test_a_model_that_is_not_installed(index):
    with pytest.raises(UserError, match="no_such_model"):
        ScispacyLinker(*index, model="no_such_model")


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Breast", " ", "cell\u0301", "𝔸", "\0", "\ud800", ","])).map("".join)
)
def test_offsets_are_those_of_the_raw_text(linker, text):
    (concepts,) = linker.link([text])
    assert_offsets(text, concepts)
