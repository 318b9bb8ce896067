from typing import Any

import numpy as np
import pytest

from hilum.evaluation import evaluate
from hilum.evaluation.alignment import align
from hilum.evaluation.cuts import folds_of, thresholds_of
from hilum.schema import ConfigError


def test_a_fold_belongs_to_the_patient_alone() -> None:
    ids = [f"p{place}" for place in range(1000)]
    folds = folds_of(ids, 5)
    assert folds_of(ids[::-1], 5)[::-1].tolist() == folds.tolist()
    assert np.bincount(folds).min() > 160


def test_each_fold_has_its_own_threshold(study: Any) -> None:
    predictions, cohort = study()
    aligned = align(predictions, cohort)
    names = list(aligned.findings)
    given = [dict.fromkeys(names, 0.3), dict.fromkeys(names, 0.6)]
    table = thresholds_of(aligned, given)
    folds = folds_of(aligned.images.patient_id, 2)
    assert table.shape == (240, 3)
    assert (table[:, 1] == np.where(folds == 0, 0.3, 0.6)).all()
    found = evaluate(predictions, cohort, threshold=given, replicates=10)
    called = aligned.score >= table
    effusion = aligned.present[:, 0] == 1
    assert found.value("recall", "Effusion") == pytest.approx(called[effusion, 0].mean())
    assert found.value("hamming_loss", "micro") == pytest.approx((called != (aligned.present == 1)).mean())
    assert found.provenance["threshold"] == given


def test_thresholds_are_found_under_other_names_and_missing_ones_named(study: Any) -> None:
    aligned = align(*study())
    given = {"Pleural Effusion": 0.2, "Edema": 0.3, "Hernia": 0.4, "Mass": 0.5}
    assert thresholds_of(aligned, given).tolist() == [0.2, 0.3, 0.4]
    with pytest.raises(ConfigError, match="No threshold for Hernia"):
        thresholds_of(aligned, {"Effusion": 0.2, "Edema": 0.3})
