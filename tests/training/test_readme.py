"""The commands of training/README.md, run on a small scale in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from transforms.network import Network

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
WEIGHTS = "transforms/panels/model/panels.onnx"
SMALL = {
    "SHARED": SHARED, "CONTENTS": 40, "BRAINS": 4, "FIRST": 2, "LAST": 2, "BATCH": 4, "WORKERS": 1, "FIGURES": 100,
    "START": WEIGHTS,
}  # fmt: skip


def commands(settings):
    """The commands of the README, with other values for some of its variables."""
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "training/README.md").read_text("utf-8"), flags=re.S)
    for name, value in settings.items():
        block, found = re.subn(rf"\b{name}=\S+", f"{name}={value}", block)
        assert found == 1
    return block


def test_every_command_of_the_readme_is_a_module():
    modules = re.findall(r"^python -m (\S+)", commands({}), flags=re.M)
    steps = {"bank", "photographs", "cortex", "train", "mean", "export", "confidence"}
    assert {f"training.detector.{step}" for step in steps} <= set(modules)
    assert all((ROOT / f"{module.replace('.', '/')}.py").is_file() for module in modules)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled figures of shared/data are not here")
def test_the_commands_lead_from_an_empty_folder_to_weights_that_ship(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")
    for package in ("cv2", "matplotlib", "nibabel", "nilearn", "onnx", "pydicom", "skimage", "sklearn"):
        pytest.importorskip(package, reason=f"training needs {package}, of the extra `training`")
    from training.detector.model.network import PLACES, SIDE, Detector

    for room in ("training", "transforms", "schemas"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    paths = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path),
    }

    ended = subprocess.run(
        ["bash", "-euc", commands(SMALL)], cwd=tmp_path, env=os.environ | paths, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    for name in ("first", "last", "mean"):
        Detector().load_state_dict(torch.load(tmp_path / f"build/runs/{name}.pt", weights_only=True))
    assert (tmp_path / WEIGHTS).read_bytes() != (ROOT / WEIGHTS).read_bytes()
    boxes, scores = Network(tmp_path / WEIGHTS, 1).run(
        ["boxes", "scores"], {"images": np.full((1, SIDE, SIDE, 3), 255, np.uint8)}
    )
    assert boxes.shape == (1, PLACES**2, 4)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert re.search(r"^SCORED, ALIKES, CONSTANT = -?[\d.]+, -?[\d.]+, -?[\d.]+$", ended.stdout, flags=re.M)
