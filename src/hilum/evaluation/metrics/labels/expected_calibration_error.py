"""Expected calibration error: is 30 % really 30 %?"""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
@family("probability")
def expected_calibration_error(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, bins: int = 15
) -> Measure:
    """How far observed frequency lies from predicted probability, averaged over equally wide bins; lower is better.

    It is never below what chance alone gives with so many images, and changes with the bins: compare it only between
    predictions for the same images. A bootstrap adds chance to chance, so no interval is given for it.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        bins: how many, each closed on the right; the first also on the left.

    Returns:
        In [0, 1]; nan without images.

    Source: Naeini, Cooper & Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian binning, AAAI.

    >>> round(expected_calibration_error([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.5]), 4)
    0.2
    """
    labels, given = checked(present, score, probability=True)
    place = np.clip(np.ceil(given * bins).astype(np.int64) - 1, 0, bins - 1)
    held = Weights.of(weight, len(given))
    distance = np.abs(held.sums(place, bins, given - labels)).sum(axis=0)
    return answer(ratio(distance, held.size), weight)
