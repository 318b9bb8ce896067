"""How a model did on the patient's earlier images: what it said, and how far that was from their reports.

A patient whose heart a model always calls large, and whose reports never do, will be called so again. Predictions of
earlier images are there when a new image is read, and so are their reports; neither tells of the image itself.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import logit

from hilum.features.earlier import timeline
from hilum.schema import Cohort, DataError, Features, Predictions

SMALLEST = 1e-6  # probabilities are held this far inside (0, 1) before the logarithm


def errors_before(
    cohort: Cohort,
    predictions: Predictions,
    *,
    decays: Sequence[float] = (0.01, 0.8, 0.98),
    skip_previous: bool = False,
    strictly_younger: bool = False,
) -> Features:
    """A model's words and errors on the patient's earlier images, for the images that it predicted.

    Columns for each decay and finding, spelled as the predictions do: `said<decay>_<f>`, the mean log-odds on earlier
    visits, and `missed<decay>_<f>`, the mean of label - probability; each visit weighted by decay to the number of
    visits after it, so that 0.01 is as good as the newest alone. `told`, log(1 + earlier visits). NaN, but for `told`,
    without an earlier visit.

    Args:
        cohort: the images with their labels.
        predictions: of a model for them. Images that it does not hold tell nothing.
        decays: each in (0, 1).
        skip_previous: leave out the newest earlier visit.
        strictly_younger: only visits at a smaller age in whole years.
    """
    rows = pd.Index(cohort.images.image_id).get_indexer(pd.Index(predictions.table.image_id))
    held = np.flatnonzero(rows >= 0)
    if not len(held):
        raise DataError(f"No predicted image is in cohort '{cohort.name}'. Expected predictions of its images.")
    chosen = cohort.take(rows[held], f"Predicted: {len(held):,} of {len(cohort):,} images kept.")
    past = timeline(chosen, skip_previous=skip_previous, strictly_younger=strictly_younger)
    scores = predictions.probabilities[held]
    labels = chosen.labels_for(predictions.findings).astype(np.float64)
    log_odds = logit(scores.clip(SMALLEST, 1 - SMALLEST))
    silent = np.isnan(log_odds)  # where the model says nothing, what it says on average stands
    usual = np.where(silent, 0.0, log_odds).sum(axis=0) / (~silent).sum(axis=0).clip(1)
    said = past.mean_of_images(np.where(silent, usual, log_odds))
    missed = past.mean_of_images(np.nan_to_num(np.where(labels >= 0, labels, np.nan) - scores))
    blocks = {f"said{by:g}": past.fading(said, by) for by in decays}
    blocks |= {f"missed{by:g}": past.fading(missed, by) for by in decays}
    names = [f"{block}_{name}" for block in blocks for name in predictions.findings]
    values = np.column_stack([*blocks.values(), np.log1p(past.count)])
    table = pd.DataFrame(past.of_images(values, np.nan), columns=[*names, "told"])
    table.insert(0, "image_id", chosen.images.image_id)
    return Features(table)
