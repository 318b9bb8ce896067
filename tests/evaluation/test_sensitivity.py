"""Labels left out, and what counting them would change."""

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import evaluate, metrics
from hilum.evaluation.sensitivity import sensitivity
from hilum.schema import Cohort, LabelPredictions


def study(labels: np.ndarray) -> tuple[LabelPredictions, Cohort, np.ndarray]:
    ids = [f"i{place:03}" for place in range(len(labels))]
    score = np.random.default_rng(0).random(len(labels)) * 0.5 + 0.4 * (labels == 1)
    cohort = Cohort("own", pd.DataFrame({"image_id": ids, "patient_id": ids}), pd.DataFrame({"Edema": labels}))
    return LabelPredictions(pd.DataFrame({"image_id": ids, "Edema": score})), cohort, score


def test_uncertain_and_not_mentioned_labels_count_as_asked() -> None:
    labels = np.array([1.0, 0.0, -1.0, np.nan] * 25, np.float32)
    predictions, cohort, score = study(labels)
    rows = sensitivity(evaluate(predictions, cohort), predictions, cohort)
    told = {row["labels"]: row["value"] for row in rows if row["finding"] == "Edema"}
    assert list(told) == ["as measured", "uncertain present", "uncertain absent", "not mentioned absent"]
    kept, unsure = np.isfinite(labels), labels == -1
    for name, value in (("uncertain present", 1.0), ("uncertain absent", 0.0)):
        read = np.where(unsure, value, labels)
        assert told[name] == pytest.approx(metrics["auroc"](read[kept], score[kept]))
    read = np.where(np.isnan(labels), 0.0, labels)
    assert told["not mentioned absent"] == pytest.approx(metrics["auroc"](read[~unsure], score[~unsure]))
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


def test_nothing_is_asked_where_every_label_was_used() -> None:
    predictions, cohort, _ = study(np.array([1.0, 0.0] * 30, np.float32))
    assert sensitivity(evaluate(predictions, cohort), predictions, cohort) == []
