import inspect
import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from hilum.images import Preprocess
from hilum.schema import Cohort, ConfigError, Findings
from hilum.tasks import Task, tasks
from hilum.tasks.classify import classify
from hilum.tasks.registries import losses, policies

NAN = math.nan
LABELS = torch.tensor([[1.0, 0.0, -1.0, NAN], [0.0, 1.0, NAN, -1.0], [1.0, 1.0, 0.0, 0.0]])
FINDINGS = Findings(("Mass", "Nodule", "Edema", "Hernia"))


def logits(seed: int = 0) -> Tensor:
    return torch.randn(LABELS.shape, generator=torch.Generator().manual_seed(seed))


COHORT = Cohort(
    "three",
    pd.DataFrame({"image_id": list("abc"), "patient_id": list("abc")}),
    pd.DataFrame(LABELS.numpy(), columns=list(FINDINGS)),
)


def taught(policy: object = "ignore", missing: object = "ignore") -> tuple[Tensor, Tensor]:
    task = classify(findings=FINDINGS, policy=policy, missing=missing)  # type: ignore[arg-type]
    targets = task.targets(COHORT, Preprocess())
    return targets["labels"], targets["weights"]


def loss_of(values: Tensor, **settings: object) -> Tensor:
    return classify(findings=FINDINGS, **settings).loss(values, *taught())  # type: ignore[arg-type]


# --- the registries ---


@pytest.mark.parametrize("name", list(policies))
def test_policy_contract(name: str) -> None:
    """Certain labels are taught as they are, with full weight; an uncertain one by a target and weight in [0, 1]."""
    known = torch.tensor([1.0, 0.0])
    targets, weights = policies[name](known)
    assert torch.equal(targets, known)
    assert torch.equal(weights, torch.ones(2))
    targets, weights = policies[name](torch.full((3,), -1.0))
    for values in (targets, weights):
        assert values.shape == (3,)
        assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize("name", list(losses))
def test_loss_contract(name: str) -> None:
    """One value a label, none negative, less for a better logit, and finite where the logit is extreme."""
    targets = torch.tensor([[1.0, 0.0, 1.0]])
    wanted = inspect.signature(losses[name]).parameters
    filled = {"counts": torch.full((3, 2), 5.0), "weights": torch.ones(1, 3)}
    keywords = {key: value for key, value in filled.items() if key in wanted}
    values = losses[name](torch.tensor([[2.0, -2.0, 100.0]]), targets, **keywords)
    worse = losses[name](torch.tensor([[-2.0, 2.0, -100.0]]), targets, **keywords)
    assert values.shape == (1, 3)
    assert (values >= 0).all()
    assert (worse > values).all()
    assert worse.isfinite().all()


def test_the_contracts_found_entries() -> None:
    assert {"ignore", "zeros", "ones"} <= set(policies)
    assert "bce" in losses


# --- policies ---


@pytest.mark.parametrize(("policy", "target", "weight"), [("ignore", None, 0), ("zeros", 0, 1), ("ones", 1, 1)])
def test_what_an_uncertain_label_teaches(policy: str, target: int | None, weight: int) -> None:
    targets, weights = taught(policy)
    assert weights[0, 2] == weights[1, 3] == weight
    if target is not None:
        assert targets[0, 2] == targets[1, 3] == target


@pytest.mark.parametrize("policy", list(policies))
@pytest.mark.parametrize(("missing", "weight"), [("ignore", 0), ("zeros", 1)])
def test_missing_is_asked_for_apart_from_uncertain(policy: str, missing: str, weight: int) -> None:
    targets, weights = taught(policy, missing)
    assert weights[0, 3] == weights[1, 2] == weight
    assert targets.isfinite().all()
    assert targets[0, 3] == targets[1, 2] == 0


# --- the loss ---


def test_ignored_labels_change_nothing() -> None:
    moved = torch.where(LABELS.isnan() | (LABELS < 0), logits() + 5, logits())
    assert loss_of(logits()) == loss_of(moved)


def test_ignored_labels_have_no_gradient() -> None:
    values = logits().requires_grad_()
    loss_of(values).backward()
    assert values.grad is not None
    certain = LABELS.isfinite() & (LABELS >= 0)
    assert (values.grad[~certain] == 0).all()
    assert (values.grad[certain] != 0).all()


def test_mean_over_the_labels_that_teach() -> None:
    certain = LABELS.isfinite() & (LABELS >= 0)
    expected = functional.binary_cross_entropy(logits().sigmoid()[certain], LABELS[certain])
    torch.testing.assert_close(loss_of(logits()), expected)


def test_nothing_taught_is_no_loss_but_a_gradient_of_zero() -> None:
    values = logits().requires_grad_()
    loss = classify(findings=FINDINGS).loss(values, torch.zeros_like(LABELS), torch.zeros_like(LABELS))
    loss.backward()
    assert loss == 0
    assert values.grad is not None
    assert (values.grad == 0).all()


def test_the_loss_is_taken_in_float32() -> None:
    assert loss_of(logits().bfloat16()).dtype == torch.float32


@pytest.mark.parametrize("weights", [(3.0,), (1.0, 2.0, 3.0, 4.0)])
def test_pos_weight_counts_present_labels_so_many_times(weights: tuple[float, ...]) -> None:
    targets = (LABELS == 1).float()
    weighed = losses["bce"](logits(), targets, pos_weight=weights)
    plain = losses["bce"](logits(), targets)
    torch.testing.assert_close(weighed, plain * torch.where(targets == 1, torch.tensor(weights), 1.0))


def test_pos_weight_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="2 numbers for 4 findings"):
        losses["bce"](logits(), logits().sigmoid(), pos_weight=(1.0, 2.0))


def test_focal_without_focus_is_bce() -> None:
    targets = (LABELS == 1).float()
    torch.testing.assert_close(losses["focal"](logits(), targets, gamma=0.0), losses["bce"](logits(), targets))
    probability = logits().sigmoid()
    right = torch.where(targets == 1, probability, 1 - probability)
    torch.testing.assert_close(losses["focal"](logits(), targets), -((1 - right) ** 2) * right.log())


def test_balanced_labels_weigh_the_same_together() -> None:
    """At logit 0 every label costs log 2 times its weight; present and absent ones then cost the same in sum."""
    targets = torch.tensor([[1.0]] * 3 + [[0.0]] * 9)
    values = losses["balanced_bce"](torch.zeros(12, 1), targets, counts=torch.tensor([[3.0, 9.0]]))
    torch.testing.assert_close(values[:3].sum(), values[3:].sum())


def test_counts_are_those_of_the_images_to_learn_from_not_of_the_batch() -> None:
    task = classify(findings=FINDINGS, loss="balanced_bce")  # type: ignore[arg-type]
    targets = task.targets(COHORT, Preprocess())
    many = {name: value.repeat(5, 1) for name, value in targets.items()}
    knowing = task.learning_from(many)
    assert knowing.counts is not None
    assert knowing.counts[0].tolist() == [10.0, 5.0]
    first = {name: value[:1] for name, value in targets.items()}
    assert knowing.loss(logits()[:1], **_named(first)) != task.loss(logits()[:1], **_named(first))


def _named(targets: object) -> dict[str, Tensor]:
    return {"targets": targets["labels"], "weights": targets["weights"]}  # type: ignore[index]


def test_a_scalar_loss_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that cannot be told label by label gets the weights and gives one number."""

    def largest(values: Tensor, targets: Tensor, *, weights: Tensor) -> Tensor:
        return ((values.sigmoid() - targets).abs() * weights).max()

    monkeypatch.setitem(losses._functions(), "largest", largest)
    certain = LABELS.isfinite() & (LABELS >= 0)
    expected = (logits().sigmoid() - LABELS)[certain].abs().max()
    torch.testing.assert_close(loss_of(logits(), loss="largest"), expected)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ConfigError, match="same shape"):
        classify(findings=FINDINGS).loss(logits()[:, :3], *taught())


# --- a policy a finding ---


def test_a_policy_a_finding() -> None:
    targets, weights = taught({"Edema": "ones", "Hernia": "zeros"})
    assert (targets[0, 2], weights[0, 2]) == (1, 1)
    assert (targets[1, 3], weights[1, 3]) == (0, 1)
    assert torch.equal(taught({"others": "ones"})[0], taught("ones")[0])


def test_a_policy_for_an_unknown_finding_is_refused() -> None:
    with pytest.raises(ConfigError, match="no finding 'Edem'"):
        taught({"Edem": "ones"})


# --- decoding and figures ---


def test_decode_is_one_sigmoid() -> None:
    task = classify(findings=FINDINGS)
    assert isinstance(task, Task)
    assert dict(task.outputs()) == {"labels": 4}
    decoded = task.decode({"labels": logits().numpy()}, ())
    np.testing.assert_allclose(decoded, 1 / (1 + np.exp(-logits().numpy())), rtol=1e-6)
    assert task.decode({"labels": np.array([[-200.0, 200.0]])}, ()).tolist() == [[0.0, 1.0]]
    assert decoded.dtype == np.float32


def test_figures_leave_uncertain_and_missing_labels_out() -> None:
    task = classify(findings=FINDINGS)
    records = np.array([[0.9, 0.2, 0.0, 0.5], [0.1, 0.7, 1.0, 0.5], [0.8, 0.6, 0.3, 0.2]], np.float32)
    figures = task.monitor(task.predictions(list("abc"), records), COHORT)
    assert list(figures) == list(task.figures)
    assert figures["auroc"] == 1.0  # Mass and Nodule are ranked right; of the others one class alone is known
    # whatever is said where nothing is known changes nothing
    records[0, 2:], records[1, 2:] = 0.123, 0.456
    assert task.monitor(task.predictions(list("abc"), records), COHORT) == pytest.approx(figures)


def test_every_task_is_one() -> None:
    with_labels = [name for name in tasks if "findings" in inspect.signature(tasks[name]).parameters]
    assert "classify" in with_labels
    for name in with_labels:
        assert isinstance(tasks[name](findings=FINDINGS), Task)


def test_an_unknown_policy_or_loss_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="zeros"):
        taught("zeroes")
    with pytest.raises(ConfigError, match="bce"):
        loss_of(logits(), loss="bcee")
