"""What every metric owes, whoever wrote it."""

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

import hilum.evaluation
from hilum.evaluation.metrics import box_metrics, mask_metrics, metrics, of_family
from hilum.evaluation.metrics.sums import Weights
from hilum.registry import Registry

ALL = of_family("set")
ONE = [name for name in metrics if name not in ALL] + ["hamming_loss"]
MODULES = [file.name for file in pkgutil.walk_packages(hilum.evaluation.__path__, "hilum.evaluation.")]


def given(name: str, drawn: Any) -> tuple[np.ndarray, np.ndarray]:
    present, score, _ = drawn
    if name in ALL:
        rolled = [np.roll(score, shift) for shift in (0, 1, 2)]
        return np.stack([present, np.roll(present, 5), present], axis=1), np.stack(rolled, axis=1)
    return present, score


def test_there_are_metrics() -> None:
    assert len(ONE) >= 15
    assert len(ALL) >= 4
    assert len(MODULES) >= 8
    assert min(len(box_metrics), len(mask_metrics)) >= 1


def test_every_metric_belongs_to_a_family_and_has_its_own_file() -> None:
    families = ("ranking", "call", "count", "probability", "set")
    assert sorted(name for family in families for name in of_family(family)) == list(metrics)
    for registry in (metrics, box_metrics, mask_metrics):
        assert all(function.__module__ == f"{registry.module}.{name}" for name, function in registry.items())


@pytest.mark.parametrize("name", list(metrics))
def test_order_of_rows_does_not_matter(name: str, drawn: Any) -> None:
    present, score = given(name, drawn)
    order = np.random.default_rng(0).permutation(len(score))
    assert metrics[name](present[order], score[order]) == pytest.approx(metrics[name](present, score), abs=1e-12)


@pytest.mark.parametrize("name", list(metrics))
def test_a_weight_is_a_repetition(name: str, drawn: Any) -> None:
    present, score = given(name, drawn)
    weight = np.random.default_rng(0).integers(0, 4, len(score))
    repeated = metrics[name](present.repeat(weight, axis=0), score.repeat(weight, axis=0))
    assert metrics[name](present, score, weight) == pytest.approx(repeated, abs=1e-12)
    assert metrics[name](present, score, np.ones(len(score))) == pytest.approx(metrics[name](present, score))


@pytest.mark.parametrize("name", list(metrics))
def test_many_columns_are_many_answers(name: str, drawn: Any) -> None:
    present, score = given(name, drawn)
    patient = drawn[2]
    table = np.random.default_rng(0).integers(0, 3, (patient.max() + 1, 5)).astype(float)
    one_by_one = [metrics[name](present, score, table[patient, column]) for column in range(5)]
    assert metrics[name](present, score, table[patient]) == pytest.approx(one_by_one, abs=1e-12)
    assert metrics[name](present, score, Weights(table, patient)) == pytest.approx(one_by_one, abs=1e-12)


@pytest.mark.parametrize("name", list(metrics))
def test_answers_a_float_and_tells_its_meaning(name: str, drawn: Any) -> None:
    assert type(metrics[name](*given(name, drawn))) is float
    text = metrics[name].__doc__ or ""
    assert len(metrics.summary(name)) > 20
    assert ">>>" in text


@pytest.mark.parametrize("name", ["auroc", "partial_auroc", "average_precision"])
def test_only_the_order_of_scores_matters(name: str, drawn: Any) -> None:
    present, score, _ = drawn
    assert metrics[name](present, np.exp(3 * score) - 7) == pytest.approx(metrics[name](present, score), abs=1e-12)


def test_registries_are_not_hidden_by_the_files_they_are_named_after() -> None:
    for module in MODULES:
        importlib.import_module(module)
    for name in ("metrics", "operating_points", "calibrators", "fusions"):
        assert isinstance(getattr(hilum.evaluation, name), Registry)
    assert isinstance(importlib.import_module("hilum.evaluation.intervals").closed, Registry)
    for name in ("metrics", "box_metrics", "mask_metrics"):
        assert isinstance(getattr(importlib.import_module("hilum.evaluation.metrics"), name), Registry)
