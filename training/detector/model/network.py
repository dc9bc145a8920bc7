"""The panel detector: a small convolutional network without anchors, and what it learns from.

A figure is squashed to `SIDE` x `SIDE` pixels. Features of strides 8, 16 and 32 meet at stride 8 (Lin et al. 2017),
after layers of self-attention over the places of stride 32, by which every place knows the whole page. Each of the
places of stride 8 gives a score and the distances to the four edges of the panel that it lies in (Tian et al. 2019,
FCOS); the score learns to be the IoU of its box (Li et al. 2020, quality focal loss).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 512
STRIDE = 8
PLACES = SIDE // STRIDE
CHANNELS = (16, 32, 64, 128, 256)  # at strides 2 to 32: whole tiles of the matrix units of recent CPUs
DEPTHS = (1, 2, 3, 3)  # residual units at strides 4 to 32
LAYERS = 3  # of self-attention
CORE = 0.5  # share of a panel's width and height within which a place answers for it
RIM = 1.4  # cores, from which on a place of a panel answers for none: in the middle between two it would join them


class Targets(NamedTuple):
    """What each place should say: the panel's edges in 0..1 of the figure (N, P, 4) and its weight (N, P).

    A weight of 1 is a place in a panel's core, 0 one near its edges or in none; -1, between these, does not count.
    """

    boxes: Tensor
    weights: Tensor


class Detector(nn.Module):
    """uint8 images (N, SIDE, SIDE, 3) to boxes (N, P, 4) in 0..1 of the figure and logits of their scores (N, P)."""

    def __init__(self) -> None:
        super().__init__()
        c2, c4, c8, c16, c32 = CHANNELS
        self.stem = nn.Sequential(nn.Conv2d(3, c2, 3, 2, 1), nn.ReLU(inplace=True), _halve(c2, c4, DEPTHS[0]))
        self.eighth, self.sixteenth = _halve(c4, c8, DEPTHS[1]), _halve(c8, c16, DEPTHS[2])
        self.thirtysecond = _halve(c16, c32, DEPTHS[3])
        self.page = _Page(c32, (SIDE // 32) ** 2, LAYERS)
        self.lateral = nn.ModuleList([nn.Conv2d(c32, c16, 1), nn.Conv2d(c16, c16, 1), nn.Conv2d(c8, c8, 1)])
        self.smooth = nn.ModuleList([nn.Sequential(_conv(c16, c16), nn.Conv2d(c16, c8, 1)), _conv(c8, c8)])
        self.head = nn.Sequential(_conv(c8, c8), _conv(c8, c8))
        self.score = nn.Conv2d(c8, 1, 1)
        self.edges = nn.Conv2d(c8, 4, 1)
        nn.init.constant_(self.score.bias, -2.0)  # type: ignore[arg-type]
        nn.init.constant_(self.edges.bias, -1.5)  # type: ignore[arg-type]
        centres = (torch.arange(PLACES) + 0.5) / PLACES
        self.register_buffer("x", centres.repeat(PLACES))
        self.register_buffer("y", centres.repeat_interleave(PLACES))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        pixels = images.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0
        eighth = self.eighth(self.stem(pixels))
        sixteenth = self.sixteenth(eighth)
        top = self.lateral[0](self.page(self.thirtysecond(sixteenth)))
        middle = self.smooth[0](self.lateral[1](sixteenth) + functional.interpolate(top, scale_factor=2.0))
        bottom = self.smooth[1](self.lateral[2](eighth) + functional.interpolate(middle, scale_factor=2.0))
        features = self.head(bottom)
        logits = self.score(features).float().flatten(1)
        left, top_, right, bottom_ = torch.sigmoid(self.edges(features).float()).flatten(2).unbind(1)
        boxes = torch.stack([self.x - left, self.y - top_, self.x + right, self.y + bottom_], dim=2)
        return boxes, logits


def targets(panels: Tensor) -> Targets:
    """From the panels of each figure, (N, M, 4) in 0..1, rows of zeros where there is none.

    Of panels that overlap the smallest answers.
    """
    centres = (torch.arange(PLACES, device=panels.device) + 0.5) / PLACES
    x, y = centres.repeat(PLACES), centres.repeat_interleave(PLACES)
    sides = panels[..., 2:] - panels[..., :2]
    u = (x - panels[..., :1]) / sides[..., :1].clamp(min=1e-6) - 0.5
    v = (y - panels[..., 1:2]) / sides[..., 1:].clamp(min=1e-6) - 0.5
    distances = torch.maximum(u.abs(), v.abs())  # (N, M, P), in sides from the middle
    areas = torch.where(distances < 0.5, sides.prod(-1, keepdim=True), torch.inf)
    area, owner = areas.min(1)
    cores = _cores(sides).gather(1, owner)
    distance = distances.gather(1, owner[:, None])[:, 0]
    inner = torch.where(distance <= cores, 1.0, torch.where(distance <= RIM * cores, -1.0, 0.0))
    weights = torch.where(area == torch.inf, 0.0, inner)
    boxes = panels.gather(1, owner[..., None].expand(-1, -1, 4))
    return Targets(boxes, weights)


def _cores(sides: Tensor) -> Tensor:
    """Half the share of panels (..., 2) in which their places answer: larger where they are so small as to hold few."""
    shorter = sides.amin(-1) * PLACES
    return 0.5 * (2.0 / shorter.clamp(min=1e-6)).clamp(CORE, 1.0)


def loss(boxes: Tensor, logits: Tensor, truth: Targets) -> Tensor:
    """Quality focal loss of the scores, and 1 - GIoU and the L1 distance of the boxes, over the places of panels."""
    positive = truth.weights > 0
    count = positive.sum().clamp(min=1)
    overlap, generalised = _iou(boxes[positive], truth.boxes[positive])
    quality = torch.zeros_like(logits)
    quality[positive] = overlap.detach()
    score = torch.sigmoid(logits)
    focal = (quality - score).abs() ** 2 * functional.binary_cross_entropy_with_logits(
        logits, quality, reduction="none"
    )
    distance = functional.smooth_l1_loss(boxes[positive], truth.boxes[positive], beta=0.01, reduction="none").sum(1)
    return focal[truth.weights >= 0].sum() / count + 1.5 * (1.0 - generalised).mean() + 5.0 * distance.mean()


def _iou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU (Rezatofighi et al. 2019) of boxes (n, 4) by pairs."""
    inner = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    outer = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    union = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - inner
    iou = inner / union.clamp(min=1e-6)
    return iou, iou - (outer - union) / outer.clamp(min=1e-6)


def _conv(i: int, o: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


def _halve(i: int, o: int, depth: int) -> nn.Sequential:
    """Half the width and height, then residual units."""
    return nn.Sequential(_conv(i, o, 2), *(_Residual(o) for _ in range(depth)))


class _Residual(nn.Module):
    """Two convolutions beside the identity, which is all that it is at first: one normalisation less to pay for."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class _Page(nn.Module):
    """Self-attention over all places of a map (N, channels, height, width), each with a learnt position."""

    def __init__(self, channels: int, places: int, layers: int) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.randn(1, places, channels) * 0.02)
        self.layers = nn.Sequential(*(_Attention(channels) for _ in range(layers)))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.layers(x.flatten(2).transpose(1, 2) + self.position)
        return tokens.transpose(1, 2).reshape(x.shape)


class _Attention(nn.Module):
    """A transformer layer that normalises first, over tokens (N, places, channels)."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(channels)
        self.mix = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.feed = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, 2 * channels), nn.ReLU(), nn.Linear(2 * channels, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        n, places, channels = x.shape
        mixed = self.mix(self.before(x)).reshape(n, places, 3, self.heads, channels // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(query @ key.transpose(2, 3) * (channels // self.heads) ** -0.5, dim=3)
        x = x + self.out((weights @ value).transpose(1, 2).reshape(n, places, channels))
        return x + self.feed(x)
