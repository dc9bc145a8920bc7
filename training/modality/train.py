"""Train the classifier: `python -m training.modality.train MAPS`, of what maps.py made, into the package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from training.halved import OPSET, write
from training.modality.fit import Classes, Learner, features
from training.modality.maps import Material
from training.modality.network import SIDE, Backbone, Classifier
from transforms.modality.picture import MODEL

#: The temperature of the least loss on held-out panels (validate.py).
HEAT = 1.2


def export(classifier: Classifier, file: Path) -> None:
    """Write the network as ONNX, its large weights halved."""
    shape = torch.zeros((2, SIDE, SIDE, 3), dtype=torch.uint8)
    axes = {"pictures": {0: "n"}, "chances": {0: "n"}}
    with TemporaryDirectory() as folder:
        exported = Path(folder) / file.name
        torch.onnx.export(
            classifier, (shape,), str(exported), input_names=["pictures"], output_names=["chances"],
            dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        write(exported.read_bytes(), file)


def main(maps: Path) -> None:
    """Learn from all examples and write the network."""
    torch.set_num_threads(1)
    material = Material.load(maps)
    classes = Classes(material)
    seen = features(Backbone(), material, np.arange(len(material.maps)))
    learner = Learner(material, classes, seen, np.arange(len(material.modality)))
    learner.tune()
    export(Classifier(learner.backbone, learner.head, HEAT).eval(), MODEL / "modality.onnx")
    (MODEL / "modality.json").write_text(json.dumps({"names": classes.names, "side": SIDE}, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maps", type=Path)
    main(**vars(parser.parse_args()))
