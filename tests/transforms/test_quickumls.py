"""The QuickUMLS linker, offline."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lexicons import CONCEPTS, assert_offsets, compiled, found
from transforms.concepts.quickumls import QuickUmlsLinker, build_index

pytest.importorskip("quickumls", reason="the extra medconcept[quickumls] is not installed")


@pytest.fixture(scope="module")
def linker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quickumls")
    lexicon = compiled(folder, *CONCEPTS)
    index = folder / "index"
    index.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection is opened"))
        build_index(lexicon, index)
        return QuickUmlsLinker(lexicon, index)


def test_the_best_match_of_each_span(linker):
    texts = ["No breast cancer, but a Blood clot in the breast.", "", "ataxia telangiectasias"]
    one, none, near = linker.link(texts)
    assert found(one) == [("breast cancer", "C0006142"), ("Blood clot", "C0040053"), ("breast", "C0006141")]
    assert [concept["negated"] for concept in one] == [True, False, False]
    assert none == []
    assert [(concept["cui"], concept["score"] < 1) for concept in near] == [("C0004134", True)]


def test_the_linker_names_itself_and_its_vocabulary(linker):
    assert linker.name == "quickumls-2"
    assert linker.vocabulary.startswith("test-")


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Breast", " ", "cell\u0301", "𝔸", "\0", "\ud800", ","])).map("".join)
)
def test_offsets_are_those_of_the_raw_text(linker, text):
    (concepts,) = linker.link([text])
    assert_offsets(text, concepts)
