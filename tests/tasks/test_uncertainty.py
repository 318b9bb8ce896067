"""What uncertain labels teach: drawn from a range, told by a first Run, or as a class of their own."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from hilum.images import Preprocess
from hilum.schema import Cohort, ConfigError, Findings, Predictions
from hilum.tasks.classify import Classify, classify
from hilum.tasks.decoders.labels import probabilities
from hilum.tasks.registries import policies

FINDINGS = Findings(("Mass", "Nodule", "Edema"))
LABELS = torch.tensor([[1.0, 0.0, -1.0], [0.0, -1.0, math.nan], [-1.0, 1.0, 0.0]])
COHORT = Cohort(
    "three",
    pd.DataFrame({"image_id": list("abc"), "patient_id": list("abc")}),
    pd.DataFrame(LABELS.numpy(), columns=list(FINDINGS)),
)


def task_with(policy: object, **settings: object) -> Classify:
    return classify(findings=FINDINGS, policy=policy, **settings)  # type: ignore[arg-type]


# --- smoothed ---


def test_smoothed_draws_fill_their_range_evenly_and_only_where_uncertain() -> None:
    labels = torch.where(torch.arange(4000) % 2 == 0, -1.0, 1.0)
    targets, weights = policies["smoothed"](labels, place=0)
    drawn = targets[labels < 0]
    assert (targets[labels == 1] == 1).all()
    assert weights.sum() == 4000
    assert 0.55 <= drawn.min() < 0.56
    assert 0.84 < drawn.max() <= 0.85
    assert float(drawn.mean()) == pytest.approx(0.7, abs=0.01)
    low, _ = policies["smoothed"](labels, place=0, low=0.0, high=0.3)
    assert 0 <= low[labels < 0].min() <= low[labels < 0].max() <= 0.3


def test_smoothed_draws_are_made_once() -> None:
    labels = torch.full((20,), -1.0)
    first, again = (policies["smoothed"](labels, place=1)[0] for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, policies["smoothed"](labels, place=2)[0])
    assert not torch.equal(first, policies["smoothed"](labels, place=1, seed=1)[0])


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"low 0\.9 lies above high 0\.85"):
        task_with({"name": "smoothed", "low": 0.9}).targets(COHORT, Preprocess())


# --- self-trained ---


def test_a_first_run_fills_uncertain_labels_alone() -> None:
    task = task_with({"Edema": {"name": "self_trained", "run": "first"}, "others": "ones"})
    assert task.teachers() == {"first": ["Edema"]}
    table = pd.DataFrame({"image_id": ["c", "a"], "Edema": [0.9, 0.25]})
    targets = task.taught_by({"first": Predictions(table)}).targets(COHORT, Preprocess())
    assert targets["labels"].tolist() == [[1, 0, 0.25], [0, 1, 0], [1, 1, 0]]
    assert targets["weights"].tolist() == [[1, 1, 1], [1, 1, 0], [1, 1, 1]]
    unread = task.taught_by({"first": Predictions(table[:1])}).targets(COHORT, Preprocess())
    assert unread["weights"][0, 2] == 0


def test_self_trained_without_a_run_says_what_to_give() -> None:
    with pytest.raises(ConfigError, match=r"of Mass names no Run.*run: FOLDER"):
        task_with("self_trained").targets(COHORT, Preprocess())
    with pytest.raises(ConfigError, match="asked there about"):
        task_with({"name": "self_trained", "run": "there"}).targets(COHORT, Preprocess())


# --- a class of its own ---

MIXED = {"Nodule": "multiclass", "Edema": "zeros", "others": "ignore"}


def test_three_logits_of_one_finding_among_others_with_one() -> None:
    task = task_with(MIXED)
    assert dict(task.outputs()) == {"labels": 5}
    raw = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    said = task.decode({"labels": raw.numpy()}, ())
    three = raw[:, 1:4].softmax(dim=1)  # absent, present, uncertain
    np.testing.assert_allclose(said[:, 1], three[:, 1] / (three[:, 0] + three[:, 1]), rtol=1e-5)
    np.testing.assert_allclose(said[:, [0, 2]], raw[:, [0, 4]].sigmoid(), rtol=1e-5)
    np.testing.assert_allclose(probabilities(raw.numpy() @ task.contrasts().T), said)


def test_three_classes_are_learned_by_their_cross_entropy_and_the_others_by_the_loss() -> None:
    task = task_with(MIXED, loss="focal")
    targets = task.targets(COHORT, Preprocess())
    assert targets["uncertain"].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    raw = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0, 2, 1])  # Nodule: absent, uncertain, present
    three = functional.cross_entropy(raw[:, 1:4], classes, reduction="sum")
    certain = [(0, 0, 0), (1, 0, 0), (0, 4, 2), (2, 4, 2)]  # row, logit, finding; Edema's -1 counts as absent
    logits = torch.stack([raw[row, logit] for row, logit, _ in certain])
    labels = torch.tensor([max(float(LABELS[row, finding]), 0) for row, _, finding in certain])
    right = torch.where(labels == 1, logits.sigmoid(), 1 - logits.sigmoid())
    single = (-((1 - right) ** 2) * right.log()).sum()
    torch.testing.assert_close(task.loss(raw, targets), (three + single) / 7)
    assert task.learning_from(targets).counts.tolist() == [[1, 1], [1, 1], [0, 2]]  # type: ignore[union-attr]


def test_every_finding_may_have_three_classes() -> None:
    task = task_with("multiclass")
    targets = task.targets(COHORT, Preprocess())
    raw = torch.randn(3, 9, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([[1, 0, 2], [0, 2, -100], [2, 1, 0]])  # -100: missing, ignored
    expected = functional.cross_entropy(raw.reshape(9, 3), classes.flatten())
    torch.testing.assert_close(task.loss(raw, targets), expected)


def test_a_scalar_loss_leaves_three_class_findings_out() -> None:
    task = task_with(MIXED, loss="multilabel_softmax")
    targets = task.targets(COHORT, Preprocess())
    raw = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    single = task_with({"Edema": "zeros"}, loss="multilabel_softmax")
    alone = single.targets(COHORT, Preprocess())
    alone = {"labels": alone["labels"], "weights": alone["weights"] * torch.tensor([1.0, 0, 1])}
    expected = 4 * single.loss(raw[:, [0, 2, 4]], alone)
    expected += functional.cross_entropy(raw[:, 1:4], torch.tensor([0, 2, 1]), reduction="sum")
    torch.testing.assert_close(task.loss(raw, targets), expected / 7)


# --- missing, by name ---


def test_missing_by_name() -> None:
    missing = Cohort("silent", COHORT.images, pd.DataFrame(np.full((3, 3), np.nan), columns=list(FINDINGS)))
    targets = task_with("ignore", missing={"Edema": "zeros"}).targets(missing, Preprocess())
    assert targets["weights"].tolist() == [[0, 0, 1]] * 3
    with pytest.raises(ConfigError, match=r"task\.missing\.Oedem"):
        task_with("ignore", missing={"Oedem": "zeros"})
