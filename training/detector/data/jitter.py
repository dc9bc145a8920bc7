"""Vary figures once more on the device that trains, a batch at a time.

Drawing a figure takes longer than learning from it. So each is learnt from several times (train.py), with another
margin, other colours and another sharpness every time.
"""

import torch
from torch import Tensor
from torch.nn import functional

MARGIN = 0.12  # of a side that is added at most at each end
TIGHT = 0.25  # chance that what lies around all panels is cut away, in part
PLAIN = 0.25  # share of the figures whose colours stay
GRAY = (0.299, 0.587, 0.114)


def jitter(images: Tensor, panels: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Vary figures, uint8 (N, height, width, 3), to `side` x `side`, and their panels (N, M, 4) in 0..1.

    Rows of zeros stand for no panel, and stay.
    """
    pixels = images.permute(0, 3, 1, 2).float()
    pixels, panels = _mirror(pixels, panels)
    pixels, panels = _frame(pixels, panels)
    pixels = functional.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
    varied = _sharpness(_colours(pixels))
    pixels = torch.where(_chance(pixels, PLAIN), pixels, varied)
    return pixels.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1), panels


def _chance(pixels: Tensor, share: float) -> Tensor:
    """True for a random share of the figures, (N, 1, 1, 1)."""
    return torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < share


def _between(pixels: Tensor, low: float, high: float, channels: int = 1) -> Tensor:
    return torch.empty(len(pixels), channels, 1, 1, device=pixels.device).uniform_(low, high)


def _mirror(pixels: Tensor, panels: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror some figures, or exchange their rows and columns."""
    real = panels.any(-1, keepdim=True)
    for share, dims, order, ends in ((0.12, (3,), [2, 1, 0, 3], [0, 2]), (0.05, (2,), [0, 3, 2, 1], [1, 3])):
        turn = _chance(pixels, share)
        pixels = torch.where(turn, pixels.flip(dims), pixels)
        mirrored = panels.clone()
        mirrored[..., ends] = 1 - panels[..., ends]
        panels = torch.where(turn[..., 0] & real, mirrored[..., order], panels)
    turn = _chance(pixels, 0.05)
    return torch.where(turn, pixels.transpose(2, 3), pixels), torch.where(
        turn[..., 0], panels[..., [1, 0, 3, 2]], panels
    )


def _frame(pixels: Tensor, panels: Tensor) -> tuple[Tensor, Tensor]:
    """Cut away some of the margin around all panels, or add some in the colour of the left edge."""
    count, device = len(pixels), pixels.device
    real = panels.any(-1, keepdim=True)
    low = torch.where(real, panels[..., :2], 1.0).amin(1)
    high = panels[..., 2:].amax(1)
    low, high = low.clamp(0, 1), torch.maximum(high.clamp(0, 1), low.clamp(0, 1) + 0.05)
    tight = torch.rand(count, 4, device=device) * (torch.rand(count, 4, device=device) < TIGHT)
    added = MARGIN * torch.rand(count, 4, device=device) ** 2 * (torch.rand(count, 4, device=device) < 0.3)
    start = low * tight[:, :2] - added[:, :2]
    stop = 1 - (1 - high) * tight[:, 2:] + added[:, 2:]
    scale = stop - start
    theta = torch.zeros(count, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 1, 1] = scale[:, 0], scale[:, 1]
    theta[:, :, 2] = start + stop - 1
    grid = functional.affine_grid(theta, list(pixels.shape), align_corners=False)
    ground = pixels[:, :, 2:-2:7, 2].median(2).values[..., None, None]
    moved = functional.grid_sample(pixels - ground, grid, mode="bilinear", align_corners=False) + ground
    still = (tight.sum(1) + added.sum(1) == 0)[:, None, None, None]
    framed = (panels - torch.cat([start, start], 1)[:, None]) / torch.cat([scale, scale], 1)[:, None]
    return torch.where(still, pixels, moved), torch.where(real, framed, panels)


def _colours(pixels: Tensor) -> Tensor:
    """Exchange or mix channels, change contrast and gamma, add a cast, invert."""
    for low, high in ((0, 1), (1, 2)):
        order = list(range(3))
        order[low], order[high] = high, low
        pixels = torch.where(_chance(pixels, 0.15), pixels[:, order], pixels)
    gray = (pixels * pixels.new_tensor(GRAY)[:, None, None]).sum(1, keepdim=True)
    share = torch.where(_chance(pixels, 0.1), 1.0, _between(pixels, -0.6, 0.6) * _chance(pixels, 0.3))
    pixels = pixels.lerp(gray.expand_as(pixels), share).clamp(0, 255)
    gamma = torch.where(_chance(pixels, 0.25), _between(pixels, -0.6, 0.6).exp(), 1.0)
    pixels = 255 * (pixels / 255).clamp(1e-4, 1) ** gamma
    gain = torch.where(_chance(pixels, 0.25), _between(pixels, 0.6, 1.15), 1.0)
    cast = torch.where(_chance(pixels, 0.15), _between(pixels, 0.8, 1.0, 3), 1.0)
    shift = torch.where(_chance(pixels, 0.2), _between(pixels, -25, 35), 0.0)
    pixels = (pixels * gain * cast + shift).clamp(0, 255)
    return torch.where(_chance(pixels, 0.03), 255 - pixels, pixels)


def _sharpness(pixels: Tensor) -> Tensor:
    """Blur or sharpen, reduce and enlarge again, add noise."""
    side = pixels.shape[-1]
    blurred = functional.avg_pool2d(functional.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, 1)
    amount = torch.where(_chance(pixels, 0.3), _between(pixels, -0.8, 1.0), 0.0)
    pixels = pixels.lerp(blurred, amount)
    small = functional.interpolate(pixels, size=(side * 5 // 8, side * 5 // 8), mode="bilinear", antialias=True)
    coarse = functional.interpolate(small, size=(side, side), mode="bilinear", align_corners=False)
    pixels = pixels.lerp(coarse, torch.where(_chance(pixels, 0.2), _between(pixels, 0.3, 1.0), 0.0))
    noise = torch.randn_like(pixels[:, :1]) * torch.where(_chance(pixels, 0.15), _between(pixels, 1, 12), 0.0)
    return (pixels + noise).clamp(0, 255)
