from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hilum.evaluation import compare
from hilum.evaluation.delong import delong, delong_test
from hilum.evaluation.macro_delong import macro_delong, macro_delong_test
from hilum.schema import Cohort, DataError, LabelPredictions


def drawn_study(seed: int, patients: int = 120) -> tuple[Any, ...]:
    """Three findings that come together, two models, two images a patient; a few labels unknown."""
    generator = np.random.default_rng(seed)
    images = 2 * patients
    patient = np.arange(images) // 2
    shared = generator.normal(size=patients)[patient]
    latent = shared[:, None] + generator.normal(size=(images, 3))
    present = (latent > [0.5, 1.0, 1.5]).astype(float)
    scores = [latent + generator.normal(scale=2, size=latent.shape) for _ in range(2)]
    present[generator.random(present.shape) < 0.05] = np.nan
    return present, *scores, patient


def test_of_one_finding_it_is_delongs() -> None:
    present, first, second, patient = drawn_study(0)
    known = ~np.isnan(present[:, 0])
    one = macro_delong(present[:, :1], first[:, :1], patient=patient)
    other = delong(present[known, 0], first[known, 0], patient=patient[known])
    assert (one.value, one.standard_error) == pytest.approx((other.value, other.standard_error), rel=0.01)
    found = macro_delong_test(present[:, :1], first[:, :1], second[:, :1], patient=patient)
    expected = delong_test(present[known, 0], first[known, 0], second[known, 0], patient=patient[known])
    assert (found.value, found.z) == pytest.approx((expected.value, expected.z), rel=0.01)


def test_of_one_finding_and_single_images_it_is_delongs_exactly() -> None:
    present, first, _, _ = drawn_study(1)
    present = np.nan_to_num(present)
    one = macro_delong(present[:, :1], first[:, :1], patient=np.arange(len(present)))
    other = delong(present[:, 0], first[:, 0], patient=None)
    assert (one.value, one.standard_error) == pytest.approx((other.value, other.standard_error), rel=1e-9)


def test_the_error_is_that_of_a_bootstrap_over_patients() -> None:
    present, first, second, patient = drawn_study(2)
    generator, drawn = np.random.default_rng(0), []

    def macro(rows: Any, score: Any) -> float:
        known = [rows[~np.isnan(present[rows, k])] for k in range(3)]
        return float(np.mean([roc_auc_score(present[own, k], score[own, k]) for k, own in enumerate(known)]))

    for _ in range(300):
        chosen = generator.integers(0, 120, 120)
        rows = np.concatenate([2 * chosen, 2 * chosen + 1])
        drawn.append(macro(rows, first) - macro(rows, second))
    found = macro_delong_test(present, first, second, patient=patient)
    assert found.value == pytest.approx(macro(np.arange(240), first) - macro(np.arange(240), second))
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.12)


def test_equal_models_differ_by_chance_in_one_of_twenty_studies() -> None:
    p = [macro_delong_test(*study[:3], patient=study[3]).p for study in map(drawn_study, range(100, 500))]
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.08


def test_no_difference_and_too_few() -> None:
    present, first, _, patient = drawn_study(3)
    same = macro_delong_test(present, first, 2 * first + 1, patient=patient)
    assert (same.value, same.z, same.p) == (0, 0, 1)
    few = np.zeros((6, 1))
    few[0] = 1
    assert np.isnan(macro_delong_test(few, first[:6, :1], first[6:12, :1], patient=np.arange(6)).p)
    with pytest.raises(DataError, match="one class only"):
        macro_delong(few * 0, first[:6, :1], patient=np.arange(6))


def test_a_comparison_tests_the_mean(study: Callable[..., tuple[LabelPredictions, Cohort]]) -> None:
    predictions, cohort = study()
    noisy = predictions.table.copy()
    noisy[list(predictions.findings)] = predictions.probabilities[::-1]
    found = compare({"one": predictions, "noise": LabelPredictions(noisy)}, cohort, test="delong").table
    row = found[(found.model == "noise") & (found.finding == "macro")].iloc[0]
    assert row.p < 0.001
    assert row.p_corrected == row.p
    others = found[(found.model == "noise") & found.finding.isin(["weighted", "micro"])]
    assert others.p.isna().all()
