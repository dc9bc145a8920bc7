"""Small vocabularies, compiled."""

import pyarrow as pa

from schemas.vocabulary import VOCABULARY
from transforms.concepts.compile import compile_lexicon
from transforms.concepts.lexicon import Lexicon


def compiled(folder, *concepts, types=("T047",)):
    """The lexicon of some concepts, each a CUI and its names, the preferred one first."""
    rows = [
        {"name": name, "cui": cui, "preferred": names[0], "semantic_types": types, "source": "TEST", "rank": rank}
        for cui, *names in sorted(concepts)
        for rank, name in enumerate(names)
    ]
    compile_lexicon([pa.Table.from_pylist(rows, schema=VOCABULARY)], folder / "test.lexicon", {"origin": "test"})
    return Lexicon.open(folder / "test.lexicon")


#: A few of the published records' concepts.
CONCEPTS = [
    ("C0006142", "Malignant neoplasm of breast", "Breast cancer"),
    ("C0006141", "Breast"),
    ("C0007634", "Cells", "Cell"),
    ("C0040053", "Thrombosis", "blood clot"),
    ("C0085624", "Burning sensation", "Burning"),
    ("C0004134", "Ataxia telangiectasia"),
]


def found(concepts):
    """What a linker found: the text and its CUI."""
    return [(concept["text"], concept["cui"]) for concept in concepts]


def assert_offsets(text, concepts):
    """Every concept reads in the text what it says, in order and without overlaps."""
    assert all(text[concept["start"] : concept["end"]] == concept["text"] for concept in concepts)
    edges = [edge for concept in concepts for edge in (concept["start"], concept["end"])]
    assert edges == sorted(edges)
    assert all(concept["start"] < concept["end"] and 0 <= concept["score"] <= 1 for concept in concepts)
