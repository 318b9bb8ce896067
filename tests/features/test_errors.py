from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from hilum.features import errors_before
from hilum.schema import Cohort, DataError, Predictions


def reader(cohort: Cohort) -> Predictions:
    """A model of two of the three findings, under another spelling, silent on some images."""
    scores = np.random.default_rng(5).random((len(cohort), 2))
    table = pd.DataFrame(scores, columns=["Hernia", "Pulmonary_Edema"])
    table.insert(0, "image_id", cohort.images.image_id)
    return Predictions(table.drop(index=[3, 40, 41]).sample(frac=1, random_state=0))


@pytest.mark.parametrize("limits", [{}, {"skip_previous": True}, {"strictly_younger": True}], ids=str)
def test_what_was_said_and_missed_is_what_plain_loops_find(
    cohort: Cohort, seen_by: Callable[..., list], limits: dict[str, bool]
) -> None:
    predictions = reader(cohort)
    features = errors_before(cohort, predictions, decays=(0.5,), **limits)
    assert features.table.image_id.tolist() == predictions.table.image_id.tolist()
    held = cohort.where(cohort.images.image_id.isin(predictions.table.image_id), "Held")
    scores = predictions.table.set_index("image_id").loc[held.images.image_id]
    labels = held.labels.set_index(scores.index)[["Hernia", "Edema"]].set_axis(scores.columns, axis=1)
    missed = (labels.where(labels >= 0) - scores).fillna(0).to_numpy()
    said, rows = logit(scores.to_numpy()), features.table.set_index("image_id")
    tried = 0
    for image_id, visits in zip(held.images.image_id, seen_by(held, **limits), strict=True):
        row = rows.loc[image_id]
        if not visits:
            assert row.filter(like="_").isna().all()
            continue
        weights = [0.5**place for place in reversed(range(len(visits)))]
        for name, values in (("said", said), ("missed", missed)):
            expected = np.average([values[images].mean(axis=0) for images in visits], axis=0, weights=weights)
            assert row[[f"{name}0.5_Hernia", f"{name}0.5_Pulmonary_Edema"]].tolist() == pytest.approx(
                expected, rel=1e-4, abs=1e-5
            )
        assert row.told == pytest.approx(np.log1p(len(visits)))
        tried += 1
    assert tried > 40


def test_the_image_itself_and_the_future_change_nothing(
    cohort: Cohort, scrambled: Callable[[Cohort, int], Cohort]
) -> None:
    predictions = reader(cohort)
    own = errors_before(cohort, predictions).table.set_index("image_id")
    for image in range(0, len(cohort), 10):
        image_id = cohort.images.image_id[image]
        if image_id not in own.index:
            continue
        same = cohort.images.patient_id == cohort.images.patient_id[image]
        later = cohort.images.image_id[same & ~(cohort.images.sequence < cohort.images.sequence[image])]
        table = predictions.table.copy()
        table.loc[table.image_id.isin(later), "Hernia"] = 0.5
        other = errors_before(scrambled(cohort, image), replace(predictions, table=table)).table.set_index("image_id")
        pd.testing.assert_series_equal(own.loc[image_id], other.loc[image_id])


def test_where_the_model_says_nothing_stands_what_it_says_on_average(cohort: Cohort) -> None:
    predictions = reader(cohort)
    quiet = predictions.table.assign(Hernia=0.02)
    some = quiet.Hernia.where(np.arange(len(quiet)) % 3 > 0)
    full, gaps = (
        errors_before(cohort, Predictions(quiet.assign(Hernia=values)), decays=(0.5,)).table["said0.5_Hernia"]
        for values in (quiet.Hernia, some)
    )
    pd.testing.assert_series_equal(gaps, full)


def test_predictions_of_other_images_are_refused(cohort: Cohort) -> None:
    with pytest.raises(DataError, match="No predicted image"):
        errors_before(cohort, Predictions(pd.DataFrame({"image_id": ["x"], "Mass": [0.5]})))
