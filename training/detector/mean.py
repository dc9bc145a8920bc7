"""The mean of the weights before and after a run: `python -m training.detector.mean BEFORE AFTER SHARE WEIGHTS`.

Such a mean does better on real figures than the weights after a run on synthetic ones
(M. Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from training.detector.train import read_state


def mean_weights(before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """The mean of two states of a network, with `share` of the one after; counters are those after."""
    return {
        name: torch.lerp(before[name], value, share) if value.is_floating_point() else value
        for name, value in after.items()
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="weights that the run went on from, or the file that ships")
    parser.add_argument("after", type=Path, help="weights that it wrote")
    parser.add_argument("share", type=float, help="of the weights after it, 0..1")
    parser.add_argument("weights", type=Path, help="where to write the mean")
    arguments = parser.parse_args()
    before, after = read_state(arguments.before), read_state(arguments.after)
    torch.save(mean_weights(before, after, arguments.share), arguments.weights)


if __name__ == "__main__":
    main()
