"""The stage that names what kind of picture each panel is."""

from collections.abc import Iterator

import pyarrow as pa

from schemas.panels import PANELS
from schemas.rejects import Reason, reject
from schemas.tables import Row, map_rows
from transforms.modality.evidence import decide, evidence, outranked, posterior
from transforms.modality.names import UNKNOWN, Modalities, admits
from transforms.modality.picture import model_digest
from transforms.modality.text import cues
from transforms.versions import IMAGING, data_digest

#: What a text is read by.
CUES = "modality/cues.tsv"


class NameModality:
    """PANELS with `modality` and its evidence, by the caption and by `seen`, which SplitPanels wrote.

    A panel is a reject whose modality is none of `modalities`.
    """

    name = "modality"
    rowwise = True
    cpus = 1.0
    gpus = 0.0
    memory = 100 << 20
    batch = 2048
    output = PANELS

    def __init__(self, modalities: Modalities = "all") -> None:
        self._modalities = modalities
        self.version = f"3+{model_digest()}+{data_digest(IMAGING, CUES)}"

    def setup(self) -> None:
        """Nothing to open."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """A row for a row; all captions are read at once. A panel's own words outrank those that it shares."""
        own = cues([text or "" for text in table["caption_own"].to_pylist()])
        whole = cues([text or "" for text in table["caption"].to_pylist()])
        named = iter([outranked(*pair) for pair in zip(own, whole, strict=True)])

        def name(row: Row) -> Iterator[Row]:
            found = next(named)
            seen = {each["name"]: each["score"] for each in row["seen"]}
            modality = decide(posterior(seen, [cue for cue, _ in found]))
            new = {**row, "modality": modality, "modality_evidence": evidence(seen, found)}
            if self._modalities != "all" and not admits(self._modalities, modality):
                new |= {"image": None, "reject": reject(self.name, Reason.MODALITY, modality or UNKNOWN)}
            yield new

        return map_rows(table, PANELS, name)
