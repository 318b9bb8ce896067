import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from hilum.schema import ConfigError, Findings
from hilum.tasks import Classify, losses, policies

NAN = math.nan
LABELS = torch.tensor([[1.0, 0.0, -1.0, NAN], [0.0, 1.0, NAN, -1.0], [1.0, 1.0, 0.0, 0.0]])
FINDINGS = Findings(("Mass", "Nodule", "Edema", "Hernia"))


def logits(seed: int = 0) -> Tensor:
    return torch.randn(LABELS.shape, generator=torch.Generator().manual_seed(seed))


# --- the registries ---


@pytest.mark.parametrize("name", policies)
def test_policy_contract(name: str) -> None:
    """Certain labels are taught as they are, with full weight; an uncertain one by a target and weight in [0, 1]."""
    known = torch.tensor([[1.0, 0.0]])
    targets, weights = policies[name](known)
    assert torch.equal(targets, known)
    assert torch.equal(weights, torch.ones(1, 2))
    targets, weights = policies[name](torch.full((2, 3), -1.0))
    for values in (targets, weights):
        assert values.shape == (2, 3)
        assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize("name", losses)
def test_loss_contract(name: str) -> None:
    """One value a label, none negative, less for a better logit, and finite where the logit is extreme."""
    targets = torch.tensor([[1.0, 0.0, 1.0]])
    values = losses[name](torch.tensor([[2.0, -2.0, 100.0]]), targets)
    worse = losses[name](torch.tensor([[-2.0, 2.0, -100.0]]), targets)
    assert values.shape == (1, 3)
    assert (values >= 0).all()
    assert (worse > values).all()
    assert worse.isfinite().all()


def test_the_contracts_found_entries() -> None:
    assert {"ignore", "zeros", "ones"} <= set(policies)
    assert "bce" in losses


def test_registries_stay_registries_when_their_files_are_imported() -> None:
    import hilum.tasks

    list(policies), list(losses)
    assert hilum.tasks.policies is policies
    assert hilum.tasks.losses is losses


# --- policies ---


@pytest.mark.parametrize(("policy", "target", "weight"), [("ignore", None, 0), ("zeros", 0, 1), ("ones", 1, 1)])
def test_what_an_uncertain_label_teaches(policy: str, target: int | None, weight: int) -> None:
    targets, weights = Classify(FINDINGS, policy).targets(LABELS)
    assert weights[0, 2] == weights[1, 3] == weight
    if target is not None:
        assert targets[0, 2] == targets[1, 3] == target


@pytest.mark.parametrize("policy", policies)
@pytest.mark.parametrize(("missing", "weight"), [("ignore", 0), ("zeros", 1)])
def test_missing_is_asked_for_apart_from_uncertain(policy: str, missing: str, weight: int) -> None:
    targets, weights = Classify(FINDINGS, policy, missing).targets(LABELS)  # type: ignore[arg-type]
    assert weights[0, 3] == weights[1, 2] == weight
    assert targets.isfinite().all()
    assert targets[0, 3] == targets[1, 2] == 0


# --- the loss ---


def test_ignored_labels_change_nothing() -> None:
    task, said = Classify(FINDINGS), logits()
    moved = torch.where(LABELS.isnan() | (LABELS < 0), said + 5, said)
    assert task.loss(said, LABELS) == task.loss(moved, LABELS)


def test_ignored_labels_have_no_gradient() -> None:
    said = logits().requires_grad_()
    Classify(FINDINGS).loss(said, LABELS).backward()
    assert said.grad is not None
    taught = LABELS.isfinite() & (LABELS >= 0)
    assert (said.grad[~taught] == 0).all()
    assert (said.grad[taught] != 0).all()


def test_mean_over_the_labels_that_teach() -> None:
    known = LABELS.isfinite() & (LABELS >= 0)
    expected = functional.binary_cross_entropy(logits().sigmoid()[known], LABELS[known])
    torch.testing.assert_close(Classify(FINDINGS).loss(logits(), LABELS), expected)


def test_nothing_taught_is_no_loss_but_a_gradient_of_zero() -> None:
    said = logits().requires_grad_()
    loss = Classify(FINDINGS).loss(said, torch.full_like(LABELS, NAN))
    loss.backward()
    assert loss == 0
    assert said.grad is not None
    assert (said.grad == 0).all()


def test_the_loss_is_taken_in_float32() -> None:
    assert Classify(FINDINGS).loss(logits().bfloat16(), LABELS).dtype == torch.float32


@pytest.mark.parametrize("weights", [(3.0,), (1.0, 2.0, 3.0, 4.0)])
def test_pos_weight_counts_present_labels_so_many_times(weights: tuple[float, ...]) -> None:
    targets = (LABELS == 1).float()
    weighed = losses["bce"](logits(), targets, pos_weight=weights)
    plain = losses["bce"](logits(), targets)
    torch.testing.assert_close(weighed, plain * torch.where(targets == 1, torch.tensor(weights), 1.0))


def test_pos_weight_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="2 numbers for 4 findings"):
        losses["bce"](logits(), logits().sigmoid(), pos_weight=(1.0, 2.0))


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ConfigError, match="same shape"):
        Classify(FINDINGS).loss(logits()[:, :3], LABELS)


# --- decoding ---


def test_decode_is_one_sigmoid() -> None:
    task = Classify(FINDINGS)
    assert task.outputs == 4
    torch.testing.assert_close(task.decode(logits()), 1 / (1 + (-logits()).exp()))
    assert task.decode(torch.tensor([[-200.0, 200.0]])).tolist() == [[0.0, 1.0]]
    assert task.decode(logits().bfloat16()).dtype == torch.float32


def test_an_unknown_policy_or_loss_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="zeros"):
        Classify(FINDINGS, "zeroes").loss(logits(), LABELS)
    with pytest.raises(ConfigError, match="bce"):
        Classify(FINDINGS, loss_name="bcee").loss(logits(), LABELS)
