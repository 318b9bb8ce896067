"""The parts of the Brier score: how wrong the probabilities are, how far they part the images, how mixed these are."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Values, Weight, Weights, ratio

BINS = 15


def brier_parts(present: ArrayLike, score: ArrayLike, weight: Weight) -> tuple[Values, Values]:
    """(R,) miscalibration and (R,) resolution; Brier score = miscalibration - resolution + share (1 - share).

    The bins are those of the calibration error. What the scores vary within a bin is counted to resolution, so that
    the sum holds exactly.

    Source: Murphy 1973, J Applied Meteorology 12:595-600; Stephenson, Coelho & Jolliffe 2008, Weather and Forecasting
    23:752-757 (the part within bins).
    """
    labels, given = checked(present, score, probability=True)
    weights = Weights.of(weight, len(given))
    place = np.clip(np.ceil(given * BINS).astype(np.int64) - 1, 0, BINS - 1)
    apart = weights.sums(place, BINS, given - labels)
    images = weights.sums(place, BINS)
    off = ratio(ratio(apart**2, images, empty=0.0).sum(axis=0), weights.size)
    share = weights.mean(labels)
    return off, off + share * (1 - share) - weights.mean((given - labels) ** 2)
