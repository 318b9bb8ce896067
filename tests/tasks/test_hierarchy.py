"""Findings of which one implies another: targets given the parent, probabilities as products, and the loss of both."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from hilum.images import Preprocess
from hilum.schema import Cohort, ConfigError, Findings
from hilum.schema.findings import CHEXPERT14
from hilum.tasks.classify import Classify, classify
from hilum.tasks.hierarchy import Hierarchy
from hilum.tasks.trees import TREES

FINDINGS = Findings(("Lung Opacity", "Consolidation", "Pneumonia", "Fracture"))
LABELS = [[1.0, 1, 0, 0], [0, 0, 0, 1], [1, 0, math.nan, 0], [math.nan, -1, 1, 0], [-1, 0, 0, 0]]
COHORT = Cohort(
    "five",
    pd.DataFrame({"image_id": list("abcde"), "patient_id": list("abcde")}),
    pd.DataFrame(LABELS, columns=list(FINDINGS)),
)


def task_with(**settings: object) -> Classify:
    return classify(findings=FINDINGS, parents="chexpert", **settings)  # type: ignore[arg-type]


def test_the_tree_of_chexpert_is_a_tree_of_its_findings() -> None:
    hierarchy = Hierarchy.of("chexpert", Findings(CHEXPERT14), given_parents=True)
    named = {CHEXPERT14[k]: CHEXPERT14[p] for k, p in enumerate(hierarchy.parents) if p >= 0}
    assert named == TREES["chexpert"]
    assert len(named) == 6


def test_parents_that_the_model_does_not_speak_of_are_passed_over() -> None:
    hierarchy = Hierarchy.of("chexpert", Findings(("Pneumonia", "Lung Opacity")), given_parents=True)
    assert hierarchy.parents == (1, -1)


def test_a_child_is_learned_only_where_its_parent_is_present() -> None:
    """And a present child makes its parents present: d has Pneumonia, so Consolidation and Lung Opacity too."""
    targets = task_with().targets(COHORT, Preprocess())
    assert targets["labels"][3].tolist() == [1, 1, 1, 0]
    assert targets["weights"].tolist() == [
        [1, 1, 1, 1],
        [1, 0, 0, 1],  # no Lung Opacity: nothing is learned of its kinds
        [1, 1, 0, 1],  # no Consolidation, and Pneumonia is not known
        [1, 1, 1, 1],
        [0, 0, 0, 1],  # Lung Opacity is uncertain, and ignored
    ]
    ones = task_with(policy={"Lung Opacity": "ones"}).targets(COHORT, Preprocess())
    assert ones["weights"][4].tolist() == [1, 1, 0, 1]
    whole = task_with(given_parents=False).targets(COHORT, Preprocess())
    assert whole["weights"].sum() == 18


def test_probabilities_are_products_along_the_path() -> None:
    raw = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)) * 3
    said = task_with().decode({"labels": raw.numpy()}, ())
    given = raw.sigmoid()
    np.testing.assert_allclose(said[:, 0], given[:, 0], rtol=1e-5)
    np.testing.assert_allclose(said[:, 1], given[:, 0] * given[:, 1], rtol=1e-5)
    np.testing.assert_allclose(said[:, 2], given[:, 0] * given[:, 1] * given[:, 2], rtol=1e-5)
    np.testing.assert_allclose(said[:, 3], given[:, 3], rtol=1e-5)
    assert said.dtype == np.float32


def test_the_unconditional_loss_is_that_of_the_products() -> None:
    task = task_with(given_parents=False, policy="zeros", missing="zeros")
    targets = task.targets(COHORT, Preprocess())
    raw = torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float32)
    said = torch.from_numpy(task.decode({"labels": raw.numpy()}, ()))
    torch.testing.assert_close(task.loss(raw, targets), functional.binary_cross_entropy(said, targets["labels"]))


def test_the_unconditional_loss_holds_where_logits_are_extreme() -> None:
    task = task_with(given_parents=False, policy="zeros", missing="zeros")
    targets = task.targets(COHORT, Preprocess())
    raw = torch.tensor([[200.0, 200, 200, 0], [-200, 200, 200, 0]] * 2 + [[200, -200, 20, 0]], requires_grad=True)
    loss = task.loss(raw, targets)
    loss.backward()
    assert loss.isfinite()
    assert raw.grad is not None
    assert raw.grad.isfinite().all()


def test_a_tree_of_ones_own() -> None:
    task = classify(findings=FINDINGS, parents={"Fracture": "Consolidation"})
    assert task.hierarchy is not None
    assert task.hierarchy.parents == (-1, -1, -1, 1)
    for tree, message in (
        ({"Fracure": "Consolidation"}, "no finding 'Fracure'"),
        ({"Fracture": "Consolidation", "Consolidation": "Fracture"}, "stands under itself"),
        ("chexpret", "no tree 'chexpret'"),
    ):
        with pytest.raises(ConfigError, match=message):
            classify(findings=FINDINGS, parents=tree)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="none of Fracture stands under another"):
        classify(findings=Findings(("Fracture",)), parents="chexpert")


def test_products_of_three_class_findings_are_refused_unless_given_their_parents() -> None:
    assert task_with(policy="multiclass").outputs() == {"labels": 12}
    with pytest.raises(ConfigError, match="multiclass has three"):
        task_with(policy="multiclass", given_parents=False)
