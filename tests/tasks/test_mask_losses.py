"""Losses of masks: by hand, and what is not known never counts."""

import pytest
import torch

from hilum.tasks.registries import mask_losses

LOGITS = torch.tensor([[[[2.0, -1.0], [0.5, -3.0]]]])
TARGETS = torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
ONES = torch.ones(1, 1, 2, 2)


def test_all_losses_are_found() -> None:
    assert set(mask_losses) == {"mask_bce", "mask_bce_dice", "mask_dice", "mask_focal", "mask_tversky"}


@pytest.mark.parametrize("name", mask_losses)
def test_pixels_that_are_not_known_change_nothing(name: str) -> None:
    known = torch.tensor([[[[1.0, 1.0], [1.0, 0.0]]]])
    other = TARGETS.clone()
    other[..., 1, 1] = 0.0
    logits = LOGITS.clone().requires_grad_()
    value = mask_losses[name](logits, TARGETS, known)
    assert value.shape == (1, 1)
    assert value == mask_losses[name](LOGITS, other, known)
    value.sum().backward()
    assert logits.grad is not None
    assert logits.grad[..., 1, 1] == 0


@pytest.mark.parametrize("name", mask_losses)
def test_what_is_right_costs_less_than_what_is_wrong(name: str) -> None:
    right = mask_losses[name]((TARGETS - 0.5) * 20, TARGETS, ONES)
    wrong = mask_losses[name]((0.5 - TARGETS) * 20, TARGETS, ONES)
    assert right < 0.01 < wrong
    assert torch.isfinite(mask_losses[name](LOGITS, TARGETS, torch.zeros_like(ONES))).all()


def test_by_hand() -> None:
    p = LOGITS.sigmoid()
    bce = -(TARGETS * p.log() + (1 - TARGETS) * (1 - p).log()).mean()
    dice = 1 - (2 * (p * TARGETS).sum() + 2) / (p.sum() + TARGETS.sum() + 2)
    assert mask_losses["mask_bce"](LOGITS, TARGETS, ONES).item() == pytest.approx(bce.item())
    assert mask_losses["mask_dice"](LOGITS, TARGETS, ONES).item() == pytest.approx(dice.item())
    both = mask_losses["mask_bce_dice"](LOGITS, TARGETS, ONES, dice=2.0)
    assert both.item() == pytest.approx((bce + 2 * dice).item())
    assert mask_losses["mask_focal"](LOGITS, TARGETS, ONES, gamma=0.0).item() == pytest.approx(bce.item())
    missed = mask_losses["mask_tversky"](LOGITS, TARGETS, ONES, alpha=0.0, beta=1.0)
    assert missed.item() == pytest.approx((1 - ((p * TARGETS).sum() + 1) / (TARGETS.sum() + 1)).item())
