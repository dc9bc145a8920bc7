"""What the modality classifier learns from: its labels, and which of them are of the truth's articles."""

import json

from training.modality.material import DRAWN_AS, LABELS, PACKAGES, _published
from transforms.modality.names import NAMES

LISTED = """article\tid\tdoi\tlicence
PMC1.1\tPMC1\t10.1155/2016/1\tCC BY
PMC2.1\tPMC2\t10.1155/2016/2\tCC BY
PMC3.1\tPMC3\t\tCC BY
"""


def test_labels_are_of_the_taxonomy():
    for file in (LABELS, PACKAGES):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert rows
        assert {row["modality"] for row in rows} <= set(NAMES)
    assert set(DRAWN_AS.values()) <= set(NAMES)


def test_an_article_of_the_mirror_is_one_of_the_truth_by_its_doi(tmp_path):
    (tmp_path / "ARTICLES.tsv").write_text(LISTED)
    truth = {"PMC1 doi:10.1155/2016/1 Case Reports: a case", "PMC9 pone.0001"}
    assert _published(tmp_path / "ARTICLES.tsv", truth) == {"PMC1.1": "PMC1 doi:10.1155/2016/1 Case Reports: a case"}
