"""The proximal optimizer against worked steps, PyTorch's own without the pull, and a training that is cut off."""

import numpy as np
import pytest
import torch
from torch import nn

from hilum.training.checkpoint import restore
from hilum.training.optimizers.pesg import pesg


def weight(value: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor([value]))


def test_two_steps_by_hand() -> None:
    """1 - 0.1 (2 + 0.1 * 1) = 0.79; then 0.79 - 0.1 (0.5 * 2.1 + 2 + 0.1 * 0.79 + 0.3 (0.79 - 1))."""
    own = weight(1.0)
    optimizer = pesg([{"params": [own]}], lr=0.1, weight_decay=0.1, pull=0.3, momentum=0.5)
    for expected in (0.79, 0.79 - 0.1 * (1.05 + 2 + 0.079 - 0.063)):
        own.grad = torch.tensor([2.0])
        optimizer.step()
        assert own.item() == pytest.approx(expected, rel=1e-6)


def test_without_the_pull_it_is_gradient_descent_with_momentum() -> None:
    own, other = weight(0.7), weight(0.7)
    ours = pesg([{"params": [own]}], lr=0.05, weight_decay=0.01, pull=0.0, momentum=0.9)
    theirs = torch.optim.SGD([other], lr=0.05, weight_decay=0.01, momentum=0.9)
    for _ in range(20):
        for one, optimizer in ((own, ours), (other, theirs)):
            optimizer.zero_grad()
            (one**4).sum().backward()
            optimizer.step()
    np.testing.assert_allclose(own.detach(), other.detach(), rtol=1e-6)


def test_it_ends_where_loss_and_pull_are_in_balance() -> None:
    """Of (w - 1)² / 2 from 0, held back by 0.25 w: at w = 0.8."""
    own = weight(0.0)
    optimizer = pesg([{"params": [own]}], lr=0.1, weight_decay=0.0, pull=0.25, momentum=0.0)
    for _ in range(200):
        own.grad = own.detach() - 1
        optimizer.step()
    assert own.item() == pytest.approx(0.8, abs=1e-5)


def test_resumed_it_is_held_back_to_the_same_place() -> None:
    own = weight(1.0)
    first = pesg([{"params": [own]}], lr=0.1, pull=0.5)
    own.grad = torch.tensor([1.0])
    first.step()
    copy = weight(own.item())
    second = pesg([{"params": [copy]}], lr=0.1, pull=0.5)
    restore(second, first.state_dict()["state"])
    for one, optimizer in ((own, first), (copy, second)):
        one.grad = torch.tensor([1.0])
        optimizer.step()
    assert own.item() == copy.item()
