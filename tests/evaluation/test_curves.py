import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from hilum.evaluation import evaluate
from hilum.evaluation.curves import MOST_POINTS
from hilum.schema.files import without_nan

KINDS = {
    "roc": ("false_positive_rate", "recall"),
    "precision_recall": ("recall", "precision"),
    "reliability": ("predicted", "observed"),
    "decision": ("threshold", "net_benefit"),
}


@pytest.fixture
def drawn_curves(study: Any) -> Any:
    return evaluate(*study(), metrics=["auroc"], replicates=100).curves


def test_every_curve_is_short_and_inside_its_band(drawn_curves: Any) -> None:
    for finding in ("Effusion", "Edema", "Hernia"):
        for kind, (x, y) in KINDS.items():
            held = {name: np.array(values) for name, values in drawn_curves[finding][kind].items()}
            assert 3 <= len(held[x]) <= MOST_POINTS + 1
            assert {len(values) for values in held.values()} == {len(held[x])}
            last = np.append(held[x][1:] != held[x][:-1], True)  # a band holds the end of a steep step
            inside = (held["low"] <= held[y] + 0.02) & (held[y] <= held["high"] + 0.02)
            assert inside[last].mean() > 0.95, (finding, kind)


def test_points_lie_on_scikit_learns_curves(study: Any, drawn_curves: Any) -> None:
    predictions, cohort = study()
    for finding in ("Effusion", "Hernia"):
        present, score = cohort.labels[finding], predictions.table[finding]
        fpr, tpr, _ = roc_curve(present, score, drop_intermediate=False)
        known = {(round(x, 5), round(y, 5)) for x, y in zip(fpr, tpr, strict=True)}
        roc = drawn_curves[finding]["roc"]
        assert set(zip(roc["false_positive_rate"], roc["recall"], strict=True)) <= known
        precision, recall, _ = precision_recall_curve(present, score)
        known = {(round(x, 5), round(y, 5)) for x, y in zip(recall, precision, strict=True)}
        held = drawn_curves[finding]["precision_recall"]
        assert set(zip(held["recall"], held["precision"], strict=True)) <= known


def test_curves_reach_from_end_to_end(drawn_curves: Any) -> None:
    roc = drawn_curves["Effusion"]["roc"]
    assert (roc["false_positive_rate"][0], roc["recall"][0]) == (0, 0)
    assert (roc["false_positive_rate"][-1], roc["recall"][-1]) == (1, 1)
    assert np.diff(roc["false_positive_rate"]).min() >= 0


def test_thresholds_hold_what_the_table_would_say(study: Any, drawn_curves: Any) -> None:
    predictions, cohort = study()
    held = drawn_curves["Effusion"]["thresholds"]
    place = len(held["threshold"]) // 2
    assert np.diff(held["threshold"]).min() > 0
    exact = float(
        np.sort(predictions.table.Effusion)[
            np.argmin(abs(np.sort(predictions.table.Effusion) - held["threshold"][place]))
        ]
    )
    found = evaluate(
        predictions, cohort, threshold=exact, metrics=["precision", "recall", "specificity", "f1"], replicates=1
    )
    for metric in ("precision", "recall", "specificity", "f1"):
        assert held[metric][place] == pytest.approx(found.value(metric, "Effusion"), abs=1e-5)


def test_scores_count_every_image(study: Any, drawn_curves: Any) -> None:
    _, cohort = study()
    held = drawn_curves["Edema"]["scores"]
    assert sum(held["present"]) == (cohort.labels.Edema == 1).sum()
    assert sum(held["absent"]) == (cohort.labels.Edema == 0).sum()


def test_a_finding_without_images_has_no_curve_and_all_is_json(study: Any) -> None:
    predictions, cohort = study()
    bare = replace(cohort, labels=cohort.labels.assign(Hernia=0.0))
    held = evaluate(predictions, bare, metrics=["auroc"], replicates=20).curves
    assert set(held) == {"Effusion", "Edema", "label_matrix", "worst_errors"}
    json.dumps(without_nan(held), allow_nan=False)
