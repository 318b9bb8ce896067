from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from hilum.evaluation.alignment import align
from hilum.evaluation.confusion import confusion, label_matrix
from hilum.schema import Cohort, LabelPredictions


def test_counts_agree_with_scikit_learn(study: Any) -> None:
    predictions, cohort = study()
    thresholds = np.array([0.3, 0.5, 0.6])
    table = confusion(align(predictions, cohort), thresholds)
    for k, row in table.iterrows():
        expected = confusion_matrix(cohort.labels.iloc[:, k], predictions.probabilities[:, k] >= thresholds[k]).ravel()
        assert row[["tn", "fp", "fn", "tp"]].tolist() == expected.tolist()


def test_the_label_matrix_counts_images_by_label_and_call() -> None:
    labels = pd.DataFrame({"Edema": [1.0, 1, 0, 0], "Mass": [1.0, 0, 0, 0]})
    scores = pd.DataFrame({"Edema": [0.9, 0.2, 0.8, 0.1], "Mass": [0.1, 0.7, 0.8, 0.1]})
    ids = [*"abcd"]
    cohort = Cohort("drawn", pd.DataFrame({"image_id": ids, "patient_id": ids}), labels)
    held = label_matrix(align(LabelPredictions(scores.assign(image_id=ids)), cohort), np.array([0.5, 0.5]))
    assert held["names"] == ["Edema", "Mass", "No Finding"]
    assert held["images"] == [2, 1, 2]
    assert held["counts"] == [[1, 1, 0], [1, 0, 0], [1, 1, 1]]
