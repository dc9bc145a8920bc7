"""Small pictures of members of groups that are no samples: the proofs that units keep of all panels, grey."""

from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from pipeline.phases.corpus import Corpus
from pipeline.phases.pictures import PLACED, PROOFS, read_pictures
from pipeline.reports.audit.samples import SIDE, address
from pipeline.reports.explain.output import Output
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path
from schemas.duplicates import INDEX
from schemas.ids import article_of


def member_pictures(corpus: Corpus, panels: Sequence[str]) -> dict[str, str]:
    """The pictures of panels by their ids, as addresses of images. Raises Damaged."""
    output, by_unit = Output(corpus.store, corpus.run), defaultdict(list)
    for panel in panels:
        by_unit[output.place(article_of(panel)).unit].append(panel)
    found: dict[str, str] = {}
    for unit, names in sorted(by_unit.items()):
        receipt = corpus.units[unit]
        columns = ["panel_id", "width", "height", *PLACED]
        index = load_table(corpus.store, file_path(receipt, "index"), INDEX, columns)
        rows = index.append_column("row", pa.array(range(len(index)), pa.int32()))
        mine = rows.filter(pc.is_in(rows["panel_id"], value_set=pa.array(names, pa.string())))
        proofs = read_pictures(corpus.store, PROOFS, file_path(receipt, PROOFS), mine)
        for row, proof in zip(mine.to_pylist(), proofs, strict=True):
            found[row["panel_id"]] = _picture(proof, row["width"], row["height"])
    return found


def _picture(proof: bytes, width: int, height: int) -> str:
    """A proof, which is a square, in the proportions of its panel, as the address of an image."""
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    with Image.open(BytesIO(proof), formats=("JPEG",)) as picture:
        return address(picture.resize(size, Image.Resampling.BICUBIC))
