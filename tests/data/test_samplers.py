"""The order of an epoch: which images come, and how often each finding is then seen."""

import inspect
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hilum.data import Targets
from hilum.data.counts import before_and_after, presence
from hilum.data.loader import Sampler
from hilum.data.registries import samplers
from hilum.datasets.nih14 import nih14
from hilum.schema import ConfigError, Findings
from hilum.schema.findings import NIH14

TWO = Findings(("Mass", "Hernia"))


def targets_of(labels: torch.Tensor) -> Targets:
    return {"labels": labels, "weights": torch.ones_like(labels)}


def made(name: str, findings: Findings, patients: NDArray[np.object_], **settings: object) -> Sampler:
    function = samplers[name]
    known = {"findings": findings, "patients": patients, "counts": {"Hernia": 5}} | settings
    wanted = inspect.signature(function).parameters
    return partial(function, **{key: value for key, value in known.items() if key in wanted})


@pytest.fixture
def rare() -> Targets:
    """1,000 images: 10 with Mass, 100 with Hernia, and 5 of them with both."""
    labels = torch.zeros(1000, 2)
    labels[:10, 0], labels[5:105, 1] = 1, 1
    return targets_of(labels)


@pytest.mark.parametrize("name", samplers)
def test_sampler_contract(name: str, rare: Targets) -> None:
    """Places of images that are there, as many each epoch, and the same for the same seed."""
    sampler = made(name, TWO, np.array([str(row // 3) for row in range(1000)], object))
    order = sampler(rare, 3)
    assert order.dtype.kind == "i"
    assert 0 <= order.min() <= order.max() < 1000
    assert np.array_equal(order, sampler(rare, 3))
    other = sampler(rare, 4)
    assert len(other) == len(order)
    assert not np.array_equal(order, other)


def test_the_contract_found_samplers() -> None:
    assert {"shuffle", "balanced", "to_counts", "inverse_frequency", "patient_balanced"} <= set(samplers)


# --- to counts ---


def drawn(targets: Targets, order: NDArray[np.intp]) -> list[int]:
    return presence(targets)[order].sum(axis=0).tolist()


def test_counts_hold_for_images_of_several_findings(rare: Targets) -> None:
    """A row counts for every finding it has; what is not named keeps its count."""
    order = made("to_counts", TWO, np.empty(0), counts={"Mass": 200, "none": 50})(rare, 0)
    assert drawn(rare, order) == pytest.approx([200, 100, 50], abs=1)  # combinations are rounded
    both = presence(rare)[order][:, :2].all(axis=1).sum()
    assert len(order) == sum(drawn(rare, order)) - both


def test_images_of_one_kind_come_equally_often(rare: Targets) -> None:
    order = made("to_counts", TWO, np.empty(0), counts={"Mass": 45, "Hernia": 0})(rare, 0)
    times = np.bincount(order, minlength=1000)
    assert times[5:105].sum() == 0
    assert set(times[:5]) == {9}
    assert times[105:].max() == 1
    assert times[105:].sum() == drawn(rare, np.arange(1000))[2] == 895


def test_counts_out_of_reach_are_met_as_nearly_as_can_be_and_said() -> None:
    """Each Hernia comes with a Mass: more of the one is more of the other; the one that is named goes before."""
    labels = torch.tensor([[1.0, 1.0]] * 4 + [[1.0, 0.0]] * 6 + [[0.0, 0.0]] * 10)
    order = made("to_counts", TWO, np.empty(0), counts={"Hernia": 40})(targets_of(labels), 0)
    assert drawn(targets_of(labels), order)[1] == 40
    said = before_and_after(targets_of(labels), order, TWO)
    assert "Hernia 4 -> 40" in said
    assert said.startswith("Training images, as they are and in an epoch: 20 -> ")


def test_a_finding_that_is_not_there_cannot_be_drawn(rare: Targets) -> None:
    three = Findings(("Mass", "Hernia", "Edema"))
    wider = targets_of(torch.cat([rare["labels"], torch.zeros(1000, 1)], dim=1))
    with pytest.raises(ConfigError, match=r"counts\.Edema: no training image has it"):
        made("to_counts", three, np.empty(0), counts={"Edema": 5})(wider, 0)
    with pytest.raises(ConfigError, match="no finding 'Oedma'"):
        made("to_counts", three, np.empty(0), counts={"Oedma": 5})(wider, 0)
    with pytest.raises(ConfigError, match="all of them are 0"):
        made("to_counts", three, np.empty(0), counts={"Mass": 0, "Hernia": 0, "none": 0})(wider, 0)


def test_the_published_counts_of_nih_are_reached(real_data: Path) -> None:
    """Both tables of the report, on the owner's training images: each finding within 20 images of its count."""
    cohort = nih14(real_data / "nih").split("train")
    findings = Findings(NIH14)
    targets = targets_of(torch.from_numpy(cohort.labels_for(findings)))
    first = dict.fromkeys(
        ("Cardiomegaly", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Pneumonia"), 3500
    )
    for counts in (
        first | {"Hernia": 2500, "none": 30_000},
        {
            "Atelectasis": 7712, "Cardiomegaly": 5304, "Consolidation": 5849, "Edema": 5366, "Effusion": 8627,
            "Emphysema": 5145, "Fibrosis": 4986, "Hernia": 4118, "Infiltration": 9934, "Mass": 4941, "none": 10_000,
            "Nodule": 5677, "Pleural_Thickening": 5993, "Pneumonia": 4889, "Pneumothorax": 5912,
        },
    ):  # fmt: skip
        before = drawn(targets, np.arange(len(cohort)))
        expected = [counts.get(name, now) for name, now in zip((*findings, "none"), before, strict=True)]
        began = time.monotonic()
        order = made("to_counts", findings, np.empty(0), counts=counts)(targets, 0)
        assert time.monotonic() - began < 60
        assert np.abs(np.array(drawn(targets, order)) - expected).max() <= 20


def test_findings_are_not_counted_where_there_are_no_labels() -> None:
    with pytest.raises(ConfigError, match="learns without labels"):
        samplers["balanced"]({"rows": torch.arange(5)}, 0)


# --- by frequency ---


def test_inverse_frequency_draws_findings_alike() -> None:
    labels = torch.zeros(1000, 2)
    labels[:10, 0], labels[10:110, 1] = 1, 1
    shares = {
        power: labels[torch.from_numpy(made("inverse_frequency", TWO, np.empty(0), power=power)(targets_of(labels), 0))]
        .mean(dim=0)
        .tolist()
        for power in (1.0, 0.5, 0.0)
    }
    assert shares[1.0] == pytest.approx([1 / 3, 1 / 3], abs=0.05)
    roots = np.sqrt([10, 100, 890])
    assert shares[0.5] == pytest.approx((roots / roots.sum())[:2], abs=0.03)
    assert shares[0.0] == pytest.approx([0.01, 0.1], abs=0.03)


def test_balanced_draws_rare_findings_as_often_as_no_finding() -> None:
    labels = torch.zeros(1000, 2)
    labels[:10, 0], labels[10:110, 1] = 1, 1
    order = samplers["balanced"](targets_of(labels), 0)
    assert labels[torch.from_numpy(order)].mean(dim=0).tolist() == pytest.approx([1 / 3, 1 / 3], abs=0.05)


# --- by patient ---


def test_each_patient_as_often_as_another() -> None:
    patients = np.array(["a"] * 50 + ["b"] + ["c"] * 3, object)
    targets = targets_of(torch.zeros(54, 2))
    for each in (1, 3):
        order = made("patient_balanced", TWO, patients, each=each)(targets, 0)
        names, times = np.unique(patients[order].astype(str), return_counts=True)
        assert names.tolist() == ["a", "b", "c"]
        assert times.tolist() == [each] * 3
    assert set(order[order > 50].tolist()) == {51, 52, 53}  # all of a patient's images before any comes again
