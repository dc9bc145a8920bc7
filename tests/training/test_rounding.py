"""Weights rounded as they ship while the network learns."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")

from training.rounding import STEPS, plain_weights, round_weights  # noqa: E402


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.Conv2d(16, 8, 3))


def test_each_channel_has_its_own_steps():
    rounded = model()
    round_weights(rounded, few=8)

    for channel in plain_weights(rounded)["1.weight"]:
        steps = channel / channel.abs().max() * STEPS
        assert (steps - steps.round()).abs().max() < 1e-3


def test_convolutions_of_a_few_channels_stay_exact():
    rounded = model()
    round_weights(rounded, few=8)

    assert torch.equal(plain_weights(rounded)["0.weight"], model().state_dict()["0.weight"])


def test_rounded_weights_learn_and_have_plain_names():
    rounded = model()
    round_weights(rounded, few=8)
    rounded(torch.ones(1, 3, 8, 8)).sum().backward()

    assert rounded[1].parametrizations.weight.original.grad.abs().sum() > 0
    assert plain_weights(rounded).keys() == model().state_dict().keys()
    model().load_state_dict(plain_weights(rounded))
