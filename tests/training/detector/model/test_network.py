"""The detector's targets and loss."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")

from training.detector.model.network import PLACES, SIDE, Detector, loss, targets  # noqa: E402


def test_the_places_in_a_panels_core_answer_for_it():
    truth = targets(torch.tensor([[[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]]]))
    weights = truth.weights[0].reshape(PLACES, PLACES)

    assert weights[PLACES // 2, PLACES // 4] == 1
    assert weights[1, 1] == 0  # in a panel, but far from its core
    assert weights[PLACES // 2, PLACES // 4 + 9] == -1  # in a panel, a little out of its core
    assert (weights[:, PLACES // 2 - 2 : PLACES // 2 + 2] == 0).all()  # the middle between the two is no panel's
    assert truth.boxes[0].reshape(PLACES, PLACES, 4)[PLACES // 2, PLACES - 4].tolist() == [0.5, 0.0, 1.0, 1.0]


def test_of_panels_that_overlap_the_smaller_answers():
    truth = targets(torch.tensor([[[0.4, 0.4, 0.6, 0.6], [0.0, 0.0, 1.0, 1.0]]]))

    centre = truth.boxes[0].reshape(PLACES, PLACES, 4)[PLACES // 2, PLACES // 2]
    assert centre.tolist() == pytest.approx([0.4, 0.4, 0.6, 0.6])


def test_a_figure_without_panels_has_no_positive_place():
    assert targets(torch.zeros(1, 3, 4)).weights.sum() == 0


def test_the_network_learns_one_figure():
    torch.manual_seed(0)
    model = Detector()
    images = torch.full((2, SIDE, SIDE, 3), 255, dtype=torch.uint8)
    images[:, 40:200, 40:340] = 90
    truth = targets(torch.tensor([[[40 / SIDE, 40 / SIDE, 340 / SIDE, 200 / SIDE]]] * 2))
    optimizer = torch.optim.AdamW(model.parameters(), 3e-4)
    values = []
    for _ in range(10):
        value = loss(*model(images), truth)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())

    assert values[-1] < 0.7 * values[0]
