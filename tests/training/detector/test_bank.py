"""The bank of drawn contents."""

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the training of the detector draws with matplotlib")
pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

from training.detector import bank


@pytest.mark.parametrize("seed", range(4))
def test_a_seed_draws_the_same_again(seed):
    first, again = (bank.content(np.random.default_rng(seed)) for _ in range(2))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])


def test_a_bank_goes_on_where_it_stopped(tmp_path):
    bank.main(tmp_path, 1, 5)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert sorted(path.name.split("-")[0] for path in files) == [
        "00000", "00000.json", "00000.png", "page00000", "plots.jsonl",
    ]  # fmt: skip

    bank.main(tmp_path, 2, 5)

    assert len(list(tmp_path.rglob("*.*"))) == 6
    assert all(path.read_bytes() == data for path, data in files.items())
