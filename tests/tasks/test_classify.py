import inspect
import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from hilum.data import Targets
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


def targets(**settings: object) -> Targets:
    return classify(findings=FINDINGS, **settings).targets(COHORT, Preprocess())  # type: ignore[arg-type]


def taught(policy: object = "ignore", missing: object = "ignore") -> tuple[Tensor, Tensor]:
    found = targets(policy=policy, missing=missing)
    return found["labels"], found["weights"]


def loss_of(values: Tensor, **settings: object) -> Tensor:
    return classify(findings=FINDINGS, **settings).loss(values, targets())  # type: ignore[arg-type]


# --- the registries ---


@pytest.mark.parametrize("name", list(policies))
def test_policy_contract(name: str) -> None:
    """Certain labels are taught as they are, with full weight; an uncertain one by a target and weight in [0, 1]."""
    filled = {"place": 0, "said": torch.tensor([0.1, 0.9, 0.5])}
    wanted = inspect.signature(policies[name]).parameters
    keywords = {key: value for key, value in filled.items() if key in wanted}
    known = torch.tensor([1.0, 0.0, 1.0])
    taught, weights = policies[name](known, **keywords)
    assert torch.equal(taught, known)
    assert torch.equal(weights, torch.ones(3))
    taught, weights = policies[name](torch.full((3,), -1.0), **keywords)
    for values in (taught, weights):
        assert values.shape == (3,)
        assert ((values >= 0) & (values <= 1)).all()


def test_the_contracts_found_entries() -> None:
    assert {"ignore", "zeros", "ones", "multiclass", "self_trained", "smoothed"} <= set(policies)


# --- policies ---


@pytest.mark.parametrize(("policy", "target", "weight"), [("ignore", None, 0), ("zeros", 0, 1), ("ones", 1, 1)])
def test_what_an_uncertain_label_teaches(policy: str, target: int | None, weight: int) -> None:
    targets, weights = taught(policy)
    assert weights[0, 2] == weights[1, 3] == weight
    if target is not None:
        assert targets[0, 2] == targets[1, 3] == target


@pytest.mark.parametrize("policy", sorted(set(policies) - {"self_trained"}))
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
    nothing = {"labels": torch.zeros_like(LABELS), "weights": torch.zeros_like(LABELS)}
    loss = classify(findings=FINDINGS).loss(values, nothing)
    loss.backward()
    assert loss == 0
    assert values.grad is not None
    assert (values.grad == 0).all()


def test_the_loss_is_taken_in_float32() -> None:
    assert loss_of(logits().bfloat16()).dtype == torch.float32


def test_counts_are_those_of_the_images_to_learn_from_not_of_the_batch() -> None:
    task = classify(findings=FINDINGS, loss="balanced_bce")  # type: ignore[arg-type]
    many = {name: value.repeat(5, 1) for name, value in targets().items()}
    knowing = task.learning_from(many)
    assert knowing.counts is not None
    assert knowing.counts[0].tolist() == [10.0, 5.0]
    first = {name: value[:1] for name, value in targets().items()}
    assert knowing.loss(logits()[:1], first) != task.loss(logits()[:1], first)


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
        classify(findings=FINDINGS).loss(logits()[:, :3], targets())


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
