"""The two networks of the letter reader: one finds panel letters in a small gray figure, one reads them."""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 8


def convolution(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution with its normalisation and activation."""
    layer = nn.Conv2d(before, after, size, stride, size // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


class Residual(nn.Module):
    """A 3x3 convolution added to its input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = convolution(channels, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Same shape out as in."""
        return maps + self.body(maps)


class Finder(nn.Module):
    """Where panel letters stand: (N, 1, H, W) gray 0..1, H and W divisible by 32, to (N, 5, H/8, W/8).

    The channels: logit that a letter's middle lies in the cell, its offset from the cell's middle in x and y, and the
    logarithms of its width and height, in cells.
    """

    def __init__(self, widths: tuple[int, int, int, int, int] = (8, 24, 40, 64, 96)) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth, last = widths
        self.to_eighth = nn.Sequential(
            convolution(1, half, 5, 2), convolution(half, quarter, 3, 2), convolution(quarter, eighth, 3, 2)
        )
        self.to_sixteenth = nn.Sequential(
            convolution(eighth, sixteenth, 3, 2), Residual(sixteenth), Residual(sixteenth)
        )
        self.to_last = nn.Sequential(convolution(sixteenth, last, 3, 2), Residual(last), Residual(last))
        self.from_last = nn.Conv2d(last, sixteenth, 1)
        self.from_sixteenth = nn.Conv2d(sixteenth, eighth, 1)
        self.head = nn.Sequential(Residual(eighth), nn.Conv2d(eighth, 5, 1))
        self.head[1].bias.data[0] = -4.6  # letters are rare: one cell in a hundred

    def forward(self, figures: Tensor) -> Tensor:
        """The maps of a batch of figures."""
        eighth = self.to_eighth(figures - 0.5)
        sixteenth = self.to_sixteenth(eighth)
        last = self.to_last(sixteenth)
        sixteenth = sixteenth + functional.interpolate(self.from_last(last), scale_factor=2.0, mode="nearest")
        eighth = eighth + functional.interpolate(self.from_sixteenth(sixteenth), scale_factor=2.0, mode="nearest")
        maps: Tensor = self.head(eighth)
        return maps


class Reader(nn.Module):
    """Which letter a crop shows: (N, 2, 32, 32) gray 0..1, near and wide, to logits (N, classes), 0 being none."""

    def __init__(self, classes: int, widths: tuple[int, int, int, int] = (12, 24, 48, 96)) -> None:
        super().__init__()
        first, second, third, last = widths
        self.body = nn.Sequential(
            convolution(2, first),
            convolution(first, second, 3, 2),
            Residual(second),
            convolution(second, third, 3, 2),
            Residual(third),
            convolution(third, last, 3, 2),
            nn.Flatten(),
            nn.Dropout(0.2),
        )
        self.head = nn.Linear(last * 16, classes)

    def forward(self, crops: Tensor) -> Tensor:
        """The logits of a batch of crops."""
        logits: Tensor = self.head(self.body(crops - 0.5))
        return logits


class FinderGraph(nn.Module):
    """The finder as exported: uint8 figures in, probabilities of local maxima, 0 elsewhere, and the box maps out."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self.finder = finder

    def forward(self, figures: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, H, W) uint8 to (N, 1, H/8, W/8) probabilities and (N, 4, H/8, W/8) offsets and sizes."""
        maps = self.finder(figures.float() / 255)
        heat = maps[:, :1].sigmoid()
        peaks = functional.max_pool2d(heat, 3, 1, 1)
        return heat * (heat >= peaks).float(), maps[:, 1:]


class ReaderGraph(nn.Module):
    """The reader as exported: uint8 crops in, probabilities of the classes out."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, crops: Tensor) -> Tensor:
        """(N, 2, 32, 32) uint8 to (N, classes)."""
        return torch.softmax(self.reader(crops.float() / 255), dim=1)
