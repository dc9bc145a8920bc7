import pyarrow as pa

from schemas.panels import CAPTIONED, LINKED
from tests.lexicons import compiled
from transforms.concepts import DictionaryLinker, LinkConcepts


def captioned(*captions):
    rows = [
        {"article_id": "PMC1v1", "caption": caption, "panel_id": f"PMC1v1-f001-p{index:02d}"}
        for index, caption in enumerate(captions, 1)
    ]
    return pa.Table.from_pylist(rows, schema=CAPTIONED)


def test_the_stage_links_the_panels_own_caption(tmp_path):
    lexicon = compiled(tmp_path, ("C0024485", "MRI"), ("C0040405", "Tomodensitometry", "CT"), ("C0023884", "liver"))
    stage = LinkConcepts(lambda: DictionaryLinker(lexicon))
    stage.setup()
    table = stage(captioned("(A) MRI of the liver.", "No CT was done, but MRI.", "A tree.", None))
    assert table.schema.equals(LINKED)
    assert [concept["text"] for concept in table["concepts"][0].as_py()] == ["MRI", "liver"]
    assert table["concepts"].to_pylist()[2:] == [[], []]
    assert set(table["linker"].to_pylist()) == {"dictionary-4"}
    assert set(table["vocabulary"].to_pylist()) == {lexicon.version}


def test_no_rows_are_no_rows(tmp_path):
    lexicon = compiled(tmp_path, ("C0023884", "liver"))
    stage = LinkConcepts(lambda: DictionaryLinker(lexicon))
    stage.setup()
    assert stage(captioned()).equals(LINKED.empty_table())
