"""Training with weights rounded as they ship, so that the network learns to do with them.

Every channel of a convolution has its own steps, of 7 bits as in quantized.py; the gradient passes through the rounding
(Y. Bengio et al., "Estimating or Propagating Gradients Through Stochastic Neurons", 2013). A normalisation behind a
convolution only scales its channels, so that folding it in later leaves the steps as they are.
"""

from torch import Tensor, nn
from torch.nn.utils import parametrize

STEPS = 63  # on either side of zero


class Rounded(nn.Module):
    """A convolution's weights in steps of their channel's largest."""

    def forward(self, weight: Tensor) -> Tensor:
        """(O, I, H, W) to the same."""
        step = weight.detach().abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / STEPS
        return weight + ((weight / step).round() * step - weight).detach()


def round_weights(model: nn.Module, few: int) -> None:
    """Round the weights of all convolutions but those from or to fewer than `few` channels, which ship exact."""
    for module in list(model.modules()):
        if isinstance(module, nn.Conv2d) and min(module.weight.shape[:2]) >= few:
            parametrize.register_parametrization(module, "weight", Rounded())


def plain_weights(model: nn.Module) -> dict[str, Tensor]:
    """The weights of a model, rounded where they are, under the names that they have without rounding."""
    names = {f"{name}.weight": module for name, module in model.named_modules() if isinstance(module, nn.Conv2d)}
    plain = {name: value for name, value in model.state_dict().items() if "parametrizations" not in name}
    return {**plain, **{name: module.weight.detach() for name, module in names.items()}}
