"""Whether a cheaper form of a model is accepted: worked examples, and scikit-learn for the areas."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from hilum.evaluation.acceptance import Acceptance, judged
from hilum.schema import Cohort, DataError, LabelPredictions

IDS = [f"i{number:03}" for number in range(200)]


def cohort(labels: np.ndarray, *names: str) -> Cohort:
    images = pd.DataFrame({"image_id": IDS, "patient_id": IDS})
    return Cohort("c", images, pd.DataFrame(labels, columns=list(names)))


def said(scores: np.ndarray, *names: str) -> LabelPredictions:
    return LabelPredictions(pd.DataFrame(scores, columns=list(names)).assign(image_id=IDS)[["image_id", *names]])


@pytest.mark.parametrize(
    ("after", "accepted"),
    [
        ((0.800, 0.700), True),
        ((0.796, 0.704), True),  # one falls by 0.004, the mean not at all
        ((0.798, 0.698), True),  # the mean by just what it may
        ((0.797, 0.698), False),  # the mean by more
        ((0.794, 0.720), False),  # one by more than 0.005, though the mean rises
    ],
)
def test_the_mean_and_each_finding_decide(after: tuple[float, float], accepted: bool) -> None:
    found = Acceptance({"A": 0.8, "B": 0.7}, dict(zip("AB", after, strict=True)), 100, 0.1)
    assert found.accepted is accepted
    assert found.mean_fall == pytest.approx(0.75 - np.mean(after))
    assert found.to_dict()["worst_finding"] == found.worst[0]


def test_areas_are_those_of_scikit_learn_over_the_labels_that_are_known() -> None:
    draw = np.random.default_rng(0)
    labels = draw.choice([0.0, 1.0, -1.0, np.nan], (200, 2), p=[0.5, 0.3, 0.1, 0.1])
    before, after = draw.random((200, 2)).round(3), draw.random((200, 2)).round(3)
    found = judged(said(before, "A", "B"), said(after, "A", "B"), cohort(labels, "A", "B"))
    for place, name in enumerate("AB"):
        known = np.isin(labels[:, place], (0, 1))
        for areas, scores in ((found.before, before), (found.after, after)):
            assert areas[name] == pytest.approx(roc_auc_score(labels[known, place], scores[known, place]))
    assert found.largest_difference == pytest.approx(np.abs(before - after).max(), abs=1e-6)


def test_a_finding_without_both_classes_is_not_judged() -> None:
    labels = np.stack([np.arange(200) % 2, np.zeros(200)], axis=1)
    scores = np.random.default_rng(0).random((200, 2))
    found = judged(said(scores, "A", "B"), said(scores, "A", "B"), cohort(labels, "A", "B"))
    assert list(found.before) == ["A"]
    assert found.accepted
    assert found.mean_fall == 0
    with pytest.raises(DataError, match="No finding is both present and absent"):
        judged(said(scores, "A", "B"), said(scores, "A", "B"), cohort(labels * 0, "A", "B"))


def test_other_images_and_what_is_no_number_are_refused() -> None:
    scores = np.random.default_rng(0).random((200, 1))
    labels = (np.arange(200) % 2)[:, None]
    one = said(scores, "A")
    with pytest.raises(DataError, match="different images"):
        judged(one, LabelPredictions(one.table.iloc[::-1].reset_index(drop=True)), cohort(labels, "A"))
    with pytest.raises(DataError, match="no number"):
        judged(one, said(np.where(np.arange(200)[:, None] == 3, np.nan, scores), "A"), cohort(labels, "A"))
